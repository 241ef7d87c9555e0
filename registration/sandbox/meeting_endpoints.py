"""`GET /meetings` and `GET /meetings/{meetingId}`."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from registration.sandbox.errors import Refusal
from registration.sandbox.exchange import Asked, Reply
from registration.sandbox.store import Meeting, Store

DEFAULT_WINDOW = timedelta(days=7)
MEETING_TYPES = ("meetingSeries", "scheduledMeeting", "meeting")
STATES = ("active", "scheduled", "ready", "lobby", "inProgress", "ended", "missed", "expired")
SCHEDULED_TYPES = ("meeting", "webinar", "personalRoomMeeting")

#: The id of an occurrence (a time) or an instance (a number) of a series, after the series' own id.
_PART_OF_SERIES = re.compile(r"([0-9a-f]{32})_(?:(\d{8}T\d{6}Z)|I_\d+)")


def list_meetings(store: Store, asked: Asked) -> Reply:
    """Meetings within the window, which by default is the next 7 days; paged by `Link`."""
    meeting_type = asked.choice("meetingType", among=MEETING_TYPES, default="meetingSeries")
    scheduled_type = asked.choice("scheduledType", among=SCHEDULED_TYPES)
    state = asked.choice("state", among=STATES)
    limit, since, until = asked.max(), *_window(store, asked, meeting_type)
    found = [
        shown
        for meeting in _visible(store, asked)
        if meeting.start_at < until and meeting.end_at > since
        for shown in _listed(store, meeting, meeting_type)
        if shown["scheduledType"] == (scheduled_type or shown["scheduledType"])
        and shown["state"] == (state or shown["state"])
    ]
    offset = _offset(asked)
    headers = {}
    if offset + limit < len(found):
        headers["Link"] = asked.link_to(**{
            "from": since.isoformat(), "to": until.isoformat(), "offset": str(offset + limit)
        })  # fmt: skip
    return Reply(200, {"items": found[offset : offset + limit]}, headers)


def get_meeting(store: Store, asked: Asked) -> Reply:
    """One meeting; the id of an occurrence or instance gives that part of its series, without registration."""
    meeting_id = asked.arguments["meeting_id"]
    part = _PART_OF_SERIES.fullmatch(meeting_id)
    meeting = store.meeting(part[1] if part else meeting_id)
    if meeting is None:
        raise Refusal(404, "Meeting is not found.")
    check_host(meeting, asked.query.get("hostEmail", ""))
    shown = _describe(store, meeting)
    if part:
        return Reply(200, shown | {"id": meeting_id, "meetingType": _type_of_part(part)})
    if meeting.form is not None:
        shown["registration"] = meeting.form.to_json()
        shown["registerLink"] = f"https://sandbox.example.com/weblink/register/r{meeting.id}"
    return Reply(200, shown)


def series_with_registration(store: Store, asked: Asked) -> Meeting:
    """The meeting series that a call under `/registration` or `/registrants` is about.

    Raises `Refusal`: 404 for an unknown one, 403 for another host's, 400 for what cannot have registration.
    """
    meeting_id = asked.arguments["meeting_id"]
    if _PART_OF_SERIES.fullmatch(meeting_id):
        raise Refusal(400, "Only the ID of a meeting series is supported, not of an occurrence or instance.")
    meeting = store.meeting(meeting_id)
    if meeting is None:
        raise Refusal(404, "Meeting is not found.")
    check_host(meeting, asked.query.get("hostEmail", ""))
    if meeting.scheduled_type == "personalRoomMeeting":
        raise Refusal(400, "Registration is not supported for a personal room meeting.")
    return meeting


def check_host(meeting: Meeting, host_email: str) -> None:
    """Raise `Refusal` (403) where a call names a host who is not this meeting's."""
    if host_email and host_email.strip().lower() != meeting.host_email.lower():
        raise Refusal(403, "The user given as hostEmail is not the host of this meeting.")


def _visible(store: Store, asked: Asked) -> Iterator[Meeting]:
    host_email = asked.query.get("hostEmail", "").strip().lower()
    number = asked.query.get("meetingNumber", "")
    series = asked.query.get("meetingSeriesId", "")
    for meeting in sorted(store.meetings(), key=lambda each: (each.start_at, each.id)):
        is_hosts = not host_email or host_email == meeting.host_email.lower()
        if is_hosts and number in ("", meeting.number) and series in ("", meeting.id):
            yield meeting


def _window(store: Store, asked: Asked, meeting_type: str) -> tuple[datetime, datetime]:
    """`from` and `to`, each 7 days from the other where only one is given (the contract's words)."""
    since, until, now = asked.time("from"), asked.time("to"), store.clock()
    if since is None and until is None:
        is_past = meeting_type == "meeting"
        return (now - DEFAULT_WINDOW, now) if is_past else (now, now + DEFAULT_WINDOW)
    since = since or (until or now) - DEFAULT_WINDOW
    until = until or since + DEFAULT_WINDOW
    if since > until:
        raise Refusal(400, "from must not be after to.")
    return since, until


def _offset(asked: Asked) -> int:
    given = asked.query.get("offset", "0")
    return int(given) if given.isascii() and given.isdigit() else 0


def _listed(store: Store, meeting: Meeting, meeting_type: str) -> Iterator[dict[str, Any]]:
    """The meeting as a list shows it: the series, or its one occurrence. No instance has ever taken place here."""
    shown = _describe(store, meeting) | {
        "meetingSeriesId": meeting.id,
        "hasRegistration": meeting.form is not None,
    }
    if meeting_type == "meetingSeries":
        yield shown
    elif meeting_type == "scheduledMeeting":
        start = meeting.start_at.astimezone(UTC)
        yield shown | {"id": f"{meeting.id}_{start:%Y%m%dT%H%M%SZ}", "meetingType": "scheduledMeeting"}


def _type_of_part(part: re.Match[str]) -> str:
    return "scheduledMeeting" if part[2] else "meeting"


def _describe(store: Store, meeting: Meeting) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": meeting.id,
        "meetingNumber": meeting.number,
        "title": meeting.title,
        "agenda": meeting.agenda,
        "password": meeting.password,
        "meetingType": "meetingSeries",
        "state": "active" if meeting.end_at > store.clock() else "expired",
        "timezone": meeting.timezone,
        "start": _utc(meeting.start_at),
        "end": _utc(meeting.end_at),
        "hostUserId": "sandbox-host",
        "hostDisplayName": meeting.host_display_name,
        "hostEmail": meeting.host_email,
        "hostKey": "000000",
        "siteUrl": "sandbox.example.com",
        "webLink": f"https://sandbox.example.com/j.php?MTID=m{meeting.id}",
        "scheduledType": meeting.scheduled_type,
        "enabledJoinBeforeHost": meeting.has_join_before_host,
        "enabledBreakoutSessions": False,
        "telephony": {"accessCode": meeting.number, "callInNumbers": []},
    }
    if meeting.recurrence:
        shown["recurrence"] = meeting.recurrence
    return shown


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
