"""Storing what a correction changes, whoever made it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import mail, queue
from registration.flow import moves
from registration.flow.correct.changes import AnswerChange, Change, FieldChange
from registration.flow.correct.consequences import after_sending
from registration.models import Answer, Mail, Move, SecondSignUp, Submission
from registration.models.submission import new_token
from registration.webex.records import email_key

_LONGEST_REASON = 1000


def store(
    submission: Submission, changed: Sequence[FieldChange | AnswerChange], *, by: User | None, at: datetime
) -> None:
    """Store the changes of a locked submission, and write down who made them; without ``by`` it was the attendee.

    Whoever is at Webex, or on the way there, is sent anew by the loop if Webex is told of any of them. An address that
    changes gets a new link, which is mailed to it.
    """
    fields = [change for change in changed if isinstance(change, FieldChange)]
    is_sent = any(change.is_sent for change in changed)
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
    if is_sent:
        submission.corrected_at = after_sending(submission, at=at)
        written.add("corrected_at")
    if written:
        submission.save(update_fields=written | {"email_key"})
    _store_answers(submission, [change for change in changed if isinstance(change, AnswerChange)])
    reason = _reason(changed, by=by)
    Move.objects.create(submission=submission, subject=Move.Subject.CORRECTION, at=at, by=by, reason=reason)
    if is_sent:
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


def _reason(changed: Iterable[Change], *, by: User | None) -> str:
    """Which fields were changed, without a word of what they say, in the language that staff read."""
    with override(settings.LANGUAGE_CODE):
        labels = ", ".join(Truncator(str(change.label)).chars(80) for change in changed)
        words = labels if by else _("by the attendee: %(fields)s") % {"fields": labels}
        return Truncator(words).chars(_LONGEST_REASON)
