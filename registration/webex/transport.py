"""One HTTP call to Webex, made so that its end is known for what it is.

What is *certain* is decided here: whether a request can have left at all, whether its answer is whole, and what may
be asked again. It knows paths and bytes, but no meeting and no registrant.
"""

import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from threading import BoundedSemaphore
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests.auth import AuthBase
from urllib3 import exceptions as urllib3_errors

from registration.webex import errors
from registration.webex.errors import gettext_noop
from registration.webex.pacing import Gate
from registration.webex.session import Session, whole_body
from registration.webex.tokens import TokenSource

logger = logging.getLogger("registration.webex")

# urllib3 writes whole URLs into its log (at WARNING for a malformed header, at DEBUG for every call), and a URL of
# ours can hold the e-mail address of a host.
logging.getLogger("urllib3").setLevel(logging.ERROR)

LARGEST_ANSWER = 10 * 1024 * 1024
"""Bytes, unpacked. A hundred registrants with all their answers need a tenth of it."""

RETRY_PAUSES = (0.5, 1.5)
"""The longest pause, in seconds, before each further try of a read: two more tries, at most 2 seconds in all.

The loop is ours, and not urllib3's `Retry`, because that one sleeps as long as `Retry-After` says, does not see a
streamed body break off half-way, and logs whole URLs, with the e-mail address of the host in them.
"""

STALE_TURN_SECONDS = 0.5
"""A turn that was taken so long ago counts in the wrong minute: another is taken."""

_RETRIED_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole 2xx answer.

    `has_next`: there is a further page (RFC 8288); `next_url` is its address, or empty where that leads away from
    Webex, so that it is not followed with our token.
    """

    http_status: int
    tracking_id: str
    body: bytes
    has_next: bool = False
    next_url: str = ""

    def json(self) -> object:
        """The body, parsed. Raises `OutcomeUnknown` where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        raise self.unreadable()

    def unreadable(self) -> errors.OutcomeUnknown:
        """The error to raise where this answer does not hold what it should."""
        return errors.OutcomeUnknown(http_status=self.http_status, tracking_id=self.tracking_id)


class Transport:
    """Makes calls below `base_url`, at most `concurrency` at once, each with its turn from `gate`. Safe for threads.

    The token is the one that `token()` gives at the time; where Webex refuses it and `token.renew` knows another, the
    call is made once more with that: a 401 says that nothing was processed. `is_hasty`: nothing else is tried again.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: TokenSource,
        timeout_seconds: float,
        gate: Gate,
        concurrency: int,
        is_hasty: bool = False,
    ) -> None:
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError("The base URL of Webex must begin with https:// (or http:// for a sandbox).")
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._timeout_seconds = timeout_seconds
        self._session = Session(connections=concurrency)
        self._gate = gate
        self._permits = BoundedSemaphore(concurrency)
        self._retry_pauses = () if is_hasty else RETRY_PAUSES

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def read(
        self,
        method: str,
        template: str,
        *,
        ids: Mapping[str, str],
        query: Mapping[str, str],
        body: object = None,
        page_url: str = "",
    ) -> Reply:
        """Make a call that changes nothing, up to three times where a server on the way failed or hung up.

        `page_url`: the address of a further page, instead of the one that `template`, `ids` and `query` make.
        Raises a `WebexError`.
        """
        url = page_url or self._url(template, ids)
        query = {} if page_url else query
        for pause in self._retry_pauses:
            try:
                return self._call(method, template, url=url, query=query, body=body)
            except errors.OutcomeUnknown as error:
                if not _is_worth_another_try(error):
                    raise
            time.sleep(random.uniform(0, pause))  # noqa: S311 - keeps clients out of step, guards no secret
        return self._call(method, template, url=url, query=query, body=body)

    def write(
        self,
        method: str,
        template: str,
        *,
        ids: Mapping[str, str],
        query: Mapping[str, str],
        body: object,
        may_leave: Callable[[], bool],
    ) -> Reply:
        """Make a call that changes something: once, whatever comes of it. Raises a `WebexError`.

        `may_leave` is asked last of all, after every wait; where it says no, the call is not made (`NotBegun`).
        """
        return self._call(method, template, url=self._url(template, ids), query=query, body=body, may_leave=may_leave)

    def _url(self, template: str, ids: Mapping[str, str]) -> str:
        return self._base_url + template.format_map({name: quote(value, safe="") for name, value in ids.items()})

    def _call(
        self,
        method: str,
        template: str,
        *,
        url: str,
        query: Mapping[str, str],
        body: object,
        may_leave: Callable[[], bool] = lambda: True,
    ) -> Reply:
        """Make one call, with another token if the first is refused."""
        token = self._token()
        make = partial(self._make, method, template, url=url, query=query, body=body, may_leave=may_leave)
        try:
            return make(token=token)
        except errors.Unauthorized:
            another = self._token.renew(token)
            if another is None:
                raise
        return make(token=another)

    def _make(
        self,
        method: str,
        template: str,
        *,
        url: str,
        query: Mapping[str, str],
        body: object,
        may_leave: Callable[[], bool],
        token: str,
    ) -> Reply:
        """Wait for the call's turn, make it, and let the gate learn from its end."""
        self._gate.enter()
        entered_at = time.monotonic()
        with self._permits:
            if time.monotonic() - entered_at > STALE_TURN_SECONDS:
                self._gate.enter()
            if not may_leave():
                raise errors.NotBegun
            error: errors.WebexError | None = None
            try:
                return self._logged(method, template, url=url, query=query, body=body, token=token)
            except errors.WebexError as caught:
                error = caught
                raise
            finally:
                self._gate.leave(error)

    def _logged(
        self, method: str, template: str, *, url: str, query: Mapping[str, str], body: object, token: str
    ) -> Reply:
        """Make one call and leave one line about it in the log, without ids, query or anybody's data."""
        started = time.monotonic()
        outcome, status, tracking_id = "ok", None, ""
        try:
            reply = self._exchange(method, url, query=query, body=body, token=token)
            status, tracking_id = reply.http_status, reply.tracking_id
            return reply
        except errors.WebexError as error:
            outcome, status, tracking_id = type(error).__name__, error.http_status, error.tracking_id
            raise
        finally:
            logger.info(
                "webex call method=%s path=%s status=%s outcome=%s milliseconds=%d tracking_id=%s",
                method,
                template,
                status or "-",
                outcome,
                (time.monotonic() - started) * 1000,
                tracking_id or "-",
            )

    def _exchange(self, method: str, url: str, *, query: Mapping[str, str], body: object, token: str) -> Reply:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise errors.Unauthorized(gettext_noop("The access token for Webex is empty or malformed."))
        content = None if body is None else _Content(json.dumps(body, allow_nan=False).encode())
        try:
            with self._session.call(
                method,
                url,
                timeout_seconds=self._timeout_seconds,
                params=query,
                data=content,
                headers=_HEADERS if content is None else _HEADERS | {"Content-Type": "application/json"},
                auth=_Bearer(token),
            ) as response:
                return self._reply(response)
        except (requests.RequestException, urllib3_errors.HTTPError, OSError) as error:
            failure = errors.NotSent() if _cannot_have_left(error, content) else _unanswered(error)
        # Raised out here, so that the library's error, which names the URL and its query, does not hang on to ours.
        raise failure

    def _reply(self, response: requests.Response) -> Reply:
        """The whole answer, or the error that it means. A refusal is known by its status, whatever its body."""
        status, headers = response.status_code, response.headers
        tracking_id = errors.clean_tracking_id(headers.get("TrackingID"))
        body, failure = b"", None
        try:
            body = whole_body(response, largest_bytes=LARGEST_ANSWER)
        except (urllib3_errors.HTTPError, OSError) as error:
            failure = _unanswered(error, http_status=status, tracking_id=tracking_id)
        if not 200 <= status < 300:
            retry_after = headers.get("Retry-After")
            raise errors.from_answer(http_status=status, body=body, tracking_id=tracking_id, retry_after=retry_after)
        if failure is not None:
            raise failure
        link = response.links.get("next")
        return Reply(
            http_status=status,
            tracking_id=tracking_id,
            body=body,
            has_next=link is not None,
            next_url=self._same_origin(response.url, link.get("url", "")) if link else "",
        )

    def _same_origin(self, here: str, link: str) -> str:
        """The address that `link` leads to from `here`, or nothing where that is not the server that we talk to."""
        try:
            url = urljoin(here, link)
            is_ours = urlsplit(url)[:2] == urlsplit(self._base_url)[:2]
        except ValueError:
            return ""
        return url if is_ours else ""


class _Bearer(AuthBase):
    """Sends the token. As `auth`, because requests lets a ~/.netrc overrule a plain `Authorization` header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Content:
    """The bytes of a request, which know whether a connection has begun to take them.

    It takes them after it stands and the headers are written. So where it never did, Webex cannot have done
    anything: no list of library exceptions could say that with as much certainty.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.is_taken = False

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        self.is_taken = True
        yield self._content


class _BrokenOff(errors.OutcomeUnknown):
    """The connection was there and went away."""


def _cannot_have_left(error: Exception, content: _Content | None) -> bool:
    if content is not None:
        return not content.is_taken
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never_connected = (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    return isinstance(error, never_connected) or isinstance(reason, urllib3_errors.NewConnectionError)


def _unanswered(error: Exception, *, http_status: int | None = None, tracking_id: str = "") -> errors.OutcomeUnknown:
    """What it means that `error` came instead of a whole answer."""
    if isinstance(error, requests.Timeout | urllib3_errors.TimeoutError | TimeoutError):
        kind, words = errors.OutcomeUnknown, gettext_noop("Webex did not answer in time.")
    elif isinstance(error, requests.ConnectionError | urllib3_errors.ProtocolError | ConnectionError):
        kind, words = _BrokenOff, gettext_noop("The connection to Webex broke off before the answer was whole.")
    else:
        kind, words = errors.OutcomeUnknown, ""
    return kind(words, http_status=http_status, tracking_id=tracking_id)


def _is_worth_another_try(error: errors.OutcomeUnknown) -> bool:
    """Whether a server on the way failed or hung up, and did not ask for a longer pause than we make."""
    if (error.retry_after_seconds or 0) > max(RETRY_PAUSES):
        return False
    return isinstance(error, _BrokenOff) or error.http_status in _RETRIED_STATUSES


def _version() -> str:
    try:
        return metadata.version("webex-registration-portal")
    except metadata.PackageNotFoundError:
        return "unreleased"


_HEADERS = {"Accept": "application/json", "User-Agent": f"webex-registration-portal/{_version()}"}
