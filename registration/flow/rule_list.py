"""Changing a meeting's list of approval rules: stored whole, or not at all where somebody else changed it meanwhile."""

from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from registration import audit
from registration.errors import ChangedMeanwhile
from registration.flow import ruling
from registration.models import ApprovalRule, Meeting

MOST_RULES = 300
"""Of one meeting; more than a person reads, and they bound a page and what is asked of every sign-up."""

_SAYS = ("field", "question_id", "condition", "value", "match_case", "result")


class Seen(NamedTuple):
    """A rule as it was shown: its key, what it looks at, and all else in words."""

    pk: int
    subject: str
    words: str


def seen(rules: Sequence[ApprovalRule]) -> list[Seen]:
    """What somebody sees of the list: another one whenever any of it changes."""
    return [Seen(rule.pk, rule.field or f"{rule.question_id}", ruling.full_words(rule)) for rule in rules]


def store(meeting: Meeting, drafts: Sequence[ApprovalRule], *, shown: Sequence[Seen], by: User) -> bool:
    """Make the drafts the meeting's rules, in this order. Returns whether that changed anything.

    A draft with the key of a rule that there is takes its place. A rule from Webex that says something else now becomes
    one of our own; what Webex says stays right after it, switched off, and so does one that is left out: a refresh
    would bring them back else. ``shown`` is the list that somebody changed. Raises ``ChangedMeanwhile`` where it is
    another by now, and the drafts are not what is stored; then nothing has changed.
    """
    with transaction.atomic():
        # An import locks it as well.
        locked = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
        stored = ruling.rules_of(locked)
        has_changed = seen(stored) != list(shown)
        before = [ruling.full_words(rule) for rule in stored]
        already = _whole(stored)
        wanted = _merged(locked, stored, drafts)
        if _whole(wanted) == already:
            return False
        if has_changed:
            raise ChangedMeanwhile(_("The approval rules have been changed meanwhile."))
        after = [ruling.full_words(rule) for rule in wanted]
        _write(locked, wanted)
        thing = _("approval rules")
        audit.note(
            by, audit.Action.EDITED, meeting=locked, thing=thing, before={"rules": before}, after={"rules": after}
        )
    return True


def have_them_decide(meeting: Meeting, *, by: User) -> bool:
    """Have the meeting's rules decide about its sign-ups from now on. Returns whether they did not yet."""
    with transaction.atomic():
        locked = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
        before, after = locked.approval, Meeting.Approval.RULES.value
        if before == after:
            return False
        locked.approval = after
        locked.save(update_fields=["approval"])
        thing = str(Meeting._meta.get_field("approval").verbose_name)
        audit.note(
            by, audit.Action.EDITED, meeting=locked, thing=thing, before={"approval": before}, after={"approval": after}
        )
    return True


def _merged(meeting: Meeting, stored: Sequence[ApprovalRule], drafts: Sequence[ApprovalRule]) -> list[ApprovalRule]:
    left = {rule.pk: rule for rule in stored}
    wanted: list[ApprovalRule] = []
    for draft in drafts:
        draft.meeting, draft.is_from_webex = meeting, False
        old = left.pop(draft.pk, None)
        if old is not None and says(old) == says(draft):
            old.is_active = draft.is_active
            wanted.append(old)
            continue
        is_kept = old is not None and old.is_from_webex and bool(meeting.webex_id)
        if old is None or is_kept:
            draft.pk = None
        wanted.append(draft)
        if old is not None and is_kept:
            wanted.append(_off(old))
    gone = left.values() if meeting.webex_id else ()
    return wanted + [_off(rule) for rule in gone if rule.is_from_webex]


def _write(meeting: Meeting, wanted: Sequence[ApprovalRule]) -> None:
    for order, rule in enumerate(wanted, start=1):
        rule.order = order
    meeting.rules.exclude(pk__in=[rule.pk for rule in wanted if rule.pk]).delete()
    changed = [rule for rule in wanted if rule.pk]
    ApprovalRule.objects.bulk_update(
        changed,
        ["order", "field", "question", "condition", "value", "match_case", "result", "is_active", "is_from_webex"],
    )
    ApprovalRule.objects.bulk_create([rule for rule in wanted if not rule.pk])


def says(rule: ApprovalRule) -> tuple[object, ...]:
    """What the rule says, whatever its switch, its place and its origin."""
    return tuple(getattr(rule, name) for name in _SAYS)


def _whole(rules: Sequence[ApprovalRule]) -> list[tuple[object, ...]]:
    """All that is stored of the rules but their keys."""
    return [(*says(rule), rule.is_active, rule.is_from_webex) for rule in rules]


def _off(rule: ApprovalRule) -> ApprovalRule:
    rule.is_active = False
    return rule
