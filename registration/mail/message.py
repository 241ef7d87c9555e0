"""A mail, put together: how it begins is the kind's or the meeting's own; everything else is the same for all of them.

So whatever staff write, the mail says which meeting it is about, when that is, how the registration stands, and has
the link to the own page.
"""

from dataclasses import dataclass
from datetime import datetime
from email.mime.text import MIMEText
from email.utils import make_msgid
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import deadlines, line, wording
from registration.mail import attachment, own_words, paragraphs, truth
from registration.models import Mail, Move, Submission
from registration.placeholders import filled
from registration.states import TAKES_SIGN_UPS, Availability, Decision, Presence


@dataclass(frozen=True)
class Facts:
    """What a mail says that is not in the registration's own row."""

    position: int | None
    reason: str
    calendar: MIMEText | None
    again: Availability | None = None
    was_offered: bool = False


@dataclass(frozen=True)
class Letter:
    """What an attendee reads."""

    subject: str
    text: str
    html: str


def message(
    submission: Submission,
    kind: Mail.Kind,
    *,
    at: datetime | None = None,
    theirs: own_words.Theirs | None = None,
    again: Availability | None = None,
) -> EmailMultiAlternatives:
    """The mail with all that is true of the registration now, in its language.

    ``theirs`` are the words of the staff of this meeting, among others; without it they are looked up. ``again`` is how
    the meeting would take the registration again, if it was cancelled.
    """
    at = at or timezone.now()
    if theirs is None:
        theirs = own_words.theirs([submission.meeting_id])
    with override(submission.language):
        facts = facts_of(submission, kind, at=at, again=again)
        written = letter(submission, kind, at=at, theirs=theirs, facts=facts)
        return addressed(written, submission, to=submission.email, calendar=facts.calendar)


def facts_of(submission: Submission, kind: Mail.Kind, *, at: datetime, again: Availability | None = None) -> Facts:
    """What the mail needs to know: questions only for those who wait in line, or were declined or cancelled."""
    is_in_line = submission.decision == Decision.WAITLISTED and not submission.meeting.is_cancelled
    return Facts(
        position=line.position(submission) if is_in_line else None,
        reason=wording.reason(submission),
        calendar=attachment.calendar(submission, kind, at=at),
        again=again,
        was_offered=kind is Mail.Kind.CANCELLED and _was_offered(submission),
    )


def letter(
    submission: Submission,
    kind: Mail.Kind,
    *,
    at: datetime,
    theirs: own_words.Theirs,
    facts: Facts,
    url: str = "",
) -> Letter:
    """What the attendee reads, in the language that is active. ``url`` stands for the address of the own page."""
    meeting = submission.meeting
    status = wording.status_of(submission, now=at, position=facts.position)
    url = url or settings.SITE_URL + submission.get_absolute_url()
    when = wording.when(meeting)
    values = {
        "first_name": paragraphs.typed(submission.first_name),
        "last_name": paragraphs.typed(submission.last_name),
        "title": paragraphs.one_line(meeting.title),
        "when": when,
        "reference": submission.reference,
        "status": str(status.headline),
        "link": url,
        "organiser": paragraphs.one_line(meeting.host_display_name) or _("the organisers"),
    }
    words = own_words.opening(submission, kind, theirs, again=facts.again, was_offered=facts.was_offered)
    label, address = _button(submission, kind, url, at=at, again=facts.again)
    context = {
        "name": f"{values['first_name']} {values['last_name']}",
        "title": values["title"],
        "when": when,
        "reference": submission.reference,
        "status": status,
        "lines": _lines(submission, kind, at=at),
        "reason": "" if meeting.is_cancelled else facts.reason,
        "label": label,
        "address": address,
        "url": url,
        "can_change": not deadlines.against_change(submission, at=at),
        "contact": meeting.contact,
    }
    in_text = {**context, "opening": paragraphs.as_text(str(words.text), values)}
    in_html = {**context, "opening": paragraphs.as_html(str(words.text), values)}
    return Letter(
        subject=paragraphs.one_line(filled(str(words.subject), values)),
        text=_template("mail/base.txt").render(Context(in_text, autoescape=False)).strip() + "\n",
        html=_template("mail/base.html").render(Context(in_html)),
    )


def addressed(
    written: Letter, submission: Submission, *, to: str, calendar: MIMEText | None = None
) -> EmailMultiAlternatives:
    """The mail, ready to be sent."""
    contact = submission.meeting.contact
    mail = EmailMultiAlternatives(
        subject=written.subject,
        body=written.text,
        # Where it bounces to; whom it is from is a header.
        from_email=settings.BOUNCE_EMAIL or settings.DEFAULT_FROM_EMAIL,
        to=[to],
        reply_to=[contact] if contact else None,
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            # Django's own names the machine, which may not know what it is called.
            "Message-ID": make_msgid(domain=punycode(urlsplit(settings.SITE_URL).hostname or "localhost")),
            # RFC 3834: no answering machine answers it.
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(written.html, "text/html")
    if calendar is not None:
        mail.attach(calendar)
    return mail


def _button(
    submission: Submission, kind: Mail.Kind, url: str, *, at: datetime, again: Availability | None
) -> tuple[str, str]:
    """What its owner can do now, and where."""
    if truth.is_true(Mail.Kind.OFFERED, submission, at=at):
        return _("Take the place, or leave it"), f"{url}place/"  # which confirms the address, too
    if truth.is_true(Mail.Kind.CONFIRM, submission, at=at):
        return _("Confirm your address"), f"{url}confirm/"
    if kind is Mail.Kind.KNOWN and again in TAKES_SIGN_UPS:
        return _("Register again"), f"{url}again/"  # else to sign up once more would lead nowhere
    return _("Open your own page"), url


def _lines(submission: Submission, kind: Mail.Kind, *, at: datetime) -> list[str]:
    """What there is to say of how the registration stands, beyond its status."""
    meeting = submission.meeting
    if _is_over(submission, at=at):
        return []
    if kind is Mail.Kind.DECLINED and submission.is_rejected_there:
        return [_("It had been approved; that no longer holds. Webex does not tell us why.")]
    if wording.is_registered_anew(submission):
        return [wording.anew(), wording.joining(meeting, is_approved=True)]
    if submission.decision == Decision.APPROVED and submission.presence != Presence.REGISTERED and meeting.webex_id:
        return [wording.joining(meeting, is_approved=True)]
    return []


def _was_offered(submission: Submission) -> bool:
    """Whether they had been offered a place until the last decision about them."""
    last = submission.moves.filter(subject=Move.Subject.DECISION).first()
    return last is not None and last.before == Decision.OFFERED


def _is_over(submission: Submission, *, at: datetime) -> bool:
    """Whether nothing more comes of it, since the meeting is over or does not take place."""
    return submission.meeting.is_cancelled or submission.meeting.end_at <= at


@cache
def _template(name: str) -> Template:
    """The template itself, and not Django's back end around it: that looks for a request each time."""
    return get_template(name).template  # type: ignore[attr-defined, no-any-return]
