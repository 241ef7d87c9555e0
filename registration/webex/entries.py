"""A registrant as Webex's list tells of them: with everything that they filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from registration.webex import reading
from registration.webex.records import STANDARD_FIELDS, Answer, AnswerValue, RegistrantRow

MOST_ANSWERS = 200
"""Answers of a person, and values of an answer, that are kept; far more than anybody would give."""

LONGEST_ANSWER = 10_000
"""Characters of an answer that are kept. Webex itself allows 999."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A registrant with the standard fields (under our names, without the empty) and the answers."""

    row: RegistrantRow
    fields: Mapping[str, str]
    answers: tuple[Answer, ...] = ()

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Read an item of Webex's list; `None` without an id or an e-mail. Answers that cannot be read are left out."""
        row = RegistrantRow.from_json(value)
        if row is None:
            return None
        told = reading.json_object(value)
        fields = {ours: text for ours, theirs in STANDARD_FIELDS.items() if (text := _text(told.get(theirs)))}
        return cls(row, fields, _answers(told.get("customizedQuestions")))

    def to_details(self) -> dict[str, object]:
        """The fields and answers as JSON that can be stored, and read back by `read_details`."""
        return {"fields": dict(self.fields), "answers": [answer.to_json() for answer in self.answers]}


def read_details(details: object) -> tuple[dict[str, str], tuple[Answer, ...]]:
    """The fields and answers that `Entry.to_details` gave."""
    told = reading.json_object(details)
    fields = reading.json_object(told.get("fields"))
    return {name: text for name in STANDARD_FIELDS if (text := _text(fields.get(name)))}, _answers(told.get("answers"))


def _answers(value: object) -> tuple[Answer, ...]:
    items = value[:MOST_ANSWERS] if isinstance(value, list) else []
    return tuple(answer for item in items if (answer := _answer(item)) is not None)


def _answer(value: object) -> Answer | None:
    told = reading.json_object(value)
    question_id = reading.identifier(told.get("questionId"))
    given = told.get("answers")
    values = [
        AnswerValue(text, option_id=reading.identifier(each.get("optionId")))
        for each in map(reading.json_object, given[:MOST_ANSWERS] if isinstance(given, list) else [])
        if (text := _text(each.get("answer")))
    ]
    return Answer(question_id, tuple(values)) if question_id and values else None


def _text(value: object) -> str:
    return reading.text(value).strip()[:LONGEST_ANSWER]
