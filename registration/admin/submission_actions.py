"""What staff do to submissions: to those chosen from the list, to all that match, and to one on their own page."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration.admin import at_webex, beyond_places, labels
from registration.admin.across import AsksAcross
from registration.admin.addresses import take_as_confirmed
from registration.admin.base import acting_user, tell
from registration.admin.choice import named, way_back
from registration.admin.decline import decline_page
from registration.admin.erase import erase_page
from registration.admin.held import can_be_decided
from registration.admin.look_up import look_up_page
from registration.admin.undo import with_way_back
from registration.flow import drift, own, post, review
from registration.flow.review import Reviewed
from registration.models import AuditEntry, Submission
from registration.states import Decision, Presence, Step

_DECIDES = {"approve": Decision.APPROVED, "decline": Decision.DECLINED, "reopen": Decision.WAITING}
"""The actions that decide, by name, and what they decide."""


class SubmissionActions(AsksAcross):
    """The actions. Each says how many changed, how many did not, and why."""

    actions: Sequence[Any] = (
        "approve",
        "decline",
        "reopen",
        "tag",
        "untag",
        "assign",
        "confirm_address",
        "push_now",
        "sync_now",
        "send_again",
        "look_up_again",
        "report_again",
        "mail_again",
        "replace_links",
        "erase",
    )
    # Those of one person are beside their notes.
    object_actions = tuple(name for name in actions if name not in ("tag", "untag", "assign"))

    actions_that_ask = frozenset({"decline", "look_up_again", "erase", "tag", "untag", "assign"})

    # --- all that match -----------------------------------------------------------------------------------------

    def counted(self, count: int) -> str:
        """So many registrations."""
        return ngettext("%d registration", "%d registrations", count) % count

    def named_across(self, request: HttpRequest, rows: QuerySet[Submission]) -> list[str]:
        """Their names."""
        return named(request, rows)

    def cautions_across(self, action: str, rows: QuerySet[Submission]) -> Sequence[str]:
        """For how many no place is free, where it is decided about them."""
        return beyond_places.if_decided(rows, to=_DECIDES[action]) if action in _DECIDES else ()

    # --- the review ---------------------------------------------------------------------------------------------

    @admin.action(description=_("Approve"), permissions=["review"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Approve the chosen."""
        back = way_back(self, request, chosen)
        done = review.approve(chosen, by=acting_user(request))
        words = ngettext("%d approved.", "%d approved.", done.changed) % done.changed
        tell(request, with_way_back(request, words, done, AuditEntry.Action.APPROVED, back=back), done)

    @admin.action(description=_("Decline …"), permissions=["review"])
    def decline(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for a reason, then decline the chosen."""
        return decline_page(self, request, chosen)

    @admin.action(description=_("Put back to review"), permissions=["review"])
    def reopen(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Put the chosen back to review."""
        back = way_back(self, request, chosen)
        done = review.reopen(chosen, by=acting_user(request))
        words = ngettext("%d put back to review.", "%d put back to review.", done.changed) % done.changed
        tell(request, with_way_back(request, words, done, AuditEntry.Action.REOPENED, back=back), done)

    @admin.action(description=_("Add a tag …"), permissions=["review"])
    def tag(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for a tag, then put it on the chosen."""
        return labels.tag_page(self, request, chosen)

    @admin.action(description=_("Remove a tag …"), permissions=["review"])
    def untag(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for a tag, then take it off the chosen."""
        return labels.untag_page(self, request, chosen)

    @admin.action(description=_("Assign …"), permissions=["review"])
    def assign(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask to whom, then assign the chosen."""
        return labels.assign_page(self, request, chosen)

    @admin.action(description=_("Take the address as confirmed"), permissions=["review"])
    def confirm_address(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Wait for the owners of the chosen no longer."""
        take_as_confirmed(request, chosen)

    @admin.action(description=_("Send again if Webex refused"), permissions=["review"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Let those of the chosen be sent again whom Webex refused."""
        done = review.send_again(chosen, by=acting_user(request))
        words = ngettext(
            "%d will be sent again with the next push.", "%d will be sent again with the next push.", done.changed
        )
        tell(request, words % done.changed, done)

    @admin.action(description=_("Look up again who is missing …"), permissions=["review"])
    def look_up_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for confirmation, then have those of the chosen looked up who are missing at Webex."""
        return look_up_page(self, request, chosen)

    @admin.action(description=_("Report again if left as at Webex"), permissions=["review"])
    def report_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Report those of the chosen again whom staff left as they are at Webex."""
        chosen_count = chosen.count()
        count = drift.report_again(chosen, by=acting_user(request))
        left = chosen_count - count
        why = ngettext("%d was not left as at Webex", "%d were not left as at Webex", left) % left
        words = ngettext("%d is reported again.", "%d are reported again.", count) % count
        tell(request, words, Reviewed(count, left, (why,)))

    @admin.action(description=_("Send their mail again"), permissions=["review"])
    def mail_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Have the chosen mailed how they stand, and the link to their page, once more."""
        chosen_count = chosen.count()
        count = post.again(chosen, at=timezone.now(), by=acting_user(request))
        words = ngettext("%d mail is on its way.", "%d mails are on their way.", count) % count
        left = chosen_count - count
        why = ngettext(
            "%d has one on its way already, or was erased", "%d have one on its way already, or were erased", left
        )
        tell(request, words, Reviewed(count, left, (why % left,)))

    @admin.action(description=_("Replace the link to their page"), permissions=["review"])
    def replace_links(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Have the chosen mailed a new link to their page; the one that they have opens nothing any more."""
        chosen_count = chosen.count()
        count = own.replace_links(chosen, at=timezone.now(), by=acting_user(request))
        words = ngettext(
            "%d link was replaced; the new one is on its way by mail.",
            "%d links were replaced; the new ones are on their way by mail.",
            count,
        )
        left = chosen_count - count
        why = ngettext("%d was erased", "%d were erased", left) % left
        tell(request, words % count, Reviewed(count, left, (why,)))

    @admin.action(description=_("Erase this person’s data …"), permissions=["erase"])
    def erase(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for confirmation, then erase the chosen."""
        return erase_page(self, request, chosen)

    @admin.action(description=_("Push to Webex now"), permissions=["review"])
    def push_now(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Do at Webex what is due for the chosen."""
        at_webex.push_people(request, chosen)

    @admin.action(description=_("Sync statuses now"), permissions=["review"])
    def sync_now(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Read back the chosen's statuses from Webex."""
        at_webex.sync_people(request, chosen)

    def is_of_use(self, action: str, obj: Model) -> bool:
        """Whether the action can do anything to the submission as it is."""
        if not isinstance(obj, Submission):
            return False
        is_due = obj.next_step is not Step.NOTHING or obj.presence == Presence.SENDING
        if obj.erase_asked_at is not None:
            return action == "push_now" and is_due
        if action in ("erase", "replace_links"):
            return True
        if action in _DECIDES:
            return can_be_decided(obj, _DECIDES[action])
        if action == "mail_again":
            return obj.mails.exists()
        if action == "report_again":
            return drift.is_left(obj)
        return {
            "confirm_address": obj.confirm_by is not None,
            "push_now": is_due,
            "sync_now": obj.presence == Presence.REGISTERED,
            "look_up_again": obj.presence == Presence.REGISTERED and obj.missing_at is not None,
            "send_again": obj.presence == Presence.REFUSED and obj.decision == Decision.APPROVED,
        }[action]
