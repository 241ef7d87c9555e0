"""The plan as SQL."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from registration.flow import queries
from registration.models import Submission
from registration.states import Decision, Presence, Step, WebexStatus, Withdrawal
from tests.cast import MeetingFactory, SubmissionFactory

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("approves_pending", "withdrawal"), list(product((True, False), Withdrawal)))
def test_each_step_finds_exactly_those_whose_next_step_it_is(approves_pending: bool, withdrawal: Withdrawal) -> None:
    meeting = MeetingFactory(approves_pending=approves_pending, withdrawal=withdrawal)
    for decision, presence, status, ago in product(Decision, Presence, ("", *WebexStatus), (None, -1, 0, 1)):
        decided_at = None if ago is None else NOW - timedelta(minutes=ago)
        SubmissionFactory(
            meeting=meeting,
            decision=decision,
            presence=presence,
            webex_status=status,
            webex_status_at=NOW if status else None,
            decided_at=decided_at,
        )
    people = list(Submission.objects.select_related("meeting"))
    found = {
        step: set(Submission.objects.filter(queries.needing(step, meeting.policy)).values_list("pk", flat=True))
        for step in Step
    }
    assert found == {step: {person.pk for person in people if person.next_step is step} for step in Step}


def test_only_meetings_that_webex_knows_and_that_are_not_over_are_delivered() -> None:
    coming = MeetingFactory()
    MeetingFactory(webex_id="")
    assert list(queries.deliverable_meetings(type(coming).objects.all(), at=coming.start_at)) == [coming]
    assert list(queries.deliverable_meetings(type(coming).objects.all(), at=coming.end_at)) == []
