"""The questions that Webex's words of refusal name, with what was answered: to be mended in the row."""

from collections.abc import Collection
from typing import Any

from django.db.models import prefetch_related_objects

from registration import roles
from registration.flow.attention import Kind
from registration.forms.mending import Given
from registration.models import Answer, Submission
from registration.refusals import questions_named
from registration.registrant import answers_of, registrant_of


def given_of(kind: Kind, people: Collection[Submission], user: Any) -> dict[int, Given]:
    """Of each of the people, by primary key, the questions that are wrong, each with its answers: three queries for
    all. Without the private ones of meetings that the user does not manage.
    """
    if kind is not Kind.REFUSED:
        return {}
    prefetch_related_objects(list(people), "meeting__questions__options")
    answers = answers_of(people)
    managed = roles.scope(user, roles.SEE_PRIVATE)
    return {
        person.pk: _given(person, answers[person.pk], is_manager=managed is None or person.meeting_id in managed)
        for person in people
    }


def _given(person: Submission, answers: Collection[Answer], *, is_manager: bool) -> Given:
    questions = [
        question
        for question in person.meeting.questions.all()
        if question.webex_id and not question.is_retired and (is_manager or not question.is_private)
    ]
    sent = registrant_of(person, answers=answers, send_email=False).answers
    named = questions_named(person.refusal, questions, sent=[answer.question_id for answer in sent])
    return {question: [answer for answer in answers if answer.question_id == question.pk] for question in named}
