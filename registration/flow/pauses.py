"""Stopping a meeting or an account until a person resumes it, and resuming it.

Each verb is one conditional update: whoever comes second changes nothing, and the first reason is kept.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from registration import audit, queue
from registration.accounts.renewal import forget_refusals
from registration.accounts.stem import mark_of
from registration.flow import queries
from registration.importing import advice
from registration.models import Account, Meeting
from registration.webex.errors import Forbidden, MeetingUnavailable, Unauthorized, WebexError

logger = logging.getLogger("registration.pauses")

FORM_IS_WRITTEN = gettext_lazy(
    "The form is being written to Webex, and nobody is sent meanwhile. Where this stays, nobody knows what became of "
    "it: refresh from Webex, look at the questions, then resume."
)
"""The pause of a meeting whose form is being written. One that a crash leaves behind is for a person to end."""

_LONGEST_REASON = 1000
_RUNNING = {"paused_at": None, "pause_reason": ""}


def pause_meeting(meeting: Meeting, *, reason: str, at: datetime) -> bool:
    """Send nothing for the meeting any more, for this reason. Returns whether it was not paused already."""
    running = Meeting.objects.filter(pk=meeting.pk, paused_at=None)
    is_changed = bool(running.update(paused_at=at, pause_reason=reason[:_LONGEST_REASON]))
    meeting.refresh_from_db(fields=["paused_at", "pause_reason"])
    if is_changed:
        logger.warning("paused meeting=%s", meeting.pk)
    return is_changed


@dataclass(frozen=True)
class Hold:
    """A meeting that somebody's call holds: since when, and the pause that it had before."""

    meeting_pk: int
    held_at: datetime
    paused_at: datetime | None
    pause_reason: str


def hold_meeting(meeting: Meeting, *, at: datetime) -> Hold | None:
    """Have nobody sent for the meeting while its form is written. Nothing where another call holds it already.

    Until ``release`` the meeting is paused: a process that dies leaves it so.
    """
    found = Meeting.objects.filter(pk=meeting.pk).values_list("paused_at", "pause_reason").get()
    hold = Hold(meeting.pk, at, *found)
    same = Meeting.objects.filter(pk=meeting.pk, paused_at=hold.paused_at, pause_reason=hold.pause_reason)
    reason = str(FORM_IS_WRITTEN)
    if hold.pause_reason == reason or not same.update(paused_at=at, pause_reason=reason):
        return None
    return hold


def is_held(meeting: Meeting) -> bool:
    """Whether the meeting's form is being written, or was, and nobody knows what became of it."""
    return Meeting.objects.filter(pk=meeting.pk, pause_reason=str(FORM_IS_WRITTEN)).exists()


Stop = Meeting | Account
"""What is paused, so that nobody of a meeting is sent: the meeting itself, or its Webex account."""

Stopped = dict[int, list[Stop]]
"""What keeps anybody of a meeting from being sent, by the primary key of the meeting."""


def paused_accounts() -> list[Account]:
    """The accounts in whose names nothing is sent. One query.

    Without those whose credentials were replaced since, also in the settings: the next push resumes them.
    """
    paused = Account.objects.filter(paused_at__isnull=False).order_by("pk")
    return [account for account in paused if account.paused_mark == mark_of(account)]


def stops(meeting: Meeting, accounts: Iterable[Account]) -> list[Stop]:
    """What keeps anybody of the meeting from being sent until a person resumes it; ``accounts`` are those paused.

    Nothing where Webex does not have the meeting: nobody would be sent in any case.
    """
    if not meeting.webex_id:
        return []
    own = [
        account
        for account in accounts
        if (account.is_from_settings if meeting.account_id is None else account.pk == meeting.account_id)
    ]
    return [meeting, *own] if meeting.is_paused else [*own]


def stopped(meetings: Collection[Meeting]) -> Stopped:
    """What keeps anybody of each of the meetings from being sent; those whose people are sent are left out."""
    accounts = paused_accounts() if meetings else []
    found = {meeting.pk: stops(meeting, accounts) for meeting in meetings}
    return {pk: why for pk, why in found.items() if why}


def not_to_resume(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Those of the meetings whose form is being written at this moment, or was, and has not been refreshed since.

    With people who answered the one form, and ids of the other, nothing good could be sent.
    """
    begun_at = timezone.now() - timedelta(seconds=settings.WEBEX_LEASE_SECONDS)
    is_refreshed = Q(imported_at__isnull=False, imported_at__gt=F("paused_at"))
    held = meetings.filter(pause_reason=str(FORM_IS_WRITTEN), paused_at__isnull=False)
    return held.filter(Q(paused_at__gt=begun_at) | ~is_refreshed)


def release(hold: Hold) -> None:
    """Give the meeting the pause back that it had before, if any. Nothing where somebody else has ended the hold."""
    with transaction.atomic():
        held = Meeting.objects.filter(pk=hold.meeting_pk, paused_at=hold.held_at, pause_reason=str(FORM_IS_WRITTEN))
        if held.update(paused_at=hold.paused_at, pause_reason=hold.pause_reason) and hold.paused_at is None:
            queue.enqueue_push([hold.meeting_pk])


def pause_account(account: Account, *, reason: str, at: datetime) -> bool:
    """Call Webex in the account's name no more, for this reason. Returns whether it was not paused already.

    The credentials that ``account`` was read with, and so those that failed, are remembered by their mark: new ones,
    even if somebody entered them during the call, end the pause (``lift_if_renewed``).
    """
    running = Account.objects.filter(pk=account.pk, paused_at=None)
    changes = {"paused_at": at, "pause_reason": reason[:_LONGEST_REASON], "paused_mark": mark_of(account)}
    is_changed = bool(running.update(**changes))
    account.refresh_from_db(fields=["paused_at", "pause_reason", "paused_mark"])
    if is_changed:
        logger.warning("paused account=%s", account.pk)
    return is_changed


def pause_for(
    error: WebexError, *, meeting: Meeting, account: Account, probe: Callable[[], object], at: datetime
) -> bool:
    """Pause what no call can help before a person has put it right: the account, the meeting, or neither.

    Where Webex forbids a call, ``probe`` makes one that it allows every account: whether it is forbidden, too, tells
    the one from the other; where it tells nothing, nothing is paused. Returns whether the account is paused now.
    """
    is_stored = not account.is_from_settings
    reason = advice.words(error, host_email=meeting.host_email_parameter, is_account_stored=is_stored)
    is_of_account = isinstance(error, Unauthorized)
    if isinstance(error, Forbidden) and not (is_of_account := _names_scope(error, meeting=meeting)):
        try:
            probe()
        except Forbidden:
            is_of_account = True
        except WebexError:
            return False
    if is_of_account:
        pause_account(account, reason=reason, at=at)
    elif isinstance(error, Forbidden | MeetingUnavailable):
        pause_meeting(meeting, reason=reason, at=at)
    return is_of_account


def _names_scope(error: Forbidden, *, meeting: Meeting) -> bool:
    """Whether Webex misses a scope that the account's own meetings need: another host's meeting needs more of them."""
    return not meeting.host_email_parameter and bool(re.search(r"\bscopes?\b", error.words.casefold()))


def resume_meetings(meetings: QuerySet[Meeting], *, by: User) -> int:
    """Go on with those of the meetings that are paused. Returns how many were.

    Those that are ``not_to_resume`` stay paused.
    """
    with transaction.atomic():
        others = meetings.exclude(pk__in=not_to_resume(meetings).values("pk"))
        pks = _resume(others.filter(paused_at__isnull=False), by=by, **_RUNNING)
        queue.enqueue_push(pks)
    return len(pks)


def resume_accounts(accounts: QuerySet[Account], *, by: User) -> int:
    """Call Webex again in the name of those of the accounts that are paused. Returns how many were.

    A pause that Webex asked for (``blocked_until``) stays; only backing off begins anew, and asking for a token.
    """
    with transaction.atomic():
        paused = accounts.filter(paused_at__isnull=False)
        forget_refusals(paused)
        pks = _resume(paused, by=by, **_RUNNING, paused_mark="", failures=0)
        queue.enqueue_push(_busy_meetings_of(pks, at=timezone.now()))
    return len(pks)


def lift_if_renewed(account: Account) -> bool:
    """Read the account anew, and resume it if it was paused with other credentials than it has now.

    Returns whether it was.
    """
    account.refresh_from_db()
    paused = Account.objects.filter(pk=account.pk, paused_at__isnull=False).exclude(paused_mark=mark_of(account))
    is_changed = bool(paused.update(**_RUNNING, paused_mark="", failures=0))
    if is_changed:
        account.refresh_from_db(fields=["paused_at", "pause_reason", "paused_mark", "failures"])
        logger.info("resumed account=%s because=new_credentials", account.pk)
    return is_changed


def _busy_meetings_of(account_pks: list[int], *, at: datetime) -> set[int]:
    resumed = Account.objects.filter(pk__in=account_pks)
    has_that_of_the_settings = Exists(resumed.filter(is_from_settings=True))
    own = Q(account__in=resumed) | Q(has_that_of_the_settings, account=None)
    running = Meeting.objects.filter(own, paused_at=None)
    erasing = queries.erasing_meetings(running, at=at).values_list("pk", flat=True)
    return queries.busy(list(queries.deliverable_meetings(running, at=at))) | set(erasing)


def _resume(paused: "QuerySet[Meeting] | QuerySet[Account]", *, by: User, **changes: object) -> list[int]:
    stopped: list[Any] = list(paused.order_by("pk"))
    pks = [each.pk for each in stopped]
    paused.model._default_manager.filter(pk__in=pks, paused_at__isnull=False).update(**changes)
    for each in stopped:
        logger.info("resumed %s=%s by=%s", paused.model._meta.model_name, each.pk, by.pk)
        audit.note(
            by,
            audit.Action.RESUMED,
            meeting=each if isinstance(each, Meeting) else None,
            thing=f"{each._meta.verbose_name}: {each}",
            before={"paused_at": f"{each.paused_at:%Y-%m-%d %H:%M}", "pause_reason": each.pause_reason},
            after={"paused_at": "", "pause_reason": ""},
        )
    return pks
