"""Somebody who signs up others' addresses: at which meetings, and what they fill in."""

from registration.models import Meeting
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory

KINDS = ("singleLineTextBox", "multiLineTextBox", "dropdownList", "radioButtons", "checkbox")
FORMS = [*((approval, len(KINDS)) for approval in Meeting.Approval.values), ("manual", 0)]
"""How a meeting decides, and how many questions its form has."""


def launch(approval: str, *, questions: int = len(KINDS)) -> Meeting:
    """A meeting that decides in this way, with every standard field and so many questions."""
    meeting: Meeting = MeetingFactory(shows_all=True, approval=approval)
    for kind in KINDS[:questions]:
        QuestionFactory(meeting=meeting, type=kind, options=[] if "TextBox" in kind else ["Red", "Green"])
    ApprovalRuleFactory(meeting=meeting)
    return meeting


def answers(meeting: Meeting) -> dict[str, str]:
    """An answer to each question, as the form sends it."""
    questions = meeting.questions.prefetch_related("options")
    return {f"question_{q.pk}": str(q.options.all()[0].pk) if q.has_options else "Because" for q in questions}
