"""How each kind of mail begins: in the portal's own words, or in those of a meeting's staff. Both have placeholders."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from registration.models import Mail, MailText, Meeting, Submission
from registration.states import Availability, Decision

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Kind = Mail.Kind


class Words(NamedTuple):
    """A subject, and the paragraphs at the beginning, with empty lines between them."""

    subject: "StrOrPromise"
    text: "StrOrPromise"


Theirs = Mapping[tuple[int, str], Words]
"""The words of meetings' staff, by the meeting's primary key and the kind; what is empty there is the portal's own."""

_KNOWN = _("We have your registration already, {reference}: {title}")

PORTAL: dict[Kind, Words] = {
    Kind.CONFIRM: Words(
        _("Please confirm your address: {title}"),
        _(
            "you, or somebody who knows your e-mail address, registered for “{title}” with it. Please confirm that it "
            "is yours.\n\n"
            "Your registration counts from the moment it was sent, and not from when you confirm. If it was not you, "
            "do nothing: it ends by itself."
        ),
    ),
    Kind.RECEIVED: Words(
        _("Your registration {reference}: {title}"),
        _(
            "thank you for registering for “{title}”. On your own page you can see at any time how your registration "
            "stands, and what you told us."
        ),
    ),
    Kind.KNOWN: Words(
        _KNOWN,
        _(
            "you, or somebody who knows your e-mail address, signed up again for “{title}”. We have your registration "
            "already, so nothing was changed; below is how it stands. What was typed this time is kept on your own "
            "page, beside what you told us before."
        ),
    ),
    Kind.WAITLISTED: Words(
        _("You are on the waiting list, {reference}: {title}"),
        _(
            "thank you for registering for “{title}”. All places are taken, so you are on the waiting list. You hear "
            "from us as soon as a place is yours."
        ),
    ),
    Kind.OFFERED: Words(
        _("A place is kept for you, {reference}: {title}"),
        _(
            "a place for “{title}” has become free, and it is kept for you for a while. Say on the page below whether "
            "you take it. If we hear nothing in time, it goes to the next in line."
        ),
    ),
    Kind.MOVED_UP: Words(
        _("You have moved up from the waiting list, {reference}: {title}"),
        _("a place for “{title}” is yours: you have moved up from the waiting list."),
    ),
    Kind.PLACE_LOST: Words(
        _("Your place has been given up, {reference}: {title}"),
        _("a place for “{title}” was kept for you. We did not hear from you in time, so it was given up."),
    ),
    Kind.APPROVED: Words(
        _("Your registration is approved, {reference}: {title}"),
        _("your registration for “{title}” has been approved."),
    ),
    Kind.DECLINED: Words(
        _("About your registration {reference}: {title}"),
        _("the organisers have decided about your registration for “{title}”."),
    ),
    Kind.BACK_IN_REVIEW: Words(
        _("Your registration is being reviewed again, {reference}: {title}"),
        _(
            "your registration for “{title}” is being reviewed again. What we wrote to you about a decision no longer "
            "holds. On your own page you can see at any time how it stands."
        ),
    ),
    Kind.CHANGED: Words(
        _("Your registration was changed, {reference}: {title}"),
        _(
            "your registration for “{title}” was changed. Your own page shows what it says now. If this surprises "
            "you, write to us."
        ),
    ),
    Kind.CANCELLED: Words(
        _("Your registration is cancelled, {reference}: {title}"),
        _("your registration for “{title}” has been cancelled. If this surprises you, write to us."),
    ),
    Kind.REMINDER: Words(
        _("It starts soon: {title}"),
        _("this is a reminder of “{title}”. Below is when it takes place, and how your registration stands."),
    ),
    Kind.NEW_LINK: Words(
        _("Your own page has a new address, {reference}: {title}"),
        _("your own page about “{title}” has a new address. The old one no longer works."),
    ),
    Kind.NEWS: Words(
        _("The meeting has changed: {title}"),
        _("“{title}” has changed. Below is when it takes place now."),
    ),
}

_CANCELLED_MEETING = Words(
    _("The meeting is cancelled: {title}"), _("we are sorry: “{title}” has been cancelled and does not take place.")
)

_LEFT = Words(
    PORTAL[Kind.CANCELLED].subject,
    _(
        "the place for “{title}” that was kept for you goes to others, and your registration has been cancelled. If "
        "this surprises you, write to us."
    ),
)
"""To whoever cancelled while a place was offered to them."""

_CANCELLED = _("You are not registered at the moment, {reference}: {title}")
_CLOSED = _("you are not registered for “{title}”: your registration was cancelled. Nobody can register for it now.")
_AGAIN = {
    Availability.OPEN: _(
        "you are not registered for “{title}” at the moment: your registration was cancelled, and you can register "
        "again on your own page."
    ),
    Availability.WAITING_LIST: _(
        "you are not registered for “{title}” at the moment: your registration was cancelled. All places are taken, "
        "but you can join the waiting list on your own page."
    ),
    Availability.FULL: _(
        "you are not registered for “{title}” at the moment: your registration was cancelled, and all places are "
        "taken. As soon as you can register again, your own page says so."
    ),
    Availability.NOT_YET_OPEN: _(
        "you are not registered for “{title}” at the moment: your registration was cancelled, and registration is not "
        "open. As soon as you can register again, your own page says so."
    ),
}
"""To whoever cancelled, by how the meeting would take them again; where that is not named here, nobody can register."""

_DECLINED = Words(
    _("Your registration was declined, {reference}: {title}"),
    _("you are not registered for “{title}”: the organisers declined your registration."),
)
_SIGNED_UP = _(
    "You, or somebody who knows your e-mail address, signed up for it again, and that alone changes nothing. What was "
    "typed this time is kept on your own page, beside what you told us before."
)


def opening(
    submission: Submission, kind: Kind, theirs: Theirs, *, again: Availability | None, was_offered: bool
) -> Words:
    """The words for a mail to this person. ``again`` is how the meeting would take them again, if they had cancelled.
    ``was_offered``: whether a place was offered to them until the last decision about them.

    Whoever signs up again and is not registered reads so in the portal's own words: those of the staff for this kind
    are about people who are.
    """
    if kind is Kind.KNOWN and submission.decision == Decision.CANCELLED:
        first = _CLOSED if again is None else _AGAIN.get(again, _CLOSED)
        return Words(_CANCELLED, f"{first}\n\n{_SIGNED_UP}")
    if kind is Kind.KNOWN and submission.decision == Decision.DECLINED:
        return Words(_DECLINED.subject, f"{_DECLINED.text}\n\n{_SIGNED_UP}")
    if kind is Kind.CANCELLED and was_offered:
        return _in_theirs(_LEFT, kind, submission.meeting, theirs)
    return of(kind, submission.meeting, theirs)


def portal(kind: Kind, meeting: Meeting) -> Words:
    """The portal's own words."""
    return _CANCELLED_MEETING if kind is Kind.NEWS and meeting.is_cancelled else PORTAL[kind]


def of(kind: Kind, meeting: Meeting, theirs: Theirs) -> Words:
    """The words for a mail of the meeting."""
    return _in_theirs(portal(kind, meeting), kind, meeting, theirs)


def _in_theirs(ours: Words, kind: Kind, meeting: Meeting, theirs: Theirs) -> Words:
    """The words, or those of the staff where they wrote some."""
    own = theirs.get((meeting.pk, kind), Words("", ""))
    return Words(own.subject or ours.subject, own.text or ours.text)


def theirs(meeting_pks: Collection[int]) -> Theirs:
    """What the staff of these meetings wrote. One query."""
    rows = MailText.objects.filter(meeting__in=meeting_pks).order_by()
    return {
        (meeting, kind): Words(subject, text)
        for meeting, kind, subject, text in rows.values_list("meeting_id", "kind", "subject", "text")
    }
