"""Who of those on Webex's list is whom with us."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from registration.models import Meeting
from registration.models.submission import MOVED
from registration.states import Presence
from registration.webex.entries import Entry
from registration.webex.records import RegistrantRow, email_key


class _Person(TypedDict):
    pk: int
    email_key: str
    sent_email: str
    registrant_id: str
    presence: str
    presence_at: datetime | None


@dataclass
class Matched:
    """``rows``: those of our registered people, by primary key. ``strangers``: whom Webex has and we do not.

    Who is in neither is about to be looked up, is known there under another id, or was recorded a moment ago.
    """

    rows: dict[int, RegistrantRow] = field(default_factory=dict)
    strangers: list[Entry] = field(default_factory=list)


def match(meeting: Meeting, entries: Iterable[Entry], *, settled_before: datetime) -> Matched:
    """Sort a page of Webex's list by whom we know: two queries, however long it is.

    A stranger is also whose submission says that they are not at Webex, if it has said so since ``settled_before``.
    """
    by_key = {entry.row.email_key: entry for entry in entries}
    people = _people(meeting, by_key)
    at_webex_as = {email_key(person["sent_email"]) or person["email_key"]: person for person in people}
    # Webex has them under another address, until their correction has been carried out.
    corrected = {person["email_key"] for person in people}
    matched = Matched()
    for entry in entries:
        person = at_webex_as.get(entry.row.email_key)
        if person is None:
            if entry.row.email_key not in corrected:
                matched.strangers.append(entry)
        elif person["presence"] == Presence.REGISTERED:
            # Webex may hold two rows of a person: who is known under another id is asked for by e-mail.
            if person["registrant_id"] in ("", entry.row.id):
                matched.rows[person["pk"]] = entry.row
        elif _is_settled_elsewhere(person, settled_before):
            matched.strangers.append(entry)
    return matched


def _is_settled_elsewhere(person: _Person, settled_before: datetime) -> bool:
    """Whether we are certain that they are not at Webex: not being sent, and not recorded a moment ago."""
    is_elsewhere = person["presence"] in (Presence.ABSENT, Presence.REFUSED)
    return is_elsewhere and (person["presence_at"] is None or person["presence_at"] < settled_before)


def _people(meeting: Meeting, keys: Mapping[str, object]) -> list[_Person]:
    """The meeting's people with one of these addresses: their own, or the one that Webex was sent."""
    columns = ("pk", "email_key", "sent_email", "registrant_id", "presence", "presence_at")
    people = list(meeting.submissions.order_by().filter(email_key__in=list(keys)).values(*columns))
    if rest := set(keys) - {person["email_key"] for person in people}:
        moved = meeting.submissions.order_by().filter(MOVED, sent_email__in=list(rest))
        people += moved.values(*columns)
    return people
