"""Everything under `/meetings/{meetingId}/registrants`."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from registration.sandbox.errors import Refusal
from registration.sandbox.exchange import Asked, Reply
from registration.sandbox.forms import Form
from registration.sandbox.meeting_endpoints import series_with_registration
from registration.sandbox.roll import Place, Registrant
from registration.sandbox.rows import Status, read_row, read_rows
from registration.sandbox.store import Meeting, Store

DEFAULT_WINDOW = timedelta(days=7)
LARGEST_WINDOW = timedelta(days=90)
STATUSES = ("approved", "pending", "rejected")
ORDERS: dict[str, Callable[[Registrant], tuple[object, ...]]] = {
    "": lambda each: each.place,
    "firstName": lambda each: (each.row.fields["firstName"], *each.place),
    "lastName": lambda each: (each.row.fields["lastName"], *each.place),
    "email": lambda each: (each.email, *each.place),
    "status": lambda each: (each.status, *each.place),
}


def create_registrant(store: Store, asked: Asked) -> Reply:
    """Register one person."""
    meeting, form = _meeting_and_form(store, asked)
    (registrant,) = store.register(meeting.id, [read_row(asked.body, form=form)])
    return Reply(200, registrant.to_json())


def bulk_insert(store: Store, asked: Asked) -> Reply:
    """Register several people, all or none."""
    meeting, form = _meeting_and_form(store, asked)
    rows = read_rows(asked.body.get("items"), form=form, limit=store.max_items)
    return _rows_reply(store.register(meeting.id, rows))


def list_registrants(store: Store, asked: Asked) -> Reply:
    """Who registered within the window: the last 7 days without dates, 90 days at most. Paged by `Link`."""
    meeting, _ = _meeting_and_form(store, asked)
    limit, (since, until) = asked.max(), _window(store, asked)
    start = _start(asked, since)
    if email := asked.query.get("email"):
        found = [
            each
            for each in store.with_emails(meeting.id, [email])
            if each.place >= start and each.registered_at < until
        ][: limit + 1]
    else:
        found = store.slice(meeting.id, start=start, until=until, limit=limit + 1)
    if len(found) <= limit:
        return _rows_reply(found)
    # The window is written out, so that the next page is cut from the same one however late it is asked for.
    link = asked.link_to(
        registrationTimeFrom=since.isoformat(),
        registrationTimeTo=until.isoformat(),
        cursor=f"{found[limit].registered_at.timestamp():.0f}-{found[limit].number}",
    )
    return _rows_reply(found[:limit], headers={"Link": link})


def query(store: Store, asked: Asked) -> Reply:
    """Look people up by e-mail. What does not fit into `max` is left out: the contract has no `Link` here."""
    meeting, _ = _meeting_and_form(store, asked)
    emails, status = asked.body.get("emails"), asked.body.get("status")
    order, direction = asked.body.get("orderBy", ""), asked.body.get("orderType", "ASC")
    if not isinstance(emails, list) or not emails or not all(isinstance(each, str) for each in emails):
        raise Refusal(400, "emails is required and must be a list of e-mail addresses.")
    if status is not None and status not in STATUSES:
        raise Refusal(400, f"status must be one of {', '.join(STATUSES)}.")
    if not isinstance(order, str) or order not in ORDERS:
        raise Refusal(400, f"orderBy must be one of {', '.join(filter(None, ORDERS))}.")
    if direction not in ("ASC", "DESC"):
        raise Refusal(400, "orderType must be one of ASC, DESC.")
    found = [each for each in store.with_emails(meeting.id, emails) if status in (None, each.status)]
    found.sort(key=ORDERS[order], reverse=direction == "DESC")
    return _rows_reply(found[: asked.max()])


def get_registrant(store: Store, asked: Asked) -> Reply:
    """One registrant by id."""
    meeting, _ = _meeting_and_form(store, asked)
    registrant = store.registrant(meeting.id, asked.arguments["registrant_id"])
    if registrant is None:
        raise Refusal(404, "Registrant is not found.")
    return Reply(200, registrant.to_json())


def delete_registrant(store: Store, asked: Asked) -> Reply:
    """Delete one registrant."""
    meeting, _ = _meeting_and_form(store, asked)
    store.delete(meeting.id, [asked.arguments["registrant_id"]])
    return Reply(204)


def bulk_delete(store: Store, asked: Asked) -> Reply:
    """Delete several registrants."""
    meeting, _ = _meeting_and_form(store, asked)
    store.delete(meeting.id, _ids(asked))
    return Reply(204)


def set_status(status: Status) -> Callable[[Store, Asked], Reply]:
    """The endpoint that gives registrants a status. Webex's `cancel` moves back to pending; it deletes no one."""

    def endpoint(store: Store, asked: Asked) -> Reply:
        meeting, _ = _meeting_and_form(store, asked)
        store.set_status(meeting.id, _ids(asked), status)
        return Reply(204)

    return endpoint


def _meeting_and_form(store: Store, asked: Asked) -> tuple[Meeting, Form]:
    meeting = series_with_registration(store, asked)
    if meeting.form is None:
        raise Refusal(400, "Registration is not supported for this meeting series.")
    asked.choice("current", among=("true", "false"))
    return meeting, meeting.form


def _rows_reply(registrants: Iterable[Registrant], *, headers: dict[str, str] | None = None) -> Reply:
    return Reply(200, {"items": [each.to_json() for each in registrants]}, headers or {})


def _ids(asked: Asked) -> list[str]:
    if not isinstance(asked.body.get("sendEmail", True), bool):
        raise Refusal(400, "sendEmail must be true or false.")
    given = asked.body.get("registrants")
    if not isinstance(given, list) or not given:
        raise Refusal(400, "registrants must be a list with at least one registrant.")
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in given):
        raise Refusal(400, "registrants must be objects with an id.")
    return [each["id"] for each in given]


def _window(store: Store, asked: Asked) -> tuple[datetime, datetime]:
    """From (inclusive) and to (exclusive), each 7 days from the other where only one is given."""
    since, until = asked.time("registrationTimeFrom"), asked.time("registrationTimeTo")
    if since is None:
        # A moment past now: who registered within this very second is in the list, too.
        until = until or store.clock().replace(microsecond=0) + timedelta(seconds=1)
        since = until - DEFAULT_WINDOW
    until = until or since + DEFAULT_WINDOW
    if since > until:
        raise Refusal(400, "registrationTimeFrom must not be after registrationTimeTo.")
    if until - since > LARGEST_WINDOW:
        raise Refusal(400, "registrationTimeFrom and registrationTimeTo must be within 90 days.")
    return since, until


def _start(asked: Asked, since: datetime) -> Place:
    """Where the page begins: at the cursor of a `Link`, else at the window's edge."""
    seconds, _, number = asked.query.get("cursor", "").partition("-")
    try:
        return datetime.fromtimestamp(int(seconds), tz=UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return since, 0
