"""What staff decide about submissions: approve, decline, back to review, send again.

A decision may change whatever the presence at Webex: the delivery loop does there what follows from it. Whom it is good
or bad news to is mailed by us, but for approvals where Webex writes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import mail
from registration.flow import moves, places
from registration.flow.moves.locking import chunks
from registration.models import Mail, Meeting, Submission
from registration.models.submission import IN_LINE, OFFERED, UNCONFIRMED
from registration.states import DECISION_MOVES, Decision, Presence, Withdrawal


@dataclass(frozen=True)
class Reviewed:
    """What a verb did: how many submissions changed, how many did not, and ``why`` not, in words for staff.

    ``overbooked`` says of which meetings more places are taken now than there are.
    """

    changed: int
    skipped: int
    why: tuple[str, ...] = ()
    overbooked: tuple[str, ...] = ()


def approve(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Approve the submissions; the next push sends them to Webex. Either Webex mails them then, or we do now."""
    return _decide(submissions, to=Decision.APPROVED, by=by)


def decline(submissions: QuerySet[Submission], *, by: User, reason: str) -> Reviewed:
    """Decline the submissions; the attendees can read ``reason`` (at most 1000 characters) in a mail and on their own
    pages.

    The next push rejects or removes at Webex who is there already, as the meeting says.
    """
    return _decide(submissions, to=Decision.DECLINED, by=by, reason=reason)


def reopen(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Put the submissions back to review; the next push moves back to pending whom Webex has approved.

    Whom that takes from the waiting list is mailed so; to the others it is no news.
    """
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
    at = timezone.now()
    # Counted before the move: the choice may be "all who are waiting", and afterwards nobody would be.
    with transaction.atomic():
        counted = _counted(submissions, to=to)
        in_line = _in_line(submissions) if to is Decision.WAITING else frozenset()
        changed = moves.decide(submissions, to=to, at=at, by=by, reason=reason)
        _write(changed, to=to, at=at, in_line=in_line)
    why = [*_held_back_words(counted.held_back, to=to), *counted.words]
    done = _reviewed(counted.chosen, len(changed), why, explained=counted.explained)
    if to in _FREES:
        places.fill_once_committed(counted.meetings, at=at)
    elif changed and _WITHOUT_PLACE & counted.movable.keys():
        return replace(done, overbooked=_overbooked_words(counted.meetings))
    return done


_FREES = frozenset({Decision.DECLINED, Decision.CANCELLED})
_WITHOUT_PLACE = _FREES | {Decision.WAITLISTED}


@dataclass(frozen=True)
class _Counted:
    """Who was chosen, before anybody was moved: how many by decision, of whom may move and who is held back; and how
    many of these wait for their owners first, or are erased.
    """

    movable: dict[Decision, int]
    held_back: dict[Decision, int]
    unconfirmed: int
    erased: int
    meetings: list[int]

    @property
    def chosen(self) -> int:
        return sum([*self.movable.values(), *self.held_back.values(), self.erased])

    @property
    def explained(self) -> int:
        return sum(self.held_back.values()) + self.unconfirmed + self.erased

    @property
    def words(self) -> list[str]:
        """Why those are left as they are who are not held back by their decisions."""
        unconfirmed = ngettext(
            "%d has not confirmed their address yet", "%d have not confirmed their addresses yet", self.unconfirmed
        )
        erased = ngettext("%d was erased", "%d were erased", self.erased)
        return [words % count for words, count in ((unconfirmed, self.unconfirmed), (erased, self.erased)) if count]


def _counted(submissions: QuerySet[Submission], *, to: Decision) -> _Counted:
    kept = submissions.filter(erase_asked_at=None).order_by()
    before = {Decision(origin): count for origin, count in kept.values_list("decision").annotate(Count("pk"))}
    movable = {origin: count for origin, count in before.items() if to in DECISION_MOVES[origin]}
    return _Counted(
        movable=movable,
        held_back={origin: count for origin, count in before.items() if origin not in movable},
        unconfirmed=kept.filter(UNCONFIRMED, decision__in=movable).count() if to is Decision.APPROVED else 0,
        erased=submissions.filter(erase_asked_at__isnull=False).count(),
        meetings=list(kept.values_list("meeting", flat=True).distinct()),
    )


def _overbooked_words(meeting_pks: Collection[int]) -> tuple[str, ...]:
    meetings = {meeting.pk: meeting for meeting in Meeting.objects.filter(pk__in=meeting_pks)}
    return tuple(
        overbooked_words(meetings[pk], more) for pk, more in places.overbooked(list(meetings.values())).items()
    )


def overbooked_words(meeting: Meeting, more: int) -> str:
    """That so many more places of the meeting are taken than there are."""
    words = ngettext(
        "“%(meeting)s” has %(count)d person more than places.",
        "“%(meeting)s” has %(count)d people more than places.",
        more,
    )
    return words % {"meeting": meeting, "count": more}


def _in_line(submissions: QuerySet[Submission]) -> frozenset[int]:
    """Who of them is on the waiting list, or is offered a place."""
    return frozenset(submissions.filter(IN_LINE | OFFERED).values_list("pk", flat=True))


def _write(changed: Collection[int], *, to: Decision, at: datetime, in_line: frozenset[int]) -> None:
    """Write the mails that tell of the decision: of an approval to those alone to whom Webex does not.

    ``in_line``: of whom it is news that they are back in review.
    """
    if to is Decision.APPROVED:
        mail.write_all(_approvals_of_ours(changed), Mail.Kind.APPROVED, at=at)
    elif to is Decision.DECLINED:
        mail.write_all(changed, Mail.Kind.DECLINED, at=at)
    elif to is Decision.WAITING:
        mail.write_all([pk for pk in changed if pk in in_line], Mail.Kind.MOVED_UP, at=at)


def _approvals_of_ours(pks: Collection[int]) -> list[int]:
    """Those of the people to whom the portal writes that they are approved, and not Webex."""
    rows: list[tuple[int, int]] = []
    for chunk in chunks(pks):
        rows += Submission.objects.filter(pk__in=chunk).order_by("pk").values_list("pk", "meeting_id")
    meetings = Meeting.objects.in_bulk({meeting for _pk, meeting in rows})
    return [pk for pk, meeting in rows if meetings[meeting].is_approval_mailed_by_us]


def tell_approved(meeting: Meeting, *, at: datetime) -> int:
    """Mail whoever is approved and not at Webex yet that they are: Webex was to write to them, and from now on we are.

    Whom a mail has told since is left out. Returns how many were written to.
    """
    if meeting.is_cancelled or meeting.end_at <= at:
        return 0
    told = Mail.objects.filter(submission=OuterRef("pk"), queued_at__gte=OuterRef("decided_at"))
    approved = meeting.submissions.filter(~Exists(told), decision=Decision.APPROVED, erase_asked_at=None)
    with transaction.atomic():
        pks = list(approved.exclude(presence=Presence.REGISTERED).order_by("pk").values_list("pk", flat=True))
        mail.write_all(pks, Mail.Kind.APPROVED, at=at)
    return len(pks)


def _held_back_words(held_back: Mapping[Decision, int], *, to: Decision) -> list[str]:
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
