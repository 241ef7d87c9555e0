"""What waits for a person, over all meetings: one question for each kind.

None of them reads the settled: each begins with the condition of a partial index, or with a table that is small. None
is counted further than ``MOST_COUNTED``, so that a page can ask all of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Q, QuerySet, TextChoices
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from registration import roles
from registration.accounts import notices
from registration.accounts.notices import ERASURES_TAKE, Notice
from registration.flow import disagreements, post, queries
from registration.models import Account, Mail, Meeting, Submission, UnknownRegistrant
from registration.models.mail import IN_STATE
from registration.models.submission import (
    BEING_ERASED,
    CORRECTED,
    HELD,
    IN_FLIGHT,
    MISSING,
    NOT_LEFT,
    REFUSED,
    TO_REGISTER,
)
from registration.prepared import Later
from registration.states import Step

Who = AbstractBaseUser | AnonymousUser

MOST_COUNTED = 1_000
"""A count of one more means: more than so many."""

MOST_GROUPED = 10_000
"""Of more people than that who wait, only so many and one are read to be told in groups."""

FAILED_TRIES = 3
"""So often a mail has failed before a person is told: about 20 minutes after it was written."""

HELD_FOR = timedelta(days=1)
"""After so long it is told whose decision waits to be released."""

_GRACES = 10
_SILENT_FOR = timedelta(minutes=15)
_NEIGHBOURS = 500


class Kind(TextChoices):
    """What waits, the most urgent first."""

    ACCOUNTS = "accounts", _("Webex accounts to look after")
    MEETINGS = "meetings", _("Paused meetings")
    REFUSED = "refused", _("Refused by Webex")
    UNCERTAIN = "uncertain", _("Outcome unknown for too long")
    STUCK = "stuck", _("Stuck on the way to Webex")
    MISSING = "missing", _("Missing at Webex")
    DIFFERENT = "different", _("Decided differently at Webex")
    STRANGERS = "strangers", _("At Webex only")
    MAILS = "mails", _("Mails that do not arrive")
    HELD = "held", _("Decisions not released")


_PEOPLE = (roles.SEE_PEOPLE, "registration.change_submission")
_PERMISSIONS: Mapping[Kind, tuple[tuple[str, ...], str]] = dict.fromkeys(Kind, _PEOPLE) | {
    Kind.ACCOUNTS: (("registration.view_account", "registration.change_account"), "registration.change_account"),
    Kind.MEETINGS: (("registration.view_meeting", "registration.change_meeting"), "registration.change_meeting"),
}
"""By which permissions, any of them, one sees it, and by which one resolves it."""


def may_look(user: Who) -> bool:
    """Whether there is anything that the user may see."""
    return any(user.has_perm(perm) for seeing, _acting in _PERMISSIONS.values() for perm in seeing)  # type: ignore[union-attr]


def may_resolve(kind: Kind, user: Who) -> bool:
    """Whether the user may resolve any of this kind, of whatever meeting."""
    return user.has_perm(_PERMISSIONS[kind][1])  # type: ignore[union-attr]


def seeing(kind: Kind) -> tuple[str, ...]:
    """The permissions by any of which this kind is seen."""
    return _PERMISSIONS[kind][0]


def acting(kind: Kind) -> str:
    """The permission by which this kind is resolved."""
    return _PERMISSIONS[kind][1]


def sees_more(kind: Kind, user: Who) -> bool:
    """Whether the user may see what they may not resolve: of another meeting, as a rule."""
    return roles.scope(user, *seeing(kind)) != roles.scope(user, acting(kind))


def counted(found: "Iterable[QuerySet[Any]]") -> int:
    """How many rows there are in all parts, up to one more than ``MOST_COUNTED``."""
    return min(sum(capped(part) for part in found), MOST_COUNTED + 1)


def capped(rows: "QuerySet[Any]") -> int:
    """How many rows there are, up to one more than ``MOST_COUNTED``."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def in_words(count: int) -> str:
    """A count, which may be one more than was counted."""
    return gettext("more than %s") % f"{MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"


def accounts(user: Who, *, at: datetime) -> dict[Account, list[Notice]]:
    """The accounts of which anything waits, each with what it is: for who may see accounts."""
    if not any(user.has_perm(perm) for perm in seeing(Kind.ACCOUNTS)):  # type: ignore[union-attr]
        return {}
    found = {account: list(notices.of_account(account, now=at)) for account in Account.objects.all()}
    return {account: waiting for account, waiting in found.items() if waiting}


@dataclass(frozen=True)
class Stopped:
    """So many meetings for which nothing is sent, since their Webex account is paused, and the next of them."""

    since: datetime
    count: int
    meetings: list[Meeting]

    @property
    def words(self) -> str:
        """What is said of it to those who do not see the account."""
        words = ngettext(
            "Nothing is sent for %(count)s meeting: its Webex account is paused since %(at)s; an administrator can "
            "resume it.",
            "Nothing is sent for %(count)s meetings: their Webex account is paused since %(at)s; an administrator can "
            "resume it.",
            self.count,
        )
        return words % {"count": in_words(self.count), "at": notices.moment(self.since)}


def stopped(user: Who, *, at: datetime, most: int) -> Iterator[Stopped]:
    """The meetings to come that the user may see and whose accounts are paused, for who does not see the accounts."""
    if any(user.has_perm(perm) for perm in seeing(Kind.ACCOUNTS)):  # type: ignore[union-attr]
        return
    coming = Meeting.objects.filter(end_at__gt=at, is_cancelled=False).exclude(webex_id="").order_by("start_at", "pk")
    theirs = roles.only(coming, user, *seeing(Kind.MEETINGS), path="")
    for account in Account.objects.filter(paused_at__isnull=False):
        own = Q(account=account) | Q(account=None) if account.is_from_settings else Q(account=account)
        meetings = list(theirs.filter(own)[:most])
        if meetings and account.paused_at is not None:
            yield Stopped(account.paused_at, capped(theirs.filter(own)), meetings)


@dataclass(frozen=True)
class Moments:
    """The moments by which it is told what waits: some of them are told only when it is asked."""

    now: datetime | Later
    in_doubt_since: datetime | Later
    erasing_since: datetime | Later
    held_since: datetime | Later

    @classmethod
    def at(cls, now: datetime) -> "Moments":
        """Those of what waits now."""
        return cls(now, now - in_doubt_for(), now - ERASURES_TAKE, now - HELD_FOR)


def rows(kind: Kind, at: Moments, *, different: disagreements.Parts | None = None) -> list["QuerySet[Any]"]:
    """What waits of this kind, whoever may see it, in such parts.

    ``different`` is what ``disagreements.parts`` told, for who has asked already.
    """
    meetings = Meeting.objects.filter(end_at__gt=at.now, is_cancelled=False).order_by().values("pk")
    coming = Submission.objects.filter(_from_first_to_come(at.now), meeting__in=meetings)
    match kind:
        case Kind.ACCOUNTS:
            return [Account.objects.filter(paused_at__isnull=False)]
        case Kind.MEETINGS:
            return [Meeting.objects.filter(paused_at__isnull=False, end_at__gt=at.now)]
        case Kind.STRANGERS:
            return [UnknownRegistrant.objects.filter(is_ignored=False, meeting__end_at__gt=at.now)]
        case Kind.REFUSED:
            return [coming.filter(REFUSED, erase_asked_at=None)]
        case Kind.UNCERTAIN:
            return [coming.filter(IN_FLIGHT, presence_at__lt=at.in_doubt_since)]
        case Kind.STUCK:
            return [
                coming.filter(given_up()),
                coming.filter(TO_REGISTER, queries.is_held_back(), failed_calls__lt=queries.MOST_FAILED_CALLS),
                coming.filter(CORRECTED, queries.was_asked(Step.REMOVE)),
                Submission.objects.filter(BEING_ERASED, erase_asked_at__lte=at.erasing_since),
            ]
        case Kind.MISSING:
            return [coming.filter(MISSING)]
        case Kind.DIFFERENT:
            return [coming.filter(part, NOT_LEFT) for part in different or disagreements.parts()]
        case Kind.MAILS:
            # Also of a cancelled meeting: they may not have been told.
            whose = Submission.objects.filter(meeting__end_at__gt=at.now, erase_asked_at=None)
            lost = post.unreached(at=at.now).order_by().values("pk")
            tried = whose.filter(pk__in=failing().order_by().values("submission")).order_by().values("pk")
            return [Submission.objects.filter(pk__in=lost.union(tried))]
        case Kind.HELD:
            return [coming.filter(HELD, held_at__lt=at.held_since)]
    raise ValueError(kind)


def parts(
    kind: Kind,
    user: Who,
    *,
    at: datetime,
    resolvable: bool = False,
    different: disagreements.Parts | None = None,
) -> list["QuerySet[Any]"]:
    """What waits of this kind that the user may see, or, if asked for, may resolve: in parts without anybody in common.

    Each part is found by an index of its own, which one condition for all of them could not be. They are meetings,
    submissions or people who are at Webex only, unordered; of ``ACCOUNTS``, those that are paused.
    """
    perms = (acting(kind),) if resolvable else seeing(kind)
    found = rows(kind, Moments.at(at), different=different)
    if kind is Kind.ACCOUNTS:
        return found if any(user.has_perm(perm) for perm in perms) else []  # type: ignore[union-attr]
    return [roles.only(part, user, *perms, path=to_meeting(part)) for part in found]


def to_meeting(rows: "QuerySet[Any]") -> str:
    """The path from such a row to its meeting; empty where it is one."""
    return "" if rows.model is Meeting else "meeting"


def keys(found: list["QuerySet[Any]"], *conditions: Q, **narrowed: Any) -> list[int]:
    """The primary keys of all parts, narrowed by conditions."""
    pks = (pk for part in found for pk in part.filter(*conditions, **narrowed).order_by().values_list("pk", flat=True))
    return sorted(set(pks))


def _from_first_to_come(at: datetime | Later) -> Q:
    """All people of meetings to come, and few others: meetings are made one after another, and most of them are over.

    An index that is in the order of meetings is read from there.
    """
    return Q(meeting_id__gte=Meeting.objects.filter(end_at__gt=at).order_by("pk").values("pk")[:1])


def in_doubt_for() -> timedelta:
    """How long a call may be under way, or its outcome unknown, before a person is told."""
    return timedelta(seconds=max(_GRACES * settings.WEBEX_GRACE_SECONDS, 2 * settings.WEBEX_LEASE_SECONDS))


def given_up() -> Q:
    """Approved people about whom no call gets a usable answer: they are tried more and more rarely."""
    return TO_REGISTER & Q(failed_calls__gte=queries.MOST_FAILED_CALLS)


def failing() -> QuerySet[Mail]:
    """The mails that are tried over and over."""
    return Mail.objects.filter(due_at__isnull=False, failed_tries__gte=FAILED_TRIES)


def refusals(refused: QuerySet[Submission], *, most: int) -> list[Mapping[str, Any]]:
    """The words with which Webex refused these people, the most frequent first: each with how many ``people`` of how
    many ``meetings`` they are about. Read of the first ``MOST_GROUPED`` and one.
    """
    read = refused.order_by().values("pk")[: MOST_GROUPED + 1]
    grouped = Submission.objects.filter(pk__in=read).order_by().values("refusal")
    found = grouped.annotate(people=Count("pk"), meetings=Count("meeting", distinct=True), first=Max("meeting__title"))
    return list(found.order_by("-people", "refusal")[:most])


def silent_since(*, at: datetime) -> datetime | None:
    """Since when mails wait, and none is sent: the mail server takes none, or nobody runs ``send_mails``.

    Nothing where mails wait because very many are on their way: those written just before the first that waits were
    sent a moment ago then.
    """
    waiting = Mail.objects.filter(IN_STATE[Mail.State.QUEUED], due_at__lte=at, queued_at__lt=at - _SILENT_FOR)
    first = waiting.order_by("due_at", "pk").values("pk", "queued_at").first()
    if first is None:
        return None
    neighbours = Mail.objects.order_by("-pk").filter(pk__lt=first["pk"]).values("pk")[:_NEIGHBOURS]
    sent_at = Mail.objects.filter(pk__in=neighbours).aggregate(last=Max("sent_at"))["last"]
    queued_at: datetime = first["queued_at"]
    return None if sent_at is not None and sent_at > at - _SILENT_FOR else queued_at
