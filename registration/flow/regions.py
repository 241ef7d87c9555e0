"""The plan as SQL: where the people are for whom ``next_step`` answers a step.

The conditions are derived from ``next_step`` itself, so that the plan and the loop cannot come to differ, and each is
bound to a partial index, so that looking for work does not read the settled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, reduce
from itertools import product
from operator import or_

from django.db.models import F, Q

from registration.models.submission import (
    CORRECTED,
    IN_FLIGHT,
    LEFT_PENDING,
    OVERRULED,
    TO_ERASE,
    TO_MOVE_BACK,
    TO_REGISTER,
    TO_WITHDRAW,
)
from registration.states import Decision, Policy, Presence, Step, WebexStatus, next_step

_STATUSES: tuple[WebexStatus | None, ...] = (None, *WebexStatus)
_BOTH = (False, True)
_UNDECIDED = (Decision.WAITING, Decision.WAITLISTED, Decision.OFFERED)
# What next_step() is told besides the states, each as SQL, and never NULL.
IS_DECIDED_SINCE = Q(decided_at__isnull=False, webex_status_at__isnull=False, decided_at__gt=F("webex_status_at"))
IS_CORRECTED = Q(corrected_at__isnull=False) & (
    Q(sent_at__isnull=True) | Q(sent_at__isnull=False, corrected_at__gt=F("sent_at"))
)
_FACTS = {
    "is_decided_since": IS_DECIDED_SINCE,
    "is_moved_back": Q(moved_back_at__isnull=False, decided_at__isnull=False, decided_at__gt=F("moved_back_at")),
    "is_corrected": IS_CORRECTED,
    "is_missing": Q(missing_at__isnull=False),
    "is_erasing": Q(erase_asked_at__isnull=False),
}


@dataclass(frozen=True)
class _Region:
    """The people of one partial index, and the states that they are in."""

    condition: Q
    presences: tuple[Presence, ...] = (Presence.REGISTERED,)
    decisions: tuple[Decision, ...] = tuple(Decision)
    statuses: tuple[WebexStatus | None, ...] = _STATUSES
    decided_since: tuple[bool, ...] = (False,)
    corrected: tuple[bool, ...] = (False,)
    moved_back: bool = False
    erasing: bool = False

    def has(self, step: Step, policy: Policy) -> bool:
        """Whether anybody in it may need the step."""
        combinations = product(self.decisions, self.presences, self.statuses, self.decided_since, self.corrected)
        return any(
            next_step(
                decision,
                presence,
                status,
                policy,
                is_decided_since=since,
                is_moved_back=self.moved_back,
                is_corrected=corrected,
                is_erasing=self.erasing,
            )
            is step
            for decision, presence, status, since, corrected in combinations
        )


_REGIONS = (
    _Region(TO_REGISTER, (Presence.ABSENT,), (Decision.APPROVED,)),
    _Region(IN_FLIGHT, (Presence.SENDING, Presence.UNCERTAIN)),
    _Region(TO_WITHDRAW, decisions=(Decision.DECLINED, Decision.CANCELLED)),
    _Region(TO_MOVE_BACK, decisions=_UNDECIDED, statuses=(WebexStatus.APPROVED,)),
    _Region(LEFT_PENDING, decisions=(Decision.APPROVED,), statuses=(WebexStatus.PENDING,)),
    _Region(
        OVERRULED,
        decisions=(Decision.APPROVED,),
        statuses=(WebexStatus.REJECTED, WebexStatus.PENDING),
        decided_since=(True,),
        moved_back=True,
    ),
    _Region(CORRECTED, decisions=(Decision.APPROVED,), decided_since=_BOTH, corrected=(True,)),
    _Region(TO_ERASE, erasing=True),
)


@cache
def parts(step: Step, policy: Policy) -> tuple[Q, ...]:
    """Conditions that between them hold everybody who needs the step, nobody twice, each served by an index.

    For any step but ``Step.NOTHING``.
    """
    return tuple(
        region.condition & needing(step, policy, presences=region.presences, decisions=region.decisions)
        for region in _REGIONS
        if region.has(step, policy)
    )


def needing(
    step: Step,
    policy: Policy,
    *,
    presences: Iterable[Presence] = tuple(Presence),
    decisions: Iterable[Decision] = tuple(Decision),
) -> Q:
    """The condition under which ``next_step`` answers ``step`` for people of these states."""
    alternatives = [
        Q(presence=presence, decision=decision) & found
        for presence, decision in product(presences, decisions)
        if (found := _needing(step, decision, presence, policy, tuple(_FACTS), {})) is not None
    ]
    return _any_of(alternatives)


def _needing(
    step: Step,
    decision: Decision,
    presence: Presence,
    policy: Policy,
    open_facts: tuple[str, ...],
    facts: dict[str, bool],
) -> Q | None:
    """What must hold of the status and of the facts still open: an empty condition if all will do, None if none do."""
    if not open_facts:
        statuses = [
            status or "" for status in _STATUSES if next_step(decision, presence, status, policy, **facts) is step
        ]
        return _statuses(statuses)
    name, *others = open_facts
    no, yes = (_needing(step, decision, presence, policy, tuple(others), {**facts, name: value}) for value in _BOTH)
    if no == yes:
        return no
    return _either(no, ~_FACTS[name], yes, _FACTS[name])


def _statuses(statuses: list[str]) -> Q | None:
    if len(statuses) == len(_STATUSES):
        return Q()
    return Q(webex_status__in=statuses) if statuses else None


def _either(first: Q | None, if_first: Q, second: Q | None, if_second: Q) -> Q:
    """One of the two at least is something that somebody may meet."""
    return _any_of([where & found for found, where in ((first, if_first), (second, if_second)) if found is not None])


def _any_of(alternatives: list[Q]) -> Q:
    """Nobody, where there are none. One more that nobody meets would be one more for Django to work out each time."""
    return reduce(or_, alternatives) if alternatives else Q(pk__in=[])


def steps() -> Iterator[Step]:
    """Every step but a look-up and nothing."""
    return (step for step in Step if step not in (Step.LOOK_UP, Step.NOTHING))
