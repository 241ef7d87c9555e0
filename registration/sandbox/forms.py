"""A meeting's registration form: fields, customized questions and approval rules, as Webex keeps them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Condition = Literal["contains", "notContains", "beginsWith", "endsWith", "equals", "notEquals"]
Result = Literal["approve", "reject"]
QuestionType = Literal["singleLineTextBox", "multiLineTextBox", "checkbox", "dropdownList", "radioButtons"]

#: Always on the form and always required.
FIXED_FIELDS = ("firstName", "lastName", "email")
#: Shown when the form's `requireX` is true.
OPTIONAL_FIELDS = (
    "jobTitle",
    "companyName",
    "address1",
    "address2",
    "city",
    "state",
    "zipCode",
    "countryRegion",
    "workPhone",
    "fax",
)
TEXT_TYPES = frozenset({"singleLineTextBox", "multiLineTextBox"})
#: A rule may ask about every standard field but the first name (the contract's enumeration).
RULE_FIELDS = frozenset({*FIXED_FIELDS, *OPTIONAL_FIELDS} - {"firstName"})


def require_name(field: str) -> str:
    """The form's flag for a field: `jobTitle` → `requireJobTitle`."""
    return f"require{field[0].upper()}{field[1:]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """An approval rule. `field` names the standard field it is about; it is empty in a question's rule."""

    condition: Condition
    value: str
    result: Result
    order: int
    match_case: bool = False
    field: str = ""

    def is_met_by(self, texts: Sequence[str]) -> bool:
        """Whether an answer (several texts for check boxes, none when not answered) meets the condition.

        What was not answered counts as the empty text. A positive condition needs one text that meets it; a
        negative one (`notContains`, `notEquals`) is exactly the opposite of its positive.
        """
        value = self.value if self.match_case else self.value.casefold()
        given = [text if self.match_case else text.casefold() for text in texts or ("",)]
        match self.condition:
            case "contains":
                return any(value in text for text in given)
            case "notContains":
                return all(value not in text for text in given)
            case "beginsWith":
                return any(text.startswith(value) for text in given)
            case "endsWith":
                return any(text.endswith(value) for text in given)
            case "equals":
                return any(text == value for text in given)
            case "notEquals":
                return all(text != value for text in given)

    def to_json(self) -> dict[str, Any]:
        """The rule as the form's JSON has it."""
        about = {"question": self.field} if self.field else {}
        return about | {
            "condition": self.condition,
            "value": self.value,
            "result": self.result,
            "matchCase": self.match_case,
            "order": self.order,
        }


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a check-box, drop-down or radio-button question."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A customized question. `max_length` (characters) is for the text types; `None` or 0 sets no bound."""

    id: int
    text: str
    type: QuestionType
    is_required: bool = False
    max_length: int | None = None
    options: tuple[Option, ...] = ()
    rules: tuple[Rule, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The question as the form's JSON has it: with its ids as strings, as in Webex's own examples."""
        shown: dict[str, Any] = {
            "id": str(self.id),
            "question": self.text,
            "required": self.is_required,
            "type": self.type,
        }
        if self.max_length is not None:
            shown["maxLength"] = self.max_length
        if self.options:
            shown["options"] = [{"id": str(option.id), "value": option.text} for option in self.options]
        if self.rules:
            shown["rules"] = [rule.to_json() for rule in self.rules]
        return shown


@dataclass(frozen=True, slots=True)
class Form:
    """A registration form.

    `shown_fields` are those whose `requireX` is true. Webex's flag means "shown or required" and does not tell
    which; what the sandbox insists on besides the three fixed fields is `required_fields`, which no answer shows.
    """

    auto_accept: bool = False
    shown_fields: frozenset[str] = frozenset()
    required_fields: frozenset[str] = frozenset()
    questions: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()

    def rules_in_order(self) -> Iterator[tuple[Rule, Question | None]]:
        """Both kinds of rule in their one order; the question is `None` for a standard field's rule."""
        every: list[tuple[Rule, Question | None]] = [(rule, None) for rule in self.rules]
        every += [(rule, question) for question in self.questions for rule in question.rules]
        yield from sorted(every, key=lambda pair: pair[0].order)

    def to_json(self) -> dict[str, Any]:
        """The answer of `GET /meetings/{meetingId}/registration`."""
        flags = {require_name(field): True for field in FIXED_FIELDS}
        flags |= {require_name(field): field in self.shown_fields for field in OPTIONAL_FIELDS}
        return {
            "autoAcceptRequest": self.auto_accept,
            **flags,
            "customizedQuestions": [question.to_json() for question in self.questions],
            "rules": [rule.to_json() for rule in self.rules],
        }
