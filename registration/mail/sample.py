"""Mails as they would read, for staff: one that was written, and one to somebody who is made up. Nothing is sent."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration.mail import own_words, truth
from registration.mail.message import Facts, Letter, facts_of, letter
from registration.models import Mail, Meeting, Submission
from registration.states import Availability, Decision

LEFT_OUT = "…"
"""Stands for the secret in the address of somebody's own page, which is not for staff."""

_DECISIONS = {
    Mail.Kind.WAITLISTED: Decision.WAITLISTED,
    Mail.Kind.OFFERED: Decision.OFFERED,
    Mail.Kind.PLACE_LOST: Decision.CANCELLED,
    Mail.Kind.APPROVED: Decision.APPROVED,
    Mail.Kind.DECLINED: Decision.DECLINED,
    Mail.Kind.CANCELLED: Decision.CANCELLED,
    Mail.Kind.REMINDER: Decision.APPROVED,
}


def as_it_is_now(mail: Mail, *, at: datetime, again: Availability | None = None) -> Letter | None:
    """What the mail would say if it was sent now, without its secret; None where it would not be sent.

    ``again`` is how the meeting would take the registration again, if it was cancelled.
    """
    kind, submission = truth.kind_now(mail, at=at), mail.submission
    if kind is None:
        return None
    with override(submission.language):
        facts = replace(facts_of(submission, kind, at=at, again=again), calendar=None)
        theirs = own_words.theirs([submission.meeting_id])
        return letter(submission, kind, at=at, theirs=theirs, facts=facts, url=_without_secret())


def made_up(meeting: Meeting, kind: Mail.Kind, *, at: datetime) -> Submission:
    """Somebody to whom such a mail would be written. Not to be saved."""
    decision = _DECISIONS.get(kind, Decision.WAITING)
    return Submission(
        meeting=meeting,
        reference="K7QX-93MP",
        first_name=_("Robin"),
        last_name=_("Sample"),
        decision=decision,
        submitted_at=at,
        confirm_by=at + timedelta(hours=meeting.confirm_hours) if kind is Mail.Kind.CONFIRM else None,
        in_line_since=at if decision is Decision.WAITLISTED else None,
        offer_ends_at=at + timedelta(hours=meeting.offer_hours) if decision is Decision.OFFERED else None,
    )


def to_somebody(meeting: Meeting, kind: Mail.Kind, *, at: datetime, theirs: own_words.Theirs) -> Letter:
    """What such a mail would say to somebody who is made up, in the language that is active."""
    person = made_up(meeting, kind, at=at)
    facts = Facts(
        position=3 if person.decision == Decision.WAITLISTED else None,
        reason=_("Here stands the reason that you give.") if person.decision == Decision.DECLINED else "",
        calendar=None,
    )
    return letter(person, kind, at=at, theirs=theirs, facts=facts, url=_without_secret())


def _without_secret() -> str:
    return f"{settings.SITE_URL}/registrations/{LEFT_OUT}/"
