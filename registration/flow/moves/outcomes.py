"""What became of claimed people, and of the call that was made about them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils.functional import Promise

from registration.flow.moves import host
from registration.flow.moves.claims import Claim
from registration.flow.moves.erasures import NOBODY_THERE, NOT_THERE, after_leaving, before_leaving
from registration.flow.moves.items import TOLD, left_out_twice, note, removed_by_us, store
from registration.flow.moves.locking import held, in_order
from registration.flow.queries import FAILED_CALLS_COUNTED
from registration.models import Batch, BatchItem, Move, Submission
from registration.states import PRESENCE_MOVES, Decision, Presence, WebexStatus
from registration.webex.records import RegistrantRow

_ONE_MORE = Least(F("failed_calls") + 1, FAILED_CALLS_COUNTED)
_NOT_AT_WEBEX: dict[str, object] = {
    "registrant_id": "",
    "registration_id": "",
    "registration_time": None,
    "webex_status": "",
    "webex_status_at": None,
    "sent_at": None,
    "sent_email": "",
    # Whoever is still approved, and was before we removed them, is to be approved there again.
    "moved_back_at": Case(
        When(decision=Decision.APPROVED, moved_back_at__lt=F("decided_at"), then=F("moved_back_at")), default=None
    ),
    "absent_at": None,
    "missing_at": None,
}


def registered(claimed: Claim, rows: Mapping[int, RegistrantRow], *, at: datetime) -> int:
    """Record people whom Webex holds: ``rows`` by the submission's primary key. Returns how many were recorded.

    Each person's item of the batch keeps what Webex told, and the submissions take it over from there, in a fixed
    number of statements, and one for each person whose address Webex respelled. The item is the trace of a first
    status, too: a ``Move`` tells of later ones.
    """
    if not rows:
        return 0
    with transaction.atomic():
        movable = in_order(_movable(claimed.batch, rows, Presence.REGISTERED))
        before = {
            known["pk"]: known for known in movable.values("pk", "email_key", "sent_email", "webex_status_at", *TOLD)
        }
        items = [_item(claimed.batch, known, rows[pk]) for pk, known in before.items()]
        store(items)
        told = BatchItem.objects.filter(batch=claimed.batch, submission=OuterRef("pk"))
        changed = [item for item in items if item.webex_status != before[item.submission_id]["webex_status"]]
        is_news = Q(pk__in=[item.submission_id for item in changed])
        not_pending = [item.submission_id for item in changed if item.webex_status != WebexStatus.PENDING]
        Submission.objects.filter(pk__in=list(before)).update(
            **{name: Subquery(told.values(name)) for name in TOLD},
            # Since Webex was asked: a decision that was made while the call was under way is newer than this status.
            webex_status_at=Case(When(is_news, then=Coalesce("asked_at", Value(at))), default=F("webex_status_at")),
            # Who is as they were may still be moved back, by a call that lands late.
            moved_back_at=Case(When(pk__in=not_pending, then=None), default=F("moved_back_at")),
            presence=Presence.REGISTERED,
            presence_at=at,
            synced_at=at,
            due_at=None,
            absent_at=None,
            missing_at=None,
            refusal="",
            failed_calls=0,
        )
        for pk, known in before.items():
            # The address by which Webex knows them is the one by which to look for them.
            if (key := rows[pk].email_key) != (known["sent_email"] or known["email_key"]):
                Submission.objects.filter(pk=pk).update(sent_email=key)
        Move.objects.bulk_create(
            Move(
                submission_id=item.submission_id,
                subject=Move.Subject.WEBEX_STATUS,
                before=before[item.submission_id]["webex_status"],
                after=item.webex_status,
                at=at,
            )
            for item in changed
            if before[item.submission_id]["webex_status"]
        )
        if claimed.batch.meeting.is_approval_mailed_by_us:
            host.tell({item.submission_id: _before(before[item.submission_id]) for item in changed}, at=at)
    return len(items)


def _before(known: Mapping[str, Any]) -> host.Before:
    return host.Before(known["webex_status"], known["webex_status_at"])


def _item(batch: Batch, known: Mapping[str, Any], row: RegistrantRow) -> BatchItem:
    """What Webex told of a person; where it left something out, what we knew before holds."""
    return BatchItem(
        batch=batch,
        submission_id=known["pk"],
        outcome=BatchItem.Outcome.REGISTERED,
        registrant_id=row.id,
        registration_id=row.registration_id or known["registration_id"],
        registration_time=row.registration_time or known["registration_time"],
        webex_status=row.status or known["webex_status"],
    )


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
    because: "str | Promise" = NOBODY_THERE,
) -> int:
    """Record what became of claimed people other than being found at Webex. Returns how many were recorded.

    ``has_failed``: the call ended without a usable answer. People whose claim was lost meanwhile are left as they
    are: somebody else answers for them. Who asked to be erased, and is not at Webex, is erased; ``because`` says why
    that is certain.
    """
    if not pks:
        return 0
    changes: dict[str, object] = {"presence": to, "presence_at": at, "due_at": due_at, "refusal": refusal[:1000]}
    if has_failed:
        changes["failed_calls"] = _ONE_MORE
    if to in NOT_THERE:
        changes |= _NOT_AT_WEBEX
    with transaction.atomic():
        movable = _movable(claimed.batch, pks, to)
        known = list(in_order(movable).values_list("pk", "webex_status", "registrant_id", "erase_asked_at"))
        statuses = {pk: status for pk, status, _registrant_id, _erase_asked_at in known}
        erasing = [pk for pk, *_told, erase_asked_at in known if erase_asked_at is not None and to in NOT_THERE]
        before_leaving(erasing)
        if to is Presence.ABSENT:
            _write_down_lost_statuses(statuses, at=at)
        count = movable.filter(pk__in=list(statuses)).update(**changes)
        # Of a call that changes somebody at Webex it is told whom: under another id they were not asked for yet.
        asked = {pk: registrant_id for pk, _status, registrant_id, _at in known} if to is Presence.UNCERTAIN else {}
        note(dict.fromkeys(statuses, claimed.batch.pk), outcome, registrant_ids=asked)
        after_leaving(erasing, at=at, because=because)
    return count


def not_found(
    claimed: Claim, pks: Collection[int], *, at: datetime, before: datetime, again_at: datetime, left_out_words: str
) -> int:
    """Record whom a look-up did not find. Returns how many are absent now.

    They are only absent when a second look-up, a grace after the first, does not find them either (the first was
    ``before``); until then they stay ``uncertain``, due ``again_at``. So neither a write that lands late, nor a
    look-up that does not see it yet, nor a clock that was put forward once, makes anybody be sent twice. One is enough
    for whom Webex said to have removed. Who was confirmed, is approved, and was not removed by us has gone missing:
    that is for a person.

    So is, in ``left_out_words``, whom Webex took twice and has not, as far as anybody can see: it may have them under
    an address of its own making, and would have them once more each time they were sent.
    """
    with transaction.atomic():
        people = held(claimed.batch, pks).filter(presence=Presence.UNCERTAIN)
        sorted_out: dict[str, list[int]] = {"absent": [], "missing": [], "first": [], "again": []}
        known = list(in_order(people).values_list("pk", "registrant_id", "decision", "absent_at", "erase_asked_at"))
        removals = removed_by_us([pk for pk, registrant_id, *_more in known if registrant_id])
        for pk, registrant_id, decision, absent_at, erase_asked_at in known:
            is_wanted = decision == Decision.APPROVED and erase_asked_at is None
            if registrant_id and is_wanted and pk not in removals:
                where = "missing"
            elif removals.get(pk) == Batch.Outcome.DONE or (absent_at is not None and absent_at <= before):
                where = "absent"
            else:
                where = "first" if absent_at is None or absent_at > at else "again"
            sorted_out[where].append(pk)
        Submission.objects.filter(pk__in=sorted_out["first"]).update(absent_at=at, due_at=again_at)
        Submission.objects.filter(pk__in=sorted_out["again"]).update(due_at=again_at)
        note(dict.fromkeys([*sorted_out["first"], *sorted_out["again"]], claimed.batch.pk), BatchItem.Outcome.UNKNOWN)
        Submission.objects.filter(pk__in=sorted_out["missing"]).update(
            presence=Presence.REGISTERED, presence_at=at, due_at=None, absent_at=None, missing_at=at
        )
        note(dict.fromkeys(sorted_out["missing"], claimed.batch.pk), BatchItem.Outcome.ABSENT)
        absent = set(sorted_out["absent"])
        left_out = left_out_twice(absent)
        outcome = BatchItem.Outcome.ABSENT
        settle(claimed, left_out, to=Presence.REFUSED, outcome=outcome, at=at, refusal=left_out_words)
        return settle(claimed, absent - left_out, to=Presence.ABSENT, outcome=outcome, at=at)


def postpone(claimed: Claim, *, until: datetime, has_failed: bool) -> None:
    """Put off a look-up that could not be made: the people stay ``uncertain``.

    ``has_failed``: it ended without a usable answer, which fewer people at once may get.
    """
    changes: dict[str, object] = {"due_at": until}
    if has_failed:
        changes["failed_calls"] = _ONE_MORE
    with transaction.atomic():
        uncertain = held(claimed.batch, claimed.pks).filter(presence=Presence.UNCERTAIN)
        pks = list(in_order(uncertain).values_list("pk", flat=True))
        uncertain.filter(pk__in=pks).update(**changes)
        note(dict.fromkeys(pks, claimed.batch.pk), BatchItem.Outcome.POSTPONED)


def close(
    batch: Batch,
    outcome: Batch.Outcome,
    *,
    at: datetime,
    http_status: int | None = None,
    tracking_id: str = "",
    error: str = "",
) -> None:
    """Write down how a batch's call ended; without Webex's words where somebody of it was erased meanwhile."""
    if error and BatchItem.objects.filter(batch=batch, submission__erased_at__isnull=False).exists():
        error = ""
    batch.outcome, batch.finished_at, batch.http_status = outcome, at, http_status
    batch.tracking_id, batch.error = tracking_id[:200], error[:1000]
    batch.save(update_fields=["outcome", "finished_at", "http_status", "tracking_id", "error"])


def _write_down_lost_statuses(statuses: Mapping[int, str], *, at: datetime) -> None:
    Move.objects.bulk_create(
        Move(submission_id=pk, subject=Move.Subject.WEBEX_STATUS, before=before, at=at)
        for pk, before in statuses.items()
        if before
    )


def _movable(batch: Batch, pks: Collection[int], to: Presence) -> QuerySet[Submission]:
    """Those of the people whom the batch still holds and who may move to the presence."""
    claimed = (Presence.SENDING, Presence.UNCERTAIN)
    return held(batch, pks).filter(presence__in=[origin for origin in claimed if to in PRESENCE_MOVES[origin]])
