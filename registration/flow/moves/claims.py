"""Taking people for a call, so that no other run takes them, and what is proven right before they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest

from registration.flow import regions
from registration.flow.moves.items import note
from registration.flow.moves.locking import RESOLUTION, held, in_order
from registration.flow.queries import is_taken, is_time_to_look, is_worth_trying, was_asked
from registration.models import Answer, Batch, BatchItem, Meeting, Submission
from registration.registrant import answers_of
from registration.standard_fields import STANDARD_FIELDS
from registration.states import CHANGES, DECIDED_THERE, Decision, Presence, Step
from registration.webex.records import email_key

_EVERYBODY = Q()
_NEEDED: dict[Step, tuple[str, ...]] = {
    Step.LOOK_UP: ("email", "sent_email"),
    Step.REGISTER: tuple(standard.name for standard in STANDARD_FIELDS),
    **dict.fromkeys(CHANGES, ("email", "sent_email", "registrant_id")),
}


@dataclass(frozen=True)
class Claim:
    """People whom one run has taken, and the batch that says so.

    ``submissions`` know what the step needs: to register them, all that Webex is told; otherwise who they are.
    ``answers`` are those of people to register, by primary key. ``is_full``: there may be more who need the same.
    """

    batch: Batch
    submissions: list[Submission]
    answers: Mapping[int, Sequence[Answer]] = field(default_factory=dict)
    is_full: bool = False

    @property
    def pks(self) -> list[int]:
        """The people's primary keys."""
        return [submission.pk for submission in self.submissions]


def claim(
    meeting: Meeting,
    step: Step,
    *,
    limit: int,
    at: datetime,
    lease_ends_at: datetime,
    latest_due_at: datetime,
    requested_by: User | None = None,
    only: Q = _EVERYBODY,
) -> Claim | None:
    """Take at most ``limit`` people of the meeting who need ``step``, so that no other run takes them.

    A look-up leaves people ``uncertain``; every other step makes them ``sending``. ``only`` narrows it to some
    people. Returns nothing where nobody needs the step. A look-up that is due later than ``latest_due_at`` was
    put off by a clock that has been set back since, and is made now.

    What Webex is told of a person is as it is now; whoever is corrected after this is corrected at Webex after it.

    Whose calls failed come last, and with fewer beside them each time, so that one person whom Webex cannot take
    holds up nobody for long.
    """
    for due in _due(meeting, step, at=at, latest_due_at=latest_due_at, only=only):
        with transaction.atomic(durable=True):
            if submissions := _next(due, step, limit=limit):
                batch = _open_batch(meeting, step, submissions, at=at, requested_by=requested_by)
                _take(submissions, batch, step, at=at, lease_ends_at=lease_ends_at)
                answers = answers_of(submissions) if step is Step.REGISTER else {}
                is_full = submissions[0].failed_calls > 0 or len(submissions) == limit
                return Claim(batch, submissions, answers, is_full)
    return None


def is_due(
    meeting: Meeting,
    step: Step,
    *,
    at: datetime,
    latest_due_at: datetime,
    only: Q = _EVERYBODY,
) -> bool:
    """Whether ``claim`` would find anybody now."""
    return any(people.exists() for people in _due(meeting, step, at=at, latest_due_at=latest_due_at, only=only))


def _due(
    meeting: Meeting, step: Step, *, at: datetime, latest_due_at: datetime, only: Q
) -> Iterator[QuerySet[Submission]]:
    """Between them the people who need the step now, nobody twice, each part served by an index."""
    for condition in regions.parts(step, meeting.policy):
        due = Submission.objects.filter(condition, meeting=meeting)
        if step is Step.LOOK_UP:
            due = due.filter(is_time_to_look(at=at, latest_due_at=latest_due_at))
        if step in CHANGES:
            due = due.exclude(was_asked(step, at=at))
        if step is Step.REGISTER:
            due = due.filter(is_worth_trying(at=at, latest_due_at=latest_due_at)).exclude(is_taken())
        yield due.filter(only)


def _next(due: QuerySet[Submission], step: Step, *, limit: int) -> list[Submission]:
    # In the order of the index: sorted by the key alone, all who are registered already would be walked over.
    due = due.order_by("failed_calls", "pk").select_for_update(skip_locked=True, of=("self",))
    people = list(due.only("failed_calls", *_NEEDED[step])[:limit])
    fewest = people[0].failed_calls if people else 0
    return [person for person in people[: max(1, limit >> fewest)] if person.failed_calls == fewest]


def _take(submissions: list[Submission], batch: Batch, step: Step, *, at: datetime, lease_ends_at: datetime) -> None:
    """Make them the batch's. Whoever is to be registered was read under the same lock as their ``sent_at`` is written:
    a correction comes before both or after both, and never between.
    """
    taken = Submission.objects.filter(pk__in=[submission.pk for submission in submissions])
    if step is Step.LOOK_UP:
        taken.update(batch=batch, due_at=lease_ends_at)
        return
    changes: dict[str, object] = {"batch": batch, "due_at": lease_ends_at, "absent_at": None}
    changes |= {"presence": Presence.SENDING, "presence_at": at, "asked_at": at}
    decided_at = _at_the_latest("decided_at", at, since="webex_status_at")
    changes |= {"decided_at": decided_at}
    if step in CHANGES:
        changes |= {"corrected_at": _at_the_latest("corrected_at", at, since="sent_at")}
        changes |= {"erase_asked_at": Case(When(erase_asked_at__gt=at, then=Value(at)), default=F("erase_asked_at"))}
    if step is Step.MOVE_TO_PENDING:
        # Whatever clock tells the time of the next decision, it is newer than this one.
        changes["moved_back_at"] = Coalesce(decided_at, Value(at))
    if step is Step.REMOVE:
        # To be registered anew: the approval that stands is to hold there again.
        is_anew = Q(decision=Decision.APPROVED, webex_status__in=DECIDED_THERE, erase_asked_at__isnull=True)
        before = ExpressionWrapper(decided_at - Value(RESOLUTION), DateTimeField())
        changes["moved_back_at"] = Case(When(is_anew, then=before), default=F("moved_back_at"))
    if step is Step.REGISTER:
        # Whatever clock a correction was noted down by: what was read here includes it.
        read_at = Greatest(Value(at), Coalesce(F("corrected_at"), Value(at)))
        changes |= {"sent_at": read_at, "sent_email": F("email_key")}
        for submission in submissions:
            submission.sent_email = email_key(submission.email)
    taken.update(**changes)


def _at_the_latest(name: str, at: datetime, *, since: str) -> Case:
    """The time as it is, or else ``at``: what is carried out now was not decided later than now, whatever clock noted
    it down, or Webex would seem never to have been asked since. It stays newer than ``since``, as it was written.
    """
    newest = Greatest(Value(at), Coalesce(F(since) + RESOLUTION, Value(at)), output_field=DateTimeField())
    return Case(When(**{f"{name}__gt": newest}, then=newest), default=F(name))


def claim_again(
    claimed: Claim, submissions: Sequence[Submission], *, at: datetime, lease_ends_at: datetime
) -> Claim | None:
    """Move people who are still ``sending`` from one batch to a new one of their own: part of a call that was refused.

    Returns nothing where the claim was lost meanwhile (its lease ended).
    """
    old = claimed.batch
    with transaction.atomic():
        sending = held(old, [submission.pk for submission in submissions]).filter(presence=Presence.SENDING)
        pks = set(in_order(sending).values_list("pk", flat=True))
        people = [submission for submission in submissions if submission.pk in pks]
        if not people:
            return None
        batch = _open_batch(old.meeting, Step[old.action.upper()], people, at=at, requested_by=old.requested_by)
        Submission.objects.filter(pk__in=pks).update(batch=batch, due_at=lease_ends_at)
        note(dict.fromkeys(pks, old.pk), BatchItem.Outcome.POSTPONED)
    return Claim(batch, people, claimed.answers)


def expire(meeting: Meeting, *, at: datetime, look_up_at: datetime, latest_due_at: datetime) -> int:
    """Make people ``uncertain`` whose call has been under way beyond its lease. Returns how many.

    They are looked up from ``look_up_at`` on: however the clocks were set meanwhile, a call that was under way until
    now has ended by then, and its grace has passed. A lease beyond ``latest_due_at`` is that of a clock which has
    been set back since. The batch of a process that died ends as one whose outcome is unknown.
    """
    over = Submission.objects.filter(
        is_time_to_look(at=at, latest_due_at=latest_due_at), meeting=meeting, presence=Presence.SENDING
    )
    with transaction.atomic():
        batches = dict(in_order(over).values_list("pk", "batch"))
        if batches:
            over.filter(pk__in=list(batches)).update(presence=Presence.UNCERTAIN, presence_at=at, due_at=look_up_at)
            dead = Batch.objects.filter(pk__in=set(batches.values()), outcome=Batch.Outcome.UNDER_WAY)
            dead.update(outcome=Batch.Outcome.UNKNOWN, finished_at=at)
            note({pk: batch for pk, batch in batches.items() if batch}, BatchItem.Outcome.UNKNOWN)
    return len(batches)


def is_ours(claimed: Claim, *, margin_ends_at: datetime) -> bool:
    """Whether all claimed people are still ours to send, for longer than a call that ends at ``margin_ends_at``.

    Asked right before the call: a process that was held up after its claim must not send what others have sent since.
    """
    # By their keys alone: the index of those who are being sent is full of dead entries, one for each claim.
    known = Submission.objects.filter(pk__in=claimed.pks).values_list("batch", "presence", "due_at")
    ours = [due_at for batch, presence, due_at in known if (batch, presence) == (claimed.batch.pk, Presence.SENDING)]
    return len(ours) == len(claimed.submissions) and all(due_at and due_at > margin_ends_at for due_at in ours)


def _open_batch(
    meeting: Meeting, step: Step, submissions: list[Submission], *, at: datetime, requested_by: User | None
) -> Batch:
    return Batch.objects.create(
        meeting=meeting,
        action=Batch.Action[step.name],
        requested_by=requested_by,
        size=len(submissions),
        started_at=at,
    )
