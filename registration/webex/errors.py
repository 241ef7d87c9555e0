"""Every way a call to Webex can end badly, and what each means.

    WebexError
    ├── NotSent             no connection could be made: nothing was processed, for certain
    │   └── NotBegun        we did not even try: it is not the account's turn, or not ours to send any more
    ├── OutcomeUnknown      408, 5xx, no or half an answer, a redirect, an answer nobody can read: after a write,
    │                       look before anything is sent again
    ├── Unauthorized        401, or no usable token: stop this account
    ├── Forbidden           403: scope, role or host is wrong: stop this account or meeting
    ├── MeetingUnavailable  404 405 410 415 428: stop this meeting
    ├── Conflict            409: look the people up, then go on with those who are absent
    ├── RateLimited         423 429: not processed; wait `retry_after_seconds`
    └── Rejected            400 and every other 4xx: this call was refused for good

Two texts, kept apart: `str(error)` is ours, goes into logs, and holds no token, e-mail address, query or answer;
`error.words` is for staff and may quote Webex, who may quote a person. Both `words` and `hint` can be looked up
in a translation catalogue: those that are ours are marked for it here.
"""

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar

from registration.webex import reading

LONGEST_WORDS = 500
"""Characters of Webex's words that are kept."""

DEFAULT_WAIT_SECONDS = 30.0
"""How long to wait where Webex says "later" but not when, or says it in a way that nobody can read."""

LONGEST_WAIT_SECONDS = 300.0
"""What `Retry-After` is cut to: nothing waits on Webex's word alone for longer."""


def gettext_noop(words: str) -> str:
    """Mark `words` for the translators; whoever shows them looks them up. (This package knows no Django.)"""
    return words


class WebexError(Exception):
    """A call to Webex that did not succeed.

    `words`: what to show staff, at most `LONGEST_WORDS` characters. `hint`: whether trying again helps.
    `http_status` and `tracking_id` (Webex's name for the call, to give to its support) where there was an answer;
    `retry_after_seconds` where Webex asked for a pause.
    """

    own_words: ClassVar[str] = gettext_noop("The call to Webex failed.")
    hint: ClassVar[str] = gettext_noop("Trying again may help.")

    def __init__(
        self,
        words: str = "",
        *,
        http_status: int | None = None,
        tracking_id: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        self.words = words[:LONGEST_WORDS] or self.own_words
        self.http_status = http_status
        self.tracking_id = tracking_id
        self.retry_after_seconds = retry_after_seconds
        facts = [f"HTTP {http_status}"] if http_status is not None else []
        facts += [f"tracking id {tracking_id}"] if tracking_id else []
        super().__init__(f"{self.own_words} ({', '.join(facts)})" if facts else self.own_words)


class NotSent(WebexError):
    """No connection could be made (DNS, refused, connect time-out, TLS): certainly nothing was processed."""

    own_words = gettext_noop("Webex could not be reached; nothing was sent.")
    hint = gettext_noop("Trying again is safe and helps once the connection works.")


class NotBegun(NotSent):
    """The call was not even begun: its turn is too far off, or whom it is about are no longer ours to send."""

    own_words = gettext_noop("The call was put off; nothing was sent.")
    hint = gettext_noop("It is made by a later run.")


class OutcomeUnknown(WebexError):
    """Webex may or may not have done what was asked. After a write: look before anything is sent again."""

    own_words = gettext_noop("Webex gave no usable answer, so it is not known whether it did what was asked.")
    hint = gettext_noop("What became of it is looked up before anything is sent again.")


class Unauthorized(WebexError):
    """401, or a token that cannot even be sent."""

    own_words = gettext_noop("Webex did not accept the access token.")
    hint = gettext_noop("Trying again does not help until there is a new access token.")


class Forbidden(WebexError):
    """403: the token is good, but its scope, its role or the host is wrong."""

    own_words = gettext_noop("This Webex account may not do this.")
    hint = gettext_noop("Trying again does not help until the scopes, the role or the host e-mail are put right.")


class MeetingUnavailable(WebexError):
    """404, 405, 410, 415 or 428: the meeting, or what was asked of it, is wrong or gone."""

    own_words = gettext_noop("Webex does not have this meeting, or not in a way that takes registrations.")
    hint = gettext_noop("Trying again does not help until the meeting is put right.")


class Conflict(WebexError):
    """409: something of it is there already."""

    own_words = gettext_noop("Webex says that this conflicts with what it has already.")
    hint = gettext_noop("Looking the people up tells who is registered already.")


class RateLimited(WebexError):
    """423 or 429: not processed. `retry_after_seconds` is always set."""

    own_words = gettext_noop("Webex asks to wait before the next call.")
    hint = gettext_noop("Trying again helps after the pause that Webex asks for.")


class Rejected(WebexError):
    """400, or another 4xx that has no class of its own: a definite refusal of this call."""

    own_words = gettext_noop("Webex refused this.")
    hint = gettext_noop("Trying the same again does not help.")


_BY_STATUS: dict[int, type[WebexError]] = {
    401: Unauthorized,
    408: OutcomeUnknown,
    403: Forbidden,
    **dict.fromkeys((404, 405, 410, 415, 428), MeetingUnavailable),
    409: Conflict,
    **dict.fromkeys((423, 429), RateLimited),
}


def from_answer(*, http_status: int, body: bytes, tracking_id: str, retry_after: str | None) -> WebexError:
    """The error that an answer other than 2xx means. `tracking_id` and `retry_after` are header values."""
    refusal = Rejected if 400 <= http_status < 500 else OutcomeUnknown
    kind = _BY_STATUS.get(http_status, refusal)
    answer = _json_object(body)
    is_wait_known = retry_after is not None or kind is RateLimited
    return kind(
        webex_words(answer),
        http_status=http_status,
        tracking_id=clean_tracking_id(tracking_id) or clean_tracking_id(answer.get("trackingId")),
        retry_after_seconds=retry_after_seconds(retry_after, now=datetime.now(UTC)) if is_wait_known else None,
    )


def webex_words(answer: object) -> str:
    """What Webex says in the body of an error: every `errors[].description`, or the `message`, or nothing.

    The message is often generic ("The server could not process the request") where the descriptions say what is wrong.
    """
    error = reading.json_object(answer)
    details = error.get("errors")
    said = [reading.json_object(detail).get("description") for detail in details] if isinstance(details, list) else []
    words = [_one_line(words) for words in said]
    return ("; ".join(filter(None, words)) or _one_line(error.get("message")))[:LONGEST_WORDS]


def clean_tracking_id(value: object) -> str:
    """A tracking id that is fit for a log line; empty where it is not."""
    spelled = reading.text(value).strip()
    return spelled if re.fullmatch(r"[A-Za-z0-9_.:-]{1,128}", spelled) else ""


def retry_after_seconds(header: str | None, *, now: datetime) -> float:
    """The pause that a `Retry-After` header asks for, from 0 to `LONGEST_WAIT_SECONDS`.

    Seconds or an HTTP date (RFC 9110, section 10.2.3). What is neither, such as the `rand(30),add(30)` that was
    seen once, a date gone by, or no header at all means `DEFAULT_WAIT_SECONDS`.
    """
    spelled = (header or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", spelled):
        return min(float(spelled), LONGEST_WAIT_SECONDS)
    try:
        date = parsedate_to_datetime(spelled)
        wait = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return DEFAULT_WAIT_SECONDS
    return min(math.ceil(wait), LONGEST_WAIT_SECONDS) if wait > 0 else DEFAULT_WAIT_SECONDS


def _json_object(body: bytes) -> dict[str, object]:
    try:
        return dict(reading.json_object(json.loads(body)))
    except (ValueError, RecursionError):
        return {}


def _one_line(value: object) -> str:
    return " ".join(reading.text(value).split()) if isinstance(value, str) else ""
