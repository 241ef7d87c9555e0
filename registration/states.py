"""The states of a submission, the legal moves between them, and the one plan that follows from them.

A submission carries two facts: what we decided about it (``Decision``) and what we know of it at Webex (``Presence``
and ``WebexStatus``). Nothing else is state. ``next_step`` derives from them what must be done, if anything.
"""

from dataclasses import dataclass
from enum import Enum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Decision(TextChoices):
    """What we decided about a submission."""

    WAITLISTED = "waitlisted", _("waiting list")
    OFFERED = "offered", _("place offered")
    WAITING = "waiting", _("waiting for review")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")


class Presence(TextChoices):
    """What we know of a submission's person at Webex."""

    ABSENT = "absent", _("not at Webex")
    SENDING = "sending", _("being sent")
    UNCERTAIN = "uncertain", _("outcome unknown")
    REFUSED = "refused", _("refused by Webex")
    REGISTERED = "registered", _("at Webex")


class WebexStatus(TextChoices):
    """A registrant's status, in Webex's own words; empty where Webex never told us one."""

    PENDING = "pending", _("pending")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


class Availability(Enum):
    """Whether a meeting takes registrations, and if not, why."""

    UNPUBLISHED = "unpublished"
    CANCELLED = "cancelled"
    NOT_YET_OPEN = "not yet open"
    OPEN = "open"
    WAITING_LIST = "waiting list"
    FULL = "full"
    CLOSED = "closed"
    ENDED = "ended"


TAKES_SIGN_UPS = frozenset({Availability.OPEN, Availability.WAITING_LIST})
"""When people can register, or register again."""


class Withdrawal(TextChoices):
    """What becomes of a person at Webex whom we declined or who cancelled."""

    REJECT = "reject", _("reject them at Webex")
    REMOVE = "remove", _("remove them from Webex")


class WaitingList(TextChoices):
    """What happens once all places are taken, and when one becomes free."""

    NONE = "none", _("nobody can sign up any more")
    AT_ONCE = "at_once", _("a waiting list; the first in line gets a place that becomes free")
    OFFER = "offer", _("a waiting list; the first in line is offered a place that becomes free")


class Step(Enum):
    """What must be done about a submission."""

    LOOK_UP = "look up"
    REGISTER = "register"
    APPROVE = "approve"
    REJECT = "reject"
    MOVE_TO_PENDING = "move back to pending"
    REMOVE = "remove"
    NOTHING = "nothing"


# The steps about people who are at Webex already, in the order in which they are carried out.
CHANGES = (Step.APPROVE, Step.REJECT, Step.MOVE_TO_PENDING, Step.REMOVE)


@dataclass(frozen=True)
class Policy:
    """What a meeting's staff chose to do about people who are at Webex already."""

    approves_pending: bool = False
    withdrawal: Withdrawal = Withdrawal.REJECT


DECISION_MOVES: dict[Decision, frozenset[Decision]] = {
    Decision.WAITLISTED: frozenset(
        {Decision.OFFERED, Decision.WAITING, Decision.APPROVED, Decision.DECLINED, Decision.CANCELLED}
    ),
    # Its owner takes the place or leaves it; staff may decide for them.
    Decision.OFFERED: frozenset({Decision.WAITING, Decision.APPROVED, Decision.DECLINED, Decision.CANCELLED}),
    Decision.WAITING: frozenset({Decision.APPROVED, Decision.DECLINED, Decision.CANCELLED}),
    Decision.APPROVED: frozenset({Decision.WAITING, Decision.DECLINED, Decision.CANCELLED}),
    Decision.DECLINED: frozenset({Decision.WAITING, Decision.APPROVED}),
    # By registering again, which may be for the waiting list.
    Decision.CANCELLED: frozenset({Decision.WAITING, Decision.WAITLISTED}),
}

# Undoing what staff decided leads back to where somebody was, which is one legal move, or the waiting list: there they
# have their old place, which nothing else gives back. Only flow/undo/ moves so.
UNDO_MOVES: dict[Decision, frozenset[Decision]] = {
    decision: DECISION_MOVES[decision] | {Decision.WAITLISTED}
    for decision in (Decision.WAITING, Decision.APPROVED, Decision.DECLINED)
} | {decision: DECISION_MOVES[decision] for decision in (Decision.WAITLISTED, Decision.CANCELLED)}

PRESENCE_MOVES: dict[Presence, frozenset[Presence]] = {
    # To uncertain where a person says that Webex may have them after all: a look-up tells.
    Presence.ABSENT: frozenset({Presence.SENDING, Presence.UNCERTAIN}),
    # Back to where the person was only on an answer that proves that Webex did not process the call.
    Presence.SENDING: frozenset({Presence.ABSENT, Presence.UNCERTAIN, Presence.REFUSED, Presence.REGISTERED}),
    # Only a look-up ends the uncertainty; whom Webex took twice, and does not have, is for a person.
    Presence.UNCERTAIN: frozenset({Presence.ABSENT, Presence.REGISTERED, Presence.REFUSED}),
    Presence.REFUSED: frozenset({Presence.ABSENT, Presence.UNCERTAIN}),
    # A registered person is sent again only to change their status or to remove them; who went missing is looked up.
    Presence.REGISTERED: frozenset({Presence.SENDING, Presence.UNCERTAIN}),
}


DECIDED_THERE = frozenset({WebexStatus.APPROVED, WebexStatus.REJECTED})
"""Whom we register anew in the place of one of these is approved there again, if Webex leaves them pending at first:
who was pending before was left so by the host.
"""


def is_overruled(webex_status: WebexStatus | None, *, is_decided_since: bool, is_moved_back: bool) -> bool:
    """Whether an approval of ours stands against the status at Webex, and is still to be passed on.

    It is newer than what Webex last told, where that is a rejection (``is_decided_since``); or than our own call that
    moved them back to pending, or removed them in order to register them anew where they were not pending before
    (``is_moved_back``). Whom Webex itself left pending, its host decides about.
    """
    match webex_status:
        case WebexStatus.REJECTED:
            return is_decided_since
        case WebexStatus.PENDING:
            return is_moved_back
    return False


def next_step(
    decision: Decision,
    presence: Presence,
    webex_status: WebexStatus | None,
    policy: Policy,
    *,
    is_decided_since: bool = False,
    is_moved_back: bool = False,
    is_corrected: bool = False,
    is_missing: bool = False,
    is_erasing: bool = False,
) -> Step:
    """The one plan: what must be done about a submission, from its two facts and its meeting's policy.

    Total over every combination. Whom Webex or its host rejected is left alone, unless a person approved them since;
    and so is who is pending there, unless we had moved them back or the policy is to approve them (``is_overruled``).
    Who is approved and was corrected after what Webex has was sent (``is_corrected``) is removed, and thereby
    registered anew: Webex knows no update. Who has gone missing at Webex (``is_missing``) waits for a person: somebody
    there may have meant it. Whose data are to be erased (``is_erasing``) is removed there, whatever was decided, and
    never registered.
    """
    match presence:
        case Presence.UNCERTAIN:
            return Step.LOOK_UP
        case Presence.ABSENT:
            return Step.REGISTER if decision is Decision.APPROVED and not is_erasing else Step.NOTHING
        case Presence.SENDING | Presence.REFUSED:
            return Step.NOTHING
    if is_erasing:
        return Step.REMOVE
    if is_missing:
        return Step.NOTHING
    if decision is Decision.APPROVED:
        is_to_be_approved = is_overruled(webex_status, is_decided_since=is_decided_since, is_moved_back=is_moved_back)
        if webex_status is WebexStatus.REJECTED and not is_to_be_approved:
            return Step.NOTHING
        if is_corrected:
            return Step.REMOVE
        if is_to_be_approved or (webex_status is WebexStatus.PENDING and policy.approves_pending):
            return Step.APPROVE
        return Step.NOTHING
    if decision in (Decision.DECLINED, Decision.CANCELLED):
        if webex_status is WebexStatus.REJECTED:
            return Step.NOTHING
        return Step.REMOVE if policy.withdrawal is Withdrawal.REMOVE else Step.REJECT
    return Step.MOVE_TO_PENDING if webex_status is WebexStatus.APPROVED else Step.NOTHING
