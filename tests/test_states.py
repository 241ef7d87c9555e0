"""The plan, over every combination, and the tables of legal moves."""

from itertools import product

import pytest

from registration.states import (
    DECISION_MOVES,
    PRESENCE_MOVES,
    Decision,
    Policy,
    Presence,
    Step,
    WebexStatus,
    Withdrawal,
    is_overruled,
    next_step,
)

LEAVE = Policy(approves_pending=False, withdrawal=Withdrawal.REJECT)
APPROVE = Policy(approves_pending=True, withdrawal=Withdrawal.REMOVE)
STATUSES = (None, *WebexStatus)


@pytest.mark.parametrize(("decision", "status", "policy"), list(product(Decision, STATUSES, (LEAVE, APPROVE))))
def test_where_the_person_is_not_at_webex_the_decision_alone_says_what_to_do(
    decision: Decision, status: WebexStatus | None, policy: Policy
) -> None:
    register = Step.REGISTER if decision is Decision.APPROVED else Step.NOTHING
    expected = {
        Presence.ABSENT: register,
        Presence.SENDING: Step.NOTHING,
        Presence.UNCERTAIN: Step.LOOK_UP,
        Presence.REFUSED: Step.NOTHING,
    }
    assert {presence: next_step(decision, presence, status, policy) for presence in expected} == expected


# decision: what is done about a registered person without a status, pending, approved, rejected
REGISTERED = {
    LEAVE: {
        Decision.WAITLISTED: (Step.NOTHING, Step.NOTHING, Step.MOVE_TO_PENDING, Step.NOTHING),
        Decision.OFFERED: (Step.NOTHING, Step.NOTHING, Step.MOVE_TO_PENDING, Step.NOTHING),
        Decision.WAITING: (Step.NOTHING, Step.NOTHING, Step.MOVE_TO_PENDING, Step.NOTHING),
        Decision.APPROVED: (Step.NOTHING, Step.NOTHING, Step.NOTHING, Step.NOTHING),
        Decision.DECLINED: (Step.REJECT, Step.REJECT, Step.REJECT, Step.NOTHING),
        Decision.CANCELLED: (Step.REJECT, Step.REJECT, Step.REJECT, Step.NOTHING),
    },
    APPROVE: {
        Decision.WAITLISTED: (Step.NOTHING, Step.NOTHING, Step.MOVE_TO_PENDING, Step.NOTHING),
        Decision.OFFERED: (Step.NOTHING, Step.NOTHING, Step.MOVE_TO_PENDING, Step.NOTHING),
        Decision.WAITING: (Step.NOTHING, Step.NOTHING, Step.MOVE_TO_PENDING, Step.NOTHING),
        Decision.APPROVED: (Step.NOTHING, Step.APPROVE, Step.NOTHING, Step.NOTHING),
        Decision.DECLINED: (Step.REMOVE, Step.REMOVE, Step.REMOVE, Step.NOTHING),
        Decision.CANCELLED: (Step.REMOVE, Step.REMOVE, Step.REMOVE, Step.NOTHING),
    },
}


@pytest.mark.parametrize(("policy", "decision"), list(product((LEAVE, APPROVE), Decision)))
def test_a_registered_person_is_brought_to_what_we_decided(policy: Policy, decision: Decision) -> None:
    steps = tuple(next_step(decision, Presence.REGISTERED, status, policy) for status in STATUSES)
    assert steps == REGISTERED[policy][decision]


def test_a_rejection_at_webex_is_overruled_only_by_an_approval_that_came_after_it() -> None:
    overruled = {
        (decision, policy): next_step(
            decision, Presence.REGISTERED, WebexStatus.REJECTED, policy, is_decided_since=True
        )
        for decision, policy in product(Decision, (LEAVE, APPROVE))
    }
    expected = {key: Step.APPROVE if key[0] is Decision.APPROVED else Step.NOTHING for key in overruled}
    assert overruled == expected


def test_a_pending_state_of_our_own_asking_is_overruled_by_an_approval_that_came_after_it() -> None:
    steps = {
        (is_decided_since, is_moved_back): next_step(
            Decision.APPROVED,
            Presence.REGISTERED,
            WebexStatus.PENDING,
            LEAVE,
            is_decided_since=is_decided_since,
            is_moved_back=is_moved_back,
        )
        for is_decided_since, is_moved_back in product((False, True), repeat=2)
    }
    assert steps == {facts: Step.APPROVE if facts[1] else Step.NOTHING for facts in steps}


@pytest.mark.parametrize("status", STATUSES)
def test_an_approval_overrules_what_is_older_and_its_own_or_a_rejection(status: WebexStatus | None) -> None:
    overruled = {
        facts
        for facts in product((False, True), repeat=2)
        if is_overruled(status, is_decided_since=facts[0], is_moved_back=facts[1])
    }
    expected = {
        WebexStatus.REJECTED: {(True, False), (True, True)},
        WebexStatus.PENDING: {(False, True), (True, True)},
    }
    assert overruled == (expected.get(status, set()) if status else set())


def test_whoever_is_to_be_erased_is_removed_whatever_was_decided_and_never_registered() -> None:
    by_presence: dict[Presence, set[Step]] = {presence: set() for presence in Presence}
    for decision, presence, status, policy, missing in product(
        Decision, Presence, STATUSES, (LEAVE, APPROVE), (False, True)
    ):
        step = next_step(decision, presence, status, policy, is_missing=missing, is_erasing=True)
        by_presence[presence].add(step)
    assert by_presence == {
        Presence.ABSENT: {Step.NOTHING},
        Presence.SENDING: {Step.NOTHING},
        Presence.UNCERTAIN: {Step.LOOK_UP},
        Presence.REFUSED: {Step.NOTHING},
        Presence.REGISTERED: {Step.REMOVE},
    }


def test_the_tables_of_moves_name_every_state_and_no_move_to_itself() -> None:
    assert set(DECISION_MOVES) == set(Decision)
    assert set(PRESENCE_MOVES) == set(Presence)
    assert [state for state, targets in (DECISION_MOVES | PRESENCE_MOVES).items() if state in targets] == []


def test_uncertainty_is_never_resolved_by_sending_again() -> None:
    assert Presence.SENDING not in PRESENCE_MOVES[Presence.UNCERTAIN]
