"""To whom the portal writes that they are approved, and not Webex: never both, and never neither.

And which kinds of mails a meeting, as it is set, has no use for.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from registration.flow.moves.locking import chunks
from registration.flow.regions import IS_CORRECTED
from registration.models import Mail, Meeting, Move, Submission
from registration.models.submission import IN_LINE, OFFERED
from registration.states import Decision, Presence, WaitingList, WebexStatus


def approvals_of_ours(pks: Collection[int]) -> list[int]:
    """Those of the people, who are approved or about to be, whom the portal tells so: as their meeting says.

    And whoever has been approved at Webex all the time, while something else was decided here and taken back before a
    push: Webex is not called for them, and so writes nothing, and our last word was another one.
    """
    there = Submission.objects.filter(presence=Presence.REGISTERED, webex_status=WebexStatus.APPROVED, missing_at=None)
    decided = Move.objects.filter(submission=OuterRef("pk"), subject=Move.Subject.DECISION)
    unmoved = there.filter(~IS_CORRECTED, Exists(decided.filter(before=Decision.APPROVED)))
    found: list[int] = []
    for chunk in chunks(pks):
        rows = list(Submission.objects.filter(pk__in=chunk).order_by("pk").values_list("pk", "meeting_id"))
        meetings = Meeting.objects.in_bulk({meeting for _pk, meeting in rows})
        of_webex = [pk for pk, meeting in rows if not meetings[meeting].is_approval_mailed_by_us]
        ours = set(unmoved.filter(pk__in=of_webex).values_list("pk", flat=True)) if of_webex else set()
        found += [pk for pk, meeting in rows if meetings[meeting].is_approval_mailed_by_us or pk in ours]
    return found


def why_unsent(kind: Mail.Kind, meeting: Meeting) -> str:
    """Why no such mail is written for the meeting as it is set; empty where one is. At most one query."""
    match kind:
        case Mail.Kind.CONFIRM if not meeting.confirms_address:
            return _("addresses are not confirmed.")
        case Mail.Kind.WAITLISTED | Mail.Kind.MOVED_UP if not _has_line(meeting):
            return _("there is no waiting list.")
        case Mail.Kind.OFFERED if meeting.waiting_list != WaitingList.OFFER:
            return _("no place is offered to the first in line.")
        case Mail.Kind.PLACE_LOST if not _has_offers(meeting):
            return _("no place is offered to the first in line.")
        case Mail.Kind.APPROVED if not meeting.is_approval_mailed_by_us:
            return _("Webex writes to approved people.")
        case Mail.Kind.REMINDER if meeting.reminder_hours is None:
            return _("nobody is reminded.")
    return ""


def exception(kind: Mail.Kind, meeting: Meeting) -> str:
    """Who gets such a mail although one might not think so, or gets none, if anybody."""
    if kind is Mail.Kind.DECLINED and meeting.is_approval_mailed_by_us and meeting.webex_id:
        return _("Also to whom the host rejects at Webex after the portal has written that they are approved.")
    if kind is Mail.Kind.BACK_IN_REVIEW:
        return _(
            "Only whoever was mailed a decision that is undone gets it; to put somebody back to review tells nobody."
        )
    if kind is not Mail.Kind.APPROVED:
        return ""
    if not meeting.is_approval_mailed_by_us:
        return _("Only whoever stays approved there, while you take it back and approve them again, gets it.")
    is_decided_at_once = meeting.approval != Meeting.Approval.MANUAL and not meeting.holds_decisions
    if is_decided_at_once and not meeting.confirms_address:
        return _("Whoever is approved as they sign up reads so in the mail “received”.")
    return ""


def _has_line(meeting: Meeting) -> bool:
    """Whether anybody may be on its waiting list: also from when it had one."""
    is_known = meeting.waiting_list != WaitingList.NONE
    return is_known or Submission.objects.filter(IN_LINE | OFFERED, meeting=meeting).exists()


def _has_offers(meeting: Meeting) -> bool:
    is_known = meeting.waiting_list == WaitingList.OFFER
    return is_known or Submission.objects.filter(OFFERED, meeting=meeting).exists()
