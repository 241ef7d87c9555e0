"""The questions that Webex's words of refusal name, with what was answered: to be mended in the row."""

from collections.abc import Collection
from typing import Any

from django.db.models import prefetch_related_objects

from registration import roles
from registration.flow.attention import Kind
from registration.forms.mending import Asked
from registration.models import Answer, Question, Submission
from registration.refusals import questions_named
from registration.registrant import answers_of, registrant_of


def asked_of(kind: Kind, people: Collection[Submission], user: Any) -> dict[int, Asked]:
    """Of each of the people, by primary key, the questions that are wrong, each with its answers: three queries for
    all. Without the private ones of meetings that the user does not manage.
    """
    if kind is not Kind.REFUSED:
        return {}
    prefetch_related_objects(list(people), "meeting__questions__options")
    answers = answers_of(people)
    managed = roles.scope(user, roles.SEE_PRIVATE)
    return {
        person.pk: _asked(person, answers[person.pk], is_manager=managed is None or person.meeting_id in managed)
        for person in people
    }


def _asked(person: Submission, answers: Collection[Answer], *, is_manager: bool) -> Asked:
    questions = [
        question
        for question in person.meeting.questions.all()
        if _can_be_answered(question) and (is_manager or not question.is_private)
    ]
    named = questions_named(person.refusal, questions, sent=_sent(person, answers))
    return {question: [answer for answer in answers if answer.question_id == question.pk] for question in named}


def _can_be_answered(question: Question) -> bool:
    if question.is_retired or not question.webex_id:
        return False
    return not question.has_options or any(not option.is_retired for option in question.options.all())


def _sent(person: Submission, answers: Collection[Answer]) -> list[str]:
    """The questions that were answered when Webex refused, by its ids; none where what was sent is not known, since a
    question or an option has been retired, maybe after that.
    """
    if any(_is_retired(answer) for answer in answers):
        return []
    sent = registrant_of(person, answers=answers, send_email=False).answers
    return [answer.question_id for answer in sent]


def _is_retired(answer: Answer) -> bool:
    return any(each is not None and each.is_retired for each in (answer.question, answer.option))
