"""Mails to attendees. A mail that fails breaks nothing: the person's own page says the same.

No mail is sent inside a transaction, and none for a sign-up that rolled back.
"""

import logging
from enum import StrEnum

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from registration import queue, wording
from registration.errors import MailNotSent
from registration.models import Submission

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What a mail says: the name of its template.

    ``RECEIVED``: their registration has arrived, how it stands, and the address of their own page. ``KNOWN``: that
    again to somebody whom we know, however we decided, after somebody signed them up once more.
    """

    RECEIVED = "received"
    KNOWN = "known"


def send_after_commit(submission: Submission, kind: Kind) -> None:
    """Have the mail sent once the transaction is committed: by a worker, who tries again, or else right then, once."""
    if not queue.enqueue_mail(submission.pk, kind=kind):
        transaction.on_commit(lambda: _send_or_log(submission, kind), robust=True)


def send(submission: Submission, kind: Kind) -> None:
    """Send the mail now. Raises ``MailNotSent``, whose words hold no address, whatever the mail back end raised."""
    try:
        with override(submission.language):
            _message(submission, kind, subject=_subject(kind)).send()
    except Exception as error:
        failure = type(error).__name__
    else:
        return
    # Not raised above: the error of the back end would come along, and its words may hold the address.
    raise MailNotSent(f"The mail “{kind}” to {submission.reference} was not sent: {failure}")


def _send_or_log(submission: Submission, kind: Kind) -> None:
    try:
        send(submission, kind)
    except MailNotSent as error:
        logger.error("%s", error)


def _subject(kind: Kind) -> str:
    if kind is Kind.RECEIVED:
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
