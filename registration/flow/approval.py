"""What a meeting decides by itself about a submission: everybody is approved, or its rules decide, or nobody does."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from registration.flow import moves, ruling
from registration.models import ApprovalRule, AuditedPerson, AuditEntry, Batch, Mail, Meeting, Move, Submission
from registration.rules import Rule, first_match
from registration.states import Decision, WebexStatus

Given = Mapping[int, Sequence[str]]
"""The texts that were answered, by the question's primary key."""

DECISIONS: dict[str, Decision] = {
    ApprovalRule.Result.APPROVE: Decision.APPROVED,
    ApprovalRule.Result.REJECT: Decision.DECLINED,
}
"""What becomes of whom a rule matches; whom it holds waits for a person."""


_NOT_BY_STAFF = Q(held_by=None)


def stored_answers(submission: Submission) -> Given:
    """What the submission's answers say."""
    given: dict[int, list[str]] = {}
    for question_pk, text in submission.answers.exclude(question=None).values_list("question", "text"):
        given.setdefault(question_pk, []).append(text)
    return given


def may_decide(submission: Submission) -> bool:
    """Whether ``decide`` may decide anything, as far as can be told without a look at the rules."""
    is_open = submission.decision == Decision.WAITING and submission.confirm_by is None
    return is_open and submission.meeting.approval != Meeting.Approval.MANUAL


def decide(submission: Submission, given: Given, *, at: datetime) -> None:
    """Decide about a submission that waits for review, as its meeting does by itself; where it does not, it waits on.

    An address that must be confirmed first is decided about after that. Whom a rule has held for review stays for a
    person, whatever they change: an attendee must not find out which answer lets them pass.
    """
    if submission.decision != Decision.WAITING or submission.confirm_by is not None or submission.review_note:
        return
    person = Submission.objects.filter(pk=submission.pk)
    if submission.meeting.approval == Meeting.Approval.AUTOMATIC:
        settle(submission.meeting, person, to=Decision.APPROVED, reason="", at=at)
    elif submission.meeting.approval == Meeting.Approval.RULES and (rule := _matching_rule(submission, given)):
        follow(rule, submission.meeting, person, at=at)
    else:
        if submission.held_decision:
            # Other answers were given since, and no rule decides of these.
            moves.unhold(person, when=_NOT_BY_STAFF)
        return
    submission.refresh_from_db(fields=["decision", "decided_at", "decision_reason", "review_note"])


def follow(rule: Rule, meeting: Meeting, people: QuerySet[Submission], *, at: datetime) -> list[int]:
    """Do what the meeting's rule says about those of its people who wait for review. Returns the keys of those that
    changed.
    """
    if rule.result in DECISIONS:
        return settle(meeting, people, to=DECISIONS[rule.result], reason=rule.words, at=at)
    moves.unhold(people, when=_NOT_BY_STAFF)
    return moves.hold_for_review(people, words=rule.words, at=at)


def settle(meeting: Meeting, people: QuerySet[Submission], *, to: Decision, reason: str, at: datetime) -> list[int]:
    """Decide about those of the meeting's people who wait for review, as it does by itself: the one place where that
    is done. ``reason`` is for staff. Returns the keys of those that changed.

    A meeting that holds its decisions holds this one, too. What one of the staff decided and holds stands.
    """
    decide_or_hold = moves.hold if meeting.holds_decisions else moves.decide
    return decide_or_hold(people, to=to, at=at, reason=reason, when=Q(decision=Decision.WAITING) & _NOT_BY_STAFF)


def decide_anew(submission: Submission, *, at: datetime) -> None:
    """The same of one whose answers are stored, and of whom something else was decided before.

    Where a person put them back to review, or rejected them at Webex, it waits for a person: an attendee must not get
    round that by changing an answer, nor by cancelling and registering again.
    """
    submission.refresh_from_db(
        fields=["decision", "decided_at", "decision_reason", "review_note", "confirm_by", "held_decision"]
    )
    if submission.decision == Decision.WAITING and not for_a_person([submission]):
        decide(submission, stored_answers(submission), at=at)


def for_a_person(people: Collection[Submission]) -> set[int]:
    """The primary keys of those whom only a person may approve: one put them back to review, or the host rejected them.

    What they decided and hold, or held and took back, counts as well: the attendee may cancel before it is released.
    What they decided and undid does not: it is as if it had never been. Where they undid what a rule decided, though,
    the same rule would decide so once more.

    Two queries, one more where anybody was put back, and one for each whom Webex says is rejected.
    """
    found = {person.pk for person in people if person.webex_status == WebexStatus.REJECTED and _rejects(person)}
    # To cancel and to register again settles nothing.
    decisions = Move.objects.filter(subject=Move.Subject.DECISION, submission__in=[person.pk for person in people])
    settling = decisions.exclude(after=Decision.CANCELLED).exclude(before=Decision.CANCELLED).order_by("at", "pk")
    settled = defaultdict[int, list[Move]](list)
    for move in settling:
        settled[move.submission_id].append(move)
    put_back = {pk: moves for pk, moves in settled.items() if _puts_back(moves)}
    undone = _undone(put_back)
    found |= {pk for pk, moves in put_back.items() if _puts_back(_without_undone(moves, undone[pk]))}
    return found | _held_by_staff(people)


def _puts_back(moves: Sequence[Move]) -> bool:
    return bool(moves) and moves[-1].after == Decision.WAITING and moves[-1].by_id is not None


def _undone(pks: Collection[int]) -> dict[int, list[AuditedPerson]]:
    """What staff undid about each of the people. One query, if there are any."""
    found: dict[int, list[AuditedPerson]] = {pk: [] for pk in pks}
    undone = AuditedPerson.objects.filter(submission__in=list(pks), entry__action=AuditEntry.Action.UNDONE)
    for row in undone.select_related("entry") if found else ():
        found[row.submission_id].append(row)
    return found


def _without_undone(moves: Sequence[Move], undone: Collection[AuditedPerson]) -> list[Move]:
    """The decisions about somebody without what staff decided and undid, and without its undoing."""
    undoing = {_undoing(row, moves) for row in undone}
    left: list[Move] = []
    for move in moves:
        if move.pk in undoing and left and _is_undone(left[-1], by=move):
            left.pop()
        else:
            left.append(move)
    return left


def _undoing(row: AuditedPerson, moves: Sequence[Move]) -> int | None:
    """The move that is told of in the audit, which is written right after it."""
    found = (m.pk for m in reversed(moves) if (m.before, m.after) == (row.before, row.after) and m.at <= row.entry.at)
    return next(found, None)


def _is_undone(move: Move, *, by: Move) -> bool:
    return move.by_id is not None and (move.after, move.before) == (by.before, by.after)


def _held_by_staff(people: Collection[Submission]) -> set[int]:
    """The primary keys of those about whom staff decided something to be held after all that they decided at once."""
    held = AuditedPerson.objects.filter(
        submission__in=[each.pk for each in people], entry__action=AuditEntry.Action.HELD
    )
    decisions = Move.objects.filter(submission=OuterRef("submission"), subject=Move.Subject.DECISION, by__isnull=False)
    settled = Exists(decisions.filter(at__gte=OuterRef("entry__at")))
    return set(held.filter(~settled).values_list("submission", flat=True))


def _rejects(person: Submission) -> bool:
    """Whether it was the host who rejected them, and not we, because they had cancelled or were declined."""
    changes = person.batch_items.exclude(batch__action=Batch.Action.LOOK_UP).order_by("-batch_id")
    return changes.values_list("batch__action", flat=True).first() != Batch.Action.REJECT


def outcome(submission: Submission) -> Mail.Kind:
    """The one mail that tells its owner how the submission stands, now that nothing is asked of them any more."""
    match Decision(submission.decision):
        case Decision.APPROVED if submission.meeting.is_approval_mailed_by_us:
            return Mail.Kind.APPROVED
        case Decision.DECLINED:
            return Mail.Kind.DECLINED
        case Decision.WAITLISTED:
            return Mail.Kind.WAITLISTED
    return Mail.Kind.RECEIVED


def _matching_rule(submission: Submission, given: Given) -> Rule | None:
    rules = [rule for _number, rule in ruling.followed(ruling.rules_of(submission.meeting))]
    values = {name: [getattr(submission, name)] for name in ruling.fields_of(rules)}
    return first_match(rules, values | {ruling.subject(pk): list(texts) for pk, texts in given.items()})
