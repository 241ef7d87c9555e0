"""Ann, in every state, and her mails."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from registration.flow import post
from registration.mail import message
from registration.models import Mail, Submission
from registration.models.submission import new_reference
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import delivered

Kind = Mail.Kind

START = datetime(2027, 1, 5, 9, tzinfo=UTC)

DECISIONS = {
    Kind.CONFIRM: Decision.WAITING,
    Kind.WAITLISTED: Decision.WAITLISTED,
    Kind.OFFERED: Decision.OFFERED,
    Kind.PLACE_LOST: Decision.CANCELLED,
    Kind.APPROVED: Decision.APPROVED,
    Kind.DECLINED: Decision.DECLINED,
    Kind.CANCELLED: Decision.CANCELLED,
    Kind.REMINDER: Decision.APPROVED,
}
"""What is so when such a mail is written; else people wait for review."""


def ann(kind: Kind | None = None, *, meeting: dict[str, Any] | None = None, **facts: Any) -> Submission:
    """Ann as she is when such a mail is written to her."""
    if kind is Kind.CONFIRM:
        facts.setdefault("confirm_by", timezone.now() + timedelta(hours=48))
    if kind is not None:
        facts.setdefault("decision", DECISIONS.get(kind, Decision.WAITING))
    # Several of her may register, each for a meeting of her own.
    reference = new_reference() if meeting and "slug" in meeting else "K7QX-93MP"
    about = {"title": "Launch", "slug": "launch", "start_at": START} | (meeting or {})
    given = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "reference": reference} | facts
    person: Submission = SubmissionFactory(meeting=MeetingFactory(**about), **given)
    return person


def sent(submission: Submission, kind: Kind) -> EmailMultiAlternatives | None:
    """Write the mail, send it, and return it; None where it was not sent."""
    before = len(delivered())
    Mail.objects.create(submission=submission, kind=kind, queued_at=timezone.now(), due_at=timezone.now())
    after = delivered()
    assert post.left().waiting == 0
    return after[-1] if len(after) > before else None


def mail_of(submission: Submission, kind: Kind) -> EmailMultiAlternatives:
    """The mail as it would be sent now."""
    return message(submission, kind)
