"""What the sandbox remembers: meetings with their forms and registrants, in memory, safe for threads."""

import itertools
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Literal, NamedTuple

from registration.sandbox.errors import Refusal
from registration.sandbox.forms import Form
from registration.sandbox.roll import Place, Registrant, Roll
from registration.sandbox.rows import Row, Status

Clock = Callable[[], datetime]
#: What happens to an e-mail that is registered already. Webex's own answer is not known, so all three are here.
Duplicates = Literal["conflict", "old_row", "second_row"]

#: Calls that are remembered; more would let a sandbox that runs for weeks grow without end.
CALLS_KEPT = 2000


class Call(NamedTuple):
    """A call as it came in, for a test to look at; equal to a plain tuple of the same four."""

    method: str
    operation: str
    query: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting series. `form` is `None` where registration is not switched on; times are aware."""

    id: str
    title: str
    start_at: datetime
    end_at: datetime
    timezone: str = "UTC"
    agenda: str = ""
    scheduled_type: Literal["meeting", "webinar", "personalRoomMeeting"] = "meeting"
    host_email: str = "host@example.com"
    host_display_name: str = "Sam Host"
    password: str = "sandbox-only"  # noqa: S105 - shown to no one, opens nothing
    number: str = "123456789"
    recurrence: str = ""
    has_join_before_host: bool = False
    form: Form | None = None


class Store:
    """The sandbox's memory.

    `auto_accept` overrides every form's `autoAcceptRequest` (`None`: as the form says). `duplicates` and
    `unmatched` may be set at any time. `max_items` bounds one bulk call; Webex's own bound is unknown (sibling
    calls take 50 and 100).
    """

    def __init__(self, *, clock: Clock, auto_accept: bool | None = None) -> None:
        self.clock = clock
        self.auto_accept = auto_accept
        self.duplicates: Duplicates = "conflict"
        #: What a form with rules makes of people who meet none of them. Webex is said to reject them, and is said to
        #: leave them to the form's `autoAcceptRequest` (`None`); it may be either.
        self.unmatched: Status | None = None
        #: Whether a question that a PUT leaves as it was keeps its id. Webex's own answer is not known: it may.
        self.keeps_question_ids = False
        self.max_items = 100
        self._meetings: dict[str, Meeting] = {}
        self._rolls: dict[str, Roll] = {}
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._numbers = itertools.count(1)
        self._question_ids = itertools.count(440001)
        self._lock = RLock()

    @property
    def calls(self) -> list[Call]:
        """The last calls (at most `CALLS_KEPT`), oldest first; refused and dropped ones are among them."""
        with self._lock:
            return list(self._calls)

    def record(self, call: Call) -> None:
        """Remember a call."""
        with self._lock:
            self._calls.append(call)

    def forget_calls(self) -> None:
        """Begin `calls` anew."""
        with self._lock:
            self._calls.clear()

    def add_meeting(
        self,
        *,
        title: str = "A meeting",
        id: str = "",
        start_at: datetime | None = None,
        end_at: datetime | None = None,
        form: Form | None = None,
        **details: Any,
    ) -> Meeting:
        """A new meeting; without `id` it gets one, without times it is an hour in ten days.

        `details` are further fields of `Meeting`. An `id` that is taken raises `ValueError`.
        """
        start = start_at or (self.clock() + timedelta(days=10)).replace(minute=0, second=0, microsecond=0)
        meeting = Meeting(
            id=id or uuid.uuid4().hex,
            title=title,
            start_at=start,
            end_at=end_at or start + timedelta(hours=1),
            form=form,
            **details,
        )
        with self._lock:
            if meeting.id in self._meetings:
                raise ValueError(f"the sandbox has a meeting {meeting.id} already")
            self._meetings[meeting.id] = meeting
            self._rolls[meeting.id] = Roll()
        return meeting

    def meetings(self) -> list[Meeting]:
        """All meetings, in the order they were added."""
        with self._lock:
            return list(self._meetings.values())

    def meeting(self, meeting_id: str) -> Meeting | None:
        """The meeting series with this id."""
        with self._lock:
            return self._meetings.get(meeting_id)

    def new_question_id(self) -> int:
        """An id that no question of this store has had."""
        return next(self._question_ids)

    def set_form(self, meeting_id: str, form: Form | None) -> None:
        """Give the meeting a form. `None` switches registration off, which deletes the registrants, as at Webex."""
        with self._lock:
            self._meetings[meeting_id] = replace(self._meetings[meeting_id], form=form)
            if form is None:
                self._rolls[meeting_id] = Roll()

    def registrants(self, meeting_id: str) -> list[Registrant]:
        """Everyone registered for the meeting, in the order of registration."""
        with self._lock:
            return self._rolls[meeting_id].everyone()

    def registrant(self, meeting_id: str, registrant_id: str) -> Registrant | None:
        """The registrant with this id."""
        with self._lock:
            return self._rolls[meeting_id].get(registrant_id)

    def with_emails(self, meeting_id: str, emails: Iterable[str]) -> list[Registrant]:
        """Everyone with one of these e-mails, without regard to case, in the order of registration."""
        keys = dict.fromkeys(email.strip().lower() for email in emails)
        with self._lock:
            found = [each for key in keys for each in self._rolls[meeting_id].with_email(key)]
        return sorted(found, key=lambda each: each.place)

    def slice(self, meeting_id: str, *, start: Place, until: datetime, limit: int) -> list[Registrant]:
        """At most `limit` registrants from the place `start` (inclusive) to the time `until` (exclusive)."""
        with self._lock:
            return self._rolls[meeting_id].slice(start=start, until=until, limit=limit)

    def count_by_status(self, meeting_id: str) -> Counter[Status]:
        """How many registrants have each status."""
        return Counter(each.status for each in self.registrants(meeting_id))

    def register(self, meeting_id: str, rows: Sequence[Row]) -> list[Registrant]:
        """Enter all rows or none, and return one registrant for each, in the rows' order.

        An e-mail that is registered already, or comes twice, is dealt with as `duplicates` says; "conflict"
        raises `Refusal` (409).
        """
        with self._lock:
            meeting, roll = self._meetings[meeting_id], self._rolls[meeting_id]
            if self.duplicates == "conflict":
                self._refuse_known(roll, rows)
            entered = []
            for row in rows:
                known = roll.with_email(row.email)
                if known and self.duplicates == "old_row":
                    entered.append(known[0])
                    continue
                registrant = self._new_registrant(meeting, row)
                roll.add(registrant)
                entered.append(registrant)
            return entered

    def set_status(self, meeting_id: str, ids: Sequence[str], status: Status) -> None:
        """Give all these registrants a status, or raise `Refusal` (404) and change none."""
        with self._lock:
            self._refuse_unknown(meeting_id, ids)
            self._rolls[meeting_id].set_status(ids, status)

    def delete(self, meeting_id: str, ids: Sequence[str]) -> None:
        """Delete all these registrants, or raise `Refusal` (404) and delete none."""
        with self._lock:
            self._refuse_unknown(meeting_id, ids)
            self._rolls[meeting_id].remove(ids)

    def _new_registrant(self, meeting: Meeting, row: Row) -> Registrant:
        number = next(self._numbers)
        return Registrant(
            id=str(uuid.uuid4()),
            status=self._judge(meeting.form or Form(), row),
            row=row,
            # Webex shows whole seconds; kept as shown, so that a window's edge means what its reader sees.
            registered_at=self.clock().astimezone(UTC).replace(microsecond=0),
            number=number,
            registration_id=str(560000 + number) if meeting.scheduled_type == "webinar" else "",
        )

    def _judge(self, form: Form, row: Row) -> Status:
        is_auto_accepting = form.auto_accept if self.auto_accept is None else self.auto_accept
        otherwise: Status = "approved" if is_auto_accepting else "pending"
        if self.unmatched and any(form.rules_in_order()):
            otherwise = self.unmatched
        return row.judge(form, otherwise=otherwise)

    @staticmethod
    def _refuse_known(roll: Roll, rows: Sequence[Row]) -> None:
        seen: set[str] = set()
        for index, row in enumerate(rows):
            if row.email in seen or roll.with_email(row.email):
                raise Refusal(409, f"items[{index}].email is registered for this meeting already.")
            seen.add(row.email)

    def _refuse_unknown(self, meeting_id: str, ids: Sequence[str]) -> None:
        if any(self._rolls[meeting_id].get(each) is None for each in ids):
            raise Refusal(404, "A registrant could not be found; nothing was changed.")
