"""What the rules on the page would do to the submissions that there are, as tables."""

from typing import Any

from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import audit
from registration.admin.base import acting_user
from registration.admin.rule_page import TONES
from registration.admin.words import held_word, state_word, tone_word
from registration.flow import rule_trial
from registration.models import ApprovalRule, Meeting
from registration.rules import Otherwise
from registration.states import Decision

_RESULTS = (*ApprovalRule.Result.values, "")
_UNMATCHED = gettext_lazy("no rule matches")


def tried(request: HttpRequest, meeting: Meeting, drafts: list[ApprovalRule]) -> dict[str, Any]:
    """Try them. Who is named is noted in the audit, and only who may see submissions is shown names."""
    trial = rule_trial.try_out(meeting, drafts)
    found = trial.found
    may_see = any(request.user.has_perm(f"registration.{verb}_submission", meeting) for verb in ("view", "change"))
    if may_see and found.otherwise:
        audit.note(
            acting_user(request),
            audit.Action.LISTED,
            meeting=meeting,
            thing=_("approval rules"),
            count=len(found.otherwise),
            words=_("tried approval rules on the submissions"),
        )
    return {
        "tried": found.tried,
        "is_all": trial.is_all,
        "most": rule_trial.MOST_TRIED,
        "by_rule": [
            {"number": number, "words": rule.words, "count": found.by_rule[index]}
            for index, (number, rule) in enumerate(trial.followed)
        ],
        "unmatched": found.by_rule[None],
        "results": [result_word(result) for result in _RESULTS],
        "matrix": [
            {
                "stands": _stands_word(stands),
                "counts": [
                    {"count": found.matrix[stands, result], "is_otherwise": _is_otherwise(stands, result)}
                    for result in _RESULTS
                ],
            }
            for stands in (*Decision.values, rule_trial.HELD, *rule_trial.DECISION_HELD)
            if any(found.matrix[stands, result] for result in _RESULTS)
        ],
        "differences": found.differences,
        "people": [_person(trial, each) for each in found.otherwise] if may_see else [],
        "may_see": may_see,
    }


def result_word(result: str) -> SafeString:
    """What a rule does, or that none matches, as a coloured word."""
    symbols = {"approve": "✓", "reject": "✗", "hold": "⚑"}
    if not result:
        return tone_word("waits", "○", _UNMATCHED)
    return tone_word(TONES[result], symbols[result], ApprovalRule.Result(result).label)


def _stands_word(stands: str) -> "SafeString | str":
    choices: type[TextChoices] = Decision
    if stands == rule_trial.HELD:
        return tone_word("doubt", "⚑", _("held for review"))
    if held := rule_trial.DECISION_HELD.get(stands):
        return held_word(held)
    return state_word(choices, stands)


def _is_otherwise(stands: str, result: str) -> bool:
    """Whether somebody who stands so would be decided otherwise by a rule."""
    decided = {Decision.APPROVED.value: "approve", Decision.DECLINED.value: "reject"}
    decision = rule_trial.DECISION_HELD.get(stands, stands)
    return decision in decided and bool(result) and result != decided[decision]


def _person(trial: rule_trial.Trial, each: Otherwise) -> dict[str, Any]:
    person = trial.people.get(each.key)
    number, rule = trial.followed[each.rule] if each.rule is not None else (None, None)
    return {
        "name": person.full_name if person else "",
        "address": reverse("admin:registration_submission_change", args=[each.key]),
        "stands": _stands_word(each.stands),
        "result": result_word(rule.result if rule else ""),
        "number": number,
        "words": rule.words if rule else "",
    }
