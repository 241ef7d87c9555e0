"""How many sign-ups are taken: from a client, for a meeting, and for a mailbox over all meetings; and how often
somebody may change their registration.

All of them are counted in the database, so that they hold over all processes and machines; and no further than to the
limit, so that counting takes no longer the more there are. A known address counts as a new one does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from registration.errors import ProofNeeded, TooManySignUps, TooOften
from registration.flow import surges
from registration.models import Mail, Meeting, Submission
from registration.proofs import Proof

A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

OWN_MAILS_PER_HOUR = 20
"""So many mails at most an attendee's own changes bring them in an hour, but for one that says it is cancelled."""

# Part of the question that is asked for every sign-up. All go by the mails that were written: a known address gets one
# as a new one does, so that nobody learns by a limit who is registered.
COUNTS = """
    (SELECT COUNT(*) FROM (
        SELECT 1 FROM registration_mail WHERE client = %s AND NOT client = '' AND queued_at > %s LIMIT %s
    ) AS of_client),
    (SELECT COUNT(*) FROM (
        SELECT 1 FROM registration_mail WHERE mailbox = %s AND NOT mailbox = '' AND queued_at > %s LIMIT %s
    ) AS of_mailbox),
    (SELECT COUNT(*) FROM (
        SELECT 1 FROM registration_mail WHERE signed_up_for_id = %s AND queued_at > %s LIMIT %s
    ) AS of_meeting)
"""
# Each in its own turn, or those who come at the same moment would not see each other: first the client, then the
# mailbox, so that nobody waits in a circle. A meeting's sign-ups do not wait for each other: its limit may be
# exceeded by as many as are under way at once.
_TURNS = "SELECT pg_advisory_xact_lock(%s), pg_advisory_xact_lock(%s); "
_SPEND = "INSERT INTO registration_spentchallenge (digest, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"

_FROM_CLIENT = _("Many people have signed up from your network just now. Wait a minute, then send the form again.")
_TO_MAILBOX = _(
    "Very many mails were written to this e-mail address today. Send the form again tomorrow, or give another address."
)
_FOR_MEETING = _(
    "Very many people are signing up for this meeting at this moment. Wait a minute, then send the form again."
)
_PROVE = _(
    "Send the form once more: to keep bots out, your computer works for a moment before your registration is taken."
)

_BY_OWNER = _(
    "Wait an hour, then try again: this registration was changed very often just now, and a mail was written each time"
)
# They tell of what others did: a stranger who signs up under the address keeps its owner from nothing.
_BY_OTHERS = (Mail.Kind.KNOWN, Mail.Kind.NEWS)


class Counts(NamedTuple):
    """What ``COUNTS`` found: in the last minute, and for the mailbox in the last day."""

    of_client: int
    of_mailbox: int
    of_meeting: int


class Sender(NamedTuple):
    """Who is counted: a client, as views/client.py tells them apart, and a mailbox (registration/mailboxes.py); and for
    which meeting, by its primary key.
    """

    client: str
    mailbox: str
    signed_up_for: int


def in_turn(question: str, sender: Sender) -> tuple[str, list[Any]]:
    """The question, to be asked in the turn of the sender, which lasts until the transaction ends; and what to put
    before its parameters. SQLite's transactions take turns as they are.
    """
    if connection.vendor != "postgresql" or connection.settings_dict["OPTIONS"].get("server_side_binding"):
        return question, []
    return _TURNS + question, [_number(sender.client or sender.mailbox), _number(sender.mailbox)]


def parameters(sender: Sender, *, now: datetime) -> list[Any]:
    """Those of ``COUNTS``."""
    minute, day = (connection.ops.adapt_datetimefield_value(now - ago) for ago in (A_MINUTE, A_DAY))
    most = max(settings.MEETING_SIGN_UPS_PER_MINUTE, settings.SURGE_SIGN_UPS_PER_MINUTE)
    return [
        *(sender.client, minute, settings.SIGN_UPS_PER_MINUTE),
        *(sender.mailbox, day, settings.MAILS_PER_ADDRESS_PER_DAY),
        *(sender.signed_up_for, minute, most),
    ]


def hold(counts: Counts, meeting: Meeting, proof: Proof | None, *, now: datetime) -> None:
    """Let one more sign-up through, in the caller's transaction: what is proven is spent in it.

    Raises ``TooManySignUps`` where a limit is reached, and ``ProofNeeded`` where staff or a surge ask for a proof of
    work and there is none, or it was spent. How long a mailbox has to rest is told roughly: who asks may be a stranger.
    """
    if counts.of_client >= settings.SIGN_UPS_PER_MINUTE > 0:
        raise TooManySignUps(_FROM_CLIENT, retry_after_seconds=60)
    if counts.of_mailbox >= settings.MAILS_PER_ADDRESS_PER_DAY > 0:
        raise TooManySignUps(_TO_MAILBOX, retry_after_seconds=int(A_DAY.total_seconds()))
    if counts.of_meeting >= settings.MEETING_SIGN_UPS_PER_MINUTE > 0:
        raise TooManySignUps(_FOR_MEETING, retry_after_seconds=60)
    is_surge = counts.of_meeting >= settings.SURGE_SIGN_UPS_PER_MINUTE > 0
    if is_surge:
        surges.note(meeting.pk, at=now)
    is_needed = settings.HAS_CHALLENGES and (is_surge or meeting.has_challenge)
    if is_needed and not (proof is not None and _spend(proof)):
        raise ProofNeeded(_PROVE)


def hold_owner(submission: Submission, *, at: datetime) -> None:
    """Let the owner of a locked submission do one more thing of which they are mailed, and Webex maybe told.

    Whoever has their link, and is not they, must not flood their mailbox by going to and fro. To cancel is never held:
    it can be done once, and then they must register again. Raises ``TooOften``.
    """
    lately = Mail.objects.filter(submission=submission, queued_at__gt=at - AN_HOUR).exclude(kind__in=_BY_OTHERS)
    if lately.order_by()[:OWN_MAILS_PER_HOUR].count() >= OWN_MAILS_PER_HOUR:
        raise TooOften(_BY_OWNER, retry_after_seconds=int(AN_HOUR.total_seconds()))


def _spend(proof: Proof) -> bool:
    """Whether nobody else has. Who comes at the same moment waits, and learns it."""
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [proof.digest, connection.ops.adapt_datetimefield_value(proof.expires_at)])
        return bool(cursor.rowcount)


def _number(key: str) -> int:
    """What PostgreSQL calls a lock by: 64 bits."""
    return int(key, 16) - (1 << 63)


def row_of(cursor: Any, *, has_turn: bool) -> Sequence[Any]:
    """The answer to what ``in_turn`` made."""
    if has_turn:
        cursor.nextset()
    row: Sequence[Any] = cursor.fetchone()
    return row
