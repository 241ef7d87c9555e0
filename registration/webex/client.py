"""The calls to Webex that the portal makes, each a few lines over `transport`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from registration.webex import errors, reading
from registration.webex.entries import Entry
from registration.webex.errors import gettext_noop
from registration.webex.form_update import FormUpdate
from registration.webex.pacing import Gate, OpenGate
from registration.webex.records import (
    STATUSES,
    Answered,
    FormInfo,
    MeetingInfo,
    Registrant,
    RegistrantRow,
    email_key,
)
from registration.webex.tokens import TokenSource
from registration.webex.transport import Reply, Transport

QUERY_SIZE = 100
"""Rows that one answer of `registrants/query` can hold at most; the default would be 10."""

MOST_ROUNDS = 20
"""Pages of one answer, and rounds of asking for those who are missing, after which a look-up gives up."""

LONGEST_WINDOW = timedelta(days=90)
"""So far apart the two ends of a window of registration times may be; without them Webex would show 7 days."""

MOST_PAGES = 2_000
"""Pages of one window, after which a list that does not end is given up: 200,000 people."""

MEETING = "/meetings/{meetingId}"

CHANGES = {"approve": "approve", "reject": "reject", "move_to_pending": "cancel", "remove": "bulkDelete"}
"""What can be done to registrants, in our words, and Webex's name for it."""

T = TypeVar("T")


def at_once(call: Callable[[], Reply]) -> Reply:
    """Make a call without further ado."""
    return call()


class WebexClient:
    """Webex, with one account's token. Use it as a context manager, or `close()` it.

    `token` is asked before each call, and `gate` when it may begin; `concurrency` bounds the calls in flight.
    `timeout_seconds` is the longest silence of Webex; a call that was sent ends at most `10 + 2 * timeout_seconds`
    after it began, however its answer trickles in. Reads are tried up to three times where a server on the way fails
    (502 503 504) or hangs up, unless the client `is_hasty`; writes never. Every verb raises a `WebexError` and nothing
    else, and passes on `current` and `host_email` only where they are given. Threads may share a client.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: TokenSource,
        timeout_seconds: float = 30.0,
        gate: Gate | None = None,
        concurrency: int = 4,
        is_hasty: bool = False,
    ) -> None:
        self.gate: Gate = gate or OpenGate()
        self.concurrency = concurrency
        self._transport = Transport(
            base_url=base_url,
            token=token,
            timeout_seconds=timeout_seconds,
            gate=self.gate,
            concurrency=concurrency,
            is_hasty=is_hasty,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to Webex."""
        self._transport.close()

    def list_meetings(self, *, max: int = 1, host_email: str = "") -> tuple[MeetingInfo, ...]:
        """Up to `max` meetings of the next 7 days, among them those to which the account is only invited: a probe."""
        reply = self._read("GET", "/meetings", query=_query(host_email=host_email) | {"max": str(max)})
        return tuple(meeting for item in _items(reply) if (meeting := MeetingInfo.from_json(item)))

    def get_meeting(self, meeting_id: str, *, current: bool = False, host_email: str = "") -> MeetingInfo:
        """The meeting with this id."""
        reply = self._read("GET", MEETING, meeting_id=meeting_id, query=_query(current, host_email))
        return _record(MeetingInfo.from_json, reply)

    def get_registration(self, meeting_id: str, *, current: bool = False, host_email: str = "") -> FormInfo:
        """The meeting's registration form."""
        reply = self._read("GET", MEETING + "/registration", meeting_id=meeting_id, query=_query(current, host_email))
        return _record(FormInfo.from_json, reply)

    def update_registration(
        self,
        meeting_id: str,
        form: FormUpdate,
        *,
        host_email: str = "",
        may_leave: Callable[[], bool] = lambda: True,
    ) -> None:
        """Make this the registration form of the whole series, in one call that is never repeated.

        Webex may give questions and options new ids: read the form again. After `OutcomeUnknown` it may be the old
        form or the new one. The contract has the host in the body here, and no `current`. `may_leave` as for
        `bulk_insert`.
        """
        self._transport.write(
            "PUT",
            MEETING + "/registration",
            ids={"meetingId": meeting_id},
            query={},
            body=form.to_json() | ({"hostEmail": host_email} if host_email else {}),
            may_leave=may_leave,
        )

    def bulk_insert(
        self,
        meeting_id: str,
        registrants: Sequence[Registrant],
        *,
        current: bool = False,
        host_email: str = "",
        may_leave: Callable[[], bool] = lambda: True,
    ) -> Answered:
        """Register people, in one call that is never repeated. Webex mails those with `send_email`.

        The rows come in any order and may be fewer, or more, than were sent; none at all (202, 204, or an empty
        body) means that the call was accepted and its outcome is to be looked up. After `OutcomeUnknown` everybody
        may be registered, or nobody. `may_leave` is asked right before the call; where it says no: `NotBegun`.
        """
        reply = self._transport.write(
            "POST",
            MEETING + "/registrants/bulkInsert",
            ids={"meetingId": meeting_id},
            query=_query(current, host_email),
            body={"items": [registrant.to_json() for registrant in registrants]},
            may_leave=may_leave,
        )
        is_told = reply.http_status not in (202, 204) and reply.body.strip()
        rows = [RegistrantRow.from_json(item) for item in _items(reply)] if is_told else []
        return Answered(
            http_status=reply.http_status,
            tracking_id=reply.tracking_id,
            rows=tuple(row for row in rows if row is not None),
        )

    def change(
        self,
        verb: str,
        meeting_id: str,
        registrant_ids: Sequence[str],
        *,
        send_email: bool,
        current: bool = False,
        host_email: str = "",
        may_leave: Callable[[], bool] = lambda: True,
    ) -> None:
        """`approve`, `reject` or `remove` registrants, or `move_to_pending`, in one call that is never repeated.

        Webex mails them with `send_email`. Its 204 says nothing of a person: look them up. Its `cancel` does not
        delete, but moves back to pending. `may_leave` as for `bulk_insert`. Raises `KeyError` for another verb.
        """
        self._transport.write(
            "POST",
            f"{MEETING}/registrants/{CHANGES[verb]}",
            ids={"meetingId": meeting_id},
            query=_query(current, host_email),
            body={"sendEmail": send_email, "registrants": [{"id": registrant_id} for registrant_id in registrant_ids]},
            may_leave=may_leave,
        )

    def query(
        self, meeting_id: str, emails: Iterable[str], *, current: bool = False, host_email: str = ""
    ) -> dict[str, RegistrantRow]:
        """Those of `emails` whom Webex has, by `email_key`. Who is not among them is not registered.

        Where Webex has two rows for one e-mail: the approved one, else the pending, else the rejected, and among
        equals the oldest. Raises `OutcomeUnknown` where Webex's answers leave it open who is missing.
        """
        # In the spelling that Webex itself stores: a server that compares exactly would miss "Bob@Example.com".
        keys = list(dict.fromkeys(key for email in emails if (key := email_key(email))))
        query = _query(current, host_email) | {"max": str(QUERY_SIZE)}
        found: dict[str, RegistrantRow] = {}
        for start in range(0, len(keys), QUERY_SIZE):
            found |= self._look_up(meeting_id, keys[start : start + QUERY_SIZE], query=query)
        return found

    def list_registrants(
        self,
        meeting_id: str,
        *,
        since: datetime,
        until: datetime,
        current: bool = False,
        host_email: str = "",
        make: Callable[[Callable[[], Reply]], Reply] = at_once,
    ) -> Iterator[Entry]:
        """Everybody who registered from `since` (inclusive) to `until` (exclusive), page by page as they are asked for.

        The ends are taken to the whole second, and are at most `LONGEST_WINDOW` apart (else `ValueError`). `make`
        makes each call: it may wait before it, or make it again. Somebody without an id or an e-mail is left out.
        A page with nobody else on it, or one after which the next is out of reach or was read already, is no end:
        `OutcomeUnknown`.
        """
        if until - since > LONGEST_WINDOW:
            raise ValueError("Webex lists at most 90 days at once")
        query = _query(current, host_email) | {
            "max": str(QUERY_SIZE),
            "registrationTimeFrom": _moment(since),
            "registrationTimeTo": _moment(until),
        }
        page_url, seen_urls = "", set[str]()
        for _ in range(MOST_PAGES):
            read = partial(self._read, "GET", MEETING + "/registrants", meeting_id=meeting_id, query=query)
            reply = make(partial(read, page_url=page_url))
            items = _items(reply)
            entries = [entry for item in items if (entry := Entry.from_json(item))]
            if items and not entries:
                raise reply.unreadable()
            yield from entries
            if not reply.has_next:
                return
            if not reply.next_url or reply.next_url in seen_urls:
                raise reply.unreadable()
            page_url = reply.next_url
            seen_urls.add(page_url)
        raise errors.OutcomeUnknown(gettext_noop("Webex's list of registrants does not end."))

    def _look_up(self, meeting_id: str, keys: list[str], *, query: Mapping[str, str]) -> dict[str, RegistrantRow]:
        """Ask until nobody is missing, or until an answer names nobody of those who are, and cannot have been cut.

        An answer may be cut without saying so (at 100 rows, at the default of 10, at a limit that nobody wrote
        down). So one that names some proves nothing about the others: they are asked for again, alone.
        """
        found: dict[str, RegistrantRow] = {}
        missing = keys
        for _ in range(MOST_ROUNDS):
            rows, is_whole = self._ask(meeting_id, missing, query=query)
            named = _best_rows(row for row in rows if row.email_key in missing)
            found |= named
            missing = [key for key in missing if key not in named]
            if not missing or (is_whole and not named):
                return found
            if not named:
                break
        raise errors.OutcomeUnknown(gettext_noop("Webex's answers leave it open who is registered."))

    def _ask(self, meeting_id: str, keys: list[str], *, query: Mapping[str, str]) -> tuple[list[RegistrantRow], bool]:
        """The rows on all pages of one answer, and whether no row that there is can be absent from them."""
        rows: list[RegistrantRow] = []
        is_readable, page_url = True, ""
        for _ in range(MOST_ROUNDS):
            reply = self._read(
                "POST",
                MEETING + "/registrants/query",
                meeting_id=meeting_id,
                query=query,
                body={"emails": keys},
                page_url=page_url,
            )
            items = _items(reply)
            page = [row for item in items if (row := RegistrantRow.from_json(item))]
            rows += page
            is_readable = is_readable and len(page) == len(items)
            if not reply.has_next:
                return rows, is_readable and len(items) < QUERY_SIZE
            page_url = reply.next_url
            if not page_url:
                break
        return rows, False

    def _read(
        self,
        method: str,
        template: str,
        *,
        query: Mapping[str, str],
        meeting_id: str = "",
        body: object = None,
        page_url: str = "",
    ) -> Reply:
        """Read something. A success that brings no full answer (202 204 206) is none: nothing could be concluded."""
        reply = self._transport.read(
            method, template, ids={"meetingId": meeting_id}, query=query, body=body, page_url=page_url
        )
        if reply.http_status not in (200, 201):
            raise reply.unreadable()
        return reply


def _query(current: bool = False, host_email: str = "") -> dict[str, str]:
    return ({"current": "true"} if current else {}) | ({"hostEmail": host_email} if host_email else {})


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _items(reply: Reply) -> list[object]:
    """The `items` of an answer. Raises `OutcomeUnknown` where there is no such list."""
    items = reading.json_object(reply.json()).get("items")
    if not isinstance(items, list):
        raise reply.unreadable()
    return items


def _record(read: Callable[[object], T | None], reply: Reply) -> T:
    """What `read` makes of an answer. Raises `OutcomeUnknown` where it can make nothing of it."""
    record = read(reply.json())
    if record is None:
        raise reply.unreadable()
    return record


def _best_rows(rows: Iterable[RegistrantRow]) -> dict[str, RegistrantRow]:
    """For each e-mail the row to believe: by status, in the order of `STATUSES`, then the oldest."""

    def belief(row: RegistrantRow) -> tuple[int, datetime]:
        rank = STATUSES.index(row.status) if row.status in STATUSES else len(STATUSES)
        return rank, row.registration_time or datetime.max.replace(tzinfo=UTC)

    best: dict[str, RegistrantRow] = {}
    for row in sorted(rows, key=belief):
        best.setdefault(row.email_key, row)
    return best
