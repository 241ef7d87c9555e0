"""The one door to a submission's ``decision`` and ``presence``.

Every move is held to the tables of legal moves in states.py and guarded by the state moved from, inside a short
transaction: whoever comes second finds nothing to move. No HTTP call and no mail happens here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Least

from registration.flow.queries import needing, was_asked
from registration.models import Batch, BatchItem, Meeting, Move, Submission
from registration.states import CHANGES, DECISION_MOVES, PRESENCE_MOVES, Decision, Presence, Step, WebexStatus
from registration.webex.records import RegistrantRow

# SQLite takes at most 32,766 parameters a statement.
_CHUNK = 5_000
# Enough to have a call of a hundred people to oneself, and far below what the column can hold.
_ONE_MORE = Least(F("failed_calls") + 1, 10)


@dataclass(frozen=True)
class Claim:
    """People whom one run has taken, and the batch that says so. ``submissions`` are without their answers."""

    batch: Batch
    submissions: list[Submission]


def decide(
    submissions: QuerySet[Submission], *, to: Decision, at: datetime, by: User | None = None, reason: str = ""
) -> list[int]:
    """Move the decision of the submissions, where that is legal, and write each change down.

    Returns the primary keys of those that changed; the others already were ``to``, or may not become it.
    """
    origins = [origin for origin, targets in DECISION_MOVES.items() if to in targets]
    with transaction.atomic():
        before = dict(_locked(submissions).filter(decision__in=origins).values_list("pk", "decision"))
        for chunk in _chunks(before):
            Submission.objects.filter(pk__in=chunk).update(decision=to, decided_at=at, decision_reason=reason)
        Move.objects.bulk_create(
            (
                Move(submission_id=pk, subject=Move.Subject.DECISION, before=old, after=to, at=at, by=by, reason=reason)
                for pk, old in before.items()
            ),
            batch_size=_CHUNK // 10,
        )
    return list(before)


def forgive(submissions: QuerySet[Submission]) -> list[int]:
    """Let people whom Webex refused be sent again. Returns the primary keys of those that were refused."""
    with transaction.atomic():
        pks = list(_locked(submissions).filter(presence=Presence.REFUSED).values_list("pk", flat=True))
        for chunk in _chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(presence=Presence.ABSENT, refusal="", failed_calls=0)
    return pks


def claim(
    meeting: Meeting,
    step: Step,
    *,
    limit: int,
    at: datetime,
    lease_ends_at: datetime,
    requested_by: User | None = None,
    only: Collection[int] | None = None,
) -> Claim | None:
    """Take at most ``limit`` people of the meeting who need ``step``, so that no other run takes them.

    A look-up leaves people ``uncertain``; every other step makes them ``sending``. ``only`` narrows it to these
    primary keys. Returns nothing where nobody needs the step.

    Whose calls failed come last, and with fewer beside them each time, so that one person whom Webex cannot take
    holds up nobody for long.
    """
    due = Submission.objects.filter(needing(step, meeting.policy), meeting=meeting)
    if step is Step.LOOK_UP:
        due = due.filter(due_at__lte=at)
    if step in CHANGES:
        due = due.exclude(was_asked(step))
    if only is not None:
        due = due.filter(pk__in=only)
    with transaction.atomic(durable=True):
        fewest = due.order_by("failed_calls").values_list("failed_calls", flat=True).first() or 0
        due = due.filter(failed_calls=fewest).order_by("pk")
        submissions = list(due.select_for_update(skip_locked=True, of=("self",))[: max(1, limit >> fewest)])
        if not submissions:
            return None
        batch = _open_batch(meeting, step, submissions, at=at, requested_by=requested_by)
        taken = Submission.objects.filter(pk__in=[submission.pk for submission in submissions])
        if step is Step.LOOK_UP:
            taken.update(batch=batch, due_at=lease_ends_at)
        else:
            taken.update(batch=batch, due_at=lease_ends_at, presence=Presence.SENDING, presence_at=at)
    return Claim(batch, submissions)


def claim_again(
    claimed: Claim, submissions: list[Submission], *, at: datetime, lease_ends_at: datetime
) -> Claim | None:
    """Move people who are still ``sending`` from one batch to a new one of their own: part of a call that was refused.

    Returns nothing where the claim was lost meanwhile (its lease ended).
    """
    old = claimed.batch
    with transaction.atomic():
        held = _held(old, [submission.pk for submission in submissions]).filter(presence=Presence.SENDING)
        pks = set(_in_order(held).values_list("pk", flat=True))
        people = [submission for submission in submissions if submission.pk in pks]
        if not people:
            return None
        batch = _open_batch(old.meeting, Step[old.action.upper()], people, at=at, requested_by=old.requested_by)
        Submission.objects.filter(pk__in=pks).update(batch=batch, due_at=lease_ends_at)
        _close_items(old, pks, BatchItem.Outcome.POSTPONED)
    return Claim(batch, people)


def expire(meeting: Meeting, *, at: datetime) -> int:
    """Make people ``uncertain`` whose call has been under way beyond its lease. Returns how many.

    Their look-up is due at once: no call begins that could outlast its lease, or land within a grace of its end
    (see ``ready_to_send``). The batch of a process that died ends as one whose outcome is unknown.
    """
    over = Submission.objects.filter(meeting=meeting, presence=Presence.SENDING, due_at__lte=at)
    with transaction.atomic():
        batches = dict(_in_order(over).values_list("pk", "batch"))
        over.filter(pk__in=list(batches)).update(presence=Presence.UNCERTAIN, presence_at=at, due_at=at)
        dead = Batch.objects.filter(pk__in=set(batches.values()), outcome=Batch.Outcome.UNDER_WAY)
        dead.update(outcome=Batch.Outcome.UNKNOWN, finished_at=at)
        BatchItem.objects.filter(
            batch__in=set(batches.values()), submission__in=list(batches), outcome=BatchItem.Outcome.UNDER_WAY
        ).update(outcome=BatchItem.Outcome.UNKNOWN)
    return len(batches)


def registered(claimed: Claim, rows: Mapping[int, RegistrantRow], *, at: datetime) -> int:
    """Record people whom Webex holds: ``rows`` by the submission's primary key. Returns how many were recorded."""
    with transaction.atomic():
        held = _movable(claimed.batch, rows, Presence.REGISTERED)
        submissions = list(_in_order(held))
        moves = []
        for submission in submissions:
            moves += _take_row(submission, rows[submission.pk], at=at)
            submission.presence, submission.presence_at, submission.due_at = Presence.REGISTERED, at, None
            submission.refusal, submission.failed_calls = "", 0
        _store(submissions, [*_ROW_FIELDS, "presence", "presence_at", "due_at", "refusal", "failed_calls"])
        Move.objects.bulk_create(moves)
        for status in ("", *WebexStatus):
            pks = [submission.pk for submission in submissions if submission.webex_status == status]
            _close_items(claimed.batch, pks, BatchItem.Outcome.REGISTERED, webex_status=status)
    return len(submissions)


def settle(
    claimed: Claim,
    pks: Collection[int],
    *,
    to: Presence,
    outcome: BatchItem.Outcome,
    at: datetime,
    due_at: datetime | None = None,
    refusal: str = "",
    has_failed: bool = False,
) -> int:
    """Record what became of claimed people other than being found at Webex. Returns how many were recorded.

    ``has_failed``: the call ended without a usable answer. People whose claim was lost meanwhile are left as they
    are: somebody else answers for them.
    """
    changes: dict[str, object] = {"presence": to, "presence_at": at, "due_at": due_at, "refusal": refusal[:1000]}
    if has_failed:
        changes["failed_calls"] = _ONE_MORE
    if to is Presence.ABSENT:
        changes |= {"registrant_id": "", "registration_id": "", "registration_time": None}
        changes |= {"webex_status": "", "webex_status_at": None}
    with transaction.atomic():
        movable = _movable(claimed.batch, pks, to)
        statuses = dict(_in_order(movable).values_list("pk", "webex_status"))
        if to is Presence.ABSENT:
            _write_down_lost_statuses(statuses, at=at)
        count = movable.filter(pk__in=list(statuses)).update(**changes)
        _close_items(claimed.batch, pks, outcome)
    return count


def ready_to_send(claimed: Claim, *, margin_ends_at: datetime) -> list[Submission]:
    """The claimed people as they are now, answers and all, if the claim still lasts beyond ``margin_ends_at``.

    Asked right before the call: a process that was stopped after its claim must not send what others have sent since.
    """
    people = _held(claimed.batch, [submission.pk for submission in claimed.submissions])
    return list(
        people.filter(presence=Presence.SENDING, due_at__gt=margin_ends_at)
        .prefetch_related("answers__question", "answers__option")
        .order_by("pk")
    )


def postpone(claimed: Claim, *, until: datetime, has_failed: bool) -> None:
    """Put off a look-up that could not be made: the people stay ``uncertain``.

    ``has_failed``: it ended without a usable answer, which fewer people at once may get.
    """
    pks = [submission.pk for submission in claimed.submissions]
    changes: dict[str, object] = {"due_at": until}
    if has_failed:
        changes["failed_calls"] = _ONE_MORE
    with transaction.atomic():
        held = _held(claimed.batch, pks).filter(presence=Presence.UNCERTAIN)
        held.filter(pk__in=list(_in_order(held).values_list("pk", flat=True))).update(**changes)
        _close_items(claimed.batch, pks, BatchItem.Outcome.POSTPONED)


def close(
    batch: Batch,
    outcome: Batch.Outcome,
    *,
    at: datetime,
    http_status: int | None = None,
    tracking_id: str = "",
    error: str = "",
) -> None:
    """Write down how a batch's call ended."""
    batch.outcome, batch.finished_at, batch.http_status = outcome, at, http_status
    batch.tracking_id, batch.error = tracking_id[:200], error[:1000]
    batch.save(update_fields=["outcome", "finished_at", "http_status", "tracking_id", "error"])


def observe(rows: Mapping[int, RegistrantRow], *, asked_at: datetime, at: datetime) -> int:
    """Record what a sync saw of registered people: ``rows`` by primary key. Returns how many statuses changed.

    Who is being sent meanwhile, or was recorded after the sync had ``asked``, is left as they are: we know better.
    """
    with transaction.atomic():
        registered = Submission.objects.filter(pk__in=list(rows), presence=Presence.REGISTERED)
        seen = list(_in_order(registered.exclude(presence_at__gte=asked_at)))
        moves = []
        for submission in seen:
            moves += _take_row(submission, rows[submission.pk], at=at)
        changed = {move.submission_id for move in moves}
        _store([s for s in seen if s.pk in changed], _ROW_FIELDS)
        Submission.objects.filter(pk__in=[s.pk for s in seen if s.pk not in changed]).update(synced_at=at)
        Move.objects.bulk_create(moves)
    return len(changed)


_ROW_FIELDS = (
    "registrant_id",
    "registration_id",
    "registration_time",
    "webex_status",
    "webex_status_at",
    "synced_at",
)


def _store(locked: list[Submission], fields: Collection[str]) -> None:
    """Write the fields of submissions that this transaction has locked.

    The rows exist, so that every insert becomes an update: one statement of plain values, where ``bulk_update``
    builds a CASE for each row and field, and takes ten times as long.
    """
    Submission.objects.bulk_create(locked, update_conflicts=True, unique_fields=["pk"], update_fields=fields)


def _take_row(submission: Submission, row: RegistrantRow, *, at: datetime) -> list[Move]:
    """Copy what Webex told us into the submission, unsaved; returns the change of status, if it is one."""
    submission.registrant_id = row.id
    submission.registration_id = row.registration_id or submission.registration_id
    submission.registration_time = row.registration_time or submission.registration_time
    submission.synced_at = at
    before, after = submission.webex_status, row.status or submission.webex_status
    if before == after:
        return []
    submission.webex_status, submission.webex_status_at = after, at
    return [Move(submission=submission, subject=Move.Subject.WEBEX_STATUS, before=before, after=after, at=at)]


def _write_down_lost_statuses(statuses: Mapping[int, str], *, at: datetime) -> None:
    Move.objects.bulk_create(
        Move(submission_id=pk, subject=Move.Subject.WEBEX_STATUS, before=before, at=at)
        for pk, before in statuses.items()
        if before
    )


def _open_batch(
    meeting: Meeting, step: Step, submissions: list[Submission], *, at: datetime, requested_by: User | None
) -> Batch:
    batch = Batch.objects.create(
        meeting=meeting,
        action=Batch.Action[step.name],
        requested_by=requested_by,
        size=len(submissions),
        started_at=at,
    )
    BatchItem.objects.bulk_create(BatchItem(batch=batch, submission=submission) for submission in submissions)
    return batch


def _close_items(batch: Batch, pks: Collection[int], outcome: BatchItem.Outcome, *, webex_status: str = "") -> None:
    if pks:
        batch.items.filter(submission__in=list(pks)).update(outcome=outcome, webex_status=webex_status)


def _held(batch: Batch, pks: Collection[int]) -> QuerySet[Submission]:
    """Those of the people whom the batch still holds."""
    return Submission.objects.filter(pk__in=list(pks), batch=batch)


def _movable(batch: Batch, pks: Collection[int], to: Presence) -> QuerySet[Submission]:
    """Those of the people whom the batch still holds and who may move to the presence."""
    claimed = (Presence.SENDING, Presence.UNCERTAIN)
    return _held(batch, pks).filter(presence__in=[origin for origin in claimed if to in PRESENCE_MOVES[origin]])


def _in_order(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """The submissions, locked in one order everywhere, so that two transactions never wait for each other."""
    return submissions.order_by("pk").select_for_update()


def _locked(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """The submissions of any queryset, locked.

    Filter the *result* by the state moved from: after it has waited for a lock, PostgreSQL asks again whether the
    conditions of the outer query hold, and not those of the one inside.
    """
    return _in_order(Submission.objects.filter(pk__in=submissions.order_by().values("pk")))


def _chunks(pks: Collection[int]) -> Iterator[list[int]]:
    remaining = iter(pks)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
