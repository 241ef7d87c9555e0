"""What Webex is told about a submission."""

from collections.abc import Collection
from itertools import groupby

from registration.models import Answer, Submission
from registration.standard_fields import STANDARD_FIELDS
from registration.webex import records


def answers_of(people: Collection[Submission]) -> dict[int, list[Answer]]:
    """The people's answers with their questions and options, in one query, by the submission's primary key."""
    answers: dict[int, list[Answer]] = {person.pk: [] for person in people}
    rows = Answer.objects.filter(submission__in=list(answers)).select_related("question", "option")
    for answer in rows.order_by("position", "pk"):
        answers[answer.submission_id].append(answer)
    return answers


def registrant_of(submission: Submission, *, answers: Collection[Answer], send_email: bool) -> records.Registrant:
    """The registrant that Webex is sent for a submission, in the words of Webex's own form.

    Answers to questions that Webex does not have (made by hand, or gone since) stay with us: Webex would refuse the
    whole call for them. ``answers`` are the submission's, as ``answers_of`` reads them.
    """
    fields = {field.name: getattr(submission, field.name) for field in STANDARD_FIELDS}
    known = [answer for answer in answers if _is_known_to_webex(answer)]
    known.sort(key=lambda answer: (answer.position, answer.pk))
    return records.Registrant(
        **fields,
        send_email=send_email,
        answers=tuple(
            records.Answer(question_id, tuple(_value(answer) for answer in answers))
            for question_id, answers in groupby(known, key=_question_id)
        ),
    )


def _is_known_to_webex(answer: Answer) -> bool:
    question, option = answer.question, answer.option
    if question is None or question.is_retired or not question.webex_id:
        return False
    if not question.has_options:
        return True
    return option is not None and not option.is_retired and bool(option.webex_id)


def _question_id(answer: Answer) -> str:
    return answer.question.webex_id if answer.question else ""


def _value(answer: Answer) -> records.AnswerValue:
    if answer.option is None:
        return records.AnswerValue(answer.text)
    return records.AnswerValue(answer.option.text, answer.option.webex_id)
