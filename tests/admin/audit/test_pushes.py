"""Which calls, about whom, the audit tells of a push: its own, whatever else goes on and whatever ends it."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration import audit
from registration.admin import meeting_outbox
from registration.flow import deliver, moves
from registration.models import AuditEntry, Batch, Meeting
from registration.report import Report
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.admin.pages import choose, said
from tests.cast import SubmissionFactory

Told = tuple[list[str], list[tuple[int, str, str]]]
"""The calls, and where each of their people had been and are."""


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What is to go on in the background, and has not begun."""
    works: list[Callable[[], None]] = []
    monkeypatch.setattr("registration.background.start_once_committed", lambda work, name: works.append(work))
    return works


def push(client: Client, meeting: Meeting) -> None:
    address = reverse(f"admin:{meeting_outbox.PAGE}", args=[meeting.pk])
    client.post(address, {"do": "push", "seen_at": timezone.now().isoformat()})


def told() -> list[Told]:
    """What is told of each push, the one that was asked for first before the others."""
    entries = AuditEntry.objects.filter(action=audit.Action.PUSHED).exclude(thing__startswith="push ").order_by("pk")
    found = [(entry, list(entry.people.values_list("submission", "before", "after"))) for entry in entries]
    assert [entry.count for entry in entries] == [len(people) for _entry, people in found]
    return [(entry.after.get("Calls", []), people) for entry, people in found]


def test_a_push_has_no_calls_of_another_that_the_same_user_asked_for_since(
    as_rita: Client, open_hour: Meeting, waiting: list[Callable[[], None]]
) -> None:
    ann, bo = SubmissionFactory.create_batch(2, meeting=open_hour, approved=True)
    push(as_rita, open_hour)
    choose(as_rita, "push_now", [bo.pk])
    waiting.pop()()
    first, second = Batch.objects.order_by("pk")
    assert told() == [
        ([str(second)], [(ann.pk, "absent", "registered")]),
        ([str(first)], [(bo.pk, "absent", "registered")]),
    ]


def test_a_push_has_no_calls_of_another_that_goes_on_meanwhile_and_says_nothing_of_them(
    as_rita: Client, open_hour: Meeting, waiting: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    push(as_rita, open_hour)
    run = deliver.push

    def after_the_other(*args: Any, **kwargs: Any) -> Report:
        while waiting:
            waiting.pop()()
        return run(*args, **kwargs)

    monkeypatch.setattr(deliver, "push", after_the_other)
    assert said(choose(as_rita, "push_now", [ann.pk])) == ["warning: No call was made."]
    assert told() == [([str(Batch.objects.get())], [(ann.pk, "absent", "registered")]), ([], [])]


@pytest.mark.parametrize("is_chosen", [True, False])
def test_a_push_that_fails_leaves_its_calls(
    as_rita: Client,
    open_hour: Meeting,
    waiting: list[Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    is_chosen: bool,
) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    if not is_chosen:
        push(as_rita, open_hour)

    def fail(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("The disk is full")

    monkeypatch.setattr(moves, "registered", fail)
    with pytest.raises(RuntimeError, match="The disk is full"):
        choose(as_rita, "push_now", [ann.pk]) if is_chosen else waiting.pop()()
    assert told() == [([str(Batch.objects.get())], [(ann.pk, "absent", "sending")])]
    assert AuditEntry.objects.get(action=audit.Action.PUSHED).note == ""


def test_whom_a_call_was_divided_for_is_told_once_with_every_call(
    as_rita: Client, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    ann, bo = SubmissionFactory.create_batch(2, meeting=open_hour, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is not accepted."))
    choose(as_rita, "push_now", [ann.pk, bo.pk])
    calls = [str(batch) for batch in Batch.objects.order_by("pk")]
    assert len(calls) == 3
    assert told() == [(calls, [(person.pk, "absent", "registered") for person in (ann, bo)])]
