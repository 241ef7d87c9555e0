"""Corrections of what an attendee sent us, by staff and by the attendee.

Webex knows no update: who is registered there is removed and registered anew, by the delivery loop, because
``corrected_at`` is newer than what was sent. No call is made here; who gets another address is written a mail.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from registration import audit
from registration.errors import AddressTaken, ChangedMeanwhile
from registration.flow.correct.by_attendee import change
from registration.flow.correct.changes import AnswerChange, Answers, Change, FieldChange, changes, digest, version
from registration.flow.correct.consequences import consequences
from registration.flow.correct.storing import store
from registration.flow.moves.locking import lock_what_comes_first
from registration.models import Submission
from registration.webex.records import email_key

__all__ = [
    "AnswerChange",
    "Answers",
    "Change",
    "FieldChange",
    "Plan",
    "change",
    "changes",
    "correct",
    "of_sending_again",
    "plan",
    "version",
]


@dataclass(frozen=True)
class Plan:
    """What a correction would do, or did: what it ``changes`` here, and its ``consequences`` at Webex in words."""

    changes: tuple[FieldChange | AnswerChange, ...]
    consequences: tuple[str, ...]

    @property
    def is_sent(self) -> bool:
        """Whether anything changes that Webex is told of."""
        return any(change.is_sent for change in self.changes)

    @property
    def fingerprint(self) -> str:
        """A digest of all that the plan says: two plans that have the same one do the same."""
        said = [(str(change.label), change.before, change.after) for change in self.changes]
        return digest([*said, self.consequences])


def plan(submission: Submission, *, values: Mapping[str, str], answers: Answers, at: datetime) -> Plan:
    """What ``correct`` with the same arguments would do. Writes nothing.

    Raises ``AddressTaken`` where somebody else is registered for the meeting under the new address.
    """
    found = changes(submission, values=values, answers=answers)
    email = values.get("email", submission.email)
    others = submission.meeting.submissions.exclude(pk=submission.pk)
    if others.filter(email_key=email_key(email)).exists():
        raise AddressTaken(_("Somebody else is registered for this meeting with this e-mail address"))
    is_sent = any(change.is_sent for change in found)
    words = consequences(submission, email=email, is_sent=is_sent, at=at)
    if email_key(email) != submission.email_key:
        new_link = _("Their own page gets a new address, which we mail to %(email)s. The old one no longer opens it.")
        words.append(new_link % {"email": email})
    return Plan(tuple(found), tuple(words))


def of_sending_again(submission: Submission, plan: Plan, *, at: datetime) -> tuple[str, ...]:
    """What follows in words where the submission, which is as it was before the plan, is sent again in any case."""
    if plan.is_sent:
        return plan.consequences
    return tuple(consequences(submission, email=submission.email, is_sent=True, at=at))


def correct(
    submission: Submission,
    *,
    values: Mapping[str, str],
    answers: Answers,
    by: User,
    at: datetime,
    shown: str | None = None,
) -> Plan:
    """Store the standard ``values`` and ``answers`` in the place of what is stored, and write down who corrected what.

    Nothing is written where nothing changes. An answer that does not change keeps its row and its words as they were.
    Whoever is at Webex, or on the way there, is sent anew by the loop if Webex is told of anything that changed; whom
    Webex refused, too. ``shown`` is the fingerprint of the plan that was agreed to.

    Raises ``AddressTaken``, and ``ChangedMeanwhile`` where the plan is another by now, or they asked to be erased; then
    nothing has changed.
    """
    try:
        with transaction.atomic():
            lock_what_comes_first([submission.pk])
            # Read under its lock: the loop, too, notes under it what it reads to be sent.
            rows = Submission.objects.select_for_update(of=("self",)).select_related("meeting")
            locked = rows.get(pk=submission.pk)
            if locked.erase_asked_at is not None:
                raise ChangedMeanwhile(_("This registration was erased."))
            agreed = plan(locked, values=values, answers=answers, at=at)
            if shown is not None and agreed.fingerprint != shown:
                raise ChangedMeanwhile(_("This registration, or what becomes of it, has changed meanwhile."))
            if agreed.changes:
                store(locked, agreed.changes, by=by, at=at)
                told = _by_label(agreed.changes)
                audit.note(
                    by,
                    audit.Action.EDITED,
                    meeting=locked.meeting_id,
                    submission=locked,
                    thing=str(Submission._meta.verbose_name),
                    before={label: list(change.before) for label, change in told.items()},
                    after={label: list(change.after) for label, change in told.items()},
                )
    except IntegrityError:
        # Somebody took the address between the look and the write: a second look tells.
        plan(submission, values=values, answers=answers, at=at)
        raise
    return agreed


def _by_label(found: Iterable[Change]) -> dict[str, Change]:
    """The changes by their labels, with a number where another has the same: a question may be called like a field."""
    told: dict[str, Change] = {}
    for each in found:
        label, number = str(each.label), 1
        while label in told:
            number += 1
            label = f"{each.label} ({number})"
        told[label] = each
    return told
