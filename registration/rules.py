"""Approval rules: the first one that matches decides. Pure: plain data in, plain data out.

The conditions are Webex's own, from the ``rules`` of its registration form.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda answer, value: value in answer,
    "beginsWith": str.startswith,
    "endsWith": str.endswith,
    "equals": str.__eq__,
}
_NEGATIVE = {"notContains": "contains", "notEquals": "equals"}


@dataclass(frozen=True)
class Rule:
    """One rule. ``subject`` names what it looks at, ``words`` tell staff which rule it was."""

    subject: str
    condition: str
    value: str
    match_case: bool
    result: str
    words: str

    def matches(self, answers: Sequence[str]) -> bool:
        """Whether the rule holds for the answers to its subject.

        Of several answers (check boxes) one is enough; a negative condition holds where no answer meets its opposite.
        No answer counts as an empty one. Raises ``KeyError`` for a condition that Webex does not have.
        """
        is_negative = self.condition in _NEGATIVE
        holds = _POSITIVE[_NEGATIVE.get(self.condition, self.condition)]
        value = self._folded(self.value)
        return is_negative is not any(holds(self._folded(answer), value) for answer in answers or [""])

    def _folded(self, text: str) -> str:
        return text if self.match_case else text.casefold()


def first_match(rules: Iterable[Rule], values: Mapping[str, Sequence[str]]) -> Rule | None:
    """The first rule that matches, in the order given; ``None`` where no rule does.

    ``values`` maps a rule's subject to the answers given; a subject that is missing was not answered.
    """
    return next((rule for rule in rules if rule.matches(values.get(rule.subject, []))), None)
