"""The times of which a mail tells do not run out while it waits, and begin with it where it comes late."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outgoing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from registration.flow import confirm, offers, post, told_late
from registration.models import Mail, Meeting, Submission
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.pages import HOUR, sign_up
from tests.smtp import mail_server

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ENDS = {"confirm": "confirm_by", "offered": "offer_ends_at"}
KINDS = pytest.mark.parametrize("kind", ENDS)


def told(kind: str, **facts: object) -> Submission:
    """Ann, to whom a mail was written at noon that tells her of four hours; Bo is the next in line."""
    about = {"start_at": NOW + timedelta(days=9), "capacity": 1, "waiting_list": "offer"}
    meeting: Meeting = MeetingFactory(
        **about | {"confirms_address": True, "confirm_hours": 4, "offer_hours": 4} | facts
    )
    decision = Decision.OFFERED if kind == "offered" else Decision.WAITING
    ann: Submission = SubmissionFactory(
        meeting=meeting,
        email="ann@example.com",
        decision=decision,
        in_line_since=NOW,
        **{ENDS[kind]: NOW + 4 * HOUR},
    )
    SubmissionFactory(meeting=meeting, email="bo@example.com", decision=Decision.WAITLISTED, in_line_since=NOW)
    Mail.objects.create(submission=ann, kind=kind, queued_at=NOW, due_at=NOW)
    return ann


def expire(at: datetime) -> list[str]:
    """What the run at that moment makes of Ann and Bo."""
    confirm.expire(at=at)
    offers.expire(at=at)
    return list(Submission.objects.order_by("pk").values_list("decision", flat=True))


def ends_at(ann: Submission, kind: str) -> datetime:
    ann.refresh_from_db()
    end: datetime = getattr(ann, ENDS[kind])
    return end


def take(ann: Submission, kind: str, *, at: datetime) -> bool:
    return offers.take(ann.pk, at=at) if kind == "offered" else confirm.by_owner(ann.pk, at=at)


def body_of(number: int) -> str:
    return str(outgoing.outbox[number].body)


@KINDS
def test_while_the_mail_waits_nobody_loses_a_place_and_once_it_is_sent_they_have_their_whole_time(kind: str) -> None:
    ann = told(kind)
    before = expire(NOW)
    assert [expire(NOW + hours * HOUR) for hours in (3, 4, 5, 6)] == [before] * 4
    late = NOW + 6 * HOUR + MINUTE
    with time_machine.travel(late, tick=False):
        assert post.send(Mail.objects.all()).sent == 1
    assert (len(outgoing.outbox), ends_at(ann, kind)) == (1, late + 4 * HOUR)
    # What the mail says is so.
    assert "Tuesday, 1 December 2026, 23:01 (Europe/Berlin)" in body_of(0)
    assert expire(late + 4 * HOUR - timedelta.resolution) == before
    assert expire(late + 4 * HOUR) == ["cancelled", "offered"]


@KINDS
def test_it_is_so_also_where_no_run_came_in_between(kind: str) -> None:
    ann = told(kind)
    late = NOW + 30 * HOUR
    with time_machine.travel(late, tick=False):
        assert post.send(Mail.objects.all()).sent == 1
    assert ends_at(ann, kind) == late + 4 * HOUR


@KINDS
def test_a_mail_that_comes_within_minutes_changes_nothing_and_asks_nothing_more(kind: str) -> None:
    ann = told(kind)
    with (
        time_machine.travel(NOW + 9 * MINUTE, tick=False),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        post.send(Mail.objects.all())
    assert ends_at(ann, kind) == NOW + 4 * HOUR
    assert [query["sql"] for query in asked if 'UPDATE "registration_submission"' in query["sql"]] == []
    assert "Tuesday, 1 December 2026, 17:00 (Europe/Berlin)" in body_of(0)


@KINDS
def test_who_acts_while_it_waits_is_in_time(kind: str) -> None:
    ann = told(kind)
    assert take(ann, kind, at=NOW + 5 * HOUR) is True
    ann.refresh_from_db()
    assert (ann.decision, ann.confirm_by, ann.offer_ends_at) == ("waiting", None, None)


@KINDS
def test_a_server_that_is_away_for_hours_costs_nobody_their_place(kind: str, settings: Settings) -> None:
    told(kind)
    before = expire(NOW)
    with mail_server(settings):
        pass
    for hours in range(1, 9):
        at = NOW + hours * HOUR
        with time_machine.travel(at, tick=False):
            assert post.send(Mail.objects.all()).problem == "ConnectionRefusedError"
        assert expire(at) == before
    with mail_server(settings) as server, time_machine.travel(NOW + 9 * HOUR, tick=False):
        assert post.send(Mail.objects.all()).sent == 1
        assert [str(message["To"]) for message in server.messages] == ["ann@example.com"]


@KINDS
def test_once_the_mail_is_given_up_the_time_runs_out(kind: str) -> None:
    told(kind)
    Mail.objects.update(due_at=None, failure="SMTPRecipientsRefused (550)")
    assert expire(NOW + 4 * HOUR) == ["cancelled", "offered"]


@KINDS
def test_a_mail_of_another_kind_gives_no_time(kind: str) -> None:
    told(kind)
    Mail.objects.update(kind="known")
    assert expire(NOW + 4 * HOUR) == ["cancelled", "offered"]


@KINDS
def test_for_a_meeting_that_is_over_nothing_is_put_off(kind: str) -> None:
    told(kind, start_at=NOW + HOUR, end_at=NOW + 4 * HOUR)
    assert told_late.put_off(Mail.Kind(kind), at=NOW + 4 * HOUR) == 0
    assert expire(NOW + 4 * HOUR)[0] == "cancelled"


def test_an_offer_that_is_told_late_ends_with_the_start_all_the_same() -> None:
    ann = told("offered", start_at=NOW + 8 * HOUR, end_at=NOW + 9 * HOUR)
    with time_machine.travel(NOW + 6 * HOUR, tick=False):
        post.send(Mail.objects.all())
    assert ends_at(ann, "offered") == NOW + 8 * HOUR


def test_whoever_is_being_erased_is_left_alone() -> None:
    ann = told("confirm")
    Submission.objects.filter(pk=ann.pk).update(erase_asked_at=NOW)
    assert told_late.put_off(Mail.Kind.CONFIRM, at=NOW + 5 * HOUR) == 0
    assert ends_at(ann, "confirm") == NOW + 4 * HOUR


@KINDS
def test_it_takes_as_many_questions_for_many_as_for_one(kind: str) -> None:
    counts = []
    for people in (1, 9):
        for _person in range(people):
            told(kind)
        with CaptureQueriesContext(connection) as asked:
            assert told_late.put_off(Mail.Kind(kind), at=NOW + 5 * HOUR) == people
        counts.append(len(asked))
        Mail.objects.all().delete()
    assert counts[0] == counts[1]


def test_from_the_sign_up_on(client: Client) -> None:
    meeting = MeetingFactory(start_at=NOW + timedelta(days=9), confirms_address=True, confirm_hours=4)
    with time_machine.travel(NOW, tick=False):
        sign_up(client, meeting)
    confirm.expire(at=NOW + 4 * HOUR)
    with time_machine.travel(NOW + 5 * HOUR, tick=False):
        post.send(Mail.objects.all())
    ann = Submission.objects.get()
    assert (ann.decision, ann.confirm_by, written()) == ("waiting", NOW + 9 * HOUR, [(ann.email, "confirm")])
