"""What can be held until it is released, and the list of those of whom it is."""

from django.urls import reverse

from registration.flow import queries
from registration.models import Submission
from registration.states import DECISION_MOVES, Decision

HOLDABLE = (Decision.APPROVED, Decision.DECLINED, Decision.WAITING)
"""What can be held, in the order in which it is shown."""


def address_of_held(meeting_pk: int, held: str = "any") -> str:
    """The address of the list of exactly those people."""
    changelist = reverse("admin:registration_submission_changelist")
    return f"{changelist}?meeting__id__exact={meeting_pk}&held={held}"


def can_be_decided(submission: Submission, to: Decision) -> bool:
    """Whether to decide so does anything: it is another decision than the one that holds and the one that is held, or
    what is held is forgotten. Nothing is decided about the erased.
    """
    if submission.erase_asked_at is not None:
        return False
    if to in DECISION_MOVES[Decision(submission.decision)]:
        return not _is_held_so(submission, to)
    return can_be_taken_back(submission, to)


def _is_held_so(submission: Submission, to: Decision) -> bool:
    """Whether exactly that is held already: not of other answers, and nobody is declined for another reason."""
    if submission.held_decision != to or to is Decision.DECLINED or not submission.meeting.holds_decisions:
        return False
    return not Submission.objects.filter(queries.has_changed_since_held(), pk=submission.pk).exists()


def can_be_taken_back(submission: Submission, to: Decision) -> bool:
    """Whether to decide so forgets what is held: it is what holds already, and the last word counts."""
    is_held = bool(submission.held_decision) and submission.meeting.holds_decisions
    return is_held and submission.decision == to
