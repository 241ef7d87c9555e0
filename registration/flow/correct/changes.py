"""What a correction changes: each field and answer, before and after."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac

from registration.models import Answer, Option, Question, Submission
from registration.standard_fields import STANDARD_FIELDS
from registration.webex.records import email_key

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Given = Sequence[tuple[Option | None, str]]
Answers = Sequence[tuple[Question, Given]]


@dataclass(frozen=True)
class Change:
    """One field or question that becomes another: the words ``before`` and ``after``, none where it was left empty.

    ``is_sent``: Webex has been, or would be, told of it.
    """

    label: "StrOrPromise"
    before: tuple[str, ...]
    after: tuple[str, ...]
    is_sent: bool


@dataclass(frozen=True)
class FieldChange(Change):
    """A standard field."""

    name: str
    value: str


@dataclass(frozen=True)
class AnswerChange(Change):
    """A question: the answers that go, and what is answered in their stead. The others keep their rows."""

    question: Question
    removed: tuple[Answer, ...]
    added: tuple[tuple[Option | None, str], ...]


def changes(submission: Submission, *, values: Mapping[str, str], answers: Answers) -> list[FieldChange | AnswerChange]:
    """What the values and answers change of what is stored, in the form's order.

    Fields that ``values`` does not name, and questions that ``answers`` does not name, stay as they are.
    """
    found: list[FieldChange | AnswerChange] = []
    for field in STANDARD_FIELDS:
        before = getattr(submission, field.name)
        after = values.get(field.name, before)
        if after != before:
            # Webex takes no account of the case of an address.
            is_sent = field.name != "email" or email_key(after) != submission.email_key
            found.append(FieldChange(field.label, _words(before), _words(after), is_sent, field.name, after))
    held = defaultdict(list)
    for answer in submission.answers.all():
        held[answer.question_id].append(answer)
    for question, given in answers:
        if (change := _answer_change(question, given, held[question.pk])) is not None:
            found.append(change)
    return found


def version(submission: Submission) -> str:
    """A digest of what the submission says, to tell whether somebody changed it meanwhile."""
    fields = [getattr(submission, field.name) for field in STANDARD_FIELDS]
    answers = [(answer.question_id, answer.option_id, answer.text) for answer in submission.answers.all()]
    return digest([*fields, *answers])


def digest(said: Iterable[object]) -> str:
    """A digest of what is said, in its order. With the site's key: nobody can try out what was said."""
    return salted_hmac(__name__, repr(list(said)), algorithm="sha256").hexdigest()


def _answer_change(question: Question, given: Given, held: Sequence[Answer]) -> AnswerChange | None:
    # A text among the answers to a question that has options by now (or the other way round) is not on the form:
    # unless something is answered in its stead, it stays.
    fitting = {answer.option_id or answer.text: answer for answer in held if _fits(answer, question)}
    wanted = {option.pk if option else text: (option, text) for option, text in given}
    if fitting.keys() == wanted.keys():
        return None
    kept = [answer for key, answer in fitting.items() if key in wanted]
    return AnswerChange(
        label=question.text,
        before=tuple(answer.text for answer in held),
        after=tuple(fitting[key].text if key in fitting else text for key, (_option, text) in wanted.items()),
        is_sent=bool(question.webex_id),
        question=question,
        removed=tuple(answer for answer in held if answer not in kept),
        added=tuple(pair for key, pair in wanted.items() if key not in fitting),
    )


def _fits(answer: Answer, question: Question) -> bool:
    return (answer.option_id is not None) is question.has_options


def _words(value: str) -> tuple[str, ...]:
    return (value,) if value else ()
