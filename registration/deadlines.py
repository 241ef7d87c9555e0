"""Until when attendees may do what with their own registration, and why not."""

from datetime import datetime

from django.utils.translation import gettext as _

from registration import wording
from registration.models import Meeting, Submission
from registration.states import Decision


def changes_end_at(meeting: Meeting) -> datetime:
    """Until when attendees may change their answers."""
    return min(meeting.changes_until or meeting.start_at, meeting.end_at)


def against_change(submission: Submission, *, at: datetime) -> str:
    """Why its owner cannot change their answers, in words; empty where they can."""
    meeting = submission.meeting
    words = _against_anything(submission, at=at)
    if not words and changes_end_at(meeting) <= at:
        ended = wording.moment(changes_end_at(meeting), meeting=meeting)
        words = _("Answers could be changed until %(moment)s") % {"moment": ended}
    return words


def against_cancelling(submission: Submission, *, at: datetime) -> str:
    """Why its owner cannot cancel it, in words; empty where they can."""
    return _against_anything(submission, at=at)


def _against_anything(submission: Submission, *, at: datetime) -> str:
    if submission.erase_asked_at is not None:
        return _("Your data are being erased")
    if submission.meeting.is_cancelled:
        return _("This meeting has been cancelled")
    match Decision(submission.decision):
        case Decision.CANCELLED:
            return _("This registration has been cancelled")
        case Decision.DECLINED:
            return _("This registration was declined")
    return _("This meeting is over") if submission.meeting.end_at <= at else ""
