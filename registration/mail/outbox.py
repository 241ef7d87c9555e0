"""Writing mails down, in the transaction of the change that they tell of."""

from collections.abc import Collection
from datetime import datetime

from registration import queue
from registration.models import Mail
from registration.models.inserts import insert
from registration.models.mail import OUTDATED

_FEW = 20


def write(
    submission_pk: int,
    kind: Mail.Kind,
    *,
    at: datetime,
    client: str = "",
    mailbox: str = "",
    signed_up_for: int | None = None,
) -> None:
    """Have the mail sent soon to the owner of the submission. ``client`` is who caused it, where it was a visitor, and
    ``mailbox`` and ``signed_up_for`` whose mailbox and which meeting (its primary key) that visitor named.

    One row, due at once, in the caller's transaction, which also asks a worker for it.
    """
    mail = row(submission_pk, kind, at=at, client=client, mailbox=mailbox, signed_up_for=signed_up_for)
    insert([mail])
    queue.enqueue_mail(mail.pk)


def row(
    submission_pk: int,
    kind: Mail.Kind,
    *,
    at: datetime,
    client: str = "",
    mailbox: str = "",
    signed_up_for: int | None = None,
) -> Mail:
    """What ``write`` inserts, for whoever inserts it together with other rows, and then asks a worker for it."""
    return Mail(
        submission_id=submission_pk,
        kind=kind,
        queued_at=at,
        due_at=at,
        client=client,
        mailbox=mailbox,
        signed_up_for_id=signed_up_for,
    )


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


def withdraw(pks: Collection[int]) -> None:
    """Have those of the mails not sent that still wait: what they tell of is undone."""
    Mail.objects.filter(pk__in=pks, due_at__isnull=False).update(due_at=None, failure=OUTDATED)
