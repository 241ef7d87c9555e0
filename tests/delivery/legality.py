"""What the row of a submission may never say, and what Webex must hold of a person in the end."""

from collections.abc import Container, Sequence

from registration.models import Move, Submission
from registration.sandbox.roll import Registrant
from registration.states import DECISION_MOVES, Decision, Presence, WebexStatus


def illegal(person: Submission) -> list[str]:
    """How the person's row contradicts itself, or its history."""
    is_registered = person.presence == Presence.REGISTERED
    is_in_flight = person.presence in (Presence.SENDING, Presence.UNCERTAIN)
    rules = {
        "nobody knows when they are due": is_in_flight and person.due_at is None,
        "registered without an id": is_registered and not person.registrant_id,
        "at Webex and not there": not is_registered
        and not is_in_flight
        and bool(person.registrant_id or person.webex_status or person.sent_email),
        "missing and not registered": person.missing_at is not None and not is_registered,
        "refused without words": (person.presence == Presence.REFUSED) is not bool(person.refusal),
        "in no status": person.webex_status not in ("", *WebexStatus.values),
        "with a broken history": not has_whole_history(person),
    }
    return [f"{person.email_key} is {words}" for words, is_so in rules.items() if is_so]


def has_whole_history(person: Submission) -> bool:
    """Whether each decision follows legally upon the one before, and the last is the one that holds."""
    decided = Move.objects.filter(submission=person, subject=Move.Subject.DECISION).order_by("pk")
    now = ""
    for before, after in decided.values_list("before", "after"):
        if now and before != now:
            return False
        if before and Decision(after) not in DECISION_MOVES[Decision(before)]:
            return False
        now = after
    return now in ("", person.decision)


def is_as_decided(
    person: Submission, rows: Sequence[Registrant], *, ours: Container[str], may_be_pending: bool
) -> bool:
    """Whether Webex's ``rows`` of a person are what was decided, ``ours`` being the ids of those that we made.

    ``may_be_pending``: somebody at Webex may have left the person so, though we approved them.
    """
    statuses = {row.status for row in rows}
    match person.decision:
        case Decision.APPROVED:
            is_left_to_host = may_be_pending and not person.meeting.approves_pending
            allowed = {"approved", "pending"} if is_left_to_host else {"approved"}
            # Who registered on Webex's own page wrote what they liked.
            names = {row.row.fields["firstName"] for row in rows if row.id in ours}
            return len(rows) == 1 and statuses <= allowed and names <= {person.first_name}
        case Decision.DECLINED | Decision.CANCELLED:
            return statuses <= {"rejected"}
    return statuses <= {"pending", "rejected"}
