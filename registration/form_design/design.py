"""A meeting's form as plain data, as it is stored, as somebody is about to change it, or as they were shown it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from registration.models import ApprovalRule, Meeting, Question
from registration.standard_fields import CHOSEN_FIELDS

TEXT_TYPES = frozenset({Question.Type.SINGLE_LINE.value, Question.Type.MULTI_LINE.value})


@dataclass(frozen=True, slots=True)
class OptionDesign:
    """An option. ``key`` is its primary key as text, or what an editor calls one that is not stored yet."""

    key: str
    text: str
    is_retired: bool = False
    webex_id: str = ""


@dataclass(frozen=True, slots=True)
class QuestionDesign:
    """A question with its options, in their order; ``key`` as for ``OptionDesign``."""

    key: str
    text: str
    type: str
    is_required: bool = False
    max_length: int | None = None
    hint: str = ""
    is_private: bool = False
    is_retired: bool = False
    webex_id: str = ""
    options: tuple[OptionDesign, ...] = ()

    @property
    def has_options(self) -> bool:
        """Whether an answer is chosen from options, rather than written."""
        return self.type not in TEXT_TYPES

    @property
    def offered(self) -> tuple[OptionDesign, ...]:
        """The options that can be chosen."""
        return tuple(option for option in self.options if not option.is_retired)

    @property
    def is_asked(self) -> bool:
        """Whether the form has it: one without an option to choose from is left out."""
        return not self.is_retired and (not self.has_options or bool(self.offered))


@dataclass(frozen=True, slots=True)
class RuleDesign:
    """An approval rule, about a standard field (our name) or a question (its ``key``); ``pk``: the stored one's."""

    pk: int
    field: str
    question_key: str
    condition: str
    value: str
    match_case: bool
    result: str
    is_active: bool
    words: str


@dataclass(frozen=True)
class Design:
    """A form. ``uses``: what it does with each chosen standard field, by our name. Rules are in their order."""

    uses: Mapping[str, str]
    questions: tuple[QuestionDesign, ...] = ()
    rules: tuple[RuleDesign, ...] = ()

    @property
    def asked(self) -> tuple[QuestionDesign, ...]:
        """The questions that the form has, in order."""
        return tuple(question for question in self.questions if question.is_asked)

    def to_json(self) -> dict[str, Any]:
        """The fields and questions as JSON, to be read back by ``from_json``; the rules have a page of their own."""
        return {"uses": dict(self.uses), "questions": [asdict(question) for question in self.questions]}

    @property
    def digest(self) -> str:
        """The same as long as its fields and questions are."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:32]

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Design":
        """What ``to_json`` gave."""
        questions = (
            QuestionDesign(**each | {"options": tuple(OptionDesign(**option) for option in each["options"])})
            for each in told["questions"]
        )
        return cls(uses=told["uses"], questions=tuple(questions))


def design_of(meeting: Meeting) -> Design:
    """The meeting's form as it is stored; three queries. Of one that is not stored yet, its fields."""
    uses = {field.name: meeting.use_of(field.name).value for field in CHOSEN_FIELDS}
    if not meeting.pk:
        return Design(uses)
    rules = meeting.rules.select_related("question").order_by("order", "pk")
    questions = meeting.questions.prefetch_related("options").order_by("position", "pk")
    return Design(
        uses=uses,
        questions=tuple(map(question_design, questions)),
        rules=tuple(map(_rule_design, rules)),
    )


def with_questions(design: Design, rows: Iterable[Question]) -> Design:
    """The form with ``rows`` as its questions, stored yet or not, each with the options that it has in ``design``."""
    options = {question.key: question.options for question in design.questions}
    in_order = sorted(rows, key=lambda row: (row.position, row.pk is None, row.pk or 0))
    keys = [str(row.pk) if row.pk else f"new{number}" for number, row in enumerate(in_order)]
    questions = (_question_design(row, options.get(key, ()), key=key) for row, key in zip(in_order, keys, strict=True))
    return replace(design, questions=tuple(questions))


def question_design(question: Question) -> QuestionDesign:
    """The question as it is stored; one query, for its options."""
    options = (
        OptionDesign(str(option.pk), option.text, option.is_retired, option.webex_id)
        for option in question.options.all()
    )
    return _question_design(question, options, key=str(question.pk))


def _question_design(question: Question, options: Iterable[OptionDesign], *, key: str) -> QuestionDesign:
    return QuestionDesign(
        key=key,
        text=question.text,
        type=question.type,
        is_required=question.is_required,
        max_length=question.max_length,
        hint=question.hint,
        is_private=question.is_private,
        is_retired=question.is_retired,
        webex_id=question.webex_id,
        options=tuple(options),
    )


def _rule_design(rule: ApprovalRule) -> RuleDesign:
    return RuleDesign(
        pk=rule.pk,
        field=rule.field,
        question_key=str(rule.question_id or ""),
        condition=rule.condition,
        value=rule.value,
        match_case=rule.match_case,
        result=rule.result,
        is_active=rule.is_active,
        words=str(rule),
    )
