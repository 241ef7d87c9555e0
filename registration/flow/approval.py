"""What a meeting decides by itself about a submission: everybody is approved, or its rules decide, or nobody does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.translation import override

from registration.flow import moves
from registration.models import ApprovalRule, Batch, Mail, Meeting, Move, Submission
from registration.rules import Rule, first_match
from registration.standard_fields import NAME_FIELDS, Use
from registration.states import Decision, WebexStatus

Given = Mapping[int, Sequence[str]]
"""The texts that were answered, by the question's primary key."""

_DECISIONS = {ApprovalRule.Result.APPROVE: Decision.APPROVED, ApprovalRule.Result.REJECT: Decision.DECLINED}


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

    An address that must be confirmed first is decided about after that.
    """
    if submission.decision != Decision.WAITING or submission.confirm_by is not None:
        return
    decision, reason = Decision.WAITING, ""
    if submission.meeting.approval == Meeting.Approval.AUTOMATIC:
        decision = Decision.APPROVED
    elif submission.meeting.approval == Meeting.Approval.RULES and (rule := _matching_rule(submission, given)):
        decision, reason = _DECISIONS[ApprovalRule.Result(rule.result)], rule.words
    if decision is not Decision.WAITING:
        still = Q(decision=Decision.WAITING)
        person = Submission.objects.filter(pk=submission.pk)
        moves.decide(person, to=decision, at=at, reason=reason[:1000], when=still)
        submission.refresh_from_db(fields=["decision", "decided_at", "decision_reason"])


def decide_anew(submission: Submission, *, at: datetime) -> None:
    """The same of one whose answers are stored, and of whom something else was decided before.

    Where a person put them back to review, or rejected them at Webex, it waits for a person: an attendee must not get
    round that by changing an answer, nor by cancelling and registering again.
    """
    submission.refresh_from_db(fields=["decision", "decided_at", "decision_reason", "confirm_by"])
    if submission.decision == Decision.WAITING and not _is_for_a_person(submission):
        decide(submission, stored_answers(submission), at=at)


def _is_for_a_person(submission: Submission) -> bool:
    changes = submission.batch_items.exclude(batch__action=Batch.Action.LOOK_UP).order_by("-batch_id")
    if submission.webex_status == WebexStatus.REJECTED:
        last = changes.values_list("batch__action", flat=True).first()
        if last != Batch.Action.REJECT:
            # It was not we who rejected them, because they had cancelled or were declined.
            return True
    # To cancel and to register again settles nothing.
    decisions = submission.moves.filter(subject=Move.Subject.DECISION)
    last_decision = decisions.exclude(after=Decision.CANCELLED).exclude(before=Decision.CANCELLED).first()
    return last_decision is not None and last_decision.after == Decision.WAITING and last_decision.by_id is not None


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
    asked = [
        rule for rule in submission.meeting.rules.select_related("question") if _is_asked(rule, submission.meeting)
    ]
    values = {rule.field: [getattr(submission, rule.field)] for rule in asked if rule.field}
    values |= {_subject(question_pk): list(texts) for question_pk, texts in given.items()}
    # Staff read the rule's words, whatever language the visitor reads.
    with override(settings.LANGUAGE_CODE):
        return first_match([_plain(rule) for rule in asked], values)


def _is_asked(rule: ApprovalRule, meeting: Meeting) -> bool:
    """Whether the form asks what the rule is about: an answer that nobody could give decides nothing."""
    if rule.question is not None:
        return not rule.question.is_retired
    return rule.field in {field.name for field in NAME_FIELDS} or meeting.use_of(rule.field) is not Use.HIDDEN


def _plain(rule: ApprovalRule) -> Rule:
    return Rule(
        subject=_subject(rule.question.pk) if rule.question else rule.field,
        condition=rule.condition,
        value=rule.value,
        match_case=rule.match_case,
        result=rule.result,
        words=str(rule),
    )


def _subject(question_pk: int) -> str:
    return f"question_{question_pk}"
