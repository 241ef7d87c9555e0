"""Real workers, in processes of their own: they share the meetings, may be killed, and lose nobody."""

import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration import queue as queued
from registration.flow import review, submit
from registration.models import Batch, Meeting, Submission
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.cast import MeetingFactory
from tests.queue.conftest import BATCH_SIZE, Start
from tests.queue.rows import jobs, wait_until

pytestmark = pytest.mark.usefixtures("queue")

MANY = 150


def crowd(meeting: Meeting, count: int, decision: Decision = Decision.APPROVED) -> None:
    """So many people, of whom no job knows."""
    Submission.objects.bulk_create(
        Submission(
            meeting=meeting,
            first_name="Ada",
            last_name=f"Number {number}",
            email=f"person{number}@example.com",
            email_key=f"person{number}@example.com",
            submitted_at=timezone.now(),
            decision=decision,
        )
        for number in range(count)
    )


def registered() -> int:
    return Submission.objects.filter(presence=Presence.REGISTERED).count()


def assert_each_is_registered_exactly_once(sandbox: SandboxServer, meetings: Iterable[Meeting]) -> None:
    for meeting in meetings:
        at_webex = {registrant.id: registrant.email for registrant in sandbox.store.registrants(meeting.webex_id)}
        known = meeting.submissions.filter(presence=Presence.REGISTERED).values_list("registrant_id", "email_key")
        assert dict(known) == at_webex
        assert sorted(at_webex.values()) == sorted(meeting.submissions.values_list("email_key", flat=True))


def spans(meeting: Meeting) -> "list[tuple[float, float]]":
    """When the calls for the meeting were under way."""
    batches = Batch.objects.filter(meeting=meeting).order_by("started_at")
    return [(batch.started_at.timestamp(), batch.finished_at.timestamp()) for batch in batches if batch.finished_at]


def overlap(first: "list[tuple[float, float]]", second: "list[tuple[float, float]]") -> bool:
    return any(begins < ended and began < ends for began, ended in first for begins, ends in second)


def test_whoever_is_approved_is_registered_and_mailed_within_seconds(
    meeting: Meeting, sandbox: SandboxServer, start: Start, tmp_path: Path
) -> None:
    staff = User.objects.create_user("staff")
    start()
    wait_until(lambda: "Launching" in (tmp_path / "worker-0.log").read_text(), "the worker starts")
    values = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}
    submit.register(meeting, values=values, answers=(), language="en", now=timezone.now())
    review.approve(Submission.objects.all(), by=staff)
    wait_until(lambda: registered() == 1 and jobs("id") == [], "Ann is registered, and every job has ended")
    assert_each_is_registered_exactly_once(sandbox, [meeting])
    [sent] = (tmp_path / "mails").iterdir()
    assert "To: ann@example.com" in sent.read_text()
    log = (tmp_path / "worker-0.log").read_text()
    assert f"task=push meeting={meeting.pk} batches=1 left=0 in_flight=0 outcome=DONE" in log
    assert "ann" not in log.lower().replace("channel", "")


def test_a_worker_finds_by_itself_what_nobody_asked_for(meeting: Meeting, sandbox: SandboxServer, start: Start) -> None:
    crowd(meeting, 8)
    assert jobs("id") == []
    start()
    wait_until(lambda: registered() == 8, "all are registered")
    assert_each_is_registered_exactly_once(sandbox, [meeting])


def test_when_a_worker_is_killed_another_one_finishes_and_each_person_is_registered_exactly_once(
    meeting: Meeting, sandbox: SandboxServer, start: Start
) -> None:
    crowd(meeting, MANY)
    first = start()
    wait_until(lambda: registered() >= 2 * BATCH_SIZE, "the first worker is at work")
    second = start()
    wait_until(lambda: Submission.objects.filter(presence=Presence.SENDING).exists(), "a call is under way")
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert 0 < registered() < MANY, "it was killed too late"
    wait_until(lambda: registered() == MANY, "the second worker finishes")
    assert second.poll() is None
    assert_each_is_registered_exactly_once(sandbox, [meeting])


def test_two_workers_push_different_meetings_side_by_side_and_never_one_at_once(
    meeting: Meeting, sandbox: SandboxServer, start: Start
) -> None:
    other: Meeting = MeetingFactory()
    sandbox.store.add_meeting(id=other.webex_id, form=Form(auto_accept=True))
    for each in (meeting, other):
        crowd(each, MANY)
    for _worker in range(2):
        start()
    for each in (meeting, other):
        wait_until(lambda each=each: spans(each), "it is being pushed")  # type: ignore[misc]
        queued.enqueue_push([each.pk])
    assert sorted(jobs("status", "count(*) OVER (PARTITION BY status)")) == [("doing", 2)] * 2 + [("todo", 2)] * 2
    wait_until(lambda: registered() == 2 * MANY, "all are registered")
    for each in (meeting, other):
        calls = spans(each)
        assert not any(overlap([call], calls[number + 1 :]) for number, call in enumerate(calls))
    assert overlap(spans(meeting), spans(other)), "one after the other"
    assert_each_is_registered_exactly_once(sandbox, [meeting, other])


def test_a_worker_that_is_told_to_stop_ends_with_its_call_and_leaves_the_rest_to_others(
    meeting: Meeting, sandbox: SandboxServer, start: Start
) -> None:
    crowd(meeting, MANY)
    worker = start()
    wait_until(registered, "it is at work")
    worker.terminate()
    began = time.monotonic()
    assert worker.wait(timeout=20) == 0
    assert time.monotonic() - began < 10
    assert 0 < registered() < MANY, "it ended by itself"
    assert not Submission.objects.filter(presence__in=[Presence.SENDING, Presence.UNCERTAIN]).exists()
    assert jobs("task_name", "status", "args") == [("registration.push", "todo", {"meeting_id": meeting.pk})]
    start()
    wait_until(lambda: registered() == MANY, "another worker finishes")
    assert_each_is_registered_exactly_once(sandbox, [meeting])
