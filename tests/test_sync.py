"""Statuses come back from Webex."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.account import webex_client
from registration.flow import deliver, sync
from registration.models import Meeting, Move, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Presence
from registration.webex.client import WebexClient
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(sandbox: SandboxServer) -> Iterator[WebexClient]:
    with webex_client() as client:
        yield client


def registered(sandbox: SandboxServer, client: WebexClient, count: int) -> Meeting:
    """A meeting with so many people who are pending at Webex."""
    meeting = MeetingFactory()
    sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=False))
    SubmissionFactory.create_batch(count, meeting=meeting, approved=True)
    deliver.push(Meeting.objects.filter(pk=meeting.pk), client=client)
    sandbox.store.forget_calls()
    return meeting


def run(client: WebexClient, **kwargs: Any) -> sync.Report:
    return sync.statuses(Meeting.objects.all(), client=client, **kwargs)


def test_a_status_that_changed_is_stored_with_its_time(sandbox: SandboxServer, client: WebexClient) -> None:
    meeting = registered(sandbox, client, 3)
    people = list(Submission.objects.order_by("pk"))
    sandbox.store.set_status(meeting.webex_id, [people[0].registrant_id], "approved")
    sandbox.store.set_status(meeting.webex_id, [people[1].registrant_id], "rejected")
    Move.objects.all().delete()
    before = timezone.now()

    report = run(client)

    assert list(Submission.objects.order_by("pk").values_list("webex_status", flat=True)) == [
        "approved",
        "rejected",
        "pending",
    ]
    assert (dict(report.counts), dict(report.statuses)) == (
        {"seen": 3, "changed": 2, "missing": 0},
        {"approved": 1, "rejected": 1, "pending": 1},
    )
    assert list(Move.objects.order_by("pk").values_list("submission", "before", "after")) == [
        (people[0].pk, "pending", "approved"),
        (people[1].pk, "pending", "rejected"),
    ]
    assert all(before <= move.at <= timezone.now() for move in Move.objects.all())
    assert not Submission.objects.exclude(synced_at__gte=before).exists()
    assert report.exit_status == 0


def test_people_are_asked_for_a_hundred_at_a_time(sandbox: SandboxServer, client: WebexClient) -> None:
    registered(sandbox, client, 230)
    report = run(client)
    assert [(call.query["max"], len(call.body["emails"])) for call in sandbox.store.calls] == [
        ("100", 100),
        ("100", 100),
        ("100", 30),
    ]
    assert report.counts["seen"] == 230


def test_who_is_gone_from_webex_is_reported_and_never_registered_again_by_itself(
    sandbox: SandboxServer, client: WebexClient
) -> None:
    meeting = registered(sandbox, client, 2)
    gone = Submission.objects.earliest("pk")
    sandbox.store.delete(meeting.webex_id, [gone.registrant_id])
    report = run(client)
    assert (report.counts["missing"], report.exit_status) == (1, 3)
    assert report.problems == [
        f"{meeting}: not found at Webex any more: {gone.reference}. Has the host removed them there?"
    ]
    deliver.push(Meeting.objects.all(), client=client)
    assert [call.operation for call in sandbox.store.calls if call.operation == "bulkInsert"] == []
    assert Submission.objects.get(pk=gone.pk).presence == Presence.REGISTERED


@pytest.mark.parametrize(("status", "exit_status"), [(401, 1), (403, 3), (404, 3), (429, 4)])
def test_an_error_ends_in_the_report_and_changes_nobody(
    sandbox: SandboxServer, client: WebexClient, status: int, exit_status: int
) -> None:
    registered(sandbox, client, 1)
    sandbox.faults.add(Fault("query", status=status))
    report = run(client)
    assert (report.exit_status, len(report.problems), report.counts["seen"]) == (exit_status, 1, 0)
    assert Submission.objects.get().webex_status == "pending"


def test_an_error_of_one_meeting_leaves_the_others_going(sandbox: SandboxServer, client: WebexClient) -> None:
    registered(sandbox, client, 1)
    registered(sandbox, client, 1)
    sandbox.faults.add(Fault("query", status=403))
    report = run(client)
    assert (report.exit_status, report.counts["seen"]) == (3, 1)


def test_meetings_that_are_over_are_not_asked_about(sandbox: SandboxServer, client: WebexClient) -> None:
    registered(sandbox, client, 1)
    past = timezone.now() - timedelta(days=1)
    Meeting.objects.update(start_at=past, end_at=past)
    run(client)
    assert sandbox.store.calls == []


def test_the_queries_do_not_grow_with_the_people_of_a_call(
    sandbox: SandboxServer, client: WebexClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    registered(sandbox, client, 3)
    small = Meeting.objects.get()
    with CaptureQueriesContext(connection) as few:
        run(client)
    SubmissionFactory.create_batch(90, meeting=small, approved=True)
    deliver.push(Meeting.objects.all(), client=client)
    with django_assert_num_queries(len(few)):
        run(client)
