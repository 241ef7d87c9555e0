"""What about the accounts and their meetings waits for a person: pauses, and tokens that end or have ended.

The same facts for the admin, ``check_webex`` and the system checks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.accounts.stem import is_renewing, mark_of
from registration.models import Account, Meeting, Submission
from registration.models.submission import BEING_ERASED

AHEAD = timedelta(days=14)
"""So long before its end the refresh token of an account is spoken of."""

AHEAD_BY_HAND = timedelta(hours=2)
"""So long before its end an access token that was made by hand is spoken of: a personal one lives 12 hours."""

ERASURES_TAKE = timedelta(hours=1)
"""After so long it is told who asked to be erased, and is not yet removed at Webex."""


@dataclass(frozen=True)
class Notice:
    """One such thing. ``words`` hold nobody's data; ``reason`` may quote Webex, which may name a person."""

    subject: Account | Meeting
    words: str
    reason: str = ""


def of_all(*, now: datetime) -> list[Notice]:
    """Everything that waits for a person now: of all accounts, of the meetings that are not over, and of those at which
    somebody is still to be removed. Three queries.
    """
    found = [notice for account in Account.objects.all() for notice in of_account(account, now=now)]
    waiting = dict(_waiting_to_be_erased(now=now).order_by().values_list("meeting").annotate(Count("pk")))
    is_paused = Q(paused_at__isnull=False, end_at__gt=now)
    for meeting in Meeting.objects.filter(is_paused | Q(pk__in=list(waiting))):
        found += _of_meeting(meeting, waiting=waiting.get(meeting.pk, 0))
    return found


def of_account(account: Account, *, now: datetime) -> Iterator[Notice]:
    """What waits for a person about this account."""
    if account.paused_at is not None:
        words = _("The Webex account “%(account)s” is paused since %(at)s: nothing is sent in its name.")
        yield Notice(account, words % {"account": account, "at": moment(account.paused_at)}, account.pause_reason)
    if words := _of_tokens(account, now=now):
        yield Notice(account, words)


def of_account_of(meeting: Meeting) -> Iterator[Notice]:
    """That the meeting's account is paused, for whoever may see the meeting. Why is for those who see the account."""
    account = meeting.account or Account.objects.filter(is_from_settings=True).first()
    if meeting.webex_id and account is not None and account.paused_at is not None:
        words = _(
            "Nothing is sent: the Webex account of this meeting is paused since %s; an administrator can resume it."
        )
        yield Notice(meeting, words % moment(account.paused_at))


def of_meeting(meeting: Meeting, *, now: datetime) -> Iterator[Notice]:
    """What waits for a person about this meeting."""
    return _of_meeting(meeting, waiting=_waiting_to_be_erased(now=now).filter(meeting=meeting).count())


def _of_meeting(meeting: Meeting, *, waiting: int) -> Iterator[Notice]:
    if meeting.paused_at is not None:
        words = _("The meeting “%(meeting)s” is paused since %(at)s: nobody is sent to Webex for it.")
        yield Notice(meeting, words % {"meeting": meeting, "at": moment(meeting.paused_at)}, meeting.pause_reason)
    if waiting:
        words = ngettext(
            "%(count)d person who asked to be erased may still be at Webex, at the meeting “%(meeting)s”. See what "
            "keeps the push from removing them there.",
            "%(count)d people who asked to be erased may still be at Webex, at the meeting “%(meeting)s”. See what "
            "keeps the push from removing them there.",
            waiting,
        )
        yield Notice(meeting, words % {"count": waiting, "meeting": meeting})


def _waiting_to_be_erased(*, now: datetime) -> QuerySet[Submission]:
    return Submission.objects.filter(BEING_ERASED, erase_asked_at__lte=now - ERASURES_TAKE)


def moment(at: datetime) -> str:
    """A point in time for staff, with its zone."""
    local = localtime(at)
    return f"{formats.date_format(local, 'Y-m-d H:i')} {local:%Z}"


def tokens_in_words(account: Account) -> str:
    """What kind of access token the account has, and when that ends, as far as it is known."""
    if is_renewing(account):
        if account.access_token_expires_at is None or account.refresh_token_expires_at is None or _is_void(account):
            return _("The portal renews the access token itself; when it and the refresh token end is not known yet.")
        words = _(
            "The portal renews the access token itself; this one ends at %(access)s, and the refresh token, unless it "
            "is used before, at %(refresh)s."
        )
        return words % {
            "access": moment(account.access_token_expires_at),
            "refresh": moment(account.refresh_token_expires_at),
        }
    if account.access_token_expires_at is not None:
        words = _("The access token was made by hand, and ends at %s.")
        return words % moment(account.access_token_expires_at)
    if account.is_from_settings or account.access_token_sealed:
        return _("The access token was made by hand. When it ends is not known; a personal one lives 12 hours.")
    return _("There are no credentials.")


def _is_void(account: Account) -> bool:
    """Whether what is stored stems from settings that were replaced since."""
    return account.is_from_settings and account.credentials_mark != mark_of(account)


def _of_tokens(account: Account, *, now: datetime) -> str:
    if is_renewing(account):
        ends_at = account.refresh_token_expires_at
        if ends_at is None or ends_at > now + AHEAD or _is_void(account):
            return ""
        words = (
            _("The refresh token of the Webex account “%(account)s” ends at %(at)s. Authorize the integration again.")
            if ends_at > now
            else _(
                "The refresh token of the Webex account “%(account)s” has ended, or Webex has refused it, at %(at)s. "
                "Authorize the integration again."
            )
        )
        return words % {"account": account, "at": moment(ends_at)}
    ends_at = account.access_token_expires_at
    if account.is_from_settings or ends_at is None or ends_at > now + AHEAD_BY_HAND:
        return ""
    words = (
        _("The access token of the Webex account “%(account)s” ends at %(at)s. Enter a new one before.")
        if ends_at > now
        else _("The access token of the Webex account “%(account)s” has ended at %(at)s. Enter a new one.")
    )
    return words % {"account": account, "at": moment(ends_at)}
