"""What Webex is told about a submission."""

from itertools import groupby

from registration.models import Answer, Submission
from registration.standard_fields import STANDARD_FIELDS
from registration.webex import records


def registrant_of(submission: Submission, *, send_email: bool) -> records.Registrant:
    """The registrant that Webex is sent for a submission, in the words of Webex's own form.

    Answers to questions that Webex does not have (made by hand, or gone since) stay with us: Webex would refuse the
    whole call for them. Reads the answers with their questions and options: prefetch them.
    """
    fields = {field.name: getattr(submission, field.name) for field in STANDARD_FIELDS}
    known = [answer for answer in submission.answers.all() if _is_known_to_webex(answer)]
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
