"""A registration form as it is written to Webex: without ids, which Webex gives anew, or not."""

from dataclasses import dataclass

from registration.webex.records import STANDARD_FIELDS


@dataclass(frozen=True, slots=True)
class RuleUpdate:
    """An approval rule. `field` is Webex's name of a standard field; empty in a question's rule.

    A question's rule is written without an order: the contract has none for it.
    """

    condition: str
    value: str
    result: str
    match_case: bool = False
    field: str = ""
    order: int = 0

    def to_json(self) -> dict[str, object]:
        """The rule as an item of `rules`, of the form or of its question."""
        about = {"question": self.field, "order": self.order} if self.field else {}
        words = {"condition": self.condition, "value": self.value, "result": self.result, "matchCase": self.match_case}
        return about | words


@dataclass(frozen=True, slots=True)
class QuestionUpdate:
    """A customized question. `options` are their texts; `max_length` (characters, 1 to 999) is for text alone."""

    text: str
    type: str
    is_required: bool = False
    max_length: int | None = None
    options: tuple[str, ...] = ()
    rules: tuple[RuleUpdate, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The question as an item of `customizedQuestions`."""
        question: dict[str, object] = {"question": self.text, "type": self.type, "required": self.is_required}
        if self.max_length is not None:
            question["maxLength"] = self.max_length
        if self.options:
            question["options"] = [{"value": text} for text in self.options]
        if self.rules:
            question["rules"] = [rule.to_json() for rule in self.rules]
        return question


@dataclass(frozen=True, slots=True)
class FormUpdate:
    """The whole form: what is not in it is gone at Webex afterwards. `shown_fields` are Webex's names."""

    auto_accept_request: bool
    shown_fields: frozenset[str]
    questions: tuple[QuestionUpdate, ...] = ()
    rules: tuple[RuleUpdate, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The body of the PUT. Every flag is there: what one that is left out would mean is not documented."""
        flags = {_flag(name): True for name in ("firstName", "lastName", "email")}
        flags |= {_flag(name): name in self.shown_fields for name in STANDARD_FIELDS.values()}
        return {
            "autoAcceptRequest": self.auto_accept_request,
            **flags,
            "customizedQuestions": [question.to_json() for question in self.questions],
            "rules": [rule.to_json() for rule in self.rules],
        }


def _flag(name: str) -> str:
    return f"require{name[0].upper()}{name[1:]}"
