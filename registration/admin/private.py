"""Answers to private questions: whoever does not manage the meeting reads that there are some, and nothing of them.

An answer whose question is gone may have been to a private one, and nobody can tell any more: it is treated like one.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registration import roles
from registration.flow import ruling
from registration.models import Answer, Meeting, Question, SecondSignUp, Submission
from registration.models.submission import by_question
from registration.signed_up_again import Difference, differences

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Shown = list[tuple[str, list[StrOrPromise]]]

WITHHELD = _("private: for managers")
"""What stands in the place of an answer."""


def sees_all(request: HttpRequest, meeting: Meeting) -> bool:
    """Whether the user sees the answers to the meeting's private questions."""
    return request.user.has_perm(roles.SEE_PRIVATE, meeting)


def withheld_questions(request: HttpRequest, meeting: Meeting) -> frozenset[int]:
    """The primary keys of the meeting's questions whose answers the user neither sees nor changes."""
    if sees_all(request, meeting):
        return frozenset()
    return frozenset(meeting.questions.filter(is_private=True).order_by().values_list("pk", flat=True))


def answers(request: HttpRequest, submission: Submission) -> "Shown":
    """The questions as they were asked, each with the texts of its answers, as far as the user may see them."""
    rows = submission.answers.all()
    if sees_all(request, submission.meeting):
        return [(text, list(texts)) for text, texts in by_question(rows)]
    found: Shown = []
    for (_pk, text), group in groupby(
        rows.select_related("question"), key=lambda row: (row.question_id, row.question_text)
    ):
        given = list(group)
        found.append((text, [row.text for row in given] if _is_open(given[0].question) else [WITHHELD]))
    return found


def texts(request: HttpRequest, meeting: Meeting, people: Iterable[Submission]) -> ruling.Texts | None:
    """The texts of the meeting's questions, as they are and as these people were asked; none where the user may see
    all answers.
    """
    if sees_all(request, meeting):
        return None
    questions = meeting.questions.order_by().values_list("text", "is_private")
    asked = Answer.objects.filter(submission__in=list(people)).order_by()
    found = [*questions, *asked.values_list("question_text", "question__is_private").distinct()]
    public = frozenset(text for text, is_private in found if is_private is False)
    return ruling.Texts(public, private=frozenset(text for text, is_private in found if is_private is not False))


def given_at_webex(
    request: HttpRequest, meeting: Meeting, given: Iterable[tuple[Question | None, str, list[str]]]
) -> "Shown":
    """The same of what somebody answered at Webex."""
    is_manager = sees_all(request, meeting)
    return [(text, list(texts) if is_manager or _is_open(question) else [WITHHELD]) for question, text, texts in given]


def differences_of(request: HttpRequest, second: SecondSignUp) -> list[Difference]:
    """Where a second sign-up differs, as far as the user may see that. Its answers are kept by the question's words."""
    meeting = second.submission.meeting
    found = differences(second)
    if sees_all(request, meeting):
        return found
    asked = list(meeting.questions.values_list("text", "is_private"))
    private = {text for text, is_private in asked if is_private}
    is_open = {text for text, _is_private in asked} - private
    return [
        replace(each, registered=[str(WITHHELD)], typed=[str(WITHHELD)])
        if each.is_answer and str(each.label) not in is_open
        else each
        for each in found
    ]


def _is_open(question: Question | None) -> bool:
    return question is not None and not question.is_private
