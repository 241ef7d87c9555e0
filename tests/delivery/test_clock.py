"""The clock is put forward or back by hours, between runs and in the middle of them: nobody is lost, nobody doubled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration.flow import correct, moves
from registration.flow.deliver.run import rest
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision
from registration.webex.client import WebexClient
from registration.webex.records import Answered
from registration.webex.transport import Transport
from tests.delivery.people import (
    Clock,
    Push,
    approve,
    calls_of,
    converge,
    emails_at_webex,
    everybody,
    presences,
)
from tests.sync.people import sign_up_at_webex

pytestmark = pytest.mark.django_db

JUMPS = pytest.mark.parametrize("hours", [-5, 5])


@pytest.fixture
def sandbox(sandbox: SandboxServer) -> SandboxServer:
    """A Webex that registers twice whoever is sent twice."""
    sandbox.store.duplicates = "second_row"
    return sandbox


@JUMPS
@pytest.mark.parametrize("has_landed", [True, False])
def test_between_a_call_without_an_answer_and_the_look_up(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, hours: int, has_landed: bool
) -> None:
    people = approve(meeting, 2)
    sandbox.faults.add(Fault("bulkInsert", drop=True, after_write=has_landed))
    push()
    clock.ahead += timedelta(hours=hours)
    converge(push, clock)
    assert emails_at_webex(sandbox, meeting) == everybody(people)
    assert presences() == ["registered"] * 2


@JUMPS
def test_a_write_that_lands_after_the_first_look_up_is_found_by_the_second(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, hours: int
) -> None:
    """By the clock the grace is over, or was never asked for; in truth no time has passed since the call."""
    [person] = approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", drop=True))
    push()
    clock.ahead += timedelta(hours=hours)
    for _ in range(3):
        push()
    assert (presences(), len(calls_of(sandbox, "query")), len(calls_of(sandbox, "bulkInsert"))) == (["uncertain"], 1, 1)
    sign_up_at_webex(sandbox, meeting, person.email)  # the write lands
    converge(push, clock)
    assert (emails_at_webex(sandbox, meeting), presences()) == ([person.email_key], ["registered"])


@JUMPS
@pytest.mark.parametrize("moment", ["before", "after"])
def test_while_a_call_is_under_way(
    sandbox: SandboxServer,
    meeting: Meeting,
    push: Push,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
    moment: str,
) -> None:
    people = approve(meeting, 2)
    insert = WebexClient.bulk_insert
    jumps = [hours]

    def jump() -> None:
        clock.ahead += timedelta(hours=jumps.pop() if jumps else 0)

    def insert_and_jump(client: WebexClient, *args: Any, **kwargs: Any) -> Answered:
        if moment == "before":
            jump()
        answered = insert(client, *args, **kwargs)
        jump()
        return answered

    monkeypatch.setattr(WebexClient, "bulk_insert", insert_and_jump)
    push()
    converge(push, clock)
    assert (emails_at_webex(sandbox, meeting), presences()) == (everybody(people), ["registered"] * 2)


@JUMPS
def test_another_run_does_not_send_whom_a_run_is_about_to_send(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """The clock jumps between a run's claim and its call, and a second run does all that it can meanwhile."""
    people = approve(meeting, 2)
    write = Transport.write
    others: list[Callable[[], object]] = [push, push]

    def write_late(transport: Transport, *args: Any, **kwargs: Any) -> Any:
        if len(others) == 2:
            clock.ahead += timedelta(hours=hours)
        while others:
            others.pop()()
        return write(transport, *args, **kwargs)

    monkeypatch.setattr(Transport, "write", write_late)
    push()
    converge(push, clock)
    assert (emails_at_webex(sandbox, meeting), presences()) == (everybody(people), ["registered"] * 2)


def test_nobody_is_looked_up_while_a_call_about_them_may_be_under_way(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock jumps past the lease of a call that has left; the call takes as long as one can."""
    people = approve(meeting, 2)
    exchange = Transport._exchange
    is_first = [True]

    def exchange_slowly(transport: Transport, method: str, url: str, **kwargs: Any) -> Any:
        if url.endswith("bulkInsert") and is_first:
            is_first.clear()
            clock.ahead += timedelta(hours=5)
            for _ in range(3):
                push()
                clock.ahead += rest() / 3
        return exchange(transport, method, url, **kwargs)

    monkeypatch.setattr(Transport, "_exchange", exchange_slowly)
    push()
    assert calls_of(sandbox, "query") == []
    converge(push, clock)
    assert (emails_at_webex(sandbox, meeting), presences()) == (everybody(people), ["registered"] * 2)


@JUMPS
def test_a_correction_after_a_jump_is_made_at_webex(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, hours: int
) -> None:
    dana = User.objects.create_user("dana")
    [person] = approve(meeting, 1)
    push()
    clock.ahead += timedelta(hours=hours)
    correct.correct(person, values={"first_name": "Anne"}, answers=(), by=dana, at=clock())
    report = converge(push, clock)
    names = [row.row.fields["firstName"] for row in sandbox.store.registrants(meeting.webex_id)]
    assert (names, presences(), report.exit_status) == (["Anne"], ["registered"], 0)


@JUMPS
def test_each_decision_after_a_jump_is_carried_out(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, hours: int
) -> None:
    """Also one that was carried out before, when the clock was ahead."""
    approve(meeting, 1)
    push()

    def status_after(*decisions: Decision) -> list[str]:
        for decision in decisions:
            moves.decide(Submission.objects.all(), to=decision, at=clock())
        converge(push, clock)
        return [row.status for row in sandbox.store.registrants(meeting.webex_id)]

    assert status_after(Decision.DECLINED) == ["rejected"]
    clock.ahead += timedelta(hours=hours)
    assert status_after(Decision.APPROVED) == ["approved"]
    assert status_after(Decision.DECLINED) == ["rejected"]
    assert status_after(Decision.WAITING, Decision.APPROVED) == ["approved"]


@JUMPS
def test_a_change_that_webex_does_not_make_is_asked_for_once_whatever_clock_noted_it_down(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, hours: int
) -> None:
    approve(meeting, 1)
    push()
    clock.ahead += timedelta(hours=hours)
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    clock.ahead -= timedelta(hours=hours)
    sandbox.faults.add(Fault("reject", status=204, times=1000))
    reports = [push() for _ in range(5)]
    assert ([report.exit_status for report in reports], len(calls_of(sandbox, "reject"))) == ([3] * 5, 1)


def test_who_was_given_up_by_a_clock_that_was_set_back_since_is_tried_again(meeting: Meeting, push: Push) -> None:
    approve(meeting, 1, failed_calls=10, presence_at=timezone.now() + timedelta(days=365))
    push()
    assert presences() == ["registered"]
