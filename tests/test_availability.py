"""When a meeting takes registrations."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from registration.flow import availability
from registration.models import Meeting
from registration.states import Availability, Decision
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def meeting_with(**facts: Any) -> Meeting:
    return MeetingFactory(**{"start_at": NOW + timedelta(days=1)} | facts)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, Availability.OPEN),
        ({"is_published": False}, Availability.UNPUBLISHED),
        ({"opens_at": NOW}, Availability.OPEN),
        ({"opens_at": NOW + HOUR}, Availability.NOT_YET_OPEN),
        ({"closes_at": NOW + HOUR}, Availability.OPEN),
        ({"closes_at": NOW}, Availability.CLOSED),
        ({"opens_at": NOW - 2 * HOUR, "closes_at": NOW - HOUR}, Availability.CLOSED),
        ({"start_at": NOW - HOUR, "end_at": NOW + HOUR}, Availability.OPEN),
        ({"start_at": NOW - HOUR, "end_at": NOW}, Availability.ENDED),
        ({"start_at": NOW - HOUR, "end_at": NOW, "closes_at": NOW + HOUR}, Availability.ENDED),
        ({"capacity": 0}, Availability.FULL),
        ({"capacity": 1}, Availability.OPEN),
        ({"capacity": 0, "closes_at": NOW}, Availability.CLOSED),
        ({"is_cancelled": True}, Availability.CANCELLED),
        ({"is_cancelled": True, "start_at": NOW - HOUR, "end_at": NOW}, Availability.CANCELLED),
    ],
)
def test_availability_follows_from_the_meetings_facts(facts: dict[str, Any], state: Availability) -> None:
    assert availability.of(meeting_with(**facts), now=NOW) is state


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (Decision.WAITING, Availability.FULL),
        (Decision.APPROVED, Availability.FULL),
        (Decision.DECLINED, Availability.OPEN),
        (Decision.CANCELLED, Availability.OPEN),
        (Decision.WAITLISTED, Availability.OPEN),
    ],
)
def test_who_waits_or_is_approved_takes_a_place(decision: Decision, state: Availability) -> None:
    meeting = meeting_with(capacity=1)
    SubmissionFactory(decision=Decision.APPROVED)
    SubmissionFactory(meeting=meeting, decision=decision)
    assert availability.of(meeting, now=NOW) is state


@pytest.mark.parametrize("count", [1, 9])
def test_many_meetings_are_judged_with_one_query(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    meetings = [meeting_with(capacity=1) for _ in range(count)]
    SubmissionFactory(meeting=meetings[0])
    with django_assert_num_queries(1):
        states = availability.of_each(meetings, now=NOW)
    assert states == {m.pk: Availability.FULL if m == meetings[0] else Availability.OPEN for m in meetings}
