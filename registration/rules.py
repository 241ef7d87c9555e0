"""Approval rules: the first one that matches decides. Pure: plain data in, plain data out.

The conditions are Webex's own, from the ``rules`` of its registration form.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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


# --- rules that cannot be reached -------------------------------------------------------------------------------------


def covers(earlier: Rule, later: Rule) -> bool:
    """Whether the earlier rule matches whatever the later one does, so that the later one is never reached.

    False where that cannot be told.
    """
    if earlier.subject != later.subject or (earlier.match_case and not later.match_case):
        return False
    ours, theirs = earlier._folded(earlier.value), earlier._folded(later.value)
    if earlier.condition in _NEGATIVE or later.condition in _NEGATIVE:
        if earlier.match_case is not later.match_case:
            return False
        return _NEGATIVES_COVER.get((earlier.condition, later.condition), _never)(ours, theirs)
    return _COVERS.get((earlier.condition, later.condition), _never)(ours, theirs)


def leave_nothing(first: Rule, second: Rule) -> bool:
    """Whether one of the two matches, whatever the answer: no rule after both is ever reached."""
    if first.subject != second.subject or first.match_case is not second.match_case:
        return False
    is_opposite = (
        _NEGATIVE.get(first.condition) == second.condition or _NEGATIVE.get(second.condition) == first.condition
    )
    return is_opposite and first._folded(first.value) == second._folded(second.value)


_Covering = Callable[[str, str], bool]


def _never(ours: str, theirs: str) -> bool:
    return False


_COVERS: dict[tuple[str, str], _Covering] = {
    **{("contains", later): lambda ours, theirs: ours in theirs for later in _POSITIVE},
    **{("beginsWith", later): lambda ours, theirs: theirs.startswith(ours) for later in ("beginsWith", "equals")},
    **{("endsWith", later): lambda ours, theirs: theirs.endswith(ours) for later in ("endsWith", "equals")},
    ("equals", "equals"): str.__eq__,
}
"""By the conditions of the earlier and the later rule: what holds of their values where the earlier one covers."""

_NEGATIVES_COVER: dict[tuple[str, str], _Covering] = {
    **{(earlier, "notContains"): lambda ours, theirs: theirs in ours for earlier in _NEGATIVE},
    ("notEquals", "notEquals"): str.__eq__,
}


# --- trying rules out -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Somebody on whom rules are tried: what they answered, and how they ``stand``, under any name.

    ``result`` is the result of a rule that would have decided as it was decided; empty where nothing is. ``by_rule``:
    whether it was a rule that did.
    """

    key: int
    values: Mapping[str, Sequence[str]]
    stands: str
    result: str = ""
    by_rule: bool = False


@dataclass(frozen=True)
class Otherwise:
    """Somebody whom the rules would decide otherwise. ``rule``: its index; ``None``: none would, and one had."""

    key: int
    stands: str
    rule: int | None


@dataclass
class BackTest:
    """What rules would do. ``by_rule``: how many each decides, by its index, and under ``None`` whom none does;
    ``matrix``: how many stand so and get that result, which is empty where no rule matches; ``otherwise``: whom they
    would decide otherwise, the first of them.
    """

    tried: int = 0
    by_rule: Counter[int | None] = field(default_factory=Counter)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: int = 0
    otherwise: list[Otherwise] = field(default_factory=list)


def back_test(rules: Sequence[Rule], cases: Iterable[Case], *, most_listed: int) -> BackTest:
    """Try the rules on everybody, one after the other; of those whom they would decide otherwise, so many are listed.

    Of whom nothing is decided, nothing can be decided otherwise. Nor can it by no rule, unless it was by one before.
    """
    found = BackTest()
    for case in cases:
        match = next(
            (index for index, rule in enumerate(rules) if rule.matches(case.values.get(rule.subject, []))), None
        )
        result = "" if match is None else rules[match].result
        found.tried += 1
        found.by_rule[match] += 1
        found.matrix[case.stands, result] += 1
        if case.result and (case.by_rule if match is None else result != case.result):
            found.differences += 1
            if len(found.otherwise) < most_listed:
                found.otherwise.append(Otherwise(case.key, case.stands, match))
    return found
