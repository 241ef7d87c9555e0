"""The plan as SQL."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from registration.flow import queries, regions
from registration.models import Meeting, Submission
from registration.states import Decision, Policy, Presence, Step, WebexStatus, Withdrawal
from tests.cast import MeetingFactory, SubmissionFactory

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def policies(meeting: Meeting) -> Iterator[Policy]:
    """Every policy, which the meeting has for as long as it is looked at. The rows that a test makes serve for all."""
    for meeting.approves_pending, meeting.withdrawal in product((True, False), Withdrawal):
        yield meeting.policy


def everybody_in_every_state(meeting: Meeting) -> list[Submission]:
    """Somebody of this very meeting in every combination of what ``next_step`` asks about."""
    times = (None, NOW - timedelta(minutes=1), NOW, NOW + timedelta(minutes=1))
    people: list[Submission] = []
    for decision, presence, status in product(Decision, Presence, ("", *WebexStatus)):
        facts = product(times, times[1:3], *[(None, NOW)] * 4)
        for decided_at, corrected_at, sent_at, missing_at, erase_asked_at, moved_back_at in facts:
            people.append(
                SubmissionFactory.build(
                    meeting=meeting,
                    email_key=f"person{len(people)}@example.com",
                    decision=decision,
                    presence=presence,
                    webex_status=status,
                    webex_status_at=NOW if status else None,
                    decided_at=decided_at,
                    corrected_at=corrected_at if sent_at or missing_at is None else None,
                    sent_at=sent_at,
                    missing_at=missing_at,
                    moved_back_at=moved_back_at,
                    erase_asked_at=erase_asked_at,
                )
            )
    Submission.objects.bulk_create(people)
    return list(meeting.submissions.all())


def test_each_step_finds_exactly_those_whose_next_step_it_is() -> None:
    meeting = MeetingFactory()
    people = everybody_in_every_state(meeting)
    for policy in policies(meeting):
        wanted: dict[Step, list[int]] = {step: [] for step in Step}
        for person in people:
            wanted[person.next_step].append(person.pk)
        wanted = {step: sorted(found) for step, found in wanted.items()}
        found = {step: sorted(pks(regions.needing(step, policy))) for step in Step}
        assert found == wanted, policy
        # The parts, each of which has an index to itself, hold everybody, and nobody twice.
        in_parts = {
            step: sorted(pk for part in regions.parts(step, policy) for pk in pks(part))
            for step in Step
            if step is not Step.NOTHING
        }
        assert in_parts == {step: found for step, found in wanted.items() if step is not Step.NOTHING}, policy


def pks(condition: Q) -> list[int]:
    return list(Submission.objects.filter(condition).values_list("pk", flat=True))


def test_every_question_of_the_planning_pass_is_answered_by_its_own_partial_index() -> None:
    meeting = MeetingFactory()
    Submission.objects.bulk_create(
        SubmissionFactory.build(
            meeting=meeting,
            email_key=f"p{n}@example.com",
            approved=True,
            presence="registered",
            webex_status="approved",
        )
        for n in range(2_000)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What other tests rolled back still fills the indexes, so that the planner would not like to read them.
            cursor.execute("REINDEX TABLE registration_submission")
        cursor.execute("ANALYZE registration_submission" if connection.vendor == "postgresql" else "ANALYZE")
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    for policy in policies(meeting):
        asked.clear()
        with connection.execute_wrapper(note):
            assert queries.busy([meeting]) == set()
        plans = [plan_of(sql, params) for sql, params in asked]
        assert len(plans) == (8 if policy.approves_pending else 7)
        assert [plan for plan in plans if not re.search(PARTIAL_INDEX, plan)] == []


INDEXES = (
    "in_flight",
    "to_register",
    "to_withdraw",
    "to_move_back",
    "left_pending",
    "overruled",
    "corrected",
    "to_erase",
)
PARTIAL_INDEX = rf"submission_({'|'.join(INDEXES)})\b"


def plan_of(sql: str, params: Any) -> str:
    """As the statement is really asked: with its parameters, which the planner must see through."""
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", params)
        return " ".join(str(row) for row in cursor.fetchall())


def test_only_meetings_that_webex_knows_and_that_are_not_over_are_delivered() -> None:
    coming = MeetingFactory()
    MeetingFactory(webex_id="")
    assert list(queries.deliverable_meetings(type(coming).objects.all(), at=coming.start_at)) == [coming]
    assert list(queries.deliverable_meetings(type(coming).objects.all(), at=coming.end_at)) == []
