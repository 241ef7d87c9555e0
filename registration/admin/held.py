"""What can be held until it is released, and the list of those of whom it is."""

from django.urls import reverse

from registration.models import Submission
from registration.states import Decision

HOLDABLE = (Decision.APPROVED, Decision.DECLINED, Decision.WAITING)
"""What can be held, in the order in which it is shown."""


def address_of_held(meeting_pk: int, held: str = "any") -> str:
    """The address of the list of exactly those people."""
    changelist = reverse("admin:registration_submission_changelist")
    return f"{changelist}?meeting__id__exact={meeting_pk}&held={held}"


def can_be_taken_back(submission: Submission, to: Decision) -> bool:
    """Whether to decide so forgets what is held: it is what holds already, and the last word counts."""
    is_held = bool(submission.held_decision) and submission.meeting.holds_decisions
    return is_held and submission.decision == to
