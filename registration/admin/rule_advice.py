"""What is odd about a list of approval rules: those that decide nothing, match nobody, or are never reached."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from registration.admin.rule_rows import Subjects
from registration.flow import ruling
from registration.models import ApprovalRule
from registration.rules import Rule, covers, leave_nothing
from registration.standard_fields import BY_NAME

_NEGATIVE = {ApprovalRule.Condition.NOT_CONTAINS, ApprovalRule.Condition.NOT_EQUALS}


def advice(rules: Sequence[ApprovalRule | None], subjects: Subjects) -> list[list[str]]:
    """For each of the rules what is to be known about it, in words; nothing for most.

    ``None`` is a rule that is not complete yet: as long as there is one, nothing is said of the order.
    """
    words = [_of_one(rule, subjects) if rule else [] for rule in rules]
    whole = [rule for rule in rules if rule is not None]
    if len(whole) < len(rules):
        return words
    earlier: list[tuple[int, Rule]] = []
    everybody: tuple[int, int] | None = None
    for number, rule in ruling.followed(whole):
        if everybody:
            names = {"one": everybody[0], "two": everybody[1]}
            words[number - 1].append(_("It is never reached: rule %(one)d or rule %(two)d matches everybody.") % names)
        elif covering := next((before for before, other in earlier if covers(other, rule)), None):
            words[number - 1].append(_("It is never reached: rule %d matches whatever it does.") % covering)
        everybody = everybody or next(
            ((before, number) for before, other in earlier if leave_nothing(other, rule)), None
        )
        earlier.append((number, rule))
    return words


def _of_one(rule: ApprovalRule, subjects: Subjects) -> list[str]:
    words = []
    if not rule.is_asked:
        words.append(_("It decides nothing: the form does not ask this."))
    elif not _can_match(rule, subjects.options_of(rule)):
        words.append(_("It matches nobody: there is no such answer on the form."))
    if rule.value != rule.value.strip():
        words.append(_("The value begins or ends with a space, and so must the answer."))
    return words


def _can_match(rule: ApprovalRule, options: Sequence[str] | None) -> bool:
    if rule.condition in _NEGATIVE:
        return True
    if options is not None:
        plain = Rule("", rule.condition, rule.value, rule.match_case, rule.result, "")
        return any(plain.matches([option]) for option in options)
    longest = rule.question.max_length if rule.question else BY_NAME[rule.field].max_length
    return longest is None or len(rule.value) <= longest
