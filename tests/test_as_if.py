"""The plan, asked as if something else was decided about people than is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db.models import Q

from registration.flow import regions
from registration.flow.as_if import once_decided, once_released
from registration.models import Meeting, Submission
from registration.states import Decision, Presence, WebexStatus
from tests.cast import MeetingFactory, SubmissionFactory

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def held_as(decision: Decision) -> Callable[[Q], Q]:
    def asked(condition: Q) -> Q:
        return once_released(condition) & Q(held_decision=decision)

    return asked


def decided_as(decision: Decision) -> Callable[[Q], Q]:
    def asked(condition: Q) -> Q:
        return once_decided(condition, decision)

    return asked


@pytest.mark.parametrize("decision", [Decision.APPROVED, Decision.DECLINED, Decision.WAITING])
@pytest.mark.parametrize("as_if", [held_as, decided_as])
@pytest.mark.parametrize("approves_pending", [True, False])
def test_whoever_would_be_decided_about_is_found_once_for_the_step_that_would_follow(
    as_if: Callable[[Decision], Callable[[Q], Q]], decision: Decision, approves_pending: bool
) -> None:
    meeting = MeetingFactory(approves_pending=approves_pending)
    people(meeting, held=decision)
    asked = as_if(decision)
    found = {
        step: sorted(
            pk
            for part in regions.parts(step, meeting.policy)
            for pk in Submission.objects.filter(asked(part)).values_list("pk", flat=True)
        )
        for step in regions.steps()
    }
    decide_now(decision)
    wanted = {
        step: sorted(person.pk for person in Submission.objects.select_related("meeting") if person.next_step is step)
        for step in regions.steps()
    }
    assert found == wanted


def people(meeting: Meeting, *, held: Decision) -> None:
    """Somebody in every state, of whom that decision is held."""
    times = (None, NOW - timedelta(minutes=1), NOW + timedelta(minutes=1))
    every = product(Decision, (Presence.ABSENT, Presence.REGISTERED), ("", *WebexStatus), times, (None, NOW))
    Submission.objects.bulk_create(
        SubmissionFactory.build(
            meeting=meeting,
            email_key=f"person{number}@example.com",
            decision=decision,
            decided_at=decided_at,
            presence=presence,
            webex_status=status,
            webex_status_at=NOW if status else None,
            moved_back_at=moved_back_at,
            held_decision=held,
            held_at=NOW,
        )
        for number, (decision, presence, status, decided_at, moved_back_at) in enumerate(every)
    )


def decide_now(decision: Decision) -> None:
    Submission.objects.update(
        decision=decision, decided_at=NOW + timedelta(hours=1), in_line_since=None, offer_ends_at=None
    )
