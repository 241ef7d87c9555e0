"""Mails to attendees. Each is sent after commit, and one that fails breaks nothing: the own page says the same."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from registration import wording
from registration.models import Submission

logger = logging.getLogger(__name__)


def send_received(submission: Submission) -> None:
    """Tell a person that their registration has arrived, how it stands, and the address of their own page."""
    with override(submission.language):
        _send(submission, "received", subject=gettext("Your registration %(reference)s: %(title)s"))


def send_known(submission: Submission) -> None:
    """Send a person whom we know, however we decided, their own link again, after somebody signed them up once more."""
    with override(submission.language):
        _send(submission, "known", subject=gettext("We have your registration already, %(reference)s: %(title)s"))


def _send(submission: Submission, template: str, *, subject: str) -> None:
    # Whatever a mail back end raises, the registration is stored. The error's own words may hold the address.
    try:
        _message(submission, template, subject=subject).send()
    except Exception as error:
        logger.error("The mail “%s” to %s was not sent: %s", template, submission.reference, type(error).__name__)


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
