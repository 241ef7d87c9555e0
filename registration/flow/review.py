"""What staff decide about submissions: approve, decline, back to review, send again.

A decision may change whatever the presence at Webex: the delivery loop does there what follows from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import moves
from registration.models import Submission
from registration.states import DECISION_MOVES, Decision, Presence, Withdrawal


@dataclass(frozen=True)
class Reviewed:
    """What a verb did: how many submissions changed, how many did not, and ``why`` not, in words for staff."""

    changed: int
    skipped: int
    why: tuple[str, ...] = ()


def approve(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Approve the submissions; the next push sends them to Webex."""
    return _decide(submissions, to=Decision.APPROVED, by=by)


def decline(submissions: QuerySet[Submission], *, by: User, reason: str) -> Reviewed:
    """Decline the submissions; the attendees can read ``reason`` (at most 1000 characters) on their own pages.

    The next push rejects or removes at Webex who is there already, as the meeting says.
    """
    return _decide(submissions, to=Decision.DECLINED, by=by, reason=reason)


def reopen(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Put the submissions back to review; the next push moves back to pending whom Webex has approved."""
    return _decide(submissions, to=Decision.WAITING, by=by)


def send_again(submissions: QuerySet[Submission]) -> Reviewed:
    """Let approved people whom Webex refused be sent once more, with the next push."""
    is_refused = Q(presence=Presence.REFUSED)
    is_approved = Q(decision=Decision.APPROVED)
    with transaction.atomic():
        counts = submissions.order_by().aggregate(
            chosen=Count("pk"),
            not_refused=Count("pk", filter=~is_refused),
            not_approved=Count("pk", filter=is_refused & ~is_approved),
        )
        changed = len(moves.forgive(submissions.filter(is_approved)))
    why = []
    if count := counts["not_refused"]:
        why.append(ngettext("%d was not refused by Webex", "%d were not refused by Webex", count) % count)
    if count := counts["not_approved"]:
        why.append(ngettext("%d is not approved", "%d are not approved", count) % count)
    return _reviewed(counts["chosen"], changed, why, explained=counts["not_refused"] + counts["not_approved"])


def withdrawals(submissions: QuerySet[Submission]) -> dict[Withdrawal, int]:
    """How many of the submissions are, or may be, at Webex, by what declining them does there."""
    at_webex = submissions.exclude(presence__in=[Presence.ABSENT, Presence.REFUSED]).exclude(decision=Decision.DECLINED)
    rows = at_webex.order_by().values_list("meeting__withdrawal").annotate(Count("pk"))
    return {Withdrawal(withdrawal): count for withdrawal, count in rows}


def _decide(submissions: QuerySet[Submission], *, to: Decision, by: User, reason: str = "") -> Reviewed:
    # Counted before the move: the choice may be "all who are waiting", and afterwards nobody would be.
    with transaction.atomic():
        before = dict(submissions.order_by().values_list("decision").annotate(Count("pk")))
        changed = len(moves.decide(submissions, to=to, at=timezone.now(), by=by, reason=reason))
    held_back = {origin: n for origin, n in before.items() if to not in DECISION_MOVES[Decision(origin)]}
    return _reviewed(
        sum(before.values()), changed, _held_back_words(held_back, to=to), explained=sum(held_back.values())
    )


def _held_back_words(held_back: Mapping[str, int], *, to: Decision) -> list[str]:
    words = []
    for origin in Decision:
        count = held_back.get(origin, 0)
        if count and origin is to:
            already = ngettext("%(count)d was %(decision)s already", "%(count)d were %(decision)s already", count)
            words.append(already % {"count": count, "decision": origin.label})
        elif count:
            first = ngettext(
                "%(count)d is %(decision)s and must be put back to review first",
                "%(count)d are %(decision)s and must be put back to review first",
                count,
            )
            words.append(first % {"count": count, "decision": origin.label})
    return words


def _reviewed(chosen: int, changed: int, why: list[str], *, explained: int) -> Reviewed:
    if chosen - changed > explained:
        why = [*why, _("somebody else was changing the others at the same time")]
    return Reviewed(changed, chosen - changed, tuple(why))
