"""Who of those on Webex's list is whom with us."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from registration.flow.owners import Owner, Owners
from registration.models import Meeting
from registration.states import Presence
from registration.webex.entries import Entry
from registration.webex.records import RegistrantRow


@dataclass
class Matched:
    """``rows``: those of our registered people, by primary key. ``strangers``: whom Webex has and we do not.

    Who is in neither is about to be looked up, is known there under another id, or was recorded a moment ago.
    """

    rows: dict[int, RegistrantRow] = field(default_factory=dict)
    strangers: list[Entry] = field(default_factory=list)


def match(meeting: Meeting, entries: Collection[Entry], *, settled_before: datetime, latest_at: datetime) -> Matched:
    """Sort a page of Webex's list by whom we know: three queries, however long it is.

    A stranger is also whose submission says that they are not at Webex, if it has said so since ``settled_before``;
    what it says since later than ``latest_at`` was recorded by a clock that has been set back since.
    """
    owners = Owners(
        meeting.pk, ids=[entry.row.id for entry in entries], keys=[entry.row.email_key for entry in entries]
    )
    matched = Matched()
    for entry in entries:
        owner = owners.of(entry.row.id, entry.row.email_key)
        if owner is None or _is_settled_elsewhere(owner, settled_before, latest_at):
            matched.strangers.append(entry)
        # Webex may hold two rows of a person: who is known under another id is asked for by e-mail.
        elif owner["presence"] == Presence.REGISTERED and owner["registrant_id"] in ("", entry.row.id):
            matched.rows[owner["pk"]] = entry.row
    return matched


def _is_settled_elsewhere(owner: Owner, settled_before: datetime, latest_at: datetime) -> bool:
    """Whether we are certain that they are not at Webex: not being sent, and not recorded a moment ago."""
    since = owner["presence_at"]
    is_recent = since is not None and settled_before <= since <= latest_at
    return owner["presence"] in (Presence.ABSENT, Presence.REFUSED) and not is_recent
