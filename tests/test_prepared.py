"""Questions that are put together once, and asked of other moments and keys each time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from registration.models import Meeting, Submission
from registration.prepared import Keys, Later, Prepared
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def people(db: None) -> dict[str, int]:
    meeting = MeetingFactory(title="It’s 100% 'quoted'")
    names = enumerate(["Ann", "Bo", "Cy"])
    made = [SubmissionFactory(meeting=meeting, first_name=name, submitted_at=NOON + timedelta(n)) for n, name in names]
    return {person.first_name: person.pk for person in made}


def asked(question: Prepared, **told: Any) -> list[Any]:
    return sorted(name for (name,) in question.ask(**told))


def test_a_moment_is_told_each_time(people: dict[str, int]) -> None:
    since = Submission.objects.filter(submitted_at__gte=Later("since")).order_by().values_list("first_name")
    question = Prepared(since)
    assert asked(question, moments={"since": NOON + timedelta(1)}) == ["Bo", "Cy"]
    assert asked(question, moments={"since": NOON + timedelta(3)}) == []
    assert asked(question, moments={"since": NOON}) == ["Ann", "Bo", "Cy"]


def test_keys_are_told_each_time_as_many_as_there_are(people: dict[str, int]) -> None:
    question = Prepared(Submission.objects.filter(pk__in=Keys("these")).order_by().values_list("first_name"))
    assert asked(question, keys={"these": []}) == []
    assert asked(question, keys={"these": [people["Bo"]]}) == ["Bo"]
    assert asked(question, keys={"these": [*people.values(), *range(10**6, 10**6 + 5_000)]}) == ["Ann", "Bo", "Cy"]


def test_the_rows_of_several_follow_one_another_each_cut_off_by_itself(people: dict[str, int]) -> None:
    rows = Submission.objects.order_by("pk")
    question = Prepared(
        rows.values_list(Value(0), "first_name")[:1],
        rows.filter(pk__in=Keys("these")).values_list(Value(1), "first_name"),
        Meeting.objects.values_list(Value(2), "title"),
    )
    assert sorted(question.ask(keys={"these": [people["Cy"]]})) == [(0, "Ann"), (1, "Cy"), (2, "It’s 100% 'quoted'")]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (Q(title="It’s 100% 'quoted'"), 1),
        (Q(title="%(now)s"), 0),
        (Q(title__endswith="% 'quoted'"), 1),
        (Q(is_cancelled=False), 1),
        (Q(paused_at=None, start_at__lt=F("end_at")), 1),
        (Q(pk__gt=0), 1),
        (Q(pk=F("pk") % (F("pk") + 1)), 1),
        (Q(is_published=Coalesce(Value(None), Value(True))), 1),
    ],
)
def test_what_stays_the_same_is_written_into_it(people: dict[str, int], condition: Q, names: int) -> None:
    assert len(Prepared(Meeting.objects.filter(condition).order_by().values_list("pk")).ask()) == names


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(TypeError, match=r"1\.5"):
        Prepared(Meeting.objects.order_by().values_list(Value(1.5)))
