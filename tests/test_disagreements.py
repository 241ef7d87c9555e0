"""People whom Webex holds otherwise than we decided: asked for at once, and part by part."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.flow import disagreements
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.states import CHANGES, Decision, WebexStatus
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("few", [2_000, 3])
def test_the_parts_hold_the_same_people_between_them_and_nobody_twice(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(disagreements, "_FEW", few)
    meetings = _everybody()
    at_once = set(disagreements.among(Submission.objects.all()).values_list("pk", flat=True))
    by_part = [pk for part in disagreements.parts() for pk in _people(part)]
    assert (sorted(by_part), len(at_once) > 20) == (sorted(at_once), True)
    by_meeting = {pk for meeting in meetings for pk in _of(meeting)}
    assert by_meeting == at_once


def test_of_one_meeting_nobody_else_is_asked_for() -> None:
    meetings = _everybody()
    for meeting in meetings:
        with CaptureQueriesContext(connection) as asked:
            found = _of(meeting)
        unchanged, last = (query["sql"] for query in asked)
        assert len(re.findall(r'meeting_id" = \d', unchanged)) == _REGIONS
        others = set(Submission.objects.exclude(meeting=meeting).values_list("pk", flat=True))
        named = {int(pk) for keys in re.findall(r"IN \(([\d,]+)\)", last) for pk in keys.split(",")}
        assert (named & others, named - found, bool(named)) == (set(), set(), True)


_REGIONS = 4


def _everybody() -> list[Meeting]:
    """Two meetings with a person in every state there is, asked for every change or for none."""
    now = timezone.now()
    meetings: list[Meeting] = [MeetingFactory(approves_pending=approves) for approves in (False, True)]
    every = product(meetings, Decision, ("", *WebexStatus), (False, True), (None, now))
    for meeting, decision, status, is_since, moved_back_at in every:
        for step in (None, *CHANGES):
            person = SubmissionFactory(
                meeting=meeting,
                decision=decision,
                presence="registered",
                webex_status=status,
                webex_status_at=now if status else None,
                decided_at=now + timedelta(minutes=1 if is_since else -1),
                moved_back_at=moved_back_at,
            )
            if step is not None:
                later = {"started_at": now + timedelta(minutes=2), "outcome": Batch.Outcome.DONE}
                batch = Batch.objects.create(meeting=meeting, action=step.name.lower(), size=1, **later)
                BatchItem.objects.create(batch=batch, submission=person, outcome="registered")
    return meetings


def _of(meeting: Meeting) -> set[int]:
    this = Q(meeting=meeting)
    return set(disagreements.among(Submission.objects.filter(this), within=this).values_list("pk", flat=True))


def _people(part: Q) -> list[int]:
    return list(Submission.objects.filter(part).values_list("pk", flat=True))
