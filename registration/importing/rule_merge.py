"""Brings the approval rules that came from Webex in line with Webex's; those that staff made here stay.

All stand in one list, whose order staff can change. A rule that Webex still has keeps its place, and stays switched off
where it is. What is new at Webex comes after the staff's own rules, so that it decides nothing that they decide; and
switched off where rules decide about sign-ups, so that nothing does that nobody has looked at. For the same reason one
that declines or holds there and is gone from Webex, or says something else there now, stays on and becomes the staff's
own: whom it keeps out, no rule after it lets in unseen.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.models import ApprovalRule, Meeting, Question
from registration.standard_fields import BY_WEBEX_NAME
from registration.webex.records import RuleInfo

_APPROVE = ApprovalRule.Result.APPROVE


class _Rule(NamedTuple):
    """What a rule says; ``subject`` is the name of a standard field, or where the question is among those asked."""

    subject: str | int
    condition: str
    value: str
    match_case: bool
    result: str


class RuleMerge:
    """What must change about a meeting's rules; nothing is written before ``save``.

    ``questions`` are those that Webex asks; the new ones have no keys before they are stored. ``notes`` tell each
    change in words, ``warnings`` that the order here is another than Webex's. ``is_first``: whether the meeting itself
    is new, whose rules all hold.
    """

    def __init__(
        self, meeting: Meeting, incoming: Sequence[RuleInfo], questions: Sequence[Question], *, is_first: bool
    ) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self._meeting = meeting
        self._questions = questions
        self._is_new_on = is_first or meeting.approval != Meeting.Approval.RULES
        self._list = list(meeting.rules.select_related("question"))
        index_of = {question.webex_id: index for index, question in enumerate(questions)}
        said = [_said_by(rule, index_of) for rule in incoming]
        partners = self._partners(said)
        left = [row for row in self._list if row.is_from_webex and row not in partners]
        self._kept = [row for row in left if not self._is_new_on and row.is_active and row.result != _APPROVE]
        self._gone = [row for row in left if row not in self._kept]
        for row in self._kept:
            row.is_from_webex = False
        self._list = [row for row in self._list if row not in self._gone]
        webex_order = self._place(said, partners)
        self._has_changed = bool(left) or None in partners
        self._tell()
        places = [self._list.index(row) for row in webex_order if row.is_from_webex]
        if places != sorted(places):
            self.warnings.append(
                _("The approval rules from Webex stand in another order here than at Webex; the order here holds.")
            )

    def save(self) -> None:
        """Write the changes, once the questions are stored, inside the caller's transaction."""
        if not self._has_changed:
            return
        self._meeting.rules.filter(pk__in=[row.pk for row in self._gone]).delete()
        for order, row in enumerate(self._list, start=1):
            row.order = order
        ApprovalRule.objects.bulk_update([row for row in self._list if row.pk], ["order", "is_from_webex"])
        new = [row for row in self._list if not row.pk]
        for row in new:
            # Set anew: the question may have got its key since.
            row.question = row.question
        ApprovalRule.objects.bulk_create(new)

    def _partners(self, said: Sequence[_Rule]) -> list[ApprovalRule | None]:
        """For each of Webex's rules the one here that says the same; that of the staff, where they made it first."""
        index_of = {question.pk: index for index, question in enumerate(self._questions) if question.pk}
        free: dict[_Rule, deque[ApprovalRule]] = defaultdict(deque)
        for row in sorted(self._list, key=lambda row: not row.is_from_webex):
            subject = row.field if row.question_id is None else index_of.get(row.question_id, -1)
            free[_Rule(subject, row.condition, row.value, row.match_case, row.result)].append(row)
        return [free[rule].popleft() if free[rule] else None for rule in said]

    def _place(self, said: Sequence[_Rule], partners: Sequence[ApprovalRule | None]) -> list[ApprovalRule]:
        """Put what is new into the list. Returns Webex's rules as Webex orders them."""
        ordered: list[ApprovalRule] = []
        after_own = max((place for place, row in enumerate(self._list, start=1) if not row.is_from_webex), default=0)
        for rule, partner in zip(said, partners, strict=True):
            row = partner or self._row(rule)
            if partner is None:
                after_last = self._list.index(ordered[-1]) + 1 if ordered else 0
                self._list.insert(max(after_own, after_last), row)
            ordered.append(row)
        return ordered

    def _row(self, rule: _Rule) -> ApprovalRule:
        return ApprovalRule(
            meeting=self._meeting,
            field=rule.subject if isinstance(rule.subject, str) else "",
            question=self._questions[rule.subject] if isinstance(rule.subject, int) else None,
            condition=rule.condition,
            value=rule.value,
            match_case=rule.match_case,
            result=rule.result,
            is_active=self._is_new_on,
            is_from_webex=True,
        )

    def _tell(self) -> None:
        new = [row for row in self._list if not row.pk]
        if not (new or self._gone or self._kept):
            return
        words = _("New approval rule: %s.") if self._is_new_on else _("New approval rule, switched off: %s.")
        self.notes += [words % row for row in new]
        if new and not self._is_new_on:
            self.notes.append(
                _("What is switched off decides nothing: try it on the page “Approval rules”, and switch it on there.")
            )
        self.notes += [_("Approval rule gone from Webex, and here, too: %s.") % row for row in self._gone]
        self.notes += [_("Approval rule gone from Webex, kept here as your own: %s.") % row for row in self._kept]
        if self._kept:
            self.notes.append(
                _("What is kept goes on declining or holding: switch it off or remove it on the page “Approval rules”.")
            )
        if own := sum(not row.is_from_webex for row in self._list) - len(self._kept):
            words = ngettext("%d approval rule of your own stays.", "%d approval rules of your own stay.", own)
            self.notes.append(words % own)


def _said_by(rule: RuleInfo, index_of: dict[str, int]) -> _Rule:
    subject = BY_WEBEX_NAME[rule.field].name if rule.field else index_of[rule.question_id]
    return _Rule(subject, rule.condition, rule.value, rule.match_case, rule.result)
