"""Corrections by staff of what an attendee sent us.

Webex knows no update: who is registered there is removed and registered anew, by the delivery loop, because
``corrected_at`` is newer than what was sent. No call is made here; who gets another address is written a mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import mail, queue
from registration.errors import AddressTaken, ChangedMeanwhile
from registration.flow import moves
from registration.flow.correct.changes import AnswerChange, Answers, Change, FieldChange, changes
from registration.flow.correct.consequences import after_sending, consequences
from registration.models import Answer, Mail, Move, SecondSignUp, Submission
from registration.models.submission import new_token
from registration.standard_fields import STANDARD_FIELDS
from registration.webex.records import email_key

__all__ = ["AnswerChange", "Answers", "Change", "FieldChange", "Plan", "correct", "plan", "version"]

_LONGEST_REASON = 1000


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
        return _digest([*said, self.consequences])


def version(submission: Submission) -> str:
    """A digest of what the submission says, to tell whether somebody corrected it meanwhile."""
    fields = [getattr(submission, field.name) for field in STANDARD_FIELDS]
    answers = [(answer.question_id, answer.option_id, answer.text) for answer in submission.answers.all()]
    return _digest([*fields, *answers])


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

    Raises ``AddressTaken``, and ``ChangedMeanwhile`` where the plan is another by now; then nothing has changed.
    """
    try:
        with transaction.atomic():
            # Read under its lock: the loop, too, notes under it what it reads to be sent.
            rows = Submission.objects.select_for_update(of=("self",)).select_related("meeting")
            locked = rows.get(pk=submission.pk)
            agreed = plan(locked, values=values, answers=answers, at=at)
            if shown is not None and agreed.fingerprint != shown:
                raise ChangedMeanwhile(_("This registration, or what becomes of it, has changed meanwhile."))
            if agreed.changes:
                _store(locked, agreed, by=by, at=at)
    except IntegrityError:
        # Somebody took the address between the look and the write: a second look tells.
        plan(submission, values=values, answers=answers, at=at)
        raise
    return agreed


def _store(submission: Submission, agreed: Plan, *, by: User, at: datetime) -> None:
    fields = [change for change in agreed.changes if isinstance(change, FieldChange)]
    for change in fields:
        setattr(submission, change.name, change.value)
    written = {change.name for change in fields}
    if email_key(submission.email) != submission.email_key:
        # The link went to a mailbox that is not theirs: whoever has it must not open their page any more.
        submission.token = new_token()
        written.add("token")
        mail.write(submission.pk, Mail.Kind.RECEIVED, at=at)
        # Whoever signed up again did so under the old address: it may be what its owner typed of themselves.
        SecondSignUp.objects.filter(submission=submission).delete()
    if agreed.is_sent:
        submission.corrected_at = after_sending(submission, at=at)
        written.add("corrected_at")
    if written:
        submission.save(update_fields=written | {"email_key"})
    _store_answers(submission, [change for change in agreed.changes if isinstance(change, AnswerChange)])
    Move.objects.create(
        submission=submission, subject=Move.Subject.CORRECTION, at=at, by=by, reason=_reason(agreed.changes)
    )
    if agreed.is_sent:
        moves.forgive(Submission.objects.filter(pk=submission.pk))
        queue.enqueue_push([submission.meeting_id])


def _store_answers(submission: Submission, changed: Sequence[AnswerChange]) -> None:
    if not changed:
        return
    Answer.objects.filter(pk__in=[answer.pk for change in changed for answer in change.removed]).delete()
    Answer.objects.bulk_create(
        Answer(
            submission=submission,
            question=change.question,
            option=option,
            question_text=change.question.text,
            text=text,
        )
        for change in changed
        for option, text in change.added
    )
    # The answers to a question stand together, as Webex is sent them.
    answers = sorted(submission.answers.select_related("question", "option"), key=_place)
    for position, answer in enumerate(answers):
        answer.position = position
    Answer.objects.bulk_update(answers, ["position"])


def _place(answer: Answer) -> tuple[int, ...]:
    """Where the answer stands: in the order of the form; what its question was deleted of, last."""
    question, option = answer.question, answer.option
    return (
        *((0, question.position, question.pk) if question else (1, answer.position, 0)),
        *((option.position, option.pk) if option else (0, 0)),
        answer.pk,
    )


def _reason(changed: Iterable[Change]) -> str:
    """Which fields were corrected, without a word of what they say, in the language that staff read."""
    with override(settings.LANGUAGE_CODE):
        labels = [Truncator(str(change.label)).chars(80) for change in changed]
        return Truncator(", ".join(labels)).chars(_LONGEST_REASON)


def _digest(said: Iterable[object]) -> str:
    return sha256(repr(list(said)).encode()).hexdigest()
