"""What attendees read about a registration: its status and its meeting's time, in words."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from registration.models import Meeting, Move, Submission
from registration.states import Availability, Decision, Presence, WebexStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class Status:
    """A registration’s status in words. ``tone`` gives the colour: ``good``, ``bad`` or ``neutral``.

    ``at``: the moment that the explanation names, by which its owner is to do something.
    """

    headline: "StrOrPromise"
    explanation: "StrOrPromise"
    tone: str
    at: datetime | None = None


_UNDECIDED = {
    Decision.WAITING: Status(
        _("Received"),
        _("We have received your registration. The organisers will look at it and decide."),
        "neutral",
    ),
    Decision.WAITLISTED: Status(
        _("On the waiting list"),
        _("All places are taken. You are on the waiting list and will hear from us when a place becomes free."),
        "neutral",
    ),
    Decision.OFFERED: Status(
        _("A place is yours if you want it"),
        _("A place has become free and is kept for you for a while. Say on your own page whether you take it."),
        "neutral",
    ),
    Decision.DECLINED: Status(_("Declined"), _("The organisers could not accept your registration."), "bad"),
    Decision.CANCELLED: Status(_("Cancelled"), _("This registration has been cancelled."), "neutral"),
}

_AT_WEBEX: dict[WebexStatus | None, Status] = {
    None: Status(
        _("Registered with Webex"),
        _("Webex has your registration. We are waiting to hear whether it is approved there."),
        "good",
    ),
    WebexStatus.PENDING: Status(
        _("Waiting for the host"),
        _("Approved by us and registered with Webex, where the meeting’s host still has to approve it."),
        "neutral",
    ),
    WebexStatus.REJECTED: Status(
        _("Rejected at Webex"), _("Webex or the meeting’s host rejected the registration."), "bad"
    ),
}

_CHANGED = Status(
    _("You are registered"), _("Registered with Webex, and approved there. We are passing your changes on."), "good"
)
_MEETING_CANCELLED = Status(
    _("This meeting has been cancelled"), _("It does not take place. There is nothing that you need to do."), "bad"
)
_BEING_ERASED = Status(
    _("Your data are being erased"),
    _("What you told us is taken out of the portal, and your registration is taken back at Webex."),
    "neutral",
)
_MEETING_OVER = Status(_("This meeting is over"), _("Nothing more happens with your registration."), "neutral")


def status(
    decision: Decision,
    presence: Presence,
    webex_status: WebexStatus | None,
    *,
    is_overruled: bool = False,
    is_corrected: bool = False,
    goes_to_webex: bool = True,
    is_mailed_by_webex: bool = True,
    is_cancelled: bool = False,
    is_over: bool = False,
) -> Status:
    """A registration's status as its owner reads it. Total over every combination.

    What goes wrong between us and Webex is ours to mend: it reads as being passed on. So does who was rejected there,
    or moved back to pending, and was approved anew since (``is_overruled``). Who is approved there, and
    has changed answers since (``is_corrected``), is not sent to look for the mail with a link that may soon be none.
    ``is_cancelled`` and ``is_over`` are about the meeting: that it is cancelled is all there is to say, and once it is
    over nothing more is promised.
    """
    if is_cancelled:
        return _MEETING_CANCELLED
    if is_over and decision not in {Decision.DECLINED, Decision.CANCELLED}:
        return _MEETING_OVER
    if decision is not Decision.APPROVED:
        return _UNDECIDED[decision]
    if presence is not Presence.REGISTERED or is_overruled:
        return Status(
            _("Approved"),
            _("Your registration is approved. We are passing it on to Webex.")
            if goes_to_webex
            else _("Your registration is approved. The organisers will tell you how to join."),
            "good",
        )
    if webex_status is not WebexStatus.APPROVED:
        return _AT_WEBEX[webex_status]
    if is_corrected:
        return _CHANGED
    return Status(
        _("You are registered"),
        _("Registered with Webex, and approved there. Look for Webex’s mail: it has your link for joining.")
        if is_mailed_by_webex
        else _("Registered with Webex, and approved there. The organisers will send you the link for joining."),
        "good",
    )


def status_of(submission: Submission, *, now: datetime | None = None, position: int | None = None) -> Status:
    """A submission's status as its owner reads it, by default at this moment.

    ``position`` is where they are on the waiting list, where that is to be said.
    """
    meeting = submission.meeting
    is_over = meeting.end_at <= (now or timezone.now())
    if submission.erase_asked_at is not None:
        return _BEING_ERASED
    if not (meeting.is_cancelled or is_over) and (awaited := _awaited(submission, position)):
        return awaited
    return status(
        Decision(submission.decision),
        Presence(submission.presence),
        WebexStatus(submission.webex_status) if submission.webex_status else None,
        is_overruled=submission.is_overruled,
        is_corrected=submission.is_corrected,
        goes_to_webex=bool(meeting.webex_id),
        is_mailed_by_webex=meeting.send_email,
        is_cancelled=meeting.is_cancelled,
        is_over=is_over,
    )


def _awaited(submission: Submission, position: int | None) -> Status | None:
    """The status of one who is to do something by a time, or waits for their turn: with the time, or the turn."""
    if submission.offer_ends_at is not None:
        # Taking it confirms the address, too.
        until = {"moment": moment(submission.offer_ends_at, meeting=submission.meeting)}
        words = gettext(
            "A place has become free and is kept for you until %(moment)s. Say on your own page whether you take it."
        )
        return Status(_UNDECIDED[Decision.OFFERED].headline, words % until, "neutral", submission.offer_ends_at)
    if submission.confirm_by is not None:
        known = {"moment": moment(submission.confirm_by, meeting=submission.meeting), "position": position}
        words = gettext("Your place is kept until %(moment)s. Confirm by then that the address is yours.")
        if submission.decision == Decision.WAITLISTED:
            words = gettext(
                "You are on the waiting list. Your place there is kept until %(moment)s. Confirm by then that the "
                "address is yours."
            )
            if position is not None:
                words = gettext(
                    "You are number %(position)d on the waiting list. Your place there is kept until %(moment)s. "
                    "Confirm by then that the address is yours."
                )
        return Status(gettext("Confirm your e-mail address"), words % known, "neutral", submission.confirm_by)
    if submission.decision == Decision.WAITLISTED and position is not None:
        words = gettext(
            "All places are taken. You are number %(position)d on the waiting list and will hear from us when a place "
            "becomes free."
        )
        return Status(_UNDECIDED[Decision.WAITLISTED].headline, words % {"position": position}, "neutral")
    return None


_STATUS_AT_WEBEX = {
    WebexStatus.PENDING: _("Webex: waiting for the host since %(moment)s."),
    WebexStatus.APPROVED: _("Webex: approved since %(moment)s."),
    WebexStatus.REJECTED: _("Webex: rejected since %(moment)s."),
}

_BEFORE = _("Webex: rejected since %(moment)s, as your registration stood before. If you are approved, that changes.")
_REJECTED_BEFORE = {
    Decision.WAITLISTED: _BEFORE,
    Decision.OFFERED: _BEFORE,
    Decision.WAITING: _BEFORE,
    Decision.APPROVED: _(
        "Webex: rejected since %(moment)s, as your registration stood before. It is approved here; Webex does not show "
        "that yet."
    ),
}
"""By what was decided since Webex last told of it; who was declined or cancelled since is rejected there still."""


def at_webex(submission: Submission) -> str:
    """How the registration stands at Webex, and since when we know; empty where Webex has told us nothing."""
    since = submission.webex_status_at
    if submission.presence != Presence.REGISTERED or not submission.webex_status or since is None:
        return ""
    status = WebexStatus(submission.webex_status)
    words = _STATUS_AT_WEBEX[status]
    if status is WebexStatus.PENDING and submission.moved_back_at is not None:
        words = _("Webex: pending since %(moment)s.")
    elif status is WebexStatus.REJECTED and submission.is_decided_since:
        words = _REJECTED_BEFORE.get(Decision(submission.decision), words)
    return words % {"moment": moment(since, meeting=submission.meeting)}


def reason(submission: Submission) -> str:
    """Why it was declined, where a person wrote that down: the words of a rule are for staff."""
    if submission.decision != Decision.DECLINED:
        return ""
    last = submission.moves.filter(subject=Move.Subject.DECISION).first()
    return submission.decision_reason if last is not None and last.by_id is not None else ""


@dataclass(frozen=True)
class Closure:
    """Why a meeting takes no registrations, and what a visitor can do. ``at``: the time that the headline names."""

    headline: str
    advice: str
    at: datetime | None = None


def closure(state: Availability, meeting: Meeting) -> Closure:
    """Why the meeting, which is not open, takes no registrations. Total over every other availability."""
    match state:
        case Availability.NOT_YET_OPEN if meeting.opens_at is not None:
            opens = gettext("Registration opens on %(moment)s") % {"moment": moment(meeting.opens_at, meeting=meeting)}
            return Closure(opens, gettext("Come back to this page then: the form will be here."), meeting.opens_at)
        case Availability.FULL:
            headline = gettext("All places are taken")
            return Closure(headline, gettext("Nobody can register at the moment. A place may become free again."))
        case Availability.CANCELLED:
            headline = gettext("This meeting has been cancelled")
            return Closure(headline, gettext("It does not take place, and nobody can register for it."))
        case Availability.ENDED:
            return Closure(gettext("This meeting is over"), gettext("Look for another one in the list of meetings."))
    headline = gettext("Registration for this meeting is closed")
    return Closure(headline, gettext("The time for registering has passed."))


def joining(meeting: Meeting, *, is_approved: bool) -> str:
    """Where the link for joining comes from."""
    if meeting.webex_id and meeting.send_email:
        if is_approved:
            return gettext("Your own link for joining comes from Webex by mail.")
        return gettext("Once you are approved, Webex mails you your own link for joining.")
    if is_approved:
        return gettext("The organisers send you the link for joining.")
    return gettext("Once you are approved, the organisers send you the link for joining.")


def may_have_link(submission: Submission) -> bool:
    """Whether they are approved here and at Webex, so that they may have their link for joining."""
    is_approved_there = submission.presence == Presence.REGISTERED and submission.webex_status == WebexStatus.APPROVED
    return submission.decision == Decision.APPROVED and is_approved_there


def is_registered_anew(submission: Submission) -> bool:
    """Whether Webex, which approved them as they were, is still to learn what they have changed since."""
    return may_have_link(submission) and submission.is_corrected


def anew() -> str:
    """What becomes of the link for joining by a change: Webex knows no update."""
    return gettext("Webex registers you anew: a link for joining that you have may stop working.")


def when(meeting: Meeting) -> str:
    """A meeting's time in its own zone, with the zone's name, in the language that is active."""
    start, end = meeting.start_at.astimezone(meeting.zone), meeting.end_at.astimezone(meeting.zone)
    words = {
        "start_day": _day(start),
        "start_time": _time(start),
        "end_day": _day(end),
        "end_time": _time(end),
        "zone": _zone_name(meeting),
    }
    if start.date() == end.date():
        return gettext("%(start_day)s, %(start_time)s to %(end_time)s (%(zone)s)") % words
    return gettext("%(start_day)s, %(start_time)s to %(end_day)s, %(end_time)s (%(zone)s)") % words


def description(meeting: Meeting) -> str:
    """When a meeting is and how its introduction or agenda begins: what a search or a chat shows beside its title."""
    words = " ".join((meeting.intro or meeting.agenda).split())
    return Truncator(f"{when(meeting)} · {words}" if words else when(meeting)).chars(LONGEST_DESCRIPTION)


def moment(at: datetime, *, meeting: Meeting) -> str:
    """A point in time in a meeting's own zone, with the zone's name, in the language that is active."""
    return _moment(at, meeting.zone, _zone_name(meeting), get_language())


# The same deadlines stand on everybody's page.
@lru_cache(maxsize=1000)
def _moment(at: datetime, zone: ZoneInfo, zone_name: str, language: str | None) -> str:
    local = at.astimezone(zone)
    words = {"day": _day(local), "time": _time(local), "zone": zone_name}
    return gettext("%(day)s, %(time)s (%(zone)s)") % words


def _day(local: datetime) -> str:
    return date_format(local, pgettext("date format", "l, j F Y"))


def _time(local: datetime) -> str:
    return date_format(local, pgettext("time format", "H:i"))


def _zone_name(meeting: Meeting) -> str:
    return meeting.timezone.replace("_", "\N{NO-BREAK SPACE}")
