"""One meeting, read back from Webex."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import disagreements, moves
from registration.flow.moves.locking import chunks, in_order
from registration.flow.sync.matching import match
from registration.flow.sync.report import Report
from registration.flow.sync.turns import Turns
from registration.models import Meeting, Submission, UnknownRegistrant
from registration.models.submission import MISSING, NOT_LEFT
from registration.states import Presence
from registration.webex.client import LONGEST_WINDOW, QUERY_SIZE, WebexClient
from registration.webex.entries import Entry
from registration.webex.records import RegistrantRow

T = TypeVar("T")

MOST_WINDOWS = 20
"""So many windows the walk goes back at most: five years."""

_LONGEST_EMAIL = 254
_MOST_REFERENCES = 10
_TOLD = ["email", "first_name", "last_name", "webex_status", "registration_time", "details", "seen_at"]
_CLOCKS_DIFFER_BY = timedelta(days=1)


class Reading:
    """Reads one meeting: the list of all who are there, then by e-mail those of our people who were not on it."""

    def __init__(
        self,
        meeting: Meeting,
        *,
        client: WebexClient,
        turns: Turns,
        report: Report,
        only: Collection[int] | None,
        clock: Callable[[], datetime],
    ) -> None:
        self.meeting = meeting
        self.gone = 0
        self._client = client
        self._turns = turns
        self._report = report
        self._only = only
        self._clock = clock
        self._asked_at = self._page_asked_at = clock()
        self._grace = timedelta(seconds=settings.WEBEX_GRACE_SECONDS)
        # How soon Webex's own answers know of a write is not documented.
        self._settled_before = self._asked_at - self._grace
        self._latest = self._asked_at + self._grace
        self.before = self._registered().filter(missing_at=None).count()

    def run(self) -> None:
        """Record who is there, with which status, and who is missing; the report tells what was seen until an error.

        With ``only`` just these people are asked for. Raises a ``WebexError`` or ``OutOfTime``.
        """
        try:
            if self._only is None:
                self._walk()
            self._ask_for_the_unseen()
            if self._only is None:
                self._forget_the_gone()
        finally:
            self._tell_seen()
        self._tell_drift()

    # --- the list -----------------------------------------------------------------------------------------------

    def _walk(self) -> None:
        """Window by window into the past: to before the meeting was made here, and on while anybody is found."""
        until = self._asked_at + _CLOCKS_DIFFER_BY
        for _number in range(MOST_WINDOWS):
            since = until - LONGEST_WINDOW
            if not self._read_window(since, until) and since <= self.meeting.created_at:
                return
            until = since

    def _read_window(self, since: datetime, until: datetime) -> bool:
        """Record the people of one window, a page's worth at a time. Returns whether there were any."""
        entries = self._client.list_registrants(
            self.meeting.webex_id,
            since=since,
            until=until,
            current=self.meeting.current,
            host_email=self.meeting.host_email_parameter,
            make=self._make,
        )
        has_any = False
        for first in entries:
            has_any = True
            asked_at = self._page_asked_at
            page = [first, *islice(entries, QUERY_SIZE - 1)]
            matched = match(self.meeting, page, settled_before=self._settled_before, latest_at=self._latest_at())
            self._observe(matched.rows, asked_at=asked_at)
            self._keep(matched.strangers)
        return has_any

    def _keep(self, strangers: list[Entry]) -> None:
        """Remember whom we do not know; what a person decided about them stays."""
        at = self._clock()
        rows = {
            entry.row.id: UnknownRegistrant(
                meeting=self.meeting,
                registrant_id=entry.row.id,
                email=entry.row.email_key,
                first_name=entry.row.first_name[:100],
                last_name=entry.row.last_name[:100],
                webex_status=entry.row.status,
                registration_time=entry.row.registration_time,
                details=entry.to_details() | {"registration_id": entry.row.registration_id},
                seen_at=at,
            )
            for entry in strangers
            if len(entry.row.email) <= _LONGEST_EMAIL
        }
        if not rows:
            return
        with transaction.atomic():
            # An update alone would lock them in the order in which Webex lists them.
            known = self.meeting.unknown_registrants.filter(registrant_id__in=rows)
            told_before = set(in_order(known).values_list("registrant_id", flat=True))
            if self.meeting.submissions.filter(erased_at__gte=self._settled_before).exists():
                # One of them may be somebody who is erased by now, and whom nothing here tells from a stranger. The
                # next sync sees who is there still.
                rows = {registrant_id: row for registrant_id, row in rows.items() if registrant_id in told_before}
            UnknownRegistrant.objects.bulk_create(
                [rows[registrant_id] for registrant_id in sorted(rows)],
                update_conflicts=True,
                unique_fields=["meeting", "registrant_id"],
                update_fields=_TOLD,
            )

    def _forget_the_gone(self) -> None:
        """Forget those strangers whom this sync has not seen."""
        gone = self.meeting.unknown_registrants.exclude(seen_at__range=self._duration())
        with transaction.atomic():
            pks = list(in_order(gone).values_list("pk", flat=True))
            for chunk in chunks(pks):
                UnknownRegistrant.objects.filter(pk__in=chunk).delete()

    # --- those who were not on it -------------------------------------------------------------------------------

    def _ask_for_the_unseen(self) -> None:
        for people in self._unseen():
            rows = self._make(partial(self._query, [person.webex_key for person in people]))
            found = {person.pk: rows[person.webex_key] for person in people if person.webex_key in rows}
            self._observe(found, asked_at=self._page_asked_at)
            self.gone += moves.lose(
                [person.pk for person in people if person.webex_key not in rows],
                unseen_since=self._asked_at,
                settled_before=self._settled_before,
                at=self._clock(),
                latest_at=self._latest_at(),
            )

    def _query(self, keys: list[str]) -> dict[str, RegistrantRow]:
        return self._client.query(
            self.meeting.webex_id,
            keys,
            current=self.meeting.current,
            host_email=self.meeting.host_email_parameter,
        )

    def _unseen(self) -> Iterator[list[Submission]]:
        """The registered people whom this sync has not seen, a call's worth at a time, by key."""
        unseen = self._registered().exclude(synced_at__range=self._duration()).order_by("pk")
        last = 0
        while people := list(unseen.filter(pk__gt=last).only("meeting", "email", "sent_email")[:QUERY_SIZE]):
            yield people
            last = people[-1].pk

    def _observe(self, rows: dict[int, RegistrantRow], *, asked_at: datetime) -> None:
        at, latest_at = self._clock(), self._latest_at()
        self._report.counts["changed"] += moves.observe(rows, asked_at=asked_at, at=at, latest_at=latest_at)

    def _make(self, call: Callable[[], T]) -> T:
        """What ``call`` returns, made in its turn; notes when Webex was asked for this page."""

        def ask() -> T:
            self._page_asked_at = self._clock()
            return call()

        return self._turns(ask)

    # --- when ---------------------------------------------------------------------------------------------------

    def _latest_at(self) -> datetime:
        """What was recorded later than this was so by a clock that had been set back before this sync began.

        Clocks agree to within less than a grace; and one that is set back meanwhile has told this sync the time before.
        """
        self._latest = max(self._latest, self._clock() + self._grace)
        return self._latest

    def _duration(self) -> tuple[datetime, datetime]:
        """From when this sync began until now."""
        return self._asked_at, self._latest_at()

    # --- what is told -------------------------------------------------------------------------------------------

    def _registered(self) -> QuerySet[Submission]:
        registered = self.meeting.submissions.filter(presence=Presence.REGISTERED)
        return registered if self._only is None else registered.filter(pk__in=self._only)

    def _tell_seen(self) -> None:
        seen = self._registered().filter(synced_at__range=self._duration()).order_by()
        for status, count in seen.values_list("webex_status").annotate(Count("pk")):
            self._report.counts["seen"] += count
            if status:
                self._report.statuses[status] += count

    def _tell_drift(self) -> None:
        counts = self._report.counts
        reported = self._registered().filter(NOT_LEFT)
        missing = self._registered().filter(MISSING)
        counts["missing"] += missing.count()
        counts["decided_differently"] += disagreements.among(reported, within=Q(meeting=self.meeting)).count()
        if self._only is None:
            counts["unknown"] += self.meeting.unknown_registrants.filter(is_ignored=False).count()
        if references := list(missing.order_by("pk").values_list("reference", flat=True)[: _MOST_REFERENCES + 1]):
            self._report.complain(self._missing_words(references, count=missing.count()))

    def _missing_words(self, references: list[str], *, count: int) -> str:
        words = _("%(meeting)s: not found at Webex any more: %(references)s. Has the host removed them there?") % {
            "meeting": self.meeting,
            "references": ", ".join(references[:_MOST_REFERENCES]),
        }
        if (more := count - _MOST_REFERENCES) > 0:
            words += " " + ngettext("(And %d more.)", "(And %d more.)", more) % more
        return words
