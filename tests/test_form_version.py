"""When a meeting's form gets another version, by which kept sign-up pages are told from those of now."""

from collections.abc import Callable

import pytest

from registration.models import Logo, Meeting, Option, Question
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> Question:
    question: Question = QuestionFactory(type="radioButtons", options=["Red", "Green"])
    Logo.objects.create(meeting=question.meeting, content=b"png", width=1, height=1, text="Example Ltd.")
    return question


def version(meeting: Meeting) -> str:
    return Meeting.objects.get(pk=meeting.pk).form_version


@pytest.mark.parametrize(
    "change",
    [
        lambda question: question.meeting.save(),
        lambda question: question.meeting.save(update_fields=["title"]),
        lambda question: question.meeting.save(update_fields=["title", "paused_at"]),
        lambda question: question.save(),
        lambda question: question.delete(),
        lambda question: question.options.all()[0].save(),
        lambda question: question.options.all()[0].delete(),
        lambda question: question.options.all().delete(),
        lambda question: QuestionFactory(meeting=question.meeting),
        lambda question: Option.objects.create(question=question, text="Blue"),
        lambda question: question.meeting.logo.save(),
        lambda question: question.meeting.logo.delete(),
    ],
)
def test_whatever_the_page_shows_gives_it_another_version(
    question: Question, change: Callable[[Question], object]
) -> None:
    other = MeetingFactory()
    before, of_other = version(question.meeting), version(other)
    change(question)
    assert version(question.meeting) != before
    assert version(other) == of_other


def test_what_delivery_writes_down_does_not(question: Question) -> None:
    before = version(question.meeting)
    question.meeting.save(update_fields=["warnings", "paused_at", "pause_reason", "synced_at", "sync_tried_at"])
    assert version(question.meeting) == before
