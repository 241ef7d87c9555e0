"""Mails to attendees: written with the change that they tell of, and rendered when they are sent (flow/post.py).

No mail is sent inside a request, nor inside a transaction, and none for a sign-up that rolled back.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from registration import queue, wording
from registration.models import Mail, Submission
from registration.models.inserts import insert

_FEW = 20


def write(
    submission_pk: int,
    kind: Mail.Kind,
    *,
    at: datetime,
    client: str = "",
    mailbox: str = "",
    signed_up_for: int | None = None,
    beside: Sequence[Model] = (),
) -> None:
    """Have the mail sent soon to the owner of the submission. ``client`` is who caused it, where it was a visitor, and
    ``mailbox`` and ``signed_up_for`` whose mailbox and which meeting (its primary key) that visitor named; ``beside``
    are rows to be inserted at the same time.

    One row, due at once, in the caller's transaction, which also asks a worker for it.
    """
    mail = Mail(
        submission_id=submission_pk,
        kind=kind,
        queued_at=at,
        due_at=at,
        client=client,
        mailbox=mailbox,
        signed_up_for_id=signed_up_for,
    )
    insert(beside, [mail])
    queue.enqueue_mail(mail.pk)


def write_all(submission_pks: Collection[int], kind: Mail.Kind, *, at: datetime) -> None:
    """Have the mail sent soon to the owner of each submission, in the caller's transaction.

    A worker is asked for them only where they are few: many are sent by the next run.
    """
    mails = Mail.objects.bulk_create(
        [Mail(submission_id=pk, kind=kind, queued_at=at, due_at=at) for pk in submission_pks], batch_size=1000
    )
    if len(mails) <= _FEW:
        for mail in mails:
            queue.enqueue_mail(mail.pk)


def message(submission: Submission, kind: Mail.Kind) -> EmailMultiAlternatives:
    """The mail with all that is true of the registration now, in its language."""
    with override(submission.language):
        return _message(submission, kind, subject=_subject(kind))


def _subject(kind: Mail.Kind) -> str:
    if kind is Mail.Kind.RECEIVED:
        return gettext("Your registration %(reference)s: %(title)s")
    return gettext("We have your registration already, %(reference)s: %(title)s")


def _message(submission: Submission, template: str, *, subject: str) -> EmailMultiAlternatives:
    meeting = submission.meeting
    context = {
        "submission": submission,
        "meeting": meeting,
        "when": wording.when(meeting),
        "status": wording.status_of(submission),
        "url": settings.SITE_URL + submission.get_absolute_url(),
    }
    words = subject % {"reference": submission.reference, "title": meeting.title}
    message = EmailMultiAlternatives(
        subject=" ".join(words.split()),
        body=render_to_string(f"mail/{template}.txt", context).strip() + "\n",
        to=[submission.email],
        reply_to=[meeting.host_email] if meeting.host_email else None,
        # RFC 3834: no answering machine answers it.
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    return message
