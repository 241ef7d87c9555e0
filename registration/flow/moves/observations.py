"""What a sync saw at Webex of people whom nobody is sending, and what a person makes of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet

from registration import queue
from registration.flow.moves import host
from registration.flow.moves.items import removed_by_us
from registration.flow.moves.locking import chunks, in_order, locked
from registration.models import Move, Submission
from registration.states import PRESENCE_MOVES, Decision, Presence, WebexStatus
from registration.webex.records import RegistrantRow

_ROW_FIELDS = (
    "registrant_id",
    "registration_id",
    "registration_time",
    "webex_status",
    "webex_status_at",
    "moved_back_at",
    "synced_at",
    "missing_at",
)
_ADOPTED_AS: dict[str, Decision] = {
    WebexStatus.APPROVED: Decision.APPROVED,
    WebexStatus.REJECTED: Decision.DECLINED,
}
_SETTLED = (Presence.ABSENT, Presence.REFUSED, Presence.REGISTERED)


def observe(rows: Mapping[int, RegistrantRow], *, asked_at: datetime, at: datetime, latest_at: datetime) -> int:
    """Record what a sync saw of registered people: ``rows`` by primary key. Returns how many statuses changed.

    It is what Webex knew when it was ``asked``: whatever is decided later is newer. Who is being sent meanwhile, or was
    recorded since, is left as they are: we know better. Who was missing is no longer. What was recorded later than
    ``latest_at`` was so by a clock that has been set back since, and is no news.
    """
    with transaction.atomic():
        registered = Submission.objects.filter(pk__in=list(rows), presence=Presence.REGISTERED)
        seen = list(in_order(registered.exclude(presence_at__range=(asked_at, latest_at))))
        moves, changed, told = [], [], {}
        for submission in seen:
            before = _row_of(submission)
            told[submission.pk] = host.Before(submission.webex_status, submission.webex_status_at)
            moves += _take_row(submission, rows[submission.pk], asked_at=asked_at, at=at)
            if _row_of(submission) != before:
                changed.append(submission)
        _store(changed, _ROW_FIELDS)
        same = {submission.pk for submission in seen} - {submission.pk for submission in changed}
        Submission.objects.filter(pk__in=same).update(synced_at=at, missing_at=None)
        Move.objects.bulk_create(moves)
        host.tell({move.submission_id: told[move.submission_id] for move in moves}, at=at)
    return len(moves)


def lose(
    pks: Collection[int], *, unseen_since: datetime, settled_before: datetime, at: datetime, latest_at: datetime
) -> int:
    """Record that registered people were not found at Webex. Returns of how many that is news.

    They are *missing*, which is for a person to look at; nobody becomes absent by it. Whom we declined or had removed,
    or who cancelled, may well be gone: they are to be looked up, which settles them. Left alone is who was seen since
    ``unseen_since``, who is being sent meanwhile, and who was not yet recorded by ``settled_before``: Webex's
    answers may not know of them yet. ``latest_at`` as for ``observe``.
    """
    with transaction.atomic():
        registered = Submission.objects.filter(pk__in=list(pks), presence=Presence.REGISTERED)
        unseen = registered.exclude(synced_at__range=(unseen_since, latest_at))
        lost = in_order(unseen.exclude(presence_at__range=(settled_before, latest_at)))
        removed = removed_by_us(pks)
        withdrawn, missing = [], []
        for pk, decision, missing_at, erase_asked_at in lost.values_list(
            "pk", "decision", "missing_at", "erase_asked_at"
        ):
            is_unwanted = decision in (Decision.DECLINED, Decision.CANCELLED) or erase_asked_at is not None
            if is_unwanted or pk in removed:
                withdrawn.append(pk)
            elif missing_at is None:
                missing.append(pk)
        Submission.objects.filter(pk__in=missing).update(missing_at=at)
        _doubt(withdrawn, at=at)
    return len(withdrawn) + len(missing)


def look_up_again(submissions: QuerySet[Submission], *, at: datetime) -> list[int]:
    """Doubt where people are, because a person says so: the next push looks them up first of all.

    Whom it does not find it registers, if they are approved. Returns the primary keys of those whose presence
    changed; who is being sent, or is to be looked up already, is left as they are, and so is who was erased.
    """
    origins = [origin for origin in _SETTLED if Presence.UNCERTAIN in PRESENCE_MOVES[origin]]
    may_be_there = Q(erase_asked_at=None) | Q(presence=Presence.REGISTERED)
    with transaction.atomic():
        pks = list(locked(submissions).filter(may_be_there, presence__in=origins).values_list("pk", flat=True))
        for chunk in chunks(pks):
            # What a sync did not find was looked up once already; whom Webex confirmed long ago is no proof any more.
            Submission.objects.filter(pk__in=chunk).update(absent_at=F("missing_at"), registrant_id="")
        _doubt(pks, at=at)
    return pks


def adopt(people: Sequence[Submission], *, at: datetime, by: User, reason: str) -> list[Submission]:
    """Store submissions for people who are at Webex already, decided as Webex has decided. Returns those stored.

    The submissions are new, unsaved, and carry what Webex told of the person, its status included. Who signed up in
    this very moment is not stored again.
    """
    for person in people:
        person.decision = _ADOPTED_AS.get(person.webex_status, Decision.WAITING)
        person.decided_at = None if person.decision == Decision.WAITING else at
        person.presence, person.presence_at, person.synced_at = Presence.REGISTERED, at, at
        person.webex_status_at = at if person.webex_status else None
    with transaction.atomic():
        Submission.objects.bulk_create(people, ignore_conflicts=True)
        tokens = [person.token for person in people]
        pks = dict(Submission.objects.filter(token__in=tokens).values_list("token", "pk"))
        stored = [person for person in people if person.token in pks]
        for person in stored:
            person.pk = pks[person.token]
        Move.objects.bulk_create(
            move for person in stored for move in _moves_of_adopted(person, at=at, by=by, reason=reason)
        )
    return stored


def _doubt(pks: Collection[int], *, at: datetime) -> None:
    """Make locked people ``uncertain``, due at once and held by no batch, and ask for a push of their meetings."""
    meetings: set[int] = set()
    for chunk in chunks(pks):
        doubted = Submission.objects.filter(pk__in=chunk)
        doubted.update(presence=Presence.UNCERTAIN, presence_at=at, due_at=at, batch=None, missing_at=None)
        meetings.update(doubted.order_by().values_list("meeting", flat=True).distinct())
    queue.enqueue_push(meetings)


def _moves_of_adopted(person: Submission, *, at: datetime, by: User, reason: str) -> list[Move]:
    facts = {
        Move.Subject.DECISION: person.decision if person.decided_at else "",
        Move.Subject.WEBEX_STATUS: person.webex_status,
    }
    return [
        Move(submission=person, subject=what, after=now, at=at, by=by, reason=reason)
        for what, now in facts.items()
        if now
    ]


def _row_of(submission: Submission) -> tuple[object, ...]:
    """What is stored of Webex's row, but for when it was seen."""
    return tuple(getattr(submission, name) for name in _ROW_FIELDS if name not in ("synced_at", "missing_at"))


def _store(locked: list[Submission], fields: Collection[str]) -> None:
    """Write the fields of submissions that this transaction has locked.

    The rows exist, so that every insert becomes an update: one statement of plain values, where ``bulk_update``
    builds a CASE for each row and field, and takes ten times as long.
    """
    Submission.objects.bulk_create(locked, update_conflicts=True, unique_fields=["pk"], update_fields=fields)


def _take_row(submission: Submission, row: RegistrantRow, *, asked_at: datetime, at: datetime) -> list[Move]:
    """Copy what Webex told us into the submission, unsaved; returns the change of status, if it is one."""
    submission.registrant_id = row.id
    submission.registration_id = row.registration_id or submission.registration_id
    submission.registration_time = row.registration_time or submission.registration_time
    submission.synced_at, submission.missing_at = at, None
    before, after = submission.webex_status, row.status or submission.webex_status
    # Whom we are registering anew Webex may hold as before a little longer: a removal can land late.
    if after != WebexStatus.PENDING and not submission.is_corrected:
        submission.moved_back_at = None
    if before == after:
        return []
    submission.webex_status, submission.webex_status_at = after, asked_at
    return [Move(submission=submission, subject=Move.Subject.WEBEX_STATUS, before=before, after=after, at=at)]
