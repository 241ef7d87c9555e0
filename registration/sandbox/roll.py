"""One meeting's registrants, found by id, by e-mail and by time without a walk over all of them."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from registration.sandbox.rows import Row, Status

#: Where a registrant stands in the order of registration: the time, then the number within the meeting.
Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Registrant:
    """A person at "Webex". `registration_id` is empty but for webinars."""

    id: str
    status: Status
    row: Row
    registered_at: datetime
    number: int
    registration_id: str = ""

    @property
    def email(self) -> str:
        """The e-mail address, in lower case."""
        return self.row.email

    @property
    def place(self) -> Place:
        """The key of the order of registration."""
        return self.registered_at, self.number

    def to_json(self) -> dict[str, Any]:
        """The registrant as Webex's answers have it."""
        shown: dict[str, Any] = {"id": self.id, "status": self.status, **self.row.fields}
        shown["registrationTime"] = self.registered_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        if self.registration_id:
            shown["registrationId"] = self.registration_id
        shown["customizedQuestions"] = [answer.to_json() for answer in self.row.answers]
        return shown


class Roll:
    """The registrants of one meeting. Not safe for threads by itself: the store holds the lock."""

    def __init__(self) -> None:
        self._by_id: dict[str, Registrant] = {}
        self._ids_by_email: dict[str, list[str]] = {}
        self._order: list[tuple[Place, str]] = []

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, registrant_id: str) -> Registrant | None:
        """The registrant with this id."""
        return self._by_id.get(registrant_id)

    def with_email(self, email: str) -> list[Registrant]:
        """Those with this e-mail (compared without regard to case), in the order of registration."""
        return [self._by_id[each] for each in self._ids_by_email.get(email.strip().lower(), ())]

    def add(self, registrant: Registrant) -> None:
        """Enter a new registrant."""
        self._by_id[registrant.id] = registrant
        self._ids_by_email.setdefault(registrant.email, []).append(registrant.id)
        insort(self._order, (registrant.place, registrant.id))

    def set_status(self, ids: Iterable[str], status: Status) -> None:
        """Give these registrants a status."""
        for each in ids:
            self._by_id[each] = replace(self._by_id[each], status=status)

    def remove(self, ids: Iterable[str]) -> None:
        """Strike these registrants off."""
        gone = [self._by_id.pop(each) for each in dict.fromkeys(ids)]
        for registrant in gone:
            same = self._ids_by_email[registrant.email]
            same.remove(registrant.id)
            if not same:
                del self._ids_by_email[registrant.email]
        if len(gone) == 1:
            del self._order[bisect_left(self._order, (gone[0].place, gone[0].id))]
        else:
            self._order = [entry for entry in self._order if entry[1] in self._by_id]

    def everyone(self) -> list[Registrant]:
        """All, in the order of registration."""
        return [self._by_id[each] for _, each in self._order]

    def slice(self, *, start: Place, until: datetime, limit: int) -> list[Registrant]:
        """At most `limit` registrants from the place `start` (inclusive) to the time `until` (exclusive)."""
        first = bisect_left(self._order, (start, ""))
        last = bisect_left(self._order, ((until, 0), ""), lo=first)
        return [self._by_id[each] for _, each in self._order[first : min(last, first + limit)]]
