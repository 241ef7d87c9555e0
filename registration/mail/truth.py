"""Whether what a mail is about is still so when it is sent: it may have waited for a while."""

from datetime import datetime

from django.db.models import Q, QuerySet

from registration.calendars.entry import Standing, standing_of
from registration.models import Mail, Submission
from registration.states import Decision

Kind = Mail.Kind

_ALWAYS = frozenset({Kind.RECEIVED, Kind.KNOWN, Kind.CHANGED, Kind.NEW_LINK})
"""They tell of what has happened, and for the rest how the registration stands."""

IN_ITS_TIME = frozenset({Kind.REMINDER, Kind.NEWS})
"""Nothing takes their place."""

_ONCE = frozenset(
    {
        Kind.WAITLISTED,
        Kind.OFFERED,
        Kind.MOVED_UP,
        Kind.PLACE_LOST,
        Kind.APPROVED,
        Kind.DECLINED,
        Kind.BACK_IN_REVIEW,
        Kind.CANCELLED,
    }
)
"""They tell of a decision: who hears of it from a later mail of the same kind need not hear of it twice."""

_STANDING = frozenset({Decision.WAITING, Decision.APPROVED, Decision.OFFERED, Decision.WAITLISTED})

_IN_ITS_PLACE = {
    Decision.WAITLISTED: Kind.WAITLISTED,
    Decision.OFFERED: Kind.OFFERED,
    Decision.DECLINED: Kind.DECLINED,
    Decision.CANCELLED: Kind.CANCELLED,
}


def kind_now(mail: Mail, *, at: datetime, has_later: bool = True) -> Kind | None:
    """What the mail is to say: what it was written to say, as long as that is true, unless a later mail tells the same.

    Otherwise, how the registration stands now, unless a later mail says that; or nothing, which is None. Later mails
    are not asked for where it is known that there are none (``has_later``).
    """
    kind, submission = Kind(mail.kind), mail.submission
    if submission.erase_asked_at is not None:
        return None
    if is_true(kind, submission, at=at):
        return None if has_later and _is_told_again(mail) else kind
    if _is_about_to_end(submission, at=at):
        return None  # that it has ended is told by a mail of its own
    if kind in IN_ITS_TIME or (has_later and _later(mail).exists()):
        return None
    instead = _IN_ITS_PLACE.get(Decision(submission.decision), Kind.RECEIVED)
    return instead if is_true(instead, submission, at=at) else Kind.RECEIVED


def _is_told_again(mail: Mail) -> bool:
    """Whether a later mail tells of the same decision, while this one waits. Not so of one that is sent once more."""
    if mail.kind not in _ONCE or mail.due_at is None:
        return False
    same = _later(mail).filter(kind=mail.kind)
    if not mail.failed_tries:
        # Whoever had it sent once more may have done so although a later one was sent.
        same = same.filter(Q(due_at__isnull=False) | Q(sent_at__gte=mail.due_at))
    return same.exists()


def _later(mail: Mail) -> QuerySet[Mail]:
    """The later mails that say how they stand: those that wait and are sent in any case, or were sent since the last
    decision about them. Not one that told of what was decided before.
    """
    is_since = Q(sent_at__isnull=False)
    if (decided_at := mail.submission.decided_at) is not None:
        is_since = Q(sent_at__gte=decided_at)
    waits = Q(due_at__isnull=False) & ~Q(kind__in=IN_ITS_TIME)
    return Mail.objects.filter(waits | is_since, submission=mail.submission, pk__gt=mail.pk)


def _is_about_to_end(submission: Submission, *, at: datetime) -> bool:
    """Whether what they had time for is over, and it only has to be noted down."""
    return any(ends_at is not None and ends_at <= at for ends_at in (submission.confirm_by, submission.offer_ends_at))


def is_true(kind: Kind, submission: Submission, *, at: datetime) -> bool:
    """Whether the news of such a mail are true of the registration. Total over every kind."""
    if kind in _ALWAYS:
        return True
    meeting, decision = submission.meeting, Decision(submission.decision)
    if kind is Kind.DECLINED:
        return decision is Decision.DECLINED or submission.is_rejected_there
    if kind is Kind.CANCELLED:
        return decision is Decision.CANCELLED
    if kind is Kind.PLACE_LOST:
        return decision in {Decision.DECLINED, Decision.CANCELLED, Decision.WAITLISTED}
    if meeting.end_at <= at:
        return False
    if kind is Kind.NEWS:
        return decision in _STANDING
    if meeting.is_cancelled:
        return False
    match kind:
        case Kind.CONFIRM:
            return submission.confirm_by is not None and submission.confirm_by > at
        case Kind.WAITLISTED:
            return decision is Decision.WAITLISTED
        case Kind.OFFERED:
            return is_offered(submission, at=at)
        case Kind.MOVED_UP:
            return decision in {Decision.WAITING, Decision.APPROVED}
        case Kind.BACK_IN_REVIEW:
            return decision is Decision.WAITING
        case Kind.REMINDER if meeting.start_at <= at:
            return False
    return decision is Decision.APPROVED and standing_of(submission) is not Standing.CANCELLED


def is_offered(submission: Submission, *, at: datetime) -> bool:
    """Whether a place is theirs to take."""
    ends_at = submission.offer_ends_at
    return submission.decision == Decision.OFFERED and ends_at is not None and ends_at > at
