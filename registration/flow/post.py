"""Mails that are due are sent, one after the other over one connection; what fails is tried again for about a day.

But where the mail server says that it will never take anything for the address, it is given up at once.

Any number of runs share the mails: each claims a few in a short transaction, by putting them off until the end of a
lease, and sends them with none open. So each mail is sent once, but for two cases: a process that dies, or loses its
database, after a mail was sent and before that is recorded has it sent once more, after the lease; and so has a mail
server that takes one and hangs up before it says so.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import audit, mail
from registration.flow import availability, told_late
from registration.flow.moves.locking import chunks, locked
from registration.mail import own_words, truth
from registration.mail.own_words import Theirs
from registration.mail.server import Away, Server, failure_of, is_for_good
from registration.models import Mail, Meeting, Submission
from registration.models.mail import IN_STATE, OUTDATED
from registration.prepared import Later

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""So long a mail is a run's own. A slow server may take 10 seconds (EMAIL_TIMEOUT) for each of its answers."""

WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 2 * 60, 4 * 60, 8 * 60, 8 * 60)]
"""How long a mail rests after each try that failed; the next such try is its last."""

_CLAIMED_AT_ONCE = 20
# What is due later than that was put off by a clock that has been set back since.
_HORIZON = max(WAITS) + timedelta(hours=1)


@dataclass
class Posted:
    """What a run did: mails that were sent, that failed and are tried again, that were given up, and that were not sent
    since they are no longer true.

    ``problem``: the kind of error, where the mail server could not be reached at all: no mail is to blame for that.
    """

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    outdated: int = 0
    problem: str = ""

    def __add__(self, other: "Posted") -> "Posted":
        """Both runs; the problem is that of the second."""
        return Posted(
            self.sent + other.sent,
            self.failed + other.failed,
            self.given_up + other.given_up,
            self.outdated + other.outdated,
            other.problem,
        )


@dataclass(frozen=True)
class Left:
    """What there is to do: how many mails wait, and when the first of them is due."""

    waiting: int
    next_due_at: datetime | None


def send(
    mails: QuerySet[Mail],
    *,
    seconds: float | None = None,
    stop: Event | None = None,
    settled: Callable[[int], None] = lambda mails: None,
) -> Posted:
    """Send those of the mails that are due, until none is, for at most so many seconds, or until ``stop`` is set.

    A mail that is begun is always finished. ``settled`` is told how many more were tried. Ends early where the mail
    server cannot be reached. Not to be called inside a transaction.
    """
    ends_at = None if seconds is None else time.monotonic() + seconds
    done = Posted()

    def is_over() -> bool:
        is_time_up = ends_at is not None and time.monotonic() >= ends_at
        return is_time_up or bool(done.problem) or (stop is not None and stop.is_set())

    with Server() as server:
        while not is_over() and (claim := _claim(mails)).pks:
            untried = set(claim.pks)
            for pk in claim.pks:
                if is_over() or claim.is_nearly_over:
                    break
                if _try(pk, claim, server, done):
                    untried.remove(pk)
                    settled(1)
            claim.hand_back(untried)
    return done


def left() -> Left:
    """Which mails wait, whether they are due or not; one that another run is about to send is among them."""
    found = Mail.objects.filter(due_at__isnull=False).aggregate(waiting=Count("pk"), next_due_at=Min("due_at"))
    return Left(**found)


def due(mails: QuerySet[Mail], *, at: datetime) -> QuerySet[Mail]:
    """Those of the mails that are to be sent now, in the order in which they became due."""
    is_due = Q(due_at__lte=at) | Q(due_at__gt=at + _HORIZON)
    return mails.filter(is_due, due_at__isnull=False).order_by("due_at", "pk")


def unreached(*, at: datetime | Later) -> QuerySet[Submission]:
    """The people whose newest mail was given up, of meetings that are not over: somebody must look."""
    newer = Mail.objects.filter(submission=OuterRef("submission"), pk__gt=OuterRef("pk"))
    newest = Mail.objects.filter(IN_STATE[Mail.State.UNSENT], ~Exists(newer.exclude(IN_STATE[Mail.State.OUTDATED])))
    return Submission.objects.filter(pk__in=newest.order_by().values("submission"), meeting__end_at__gt=at)


def again(submissions: QuerySet[Submission], *, at: datetime, by: User | None = None) -> int:
    """Have each person mailed how they stand, and their link, once more. Returns how many mails that makes.

    A mail that says so and has failed is due now, with all its tries before it; one that was never tried will do. No
    worker is asked: the next run finds them.
    """
    with transaction.atomic():
        chosen = submissions.order_by().values("pk")
        # One at a time for each person; and the people before their mails, as everybody does who locks both.
        people = set(locked(submissions).filter(erase_asked_at=None).values_list("pk", flat=True))
        waiting = Mail.objects.filter(submission__in=chosen, kind=Mail.Kind.RECEIVED, due_at__isnull=False)
        have_one = set(waiting.values_list("submission_id", flat=True))
        failed = set(waiting.filter(failed_tries__gt=0).values_list("submission_id", flat=True))
        retried = waiting.filter(failed_tries__gt=0).update(due_at=at, failed_tries=0)
        written = Mail.objects.bulk_create(
            [
                Mail(submission_id=pk, kind=Mail.Kind.RECEIVED, queued_at=at, due_at=at)
                for pk in sorted(people - have_one)
            ],
            batch_size=1000,
        )
        mailed = failed | (people - have_one)
        audit.note_people(by, audit.Action.MAILED, mailed, words=_("How they stand, and their link."))
    return retried + len(written)


def once_more(mails: QuerySet[Mail], *, at: datetime, by: User | None = None) -> int:
    """Have exactly these mails sent again, with all their tries before them. Returns how many that are.

    One that is about to be tried for the first time is left alone. No worker is asked: the next run finds them.
    """
    chosen = mails.order_by().values("pk")
    is_over = Q(due_at__isnull=True) | Q(failed_tries__gt=0)
    with transaction.atomic():
        over = dict(Mail.objects.filter(is_over, pk__in=chosen).order_by().values_list("pk", "submission_id"))
        count = 0
        for chunk in chunks(over):
            mails_of_chunk = Mail.objects.filter(is_over, pk__in=chunk)
            count += mails_of_chunk.update(due_at=at, sent_at=None, failed_tries=0, failure="")
        if count:
            audit.note_people(by, audit.Action.MAILED, set(over.values()), words=_("A mail was sent again."))
    return count


def try_out(message: EmailMessage) -> str:
    """Send a mail that is not an attendee's, at once. Returns the kind of error, if any. Not inside a transaction."""
    try:
        get_connection().send_messages([message])
    except Exception as error:
        return failure_of(error)
    return ""


# --- one run ----------------------------------------------------------------------------------------------------------


# Written out, since it is asked for every mail: to have it put together would cost more than the answer.
_HELD = """
    SELECT submission.*, mail.kind AS mail_kind, mail.failed_tries AS mail_failed_tries,
        EXISTS (
            SELECT 1 FROM registration_mail AS later WHERE later.submission_id = submission.id AND later.id > mail.id
        ) AS has_later
    FROM registration_mail AS mail
    JOIN registration_submission AS submission ON submission.id = mail.submission_id
    WHERE mail.id = %s AND mail.due_at = %s
"""


@dataclass(frozen=True)
class _Claim:
    """A few mails that one run has taken until ``ends_at``: when each was due, by its primary key.

    With what several of them need: their meetings, read when they were taken, and how staff want them to begin.
    """

    due: dict[int, datetime | None]
    ends_at: datetime
    meetings: dict[int, Meeting]
    theirs: Theirs

    @property
    def pks(self) -> list[int]:
        """Their primary keys, in the order in which they are sent."""
        return list(self.due)

    @property
    def is_nearly_over(self) -> bool:
        """Whether no further mail may be begun."""
        return timezone.now() > self.ends_at - LEASE / 2

    def held(self, pk: int) -> QuerySet[Mail]:
        """The mail, if it is still the run's."""
        return Mail.objects.filter(pk=pk, due_at=self.ends_at).order_by()

    def read(self, pk: int) -> tuple[Mail, bool] | None:
        """The mail, due when it was, and its person as they are now, if it is still the run's; and whether there are
        later mails to them.
        """
        people: Iterable[Any] = Submission.objects.raw(_HELD, [pk, self.ends_at])
        for person in people:
            if (meeting := self.meetings.get(person.meeting_id)) is not None:
                person.meeting = meeting
            tries = person.mail_failed_tries
            mail = Mail(pk=pk, kind=person.mail_kind, due_at=self.due[pk], failed_tries=tries, submission=person)
            return mail, bool(person.has_later)
        return None

    def hand_back(self, pks: Collection[int]) -> None:
        """Make due again what was not tried, as if it had not been taken: flow/unheard.py relies on that."""
        for pk in pks:
            self.held(pk).update(due_at=self.due[pk])


def _claim(mails: QuerySet[Mail]) -> _Claim:
    """Take a few of the mails that are due, so that no other run takes them before the lease ends."""
    at = timezone.now()
    with transaction.atomic(durable=True):
        rows = due(mails, at=at).select_for_update(skip_locked=True)
        was_due = dict(rows.values_list("pk", "due_at")[:_CLAIMED_AT_ONCE])
        pks = list(was_due)
        Mail.objects.filter(pk__in=pks).update(due_at=at + LEASE)
    of_claimed = Mail.objects.filter(pk__in=pks).order_by().distinct()
    meetings = Meeting.objects.in_bulk(list(of_claimed.values_list("submission__meeting", flat=True)))
    return _Claim(was_due, at + LEASE, meetings, own_words.theirs(meetings))


def _try(pk: int, claim: _Claim, server: Server, done: Posted) -> bool:
    """Send a mail that is still ours, and record what became of it. Returns whether there was a server to try it with.

    Mail and person are read anew, so that it says what is true now and goes to the address that is theirs now. What is
    not true any more is not sent. Where it comes late with a time in which something must be done, that begins now.
    """
    held, at = claim.read(pk), timezone.now()
    if held is None:
        return True
    letter, has_later = held
    if letter.submission.erase_asked_at is not None:
        letter.delete()
        return True
    told_late.begin(letter, at=at)
    kind = truth.kind_now(letter, at=at, has_later=has_later)
    if kind is None:
        claim.held(pk).update(due_at=None, failure=OUTDATED)
        done.outdated += 1
        return True
    try:
        again = availability.again(letter.submission, now=at) if kind is Mail.Kind.KNOWN else None
        server.send(mail.message(letter.submission, kind, at=at, theirs=claim.theirs, again=again))
    except Away as error:
        done.problem = str(error)
        logger.error("The mail server cannot be reached: %s", error)
        if error.is_begun:
            claim.held(pk).update(due_at=timezone.now())  # it is not as if it had not been taken
        return False
    except Exception as error:
        _record_failure(letter, error, claim, done)
    else:
        Mail.objects.filter(pk=pk).update(sent_at=timezone.now(), due_at=None, failure="")
        done.sent += 1
    return True


def _record_failure(letter: Mail, error: Exception, claim: _Claim, done: Posted) -> None:
    failure, is_last = failure_of(error), letter.failed_tries >= len(WAITS) or is_for_good(error)
    claim.held(letter.pk).update(
        failed_tries=letter.failed_tries + 1,
        failure=failure[:100],
        due_at=None if is_last else timezone.now() + WAITS[letter.failed_tries],
    )
    about = (letter.kind, letter.submission.reference, failure)
    if is_last:
        done.given_up += 1
        logger.error("The mail “%s” to %s is given up: %s", *about)
    else:
        done.failed += 1
        logger.warning("The mail “%s” to %s is tried again later: %s", *about)
