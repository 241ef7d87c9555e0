"""What is shown of one person: on the page of their own, and where they are reviewed one after another."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from registration import line
from registration.admin.words import (
    NOTHING,
    decision_words,
    is_by_rule,
    is_held_for_review,
    rule_words,
    state_word,
)
from registration.flow import ruling, undo
from registration.models import Batch, BatchItem, Mail, Meeting, Move, Submission
from registration.states import Decision, Presence, WebexStatus

_LONGEST_HISTORY = 100
"""So many mails, changes and batches are shown at most, the newest."""


def states(submission: Submission) -> dict[str, Any]:
    """The three states as coloured words."""
    return {
        "decision": decision_words(submission, position=line.position(submission)),
        "presence": state_word(Presence, submission.presence),
        "webex_status": state_word(WebexStatus, submission.webex_status),
    }


def history(submission: Submission, *, texts: ruling.Texts | None, may_undo: bool) -> list[dict[str, Any]]:
    """The newest changes of decision and Webex status, and the corrections, which have no before and after.

    ``texts`` are those by which the reader is told of rules (``ruling.told``).

    The one that holds, if it can be undone, leads there.
    """
    choices: dict[str, type[TextChoices]] = {
        Move.Subject.DECISION: Decision,
        Move.Subject.WEBEX_STATUS: WebexStatus,
    }
    last = undo.last_undoable(submission) if may_undo else None
    return [
        {
            "move": move,
            "before": state_word(choices[move.subject], move.before) if move.before else NOTHING,
            "after": state_word(choices[move.subject], move.after) if move.after else NOTHING,
            "reason": _why(move, submission.meeting, texts),
            "is_undoable": last is not None and move.pk == last.pk,
        }
        for move in submission.moves.select_related("by")[:_LONGEST_HISTORY]
    ]


def _why(move: Move, meeting: Meeting, texts: ruling.Texts | None) -> str:
    """Why it was done: the reason that was given, or by which rule, or that the meeting approves everybody."""
    if is_by_rule(move):
        return rule_words(ruling.told(move.reason, texts))
    is_by_meeting = not move.reason and move.by_id is None and meeting.approval == Meeting.Approval.AUTOMATIC
    is_approval = (move.subject, move.before, move.after) == (
        Move.Subject.DECISION,
        Decision.WAITING,
        Decision.APPROVED,
    )
    return _("approved at once, as the meeting says") if is_by_meeting and is_approval else move.reason


def reasons(submission: Submission, history: list[dict[str, Any]], *, texts: ruling.Texts | None) -> dict[str, Any]:
    """Why it was decided as it is, by which rule, where it was one; and why a rule wants a person to look."""
    decisions = [change for change in history if change["move"].subject == Move.Subject.DECISION]
    note = ruling.told(submission.review_note, texts)
    is_known = bool(decisions) and decisions[0]["move"].reason == submission.decision_reason
    return {
        "held_by_rule": rule_words(note) if is_held_for_review(submission) else "",
        # Of what is not known it is not known either whether it was a rule.
        "reason": decisions[0]["reason"] if is_known else ruling.told(submission.decision_reason, texts),
    }


def held(submission: Submission, *, texts: ruling.Texts | None) -> dict[str, Any] | None:
    """What is decided and held until its release, if anything is: by whom, when and why."""
    if not submission.held_decision:
        return None
    is_by_staff, why = submission.held_by is not None, submission.held_reason
    return {
        "by": submission.held_by,
        "at": submission.held_at,
        "reason": why if is_by_staff or not why else rule_words(ruling.told(why, texts)),
    }


def mails(submission: Submission) -> list[dict[str, Any]]:
    """The newest mails to the person."""
    rows = submission.mails.all()[:_LONGEST_HISTORY]
    return [{"row": mail, "state": state_word(Mail.State, mail.state)} for mail in rows]


def batch_items(submission: Submission) -> list[dict[str, Any]]:
    """The newest calls to Webex in which the person was."""
    items = submission.batch_items.select_related("batch", "batch__requested_by").order_by("-pk")[:_LONGEST_HISTORY]
    return [
        {
            "batch": item.batch,
            "call": state_word(Batch.Outcome, item.batch.outcome),
            "person": state_word(BatchItem.Outcome, item.outcome),
        }
        for item in items
    ]
