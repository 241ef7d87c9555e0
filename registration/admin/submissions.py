"""Submissions: the list, one person's page, and the review."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration import line
from registration.admin import at_webex
from registration.admin.addresses import AddressFilter, take_as_confirmed
from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.correct import URL_NAME, correct_address, correct_page
from registration.admin.decline import decline_page
from registration.admin.drift import DriftFilter
from registration.admin.erase import ErasureFilter, erase_page, erasure_word
from registration.admin.look_up import look_up_page
from registration.admin.words import NOTHING, decision_words, state_word
from registration.flow import own, post, review
from registration.models import Batch, BatchItem, Mail, Move, Submission
from registration.signed_up_again import differences, second_sign_up_of
from registration.states import DECISION_MOVES, Decision, Presence, Step, WebexStatus

_LONGEST_HISTORY = 100
"""So many mails, changes and batches are shown at most, the newest."""


class WebexStatusFilter(admin.SimpleListFilter):
    """By Webex status, where "none" is one too."""

    title = _("Webex status")
    parameter_name = "webex_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Webex's statuses, and none."""
        return [*WebexStatus.choices, ("none", _("none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        """Keep those of the chosen status; a status that Webex does not have keeps all."""
        value = self.value()
        if value not in {*WebexStatus.values, "none"}:
            return queryset
        return queryset.filter(webex_status="" if value == "none" else value)


_DECIDES = {"approve": Decision.APPROVED, "decline": Decision.DECLINED, "reopen": Decision.WAITING}
"""The actions that decide, by name, and what they decide."""


class SubmissionList(ChangeList):
    """A page of submissions, with the places on the waiting list of those who are on it: one query, if any is."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then the places."""
        super().get_results(request)
        submissions = list(self.result_list)
        in_line = [submission.pk for submission in submissions if submission.decision == Decision.WAITLISTED]
        positions = line.positions(in_line) if in_line else {}
        for submission in submissions:
            submission.position = positions.get(submission.pk)
        self.result_list = submissions


@admin.register(Submission)
class SubmissionAdmin(StaffAdmin):
    """Read-only, but for the review and for corrections, which have a page of their own."""

    list_display = ("name", "email_address", "decision_word", "presence_word", "webex_word", "meeting", "submitted")
    list_display_links = ("name",)
    list_filter = ("decision", AddressFilter, "presence", WebexStatusFilter, DriftFilter, ErasureFilter, "meeting")
    list_select_related = ("meeting",)
    search_fields = ("first_name", "last_name", "email_key", "company_name", "reference")
    search_help_text = _("Name, e-mail address, company or reference")
    date_hierarchy = "submitted_at"
    ordering = ("-submitted_at", "-pk")
    actions = (
        "approve",
        "decline",
        "reopen",
        "confirm_address",
        "push_now",
        "sync_now",
        "send_again",
        "look_up_again",
        "mail_again",
        "replace_links",
        "erase",
    )
    object_actions = actions
    # The page is a template of its own; the form behind it has nothing to fill in.
    fields = ("reference",)
    # Its address is the attendee's secret.
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: people register themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the review is by actions (see ``has_review_permission``)."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: somebody at Webex would be forgotten."""
        return False

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Who may delete submissions: what a reviewer does can be undone, and this cannot."""
        return request.user.has_perm("registration.delete_submission")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may view submissions or review them."""
        return request.user.has_perm("registration.view_submission") or self.has_review_permission(request)

    # --- the list -----------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list with places on the waiting list."""
        return SubmissionList

    @admin.display(description=_("name"), ordering="last_name")
    def name(self, submission: Submission) -> SafeString:
        """First and last name, in whichever direction they are written."""
        if word := erasure_word(submission):
            return format_html("{}", word)
        return format_html('<bdi class="words">{}</bdi>', submission.full_name)

    @admin.display(description=_("e-mail address"), ordering="email_key")
    def email_address(self, submission: Submission) -> SafeString | str:
        """The address, which breaks before its @ where it is too long for a line."""
        if not submission.email:
            return NOTHING
        name, at, host = submission.email.rpartition("@")
        return format_html('<bdi class="words email">{}<wbr>{}{}</bdi>', name, at, host)

    @admin.display(description=_("submitted (UTC)"), ordering="submitted_at")
    def submitted(self, submission: Submission) -> str:
        """When it was submitted: short, and in an order in which it can be compared."""
        return f"{submission.submitted_at:%Y-%m-%d %H:%M}"

    @admin.display(description=_("decision"), ordering="decision")
    def decision_word(self, submission: Submission) -> str:
        """Our decision as a coloured word, with their place on the waiting list; and what it waits for."""
        return decision_words(submission, position=getattr(submission, "position", None))

    @admin.display(description=_("presence"), ordering="presence")
    def presence_word(self, submission: Submission) -> str:
        """What we know of the person at Webex, as a coloured word."""
        return state_word(Presence, submission.presence)

    @admin.display(description=_("Webex status"), ordering="webex_status")
    def webex_word(self, submission: Submission) -> str:
        """The status as Webex last told it, as a coloured word."""
        return state_word(WebexStatus, submission.webex_status)

    # --- the review ---------------------------------------------------------------------------------------------

    @admin.action(description=_("Approve"), permissions=["review"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Approve the chosen."""
        done = review.approve(chosen, by=acting_user(request))
        tell(request, ngettext("%d approved.", "%d approved.", done.changed) % done.changed, done)

    @admin.action(description=_("Decline …"), permissions=["review"])
    def decline(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for a reason, then decline the chosen."""
        return decline_page(self, request, chosen)

    @admin.action(description=_("Put back to review"), permissions=["review"])
    def reopen(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Put the chosen back to review."""
        done = review.reopen(chosen, by=acting_user(request))
        tell(request, ngettext("%d put back to review.", "%d put back to review.", done.changed) % done.changed, done)

    @admin.action(description=_("Take the address as confirmed"), permissions=["review"])
    def confirm_address(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Wait for the owners of the chosen no longer."""
        take_as_confirmed(request, chosen)

    @admin.action(description=_("Send again if Webex refused"), permissions=["review"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Let those of the chosen be sent again whom Webex refused."""
        done = review.send_again(chosen)
        words = ngettext(
            "%d will be sent again with the next push.", "%d will be sent again with the next push.", done.changed
        )
        tell(request, words % done.changed, done)

    @admin.action(description=_("Look up again who is missing …"), permissions=["review"])
    def look_up_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        """Ask for confirmation, then have those of the chosen looked up who are missing at Webex."""
        return look_up_page(self, request, chosen)

    @admin.action(description=_("Send their mail again"), permissions=["review"])
    def mail_again(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Have the chosen mailed how they stand, and the link to their page, once more."""
        count = post.again(chosen, at=timezone.now())
        if count:
            words = ngettext("%d mail is on its way.", "%d mails are on their way.", count) % count
            messages.success(request, words)
        else:
            messages.info(request, _("Nothing was done: their mail is on its way already."))

    @admin.action(description=_("Replace the link to their page"), permissions=["review"])
    def replace_links(self, request: HttpRequest, chosen: QuerySet[Submission]) -> None:
        """Have the chosen mailed a new link to their page; the one that they have opens nothing any more."""
        count = own.replace_links(chosen, at=timezone.now(), by=acting_user(request))
        words = ngettext(
            "%d link was replaced; the new one is on its way by mail.",
            "%d links were replaced; the new ones are on their way by mail.",
            count,
        )
        messages.success(request, words % count)

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

    # --- one person's page --------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which an attendee's answers are corrected."""
        view = self.admin_site.admin_view(self.correct_view)
        return [path("<int:pk>/correct/", view, name=URL_NAME), *super().get_urls()]

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Correct the answers of one attendee."""
        return correct_page(self, request, pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """With the meeting, which every page shows."""
        return super().get_queryset(request).select_related("meeting")

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
            return _DECIDES[action] in DECISION_MOVES[Decision(obj.decision)]
        if action == "mail_again":
            return obj.mails.exists()
        return {
            "confirm_address": obj.confirm_by is not None,
            "push_now": is_due,
            "sync_now": obj.presence == Presence.REGISTERED,
            "look_up_again": obj.presence == Presence.REGISTERED and obj.missing_at is not None,
            "send_again": obj.presence == Presence.REFUSED and obj.decision == Decision.APPROVED,
        }[action]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add what the page shows."""
        submission = context["original"]
        second = second_sign_up_of(submission)
        context |= {
            "title": submission.full_name if submission.erase_asked_at is None else str(submission),
            "erasure": erasure_word(submission),
            "subtitle": None,
            "buttons": self.buttons(request, submission),
            "correct_address": correct_address(self, request, submission),
            "decision": decision_words(submission, position=line.position(submission)),
            "presence": state_word(Presence, submission.presence),
            "webex_status": state_word(WebexStatus, submission.webex_status),
            "questions": submission.given_answers,
            "second_sign_up": second,
            "differences": differences(second) if second else [],
            "mails": [
                {"row": mail, "state": state_word(Mail.State, mail.state)}
                for mail in submission.mails.all()[:_LONGEST_HISTORY]
            ],
            "history": _history(submission),
            "batch_items": _batch_items(submission),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _history(submission: Submission) -> list[dict[str, Any]]:
    """The newest changes of decision and Webex status, and the corrections, which have no before and after."""
    choices: dict[str, type[TextChoices]] = {
        Move.Subject.DECISION: Decision,
        Move.Subject.WEBEX_STATUS: WebexStatus,
    }
    return [
        {
            "move": move,
            "before": state_word(choices[move.subject], move.before) if move.before else NOTHING,
            "after": state_word(choices[move.subject], move.after) if move.after else NOTHING,
        }
        for move in submission.moves.select_related("by")[:_LONGEST_HISTORY]
    ]


def _batch_items(submission: Submission) -> list[dict[str, Any]]:
    """The newest calls to Webex in which the person was."""
    items = submission.batch_items.select_related("batch", "batch__requested_by").order_by("-pk")[:_LONGEST_HISTORY]
    return [
        {
            "batch": item.batch,
            "call": state_word(Batch.Outcome, item.batch.outcome),
            "person": state_word(BatchItem.Outcome, item.outcome),
        }
        for item in items
    ]
