"""A registrant as a client sends it: read, checked against the form, and judged by its approval rules."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from registration.sandbox.errors import Refusal
from registration.sandbox.forms import FIXED_FIELDS, OPTIONAL_FIELDS, TEXT_TYPES, Form, Option, Question

Status = Literal["approved", "pending", "rejected"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer's text, with the option that was chosen (`None` for the text types)."""

    text: str
    option_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one customized question."""

    question_id: int
    choices: tuple[Choice, ...]

    def to_json(self) -> dict[str, Any]:
        """The answer as a registrant's JSON has it."""
        choices = [
            {"answer": choice.text} | ({} if choice.option_id is None else {"optionId": choice.option_id})
            for choice in self.choices
        ]
        return {"questionId": self.question_id, "answers": choices}


@dataclass(frozen=True, slots=True)
class Row:
    """A registrant who passed the form: `fields` under Webex's names, the e-mail in lower case."""

    fields: Mapping[str, str | int | float]
    answers: tuple[Answer, ...] = ()

    @property
    def email(self) -> str:
        """The e-mail address, in lower case."""
        return str(self.fields["email"])

    def judge(self, form: Form, *, otherwise: Status) -> Status:
        """What the form's approval rules make of this person: the first that is met decides, else `otherwise`."""
        texts = {answer.question_id: [choice.text for choice in answer.choices] for answer in self.answers}
        for rule, question in form.rules_in_order():
            given = texts.get(question.id, []) if question else [str(self.fields.get(rule.field, ""))]
            if rule.is_met_by(given):
                return "approved" if rule.result == "approve" else "rejected"
        return otherwise


def read_rows(items: object, *, form: Form, limit: int) -> list[Row]:
    """The rows of a bulk call. One bad row refuses the whole call, with 400 and words that name row and field."""
    if not isinstance(items, list) or not items:
        raise Refusal(400, "items must be a list with at least one registrant.")
    if len(items) > limit:
        raise Refusal(400, f"items must have at most {limit} registrants.")
    return [read_row(item, form=form, name=f"items[{index}]") for index, item in enumerate(items)]


def read_row(item: object, *, form: Form, name: str = "") -> Row:
    """One registrant, checked against the form; `name` says where it stood, for the words of a refusal.

    Raises `Refusal` (400).
    """
    prefix = f"{name}." if name else ""
    if not isinstance(item, dict):
        raise Refusal(400, f"{name or 'The registrant'} must be an object.")
    if not isinstance(item.get("sendEmail", True), bool):
        raise Refusal(400, f"{prefix}sendEmail must be true or false.")
    fields: dict[str, str | int | float] = {}
    for field in (*FIXED_FIELDS, *OPTIONAL_FIELDS):
        value = _read_field(item.get(field), field=field, name=prefix + field)
        if value is not None:
            fields[field] = value
        elif field in FIXED_FIELDS or field in form.required_fields:
            raise Refusal(400, f"{prefix}{field} is required.")
    fields["email"] = str(fields["email"]).strip().lower()
    if not _EMAIL.fullmatch(str(fields["email"])):
        raise Refusal(400, f"{prefix}email must be an e-mail address.")
    answers = _read_answers(item.get("customizedQuestions"), form=form, prefix=prefix)
    return Row(fields, answers)


def _read_field(value: object, *, field: str, name: str) -> str | int | float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    # The schema says number, and postal codes such as "SW1A 1AA" cannot be: both are taken and echoed as given.
    if field == "zipCode" and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value, name=name)
    if not isinstance(value, str):
        raise Refusal(400, f"{name} must be a text.")
    return value


def _finite(value: int | float, *, name: str) -> int | float:
    if not math.isfinite(value):  # Python reads NaN and Infinity, which are no JSON
        raise Refusal(400, f"{name} must be a number.")
    return value


def _read_answers(given: object, *, form: Form, prefix: str) -> tuple[Answer, ...]:
    if given is None:
        given = []
    if not isinstance(given, list):
        raise Refusal(400, f"{prefix}customizedQuestions must be a list.")
    questions = {str(question.id): question for question in form.questions}
    answers: dict[int, Answer] = {}
    for index, each in enumerate(given):
        name = f"{prefix}customizedQuestions[{index}]"
        if not isinstance(each, dict):
            raise Refusal(400, f"{name} must be an object.")
        question = questions.get(str(each.get("questionId")))
        if question is None:
            raise Refusal(400, f"{name}.questionId is not a question of this meeting's form.")
        if question.id in answers:
            raise Refusal(400, f"{name}.questionId is answered twice.")
        answers[question.id] = Answer(question.id, _read_choices(each.get("answers"), question, name=name))
    _require_answers(form.questions, answers, prefix=prefix)
    return tuple(answer for answer in answers.values() if answer.choices)


def _require_answers(questions: Iterable[Question], answers: Mapping[int, Answer], *, prefix: str) -> None:
    for question in questions:
        if question.is_required and not (question.id in answers and answers[question.id].choices):
            raise Refusal(400, f"{prefix}customizedQuestions: question {question.id} is required.")


def _read_choices(given: object, question: Question, *, name: str) -> tuple[Choice, ...]:
    if not isinstance(given, list):
        raise Refusal(400, f"{name}.answers must be a list.")
    if len(given) > 1 and question.type != "checkbox":
        raise Refusal(400, f"{name}.answers must have one answer: only check boxes take several.")
    choices = []
    for index, each in enumerate(given):
        place = f"{name}.answers[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("answer"), str):
            raise Refusal(400, f"{place}.answer is required and must be a text.")
        if each["answer"].strip() or each.get("optionId") is not None:
            choices.append(_read_choice(each, question, name=place))
    return tuple(choices)


def _read_choice(given: Mapping[str, Any], question: Question, *, name: str) -> Choice:
    text = given["answer"]
    if question.type in TEXT_TYPES:
        if question.max_length and len(text) > question.max_length:
            raise Refusal(400, f"{name}.answer is longer than {question.max_length} characters.")
        return Choice(text)
    option = _find_option(given.get("optionId"), text, question, name=name)
    if option.text != text:
        raise Refusal(400, f"{name}.answer is not the text of option {option.id}.")
    return Choice(option.text, option.id)


def _find_option(option_id: object, text: str, question: Question, *, name: str) -> Option:
    for option in question.options:
        if option_id is None and option.text == text:
            return option
        if option_id is not None and str(option.id) == str(option_id):
            return option
    wrong = "answer" if option_id is None else "optionId"
    raise Refusal(400, f"{name}.{wrong} is not an option of question {question.id}.")
