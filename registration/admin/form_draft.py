"""A form while somebody edits it: all that was typed, in the order in which it stands, right or wrong."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.form_design.design import TEXT_TYPES, Design, OptionDesign, QuestionDesign
from registration.models import Option, Question
from registration.standard_fields import CHOSEN_FIELDS, StandardField, Use

MOST_QUESTIONS, MOST_OPTIONS = 250, 2_500
"""Up to how many can be added; more than an import brings. What is stored is never cut, however many they are."""

_NEW_KEY = re.compile(r"new[0-9]{1,4}")


def _form_field(model: "type[Question | Option]", name: str, **changes: Any) -> forms.Field:
    """The field as a form has it, with the model's own validators, which else only a whole model form runs."""
    stored: Any = model._meta.get_field(name)
    made = stored.formfield(**changes)
    if not isinstance(made, forms.Field):
        raise LookupError(name)
    # The model's bounds stand in place of the form's, so that nothing is refused twice in other words.
    kinds = {type(validator) for validator in stored.validators}
    made.validators = [each for each in made.validators if type(each) not in kinds] + list(stored.validators)
    return made


_TEXT = _form_field(Question, "text", error_messages={"required": gettext_lazy("Enter the words of the question.")})
_HINT = _form_field(Question, "hint")
_LONGEST = _form_field(Question, "max_length")
_TYPE = _form_field(Question, "type")
_OPTION = _form_field(Option, "text", error_messages={"required": gettext_lazy("Enter the words of the option.")})


@dataclass
class OptionDraft:
    """An option as it was typed."""

    key: str
    text: str = ""
    is_retired: bool = False
    is_deleted: bool = False
    webex_id: str = ""
    is_answered: bool = False
    error: str = ""
    is_focused: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it is not stored yet."""
        return not self.key.isdigit()


@dataclass
class QuestionDraft:
    """A question as it was typed: ``max_length`` is text. ``errors`` by the name of the input."""

    key: str
    text: str = ""
    type: str = Question.Type.SINGLE_LINE.value
    is_required: bool = False
    max_length: str = ""
    hint: str = ""
    is_private: bool = False
    is_retired: bool = False
    is_deleted: bool = False
    webex_id: str = ""
    is_answered: bool = False
    options: list[OptionDraft] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    is_focused: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it is not stored yet."""
        return not self.key.isdigit()

    @property
    def has_options(self) -> bool:
        """Whether an answer is chosen from options, rather than written."""
        return self.type not in TEXT_TYPES

    @property
    def types(self) -> list[tuple[str, str, bool]]:
        """The types to choose from, and whether it is the one."""
        return [(value, str(label), value == self.type) for value, label in Question.Type.choices]


@dataclass
class UseDraft:
    """What the form does with a standard field."""

    field: StandardField
    use: str

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """What it can do, and whether it does it."""
        return [(value, str(label), value == self.use) for value, label in Use.choices]


class Draft:
    """A form as it is typed. The errors of its rows, and ``problems``, are there after ``is_valid``."""

    def __init__(self, uses: Mapping[str, str], questions: list[QuestionDraft]) -> None:
        self.uses = [UseDraft(each, uses.get(each.name, Use.HIDDEN.value)) for each in CHOSEN_FIELDS]
        self.questions = questions
        self.problems: list[tuple[str, str]] = []

    @classmethod
    def of(cls, design: Design) -> "Draft":
        """The draft that changes nothing about the form."""
        return cls(design.uses, [_question_draft(question) for question in design.questions])

    @classmethod
    def posted(cls, post: QueryDict, *, stored: Design) -> "Draft":
        """The draft as a browser sent it. What it names of the stored form keeps its place at Webex.

        Whatever was stored and is no longer counts as new: nothing that was typed is lost. What is stored and was not
        sent stays as it is: only what is marked as deleted goes.
        """
        known = {question.key: question for question in stored.questions}
        keys = _keys(post, "question")
        new_names = _NewNames([*keys, *(key for each in keys for key in post.getlist(f"option-of-{each}"))])
        questions = [_posted_question(post, key, known.get(key), new_names) for key in keys]
        draft = cls({each.name: post.get(f"use-{each.name}", "") for each in CHOSEN_FIELDS}, questions)
        draft.take_in(stored)
        return draft

    # --- what the buttons do --------------------------------------------------------------------------------------

    def act(self, words: str) -> str:
        """Do what a button says: ``up question 12``, ``down option 5``, ``add question``, ``add option 12``.

        Returns why it cannot be done, where there are too many to add one.
        """
        verb, _space, rest = words.partition(" ")
        kind, _space, key = rest.partition(" ")
        if verb in ("up", "down"):
            self._move(kind, key, by=-1 if verb == "up" else 1)
        elif verb == "add" and kind == "question":
            if len(self._kept_questions) >= MOST_QUESTIONS:
                return _most_questions()
            self.questions.append(QuestionDraft(self._new_key(), is_focused=True))
        elif verb == "add" and kind == "option":
            if len(self._kept_options) >= MOST_OPTIONS:
                return _most_options()
            for question in self.questions:
                if question.key == key:
                    question.options.append(OptionDraft(self._new_key(), is_focused=True))
        return ""

    @property
    def _kept_questions(self) -> list[QuestionDraft]:
        return [question for question in self.questions if not question.is_deleted]

    @property
    def _kept_options(self) -> list[OptionDraft]:
        return [option for question in self._kept_questions for option in question.options if not option.is_deleted]

    def _move(self, kind: str, key: str, *, by: int) -> None:
        rows_of: list[list[Any]] = [self.questions] if kind == "question" else [each.options for each in self.questions]
        for rows in rows_of:
            place = next((place for place, row in enumerate(rows) if row.key == key), None)
            if place is not None:
                row = rows.pop(place)
                rows.insert(max(0, place + by), row)
                row.is_focused = True

    def _new_key(self) -> str:
        keys = [each.key for each in self.questions] + [each.key for one in self.questions for each in one.options]
        return _NewNames(keys).next()

    # --- what is right and what is wrong --------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether it can be stored. Each error stands by its input, and ``problems`` lists all with their ids."""
        for use in self.uses:
            if use.use not in Use.values:
                use.use = Use.HIDDEN.value
        for question in self.questions:
            question.errors = {} if question.is_deleted else dict(_question_errors(question))
            for option in question.options:
                is_checked = not question.is_deleted and not option.is_deleted and question.has_options
                option.error = _error(_OPTION, option.text) if is_checked else ""
        self.problems = list(self._problems())
        return not self.problems

    def _problems(self) -> Iterator[tuple[str, str]]:
        for number, question in enumerate(self.questions, start=1):
            for name, words in question.errors.items():
                yield _("Question %(number)d: %(words)s") % {"number": number, "words": words}, f"{name}-{question.key}"
            for option in question.options:
                if option.error:
                    words = _("Question %(number)d, an option: %(words)s")
                    yield words % {"number": number, "words": option.error}, f"option-text-{option.key}"
        new_questions = [question.key for question in self._kept_questions if question.is_new]
        if new_questions and len(self._kept_questions) > MOST_QUESTIONS:
            yield _most_questions(), f"text-{new_questions[-1]}"
        new_options = [option.key for option in self._kept_options if option.is_new]
        if new_options and len(self._kept_options) > MOST_OPTIONS:
            yield _most_options(), f"option-text-{new_options[-1]}"

    def differs_from(self, stored: Design) -> bool:
        """Whether anything was typed that is not stored, be it right or wrong."""
        other = Draft.of(stored)
        return (self.uses, self.questions) != (other.uses, other.questions)

    def design(self) -> Design:
        """The form that it makes. What is not valid is left out of it: for a look, while somebody types."""
        uses = {use.field.name: use.use if use.use in Use.values else Use.HIDDEN.value for use in self.uses}
        questions = (_designed(question) for question in self.questions if not question.is_deleted)
        return Design(uses=uses, questions=tuple(question for question in questions if question.text))

    def mark_answered(self, answered: tuple[set[str], set[str]]) -> None:
        """Say of each row whether it was answered: then it cannot be deleted."""
        for question in self.questions:
            question.is_answered = question.key in answered[0]
            for option in question.options:
                option.is_answered = option.key in answered[1]

    def take_in(self, stored: Design) -> None:
        """Add what is stored and not in the draft, such as what somebody else has added: saving must not delete it."""
        drafts = {question.key: question for question in self.questions}
        for question in map(_question_draft, stored.questions):
            if draft := drafts.get(question.key):
                seen = {option.key for option in draft.options}
                draft.options += [option for option in question.options if option.key not in seen]
            else:
                self.questions.append(question)


class _NewNames:
    """Keys for what is not stored yet, none of them twice."""

    def __init__(self, keys: list[str]) -> None:
        self._next = max((int(key[3:]) for key in keys if _NEW_KEY.fullmatch(key)), default=0)

    def next(self) -> str:
        self._next += 1
        return f"new{self._next}"


def _most_questions() -> str:
    return _("A form takes at most %d questions: delete one to add another.") % MOST_QUESTIONS


def _most_options() -> str:
    return _("A form takes at most %s options in all: delete one to add another.") % f"{MOST_OPTIONS:,}"


def _keys(post: QueryDict, name: str) -> list[str]:
    """The keys of a list in their order, each once; what is none is left out."""
    keys = (key for key in post.getlist(name) if _NEW_KEY.fullmatch(key) or re.fullmatch(r"[0-9]{1,18}", key))
    return list(dict.fromkeys(keys))


def _posted_question(post: QueryDict, key: str, stored: QuestionDesign | None, new_names: _NewNames) -> QuestionDraft:
    known = {option.key: option for option in stored.options} if stored else {}
    options = []
    for option_key in _keys(post, f"option-of-{key}"):
        of = known.get(option_key)
        options.append(
            OptionDraft(
                key=option_key if of or not option_key.isdigit() else new_names.next(),
                text=post.get(f"option-text-{option_key}", ""),
                is_retired=f"option-retired-{option_key}" in post,
                is_deleted=f"option-deleted-{option_key}" in post,
                webex_id=of.webex_id if of else "",
            )
        )
    return QuestionDraft(
        key=key if stored or not key.isdigit() else new_names.next(),
        text=post.get(f"text-{key}", ""),
        type=post.get(f"type-{key}", ""),
        is_required=f"required-{key}" in post,
        max_length=post.get(f"longest-{key}", ""),
        hint=post.get(f"hint-{key}", ""),
        is_private=f"private-{key}" in post,
        is_retired=f"retired-{key}" in post,
        is_deleted=f"deleted-{key}" in post,
        webex_id=stored.webex_id if stored else "",
        options=options,
    )


def _question_draft(question: QuestionDesign) -> QuestionDraft:
    return QuestionDraft(
        key=question.key,
        text=question.text,
        type=question.type,
        is_required=question.is_required,
        max_length="" if question.max_length is None else str(question.max_length),
        hint=question.hint,
        is_private=question.is_private,
        is_retired=question.is_retired,
        webex_id=question.webex_id,
        options=[
            OptionDraft(option.key, option.text, option.is_retired, webex_id=option.webex_id)
            for option in question.options
        ],
    )


def _question_errors(question: QuestionDraft) -> Iterator[tuple[str, str]]:
    checked = [("text", _TEXT, question.text), ("type", _TYPE, question.type), ("hint", _HINT, question.hint)]
    if not question.has_options:
        checked.append(("longest", _LONGEST, question.max_length))
    for name, form_field, value in checked:
        if words := _error(form_field, value):
            yield name, words
    kept = [option for option in question.options if not option.is_deleted]
    if question.has_options and not kept and question.type in Question.Type.values:
        yield "type", _("A question of this type needs an option to choose.")


def _error(form_field: forms.Field, value: str) -> str:
    try:
        form_field.clean(value)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _cleaned(form_field: forms.Field, value: str) -> Any:
    try:
        return form_field.clean(value)
    except ValidationError:
        return form_field.to_python("")


def _designed(question: QuestionDraft) -> QuestionDesign:
    options = (
        OptionDesign(option.key, _cleaned(_OPTION, option.text), option.is_retired, option.webex_id)
        for option in question.options
        if not option.is_deleted
    )
    is_known = question.type in Question.Type.values
    return QuestionDesign(
        key=question.key,
        text=_cleaned(_TEXT, question.text),
        type=question.type if is_known else Question.Type.SINGLE_LINE.value,
        is_required=question.is_required,
        max_length=None if question.has_options else _cleaned(_LONGEST, question.max_length),
        hint=_cleaned(_HINT, question.hint),
        is_private=question.is_private,
        is_retired=question.is_retired,
        webex_id=question.webex_id,
        options=tuple(option for option in options if option.text),
    )
