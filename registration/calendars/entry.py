"""What stands in a calendar about a registration, however it gets there."""

import unicodedata
from enum import StrEnum

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from registration import wording
from registration.models import Meeting, Submission
from registration.states import Decision, Presence, WebexStatus


class Standing(StrEnum):
    """How certain the appointment is, in the words of iCalendar's ``STATUS`` (RFC 5545, 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


def standing(
    decision: Decision,
    presence: Presence,
    webex_status: WebexStatus | None,
    *,
    is_cancelled: bool,
    is_overruled: bool = False,
) -> Standing:
    """How certain it is that the person takes part; ``is_cancelled`` is about the meeting. Total.

    Whose status at Webex a newer approval of ours is still to change (``is_overruled``) is about to be approved there.
    """
    if is_cancelled or decision in {Decision.DECLINED, Decision.CANCELLED}:
        return Standing.CANCELLED
    if decision is not Decision.APPROVED:
        return Standing.TENTATIVE
    if presence is not Presence.REGISTERED or is_overruled:
        return Standing.CONFIRMED
    if webex_status is WebexStatus.REJECTED:
        return Standing.CANCELLED
    return Standing.TENTATIVE if webex_status is WebexStatus.PENDING else Standing.CONFIRMED


def standing_of(submission: Submission) -> Standing:
    """How certain it is that the person takes part."""
    return standing(
        Decision(submission.decision),
        Presence(submission.presence),
        WebexStatus(submission.webex_status) if submission.webex_status else None,
        is_cancelled=submission.meeting.is_cancelled,
        is_overruled=submission.is_overruled,
    )


def title(meeting: Meeting) -> str:
    """The meeting's title in one line."""
    return one_line(meeting.title)


def one_line(text: str) -> str:
    """The text in one line, without characters that iCalendar has no place for."""
    return " ".join(_printable(text).split())


def description(meeting: Meeting, *, longest: int, is_approved: bool) -> str:
    """What the meeting is about, in ``longest`` characters at most, and where the link for joining comes from.

    Nothing in it is about the person: calendars are shared, and kept on the machines of others.
    """
    about = "\n\n".join(text for text in (meeting.intro.strip(), meeting.agenda.strip()) if text)
    paragraphs = [Truncator(_printable(about)).chars(longest), wording.joining(meeting, is_approved=is_approved)]
    return "\n\n".join(text for text in paragraphs if text)


def place() -> str:
    """Where the meeting is."""
    return _("Online, on Webex")


def _printable(text: str) -> str:
    """The text with ``\\n`` between lines, and without characters that iCalendar has no place for."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter in "\n\t" or unicodedata.category(letter) != "Cc")
