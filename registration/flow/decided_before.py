"""How people stood before what was last decided about them: what the decision ended is what undoing it brings back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from registration.flow.moves.decisions import ENDS_CONFIRMING, ENDS_HOLD
from registration.models import Mail, Move
from registration.states import Decision


@dataclass(frozen=True)
class Last:
    """The last decision about somebody, and what came before it."""

    move: Move
    note: str
    """The words of the rule that held them for review until then, where the decision ended that."""
    unasked_at: datetime | None
    """When an earlier decision ended that they were asked to confirm their address."""


def last_of(pks: Collection[int]) -> dict[int, Last]:
    """The last decision about each of the people, by their primary key. One query."""
    found: dict[int, Last] = {}
    notes: dict[int, str] = {}
    unasked_at: dict[int, datetime] = {}
    subjects = (Move.Subject.DECISION, Move.Subject.HOLD)
    for move in Move.objects.filter(submission__in=pks, subject__in=subjects).order_by("at", "pk"):
        pk = move.submission_id
        if move.subject == Move.Subject.HOLD:
            notes[pk] = move.reason
            continue
        note = notes.pop(pk, "") if move.after in ENDS_HOLD else ""
        found[pk] = Last(move, note, unasked_at.get(pk))
        if move.after in ENDS_CONFIRMING:
            unasked_at[pk] = move.at
    return found


def asked_to_confirm(decided: Collection[Last]) -> set[int]:
    """The primary keys of those who had been asked to confirm their address until the decision. One query, if any.

    Whom a mail asked before an earlier decision ended that, and none since, had not.
    """
    ended = {each.move.submission_id: each for each in decided if each.move.after in ENDS_CONFIRMING}
    if not ended:
        return set()
    letters = Mail.objects.filter(submission__in=list(ended), kind=Mail.Kind.CONFIRM).order_by()
    found = set()
    for pk, at in letters.values_list("submission").annotate(Max("queued_at")):
        unasked_at = ended[pk].unasked_at
        if unasked_at is None or at >= unasked_at:
            found.add(pk)
    return found


def reasons(pks: Iterable[int]) -> dict[int, str]:
    """With which reason a person declined each of them, who were declined the last time by a person.

    The words of a rule are for staff, and whoever undoes its decision would tell them as their own.
    """
    declined = Move.objects.filter(submission__in=list(pks), subject=Move.Subject.DECISION, after=Decision.DECLINED)
    rows = declined.order_by("at", "pk").values_list("submission_id", "reason", "by_id")
    return {pk: reason if by_id is not None else "" for pk, reason, by_id in rows}
