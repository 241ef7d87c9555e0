"""What staff decide about submissions: approve, decline, back to review, send again.

A decision may change whatever the presence at Webex: the delivery loop does there what follows from it. Whom it is good
or bad news to is mailed by us, but for approvals where Webex writes. Where the meeting holds its decisions, each is
kept and changes nothing until it is released (flow/release.py).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import audit, mail
from registration.flow import moves, places, queries, telling
from registration.models import Mail, Meeting, Submission
from registration.models.submission import IN_LINE, OFFERED, UNCONFIRMED
from registration.states import DECISION_MOVES, Decision, Presence, WebexStatus, Withdrawal


@dataclass(frozen=True)
class Reviewed:
    """What a verb did: how many submissions changed, how many did not, and ``why`` not, in words for staff.

    ``overbooked`` says of which meetings more places are taken now than there are. ``held``: how many were decided
    about besides, which changes nothing until it is released; ``taken_back``: of how many that is forgotten again.
    ``linked``: for how many people at Webex a registration stood here already.
    ``entry_pk``: the entry of the audit that has all of it, where that is known.
    """

    changed: int
    skipped: int
    why: tuple[str, ...] = ()
    overbooked: tuple[str, ...] = ()
    held: int = 0
    taken_back: int = 0
    linked: int = 0
    entry_pk: int | None = field(default=None, compare=False)

    def __add__(self, other: "Reviewed") -> "Reviewed":
        """What both did, each reason once; of no one entry."""
        return Reviewed(
            self.changed + other.changed,
            self.skipped + other.skipped,
            tuple(dict.fromkeys(why for done in (self, other) if done.skipped for why in done.why)),
            (*self.overbooked, *other.overbooked),
            self.held + other.held,
            self.taken_back + other.taken_back,
            self.linked + other.linked,
        )


def approve(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Approve the submissions; the next push sends them to Webex. Either Webex mails them then, or we do now."""
    return _decide_or_hold(submissions, to=Decision.APPROVED, by=by)


def decline(submissions: QuerySet[Submission], *, by: User, reason: str) -> Reviewed:
    """Decline the submissions; the attendees can read ``reason`` (at most 1000 characters) in a mail and on their own
    pages.

    The next push rejects or removes at Webex who is there already, as the meeting says.
    """
    return _decide_or_hold(submissions, to=Decision.DECLINED, by=by, reason=reason)


def reopen(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Put the submissions back to review; the next push moves back to pending whom Webex has approved.

    Whom that takes from the waiting list is mailed so; to the others it is no news.
    """
    return _decide_or_hold(submissions, to=Decision.WAITING, by=by)


def send_again(submissions: QuerySet[Submission], *, by: User | None = None) -> Reviewed:
    """Let approved people whom Webex refused be sent once more, with the next push."""
    is_refused = Q(presence=Presence.REFUSED)
    is_approved = Q(decision=Decision.APPROVED)
    with transaction.atomic():
        counts = submissions.order_by().aggregate(
            chosen=Count("pk"),
            not_refused=Count("pk", filter=~is_refused),
            not_approved=Count("pk", filter=is_refused & ~is_approved),
        )
        pks = moves.forgive(submissions.filter(is_approved))
        before = dict.fromkeys(pks, Presence.REFUSED.value)
        audit.note_people(by, audit.Action.RETRIED, pks, before=before, after=Presence.ABSENT)
    why = []
    if count := counts["not_refused"]:
        why.append(ngettext("%d was not refused by Webex", "%d were not refused by Webex", count) % count)
    if count := counts["not_approved"]:
        why.append(ngettext("%d is not approved", "%d are not approved", count) % count)
    return _reviewed(counts["chosen"], len(pks), why, explained=counts["not_refused"] + counts["not_approved"])


def try_at_once(submissions: QuerySet[Submission], *, by: User | None = None) -> Reviewed:
    """Let approved people be sent with the next push whose calls failed so often that they are tried more rarely."""
    with transaction.atomic():
        chosen = submissions.count()
        pks = moves.forget_failures(submissions.filter(failed_calls__gte=queries.MOST_FAILED_CALLS))
        before = dict.fromkeys(pks, Presence.ABSENT.value)
        audit.note_people(by, audit.Action.RETRIED, pks, before=before, after=Presence.ABSENT)
    left = chosen - len(pks)
    why = ngettext("%d waits for something else", "%d wait for something else", left) % left
    return Reviewed(len(pks), left, (why,) if left else ())


def ask_again(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Hold on to what is decided, though Webex or its host decided otherwise: the next push asks Webex for it anew.

    Who is approved is told that they are: either Webex mails them then, or we do now. To the others it is no news.
    """
    at = timezone.now()
    with transaction.atomic():
        chosen = submissions.count()
        decided = moves.renew(submissions, at=at)
        approved = [pk for pk, decision in decided.items() if decision == Decision.APPROVED]
        mail.write_all(telling.approvals_of_ours(approved), Mail.Kind.APPROVED, at=at)
        audit.note_people(by, audit.Action.RETRIED, decided.keys(), before=decided, after=decided)
    left = chosen - len(decided)
    why = ngettext("%d was erased", "%d were erased", left) % left
    return Reviewed(len(decided), left, (why,) if left else ())


def withdrawals(submissions: QuerySet[Submission]) -> dict[Withdrawal, int]:
    """How many of the submissions are, or may be, at Webex, by what declining them does there."""
    at_webex = submissions.exclude(presence__in=[Presence.ABSENT, Presence.REFUSED]).exclude(decision=Decision.DECLINED)
    at_webex = at_webex.exclude(_IS_MISSING).exclude(_IS_REJECTED)
    rows = at_webex.order_by().values_list("meeting__withdrawal").annotate(Count("pk"))
    return {Withdrawal(withdrawal): count for withdrawal, count in rows}


def not_withdrawn(submissions: QuerySet[Submission]) -> dict[str, int]:
    """How many of the submissions were at Webex, and declining them does nothing there: who is ``missing`` there, and
    who is ``rejected`` there already.
    """
    others = submissions.exclude(decision=Decision.DECLINED)
    counted = {"missing": Count("pk", filter=_IS_MISSING), "rejected": Count("pk", filter=~_IS_MISSING & _IS_REJECTED)}
    return {name: count for name, count in others.order_by().aggregate(**counted).items() if count}


_IS_MISSING = Q(presence=Presence.REGISTERED, missing_at__isnull=False)
_IS_REJECTED = Q(presence=Presence.REGISTERED, webex_status=WebexStatus.REJECTED)


def _decide_or_hold(submissions: QuerySet[Submission], *, to: Decision, by: User, reason: str = "") -> Reviewed:
    """Decide about the submissions, but hold it for those whose meetings hold their decisions."""
    chosen = submissions.order_by().values("meeting")
    holding = list(Meeting.objects.filter(holds_decisions=True, pk__in=chosen).values_list("pk", flat=True))
    if not holding:
        return decide_now(submissions, to=to, by=by, reason=reason)
    held = _hold(submissions.filter(meeting__in=holding), to=to, by=by, reason=reason)
    others = submissions.exclude(meeting__in=holding)
    if not others.exists():
        return held
    done = decide_now(others, to=to, by=by, reason=reason)
    skipped, why = done.skipped + held.skipped, (*done.why, *held.why)
    return replace(done, skipped=skipped, why=why, held=held.held, taken_back=held.taken_back)


def _hold(submissions: QuerySet[Submission], *, to: Decision, by: User, reason: str) -> Reviewed:
    """Hold the decision. Whose decision is ``to`` already has nothing held any more: the last word counts."""
    with transaction.atomic():
        counted = _counted(submissions, to=to)
        before = _before(submissions)
        taken_back = moves.unhold(submissions, when=Q(decision=to))
        held = moves.hold(submissions, to=to, at=timezone.now(), by=by, reason=reason)
        audit.note_people(by, audit.Action.HELD, held, before=before, after=to)
        audit.note_people(by, audit.Action.HELD, taken_back, before=taken_back, words=TAKEN_BACK)
    held_back = {**counted.held_back, to: counted.held_back.get(to, 0) - len(taken_back)}
    why = [*_held_back_words(held_back, to=to), *counted.words]
    same = sum(counted.movable.values()) - counted.unconfirmed - len(held)
    if same > 0:
        already = ngettext(
            "%(count)d is held as %(decision)s already", "%(count)d are held as %(decision)s already", same
        )
        why.append(already % {"count": same, "decision": to.label})
    done = len(held) + len(taken_back)
    return Reviewed(0, counted.chosen - done, tuple(why), held=len(held), taken_back=len(taken_back))


TAKEN_BACK = "taken back before it was released"
"""What the audit says of a decision that was held and is no longer, though it was not released."""


def _before(submissions: QuerySet[Submission]) -> dict[int, str]:
    """What is held of each, or else decided."""
    rows = submissions.order_by().values_list("pk", "decision", "held_decision")
    return {pk: held or decision for pk, decision, held in rows}


def decide_now(
    submissions: QuerySet[Submission],
    *,
    to: Decision,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
    is_noted: bool = True,
) -> Reviewed:
    """Decide, whether or not the meeting holds its decisions: with everything that follows. ``by`` is empty where a
    rule decided, and its words are the reason. ``is_noted`` as for ``moves.decide``.
    """
    at = at or timezone.now()
    # Counted before the move: the choice may be "all who are waiting", and afterwards nobody would be.
    with transaction.atomic():
        counted = _counted(submissions, to=to)
        in_line = _in_line(submissions) if to is Decision.WAITING else frozenset()
        changed = moves.decide(submissions, to=to, at=at, by=by, reason=reason, is_noted=is_noted)
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
        mail.write_all(telling.approvals_of_ours(changed), Mail.Kind.APPROVED, at=at)
    elif to is Decision.DECLINED:
        mail.write_all(changed, Mail.Kind.DECLINED, at=at)
    elif to is Decision.WAITING:
        mail.write_all([pk for pk in changed if pk in in_line], Mail.Kind.MOVED_UP, at=at)


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
