"""How the questions of a meeting were answered: how often each option was chosen, and how many wrote a text."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode

from registration import roles
from registration.admin.meeting_filter import MeetingFilter
from registration.admin.submission_filters import ANSWER
from registration.models import Answer, Meeting, Question


class Line(NamedTuple):
    """An option, or that a text was written, and how many people did so; ``permille`` of everybody who signed up."""

    text: str
    people: int
    permille: int
    address: str = ""
    """Of the list of these people; none where nobody can be filtered by it."""

    @property
    def percent(self) -> str:
        """The same in words."""
        return f"{self.permille / 10:.0f} %"


class Answered(NamedTuple):
    """A question with its lines."""

    question: Question
    lines: list[Line]


def of(meeting: Meeting, user: Any, *, people: int, written: str) -> list[Answered]:
    """The questions whose answers the user may see; those that are no longer asked only where they were answered.

    ``written`` are the words for a text that was written. Four queries, which count in the indexes of options and
    questions, however many questions there are.
    """
    changelist = reverse("admin:registration_submission_changelist")
    visible = meeting.questions.filter(roles.visible_questions(user)).prefetch_related("options")
    questions = list(visible)
    options = [option.pk for question in questions for option in question.options.all()]
    chosen = _counted("option", options)
    texts = _counted("question", [question.pk for question in questions if not question.has_options])

    def lines(question: Question) -> Iterable[Line]:
        if not question.has_options:
            yield _line(written, texts.get(question.pk, 0), people)
        for option in question.options.all():
            count = chosen.get(option.pk, 0)
            if count or not option.is_retired:
                query = urlencode({str(MeetingFilter.parameter_name): meeting.pk, f"{ANSWER}{question.pk}": option.pk})
                yield _line(option.text, count, people, f"{changelist}?{query}" if count else "")

    answered = [Answered(question, list(lines(question))) for question in questions]
    return [each for each in answered if not each.question.is_retired or any(line.people for line in each.lines)]


def _counted(name: str, pks: list[int]) -> dict[int, int]:
    if not pks:
        return {}
    rows = Answer.objects.filter(**{f"{name}__in": pks}).order_by().values_list(name).annotate(Count("pk"))
    return dict(rows)


def _line(text: str, count: int, people: int, address: str = "") -> Line:
    return Line(text, count, min(1000, 1000 * count // people) if people else 0, address)
