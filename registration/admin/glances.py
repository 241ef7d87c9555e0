"""A meeting at a glance: whether one can sign up, how long it is until then, its places, and its people in numbers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration import roles, wording
from registration.admin.numbers import NUMBERS, people_query
from registration.admin.totals import Totals, totals_of
from registration.admin.words import tone_word
from registration.flow import availability, disagreements
from registration.models import Meeting
from registration.states import Availability

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_HOURS_BEFORE_DAYS = timedelta(hours=12)

_OPEN: dict[Availability, tuple[str, str, "StrOrPromise"]] = {
    Availability.OPEN: ("good", "✓", gettext_lazy("open")),
    Availability.WAITING_LIST: ("waits", "☰", gettext_lazy("waiting list only")),
    Availability.FULL: ("bad", "✗", gettext_lazy("full")),
    Availability.CLOSED: ("quiet", "–", gettext_lazy("closed")),
    Availability.NOT_YET_OPEN: ("waits", "○", gettext_lazy("not open yet")),
    Availability.UNPUBLISHED: ("quiet", "–", gettext_lazy("not published")),
    Availability.CANCELLED: ("bad", "✗", gettext_lazy("cancelled")),
    Availability.ENDED: ("quiet", "–", gettext_lazy("over")),
}


@dataclass(frozen=True)
class Figure:
    """A number of people, what they are, and where they are listed: nowhere, where there are none."""

    name: str
    label: "StrOrPromise"
    count: int
    address: str


@dataclass(frozen=True)
class Group:
    """Figures that belong together. ``is_urgent``: whoever is counted there waits for a person; ``note``: why there are
    not all of them.
    """

    heading: "StrOrPromise"
    figures: list[Figure]
    is_urgent: bool = False
    note: str = ""

    @property
    def total(self) -> int:
        """How many there are in all of them."""
        return sum(figure.count for figure in self.figures)


@dataclass(frozen=True)
class Places:
    """A meeting's places: how many there are (``None``: no end of them), how many are taken, and who waits for one."""

    capacity: int | None
    taken: Figure
    line: Figure

    @property
    def free(self) -> int:
        """How many are left."""
        return max(0, (self.capacity or 0) - self.taken.count)

    @property
    def too_many(self) -> int:
        """How many more are taken than there are."""
        return max(0, self.taken.count - self.capacity) if self.capacity is not None else 0

    @property
    def permille(self) -> int:
        """How full it is, out of 1000."""
        return min(1000, 1000 * self.taken.count // self.capacity) if self.capacity else 1000


@dataclass(frozen=True)
class Names:
    """How the figures are named, and the lists that they lead to: looked up once for a page with hundreds of them."""

    labels: Mapping[str, str]
    people_address: str
    strangers_address: str

    @classmethod
    def now(cls) -> "Names":
        """In the language that is active."""
        people, strangers = (
            reverse(f"admin:registration_{model}_changelist") for model in ("submission", "unknownregistrant")
        )
        return cls({name: str(_SHORT.get(name) or number.label) for name, number in NUMBERS.items()}, people, strangers)


@dataclass(frozen=True)
class Glance:
    """A meeting, and what is to be seen of it at a glance; ``totals`` are for those who may see its people."""

    meeting: Meeting
    names: Names
    is_open: SafeString
    until: str
    when: str
    is_over: bool
    totals: Totals | None

    @property
    def address(self) -> str:
        """Its page with the charts; its own page for who may not see the people."""
        name = "glance" if self.totals is not None else "change"
        return reverse(f"admin:registration_meeting_{name}", args=[self.meeting.pk])

    @property
    def sign_up_address(self) -> str:
        """The whole address of its sign-up page, to be shared."""
        return f"{settings.SITE_URL}{self.meeting.get_absolute_url()}"

    @property
    def is_untouched(self) -> bool:
        """Whether there is nobody to count, as far as may be seen: here, or at Webex only."""
        return self.totals is not None and not (self.totals.total or self.totals.strangers)

    @property
    def places(self) -> Places | None:
        """Its places, as far as they may be seen."""
        if self.totals is None:
            return None
        taken, line = (self._figure(name) for name in ("places", "in_line"))
        return Places(self.meeting.capacity, taken, line)

    @property
    def groups(self) -> list[Group]:
        """The numbers: first those who wait for a person."""
        if self.totals is None:
            return []
        urgent = [*self._figures("to_review", "held", "refused", "missing"), *self._drift()]
        here = ["signed_up", "approved", "declined", "cancelled", *self._some("offered", "unconfirmed")]
        return [
            Group(_("Needs a person"), urgent, is_urgent=True),
            Group(_("Here"), self._figures(*here)),
            self._at_webex("sending", "uncertain", "accepted", "pending", "rejected"),
        ]

    @property
    def funnel(self) -> list[Figure]:
        """How far they came, from the sign-up to Webex."""
        at_webex = ["registered", "through"]
        return self._figures("signed_up", "approved", *(at_webex if self.meeting.webex_id else self._some(*at_webex)))

    def _at_webex(self, *names: str) -> Group:
        """Nobody is on their way to where the meeting is not: no nought is shown that looks as if they were."""
        if self.meeting.webex_id:
            return Group(_("At Webex"), self._figures(*names))
        note = _("Nobody is sent there: the meeting has no Webex meeting id.")
        return Group(_("At Webex"), self._figures(*self._some(*names)), note=note)

    def _figures(self, *names: str) -> list[Figure]:
        return [self._figure(name) for name in names]

    def _figure(self, name: str) -> Figure:
        count = self.totals.numbers[name] if self.totals else 0
        address = f"{self.names.people_address}?{people_query(name, meeting_id=self.meeting.pk)}" if count else ""
        return Figure(name, self.names.labels[name], count, address)

    def _some(self, *names: str) -> list[str]:
        """Those of the numbers that are not nought."""
        return [name for name in names if self.totals and self.totals.numbers[name]]

    def _drift(self) -> Iterator[Figure]:
        """Where Webex and the portal do not agree: what is found otherwise than by a submission's own states."""
        totals = self.totals or Totals()
        people, strangers = self.names.people_address, self.names.strangers_address
        for name, label, count, changelist, query in (
            ("different", _("decided otherwise there"), totals.differently, people, "drift=different"),
            ("strangers", _("at Webex only"), totals.strangers, strangers, "is_ignored__exact=0"),
        ):
            address = f"{changelist}?meeting__id__exact={self.meeting.pk}&{query}" if count else ""
            yield Figure(name, label, count, address)


# Under a heading that says where.
_SHORT: dict[str, "StrOrPromise"] = {
    "accepted": gettext_lazy("approved"),
    "pending": gettext_lazy("pending"),
    "rejected": gettext_lazy("rejected"),
    "held": gettext_lazy("to be released"),
    "registered": gettext_lazy("registered at Webex"),
    "through": gettext_lazy("approved at Webex"),
}


def of_each(
    meetings: Collection[Meeting], request: HttpRequest, *, now: datetime, different: disagreements.Parts | None = None
) -> list[Glance]:
    """Each of the meetings at a glance, as far as the user may see its people.

    Four queries however many they are; three where no meeting has a limit to its places.
    """
    seen = roles.scope(request.user, *roles.SEE_PEOPLE)
    seen_pks = [meeting.pk for meeting in meetings if seen is None or meeting.pk in seen]
    totals = totals_of(seen_pks, different=different)
    states = availability.of_each(meetings, now=now)
    names = Names.now()
    return [
        Glance(
            meeting,
            names,
            tone_word(*_OPEN[states[meeting.pk]]),
            until(meeting, now=now),
            wording.when(meeting),
            meeting.end_at <= now,
            totals.get(meeting.pk),
        )
        for meeting in meetings
    ]


def until(meeting: Meeting, *, now: datetime) -> str:
    """How long it is until the meeting, by the calendar of its own zone."""
    if meeting.end_at <= now:
        days = _days(meeting, meeting.end_at, now)
        return ngettext("%d day ago", "%d days ago", days) % days if days else _("over since today")
    if meeting.start_at <= now:
        return _("under way")
    days = _days(meeting, now, meeting.start_at)
    if not days or meeting.start_at - now < _HOURS_BEFORE_DAYS:
        hours = int((meeting.start_at - now).total_seconds() // 3600)
        return ngettext("in %d hour", "in %d hours", hours) % hours if hours else _("within the hour")
    return _("tomorrow") if days == 1 else _("in %d days") % days


def _days(meeting: Meeting, earlier: datetime, later: datetime) -> int:
    return (later.astimezone(meeting.zone).date() - earlier.astimezone(meeting.zone).date()).days
