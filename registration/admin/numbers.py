"""The numbers at a glance: each stands for certain people, and leads to exactly those on the list.

Who they are is said once for each number, so that what is counted and what the list shows cannot come to differ.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from registration.models import Submission
from registration.models.submission import HELD, MISSING, UNCONFIRMED
from registration.states import Decision, Presence, WebexStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_ANYBODY = Q()
_ALL_DECISIONS, _ALL_PRESENCES = frozenset(Decision.values), frozenset(Presence.values)


@dataclass(frozen=True)
class Number:
    """The people in one of these decisions and in one of these presences, of whom ``rest`` is so, too."""

    label: "StrOrPromise"
    rest: Q = _ANYBODY
    decisions: Collection[str] = _ALL_DECISIONS
    presences: Collection[str] = _ALL_PRESENCES

    @property
    def condition(self) -> Q:
        """Who they are, for a query."""
        condition = self.rest
        if self.decisions != _ALL_DECISIONS:
            condition &= Q(decision__in=self.decisions)
        if self.presences != _ALL_PRESENCES:
            condition &= Q(presence__in=self.presences)
        return condition

    def is_among(self, decision: str, presence: str) -> bool:
        """Whether they are among those who have both: then these are they of whom ``rest`` is so."""
        return decision in self.decisions and presence in self.presences


_STAYS = Q(erase_asked_at__isnull=True)
_THERE = Q(missing_at__isnull=True)
_APPROVED, _REGISTERED = [Decision.APPROVED], [Presence.REGISTERED]


def _with_status(status: WebexStatus) -> Q:
    return Q(webex_status=status) & _THERE


NUMBERS: dict[str, Number] = {
    "to_review": Number(
        gettext_lazy("waiting for review"), ~HELD & ~UNCONFIRMED & _STAYS, decisions=[Decision.WAITING]
    ),
    "held": Number(gettext_lazy("decided, to be released"), HELD & _STAYS),
    "refused": Number(gettext_lazy("refused by Webex"), decisions=_APPROVED, presences=[Presence.REFUSED]),
    "missing": Number(gettext_lazy("missing at Webex"), MISSING),
    "signed_up": Number(gettext_lazy("signed up")),
    "places": Number(gettext_lazy("places taken"), decisions=[Decision.WAITING, Decision.APPROVED, Decision.OFFERED]),
    "in_line": Number(gettext_lazy("on the waiting list"), decisions=[Decision.WAITLISTED]),
    "offered": Number(gettext_lazy("offered a place"), decisions=[Decision.OFFERED]),
    "unconfirmed": Number(gettext_lazy("address to be confirmed"), UNCONFIRMED),
    "approved": Number(gettext_lazy("approved"), decisions=_APPROVED),
    "declined": Number(gettext_lazy("declined"), decisions=[Decision.DECLINED]),
    "cancelled": Number(gettext_lazy("cancelled"), decisions=[Decision.CANCELLED]),
    "sending": Number(gettext_lazy("being sent"), presences=[Presence.SENDING]),
    "uncertain": Number(gettext_lazy("outcome unknown"), presences=[Presence.UNCERTAIN]),
    "accepted": Number(gettext_lazy("approved at Webex"), _with_status(WebexStatus.APPROVED), presences=_REGISTERED),
    "pending": Number(gettext_lazy("pending at Webex"), _with_status(WebexStatus.PENDING), presences=_REGISTERED),
    "rejected": Number(gettext_lazy("rejected at Webex"), _with_status(WebexStatus.REJECTED), presences=_REGISTERED),
    # Those who came so far, step by step: each is among the ones before.
    "registered": Number(
        gettext_lazy("approved, and registered at Webex"), _THERE, decisions=_APPROVED, presences=_REGISTERED
    ),
    "through": Number(
        gettext_lazy("approved by us and at Webex"),
        _with_status(WebexStatus.APPROVED),
        decisions=_APPROVED,
        presences=_REGISTERED,
    ),
}
"""By the name that stands in the list's address."""

_COMING = "coming"


class NumberFilter(admin.SimpleListFilter):
    """By the numbers at a glance."""

    title = gettext_lazy("at a glance")
    parameter_name = "who"
    choices_offered = tuple((name, number.label) for name, number in NUMBERS.items())

    def has_output(self) -> bool:
        """Only where one is chosen: what can be chosen here is chosen by the links of the numbers."""
        return bool(self.value())

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every number."""
        return list(self.choices_offered)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        """Keep those for whom the number stands; any other keeps all."""
        number = NUMBERS.get(self.value() or "")
        return queryset.filter(number.condition) if number else queryset


class TimeFilter(admin.SimpleListFilter):
    """By whether the meeting is over."""

    title = gettext_lazy("meeting’s time")
    parameter_name = "time"
    choices_offered = ((_COMING, gettext_lazy("to come")), ("over", gettext_lazy("over")))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """To come, which it is until its end, and over."""
        return list(self.choices_offered)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the chosen time; any other keeps all."""
        match self.value():
            case "coming":
                return queryset.filter(meeting__end_at__gt=timezone.now())
            case "over":
                return queryset.filter(meeting__end_at__lte=timezone.now())
        return queryset


def people_address(name: str) -> str:
    """The list of exactly those for whom the number stands, of every meeting that is to come."""
    return f"{reverse('admin:registration_submission_changelist')}?{people_query(name)}"


def people_query(name: str, *, meeting_id: int | None = None) -> str:
    """What the list is asked for to show exactly those: of the meeting, or of every one that is to come."""
    of = f"meeting__id__exact={meeting_id}" if meeting_id is not None else f"time={_COMING}"
    return f"{of}&who={name}"
