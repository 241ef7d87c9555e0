"""What happens next, and when: after signing up, and on an attendee's own page. In the language that is active."""

from datetime import datetime
from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import wording
from registration.models import Meeting, Submission
from registration.states import Decision, Presence, WaitingList, WebexStatus


class Phase(Enum):
    """Whether anything happens next at all."""

    COMING = "coming"
    CANCELLED = "cancelled"
    OVER = "over"


def phase(meeting: Meeting, *, now: datetime) -> Phase:
    """Whether the meeting is to come (or under way), cancelled or over."""
    if meeting.is_cancelled:
        return Phase.CANCELLED
    return Phase.OVER if meeting.end_at <= now else Phase.COMING


def after_sign_up(meeting: Meeting, *, phase: Phase) -> list[str]:
    """What happens next for whoever has just signed up, the same for everybody; empty where nothing does.

    That the meeting starts at its time is left to the page.
    """
    if phase is not Phase.COMING:
        return []
    # Nobody may learn from this page whether they have a place, or are known already.
    may_wait = meeting.capacity is not None and meeting.waiting_list != WaitingList.NONE
    is_approved = meeting.approval == Meeting.Approval.AUTOMATIC and not (may_wait or meeting.confirms_address)
    return [
        _(
            "Look for our mail: it comes within a few minutes. It has your reference number and the link to your own "
            "page, where you can see at any time how your registration stands. If you do not see the mail, look in "
            "your spam folder."
        ),
        *([_confirmation(meeting)] if meeting.confirms_address else []),
        *([_waiting_list(meeting)] if may_wait else []),
        _review(meeting, has_condition=may_wait or meeting.confirms_address),
        wording.joining(meeting, is_approved=is_approved),
    ]


def on_own_page(submission: Submission, *, now: datetime, can_register_again: bool = False) -> list[str]:
    """What happens next with a registration; empty where nothing does. Total over every state.

    ``can_register_again``: whether the meeting would take one that was cancelled.
    """
    meeting = submission.meeting
    if phase(meeting, now=now) is not Phase.COMING or submission.erase_asked_at is not None:
        return []
    # Whoever takes the place that is offered confirms the address by it.
    if submission.confirm_by is not None and submission.decision != Decision.OFFERED:
        return [_until_confirmed(submission), wording.joining(meeting, is_approved=False)]
    match Decision(submission.decision):
        case Decision.WAITING:
            first = _("As soon as the organisers have decided, this page says so.")
        case Decision.WAITLISTED:
            first = _in_line(meeting)
        case Decision.OFFERED:
            first = _("Say by then whether you take the place. After that it is offered to the next in line.")
        case Decision.APPROVED:
            return _once_approved(submission)
        case Decision.DECLINED:
            return [_unless_changed()]
        case Decision.CANCELLED:
            return _once_cancelled(submission, can_register_again=can_register_again)
    return [first, wording.joining(meeting, is_approved=False)]


def _until_confirmed(submission: Submission) -> str:
    if submission.decision == Decision.WAITLISTED:
        return _("Once your address is confirmed, a place that becomes free can be yours.")
    match Meeting.Approval(submission.meeting.approval):
        case Meeting.Approval.AUTOMATIC:
            return _("Once your address is confirmed, you are approved.")
        case Meeting.Approval.RULES | Meeting.Approval.MANUAL:
            return _("Once your address is confirmed, your registration is reviewed.")


def _in_line(meeting: Meeting) -> str:
    match WaitingList(meeting.waiting_list):
        case WaitingList.AT_ONCE:
            return _("Each place that becomes free goes to the first in line. Once one is yours, we write to you.")
        case WaitingList.OFFER:
            words = ngettext(
                "Each place that becomes free is offered to the first in line, by mail. You then have %(hours)d hour "
                "to take it.",
                "Each place that becomes free is offered to the first in line, by mail. You then have %(hours)d hours "
                "to take it.",
                meeting.offer_hours,
            )
            return words % {"hours": meeting.offer_hours}
        case WaitingList.NONE:
            return _("As soon as the organisers have a place for you, this page says so.")


def _once_cancelled(submission: Submission, *, can_register_again: bool) -> list[str]:
    steps = []
    if submission.presence == Presence.REGISTERED and submission.webex_status != WebexStatus.REJECTED:
        steps.append(_("We take your registration back at Webex, too, as a rule within minutes."))
    if can_register_again:
        return [*steps, _("Have you changed your mind? You can register again, with the answers that you gave.")]
    return [*steps, _("You need not do anything more.")]


def _confirmation(meeting: Meeting) -> str:
    words = ngettext(
        "Follow the link in our mail within %(hours)d hour, on any device: it confirms your address. Otherwise the "
        "registration ends, and somebody else gets your place.",
        "Follow the link in our mail within %(hours)d hours, on any device: it confirms your address. Otherwise the "
        "registration ends, and somebody else gets your place.",
        meeting.confirm_hours,
    )
    return words % {"hours": meeting.confirm_hours}


def _waiting_list(meeting: Meeting) -> str:
    if meeting.waiting_list == WaitingList.OFFER:
        return _(
            "If all places are taken, you are on the waiting list: our mail says so. As soon as a place becomes free, "
            "we offer it to you by mail, and keep it for you for a while."
        )
    return _(
        "If all places are taken, you are on the waiting list: our mail says so. As soon as a place becomes free, you "
        "get it, and we write to you."
    )


def _review(meeting: Meeting, *, has_condition: bool = False) -> str:
    """Who decides. ``has_condition``: not at once, as the steps before it say."""
    match Meeting.Approval(meeting.approval):
        case Meeting.Approval.AUTOMATIC if meeting.webex_id and has_condition:
            return _("Then your registration needs no review: we pass it on to Webex, as a rule within minutes.")
        case Meeting.Approval.AUTOMATIC if has_condition:
            return _("Then your registration needs no review.")
        case Meeting.Approval.AUTOMATIC if meeting.webex_id:
            return _("Your registration needs no review: we pass it on to Webex, as a rule within minutes.")
        case Meeting.Approval.AUTOMATIC:
            return _("Your registration needs no review.")
        case Meeting.Approval.RULES:
            return _(
                "Your answers may decide at once. Where they do not, the organisers look at your registration and "
                "decide; your own page says so as soon as they have."
            )
        case Meeting.Approval.MANUAL:
            return _("The organisers look at your registration and decide. Your own page says so as soon as they have.")


def _once_approved(submission: Submission) -> list[str]:
    meeting = submission.meeting
    if wording.is_registered_anew(submission):
        passing_on = [_("As a rule, Webex has your changes within minutes."), wording.anew()]
        return [*passing_on, wording.joining(meeting, is_approved=True)]
    if submission.presence != Presence.REGISTERED or submission.is_overruled:
        passing_on = [_("As a rule, Webex has your registration within minutes.")] if meeting.webex_id else []
        return [*passing_on, wording.joining(meeting, is_approved=True)]
    match submission.webex_status:
        case WebexStatus.REJECTED:
            return [_unless_changed()]
        case WebexStatus.APPROVED:
            return [_missing(meeting)]
    changes = [_("As a rule, Webex has your changes within minutes.")] if submission.is_corrected else []
    return [
        *changes,
        _("As soon as Webex tells us that you are approved there, this page says so."),
        wording.joining(meeting, is_approved=False),
    ]


def _unless_changed() -> str:
    return _("Nothing more, unless the organisers change that. Then this page says so.")


def _missing(meeting: Meeting) -> str:
    """What to do for want of the link for joining."""
    if meeting.webex_id and meeting.send_email:
        return _("If you do not find Webex’s mail, look in your spam folder; then write to us.")
    return _("If the link has not come by the day before the meeting, write to us.")
