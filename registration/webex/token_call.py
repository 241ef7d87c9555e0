"""The one call that is made without an access token: it gets one, for a refresh token."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from urllib3 import exceptions as urllib3_errors

from registration.webex import errors, reading
from registration.webex.errors import gettext_noop
from registration.webex.session import Session, whole_body

_LARGEST_ANSWER = 100_000
_LONGEST_LIFE_SECONDS = 10 * 365 * 86_400
_REFUSALS = frozenset({400, 401, 403})


class RenewalRefused(errors.Unauthorized):
    """The refresh token is expired, revoked or replaced, or the client id or secret is wrong."""

    own_words = gettext_noop(
        "Webex gives no new access token: the refresh token has expired or was replaced, or the client id or the "
        "client secret is wrong."
    )
    hint = gettext_noop(
        "Authorize the integration again, and enter its new refresh token where the account's credentials are."
    )


class NoTokenNow(errors.NotSent):
    """There is no new access token to be had at the moment, so the call that needed it was not made."""

    own_words = gettext_noop("Webex gave no new access token at the moment; nothing was sent.")
    hint = gettext_noop("Trying again is safe, and helps once Webex answers.")


@dataclass(frozen=True, slots=True)
class NewTokens:
    """What a renewal brought. ``refresh_token`` is empty where the old one stays; the lives are in seconds."""

    access_token: str = field(repr=False)
    expires_in: float | None
    refresh_token: str = field(repr=False)
    refresh_token_expires_in: float | None


def renew(
    *, base_url: str, client_id: str, client_secret: str, refresh_token: str, timeout_seconds: float
) -> NewTokens:
    """Ask Webex once for a new access token; takes at most ``longest_call_seconds(timeout_seconds)``.

    Raises ``RenewalRefused`` where there will be none; ``RateLimited`` or ``NoTokenNow`` where there may be one
    later. After each of them the call that the token was for was not made.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": client_secret,
        "refresh_token": refresh_token,
    }
    status, body = 0, b""
    headers: Mapping[str, str] = {}
    try:
        with (
            Session() as session,
            session.call(
                "POST",
                f"{base_url.rstrip('/')}/access_token",
                timeout_seconds=timeout_seconds,
                data=form,
                headers={"Accept": "application/json"},
                auth=_as_it_is,
            ) as response,
        ):
            body = whole_body(response, largest_bytes=_LARGEST_ANSWER)
            status, headers = response.status_code, response.headers
    except (requests.RequestException, urllib3_errors.HTTPError, OSError):
        pass  # told apart below, so that the library's error, which may hold the request, does not hang on to ours
    if status == 200:
        return _tokens(body)
    raise _refusal(status, headers, body)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """As `auth`, so that requests adds none from a ~/.netrc."""
    return request


def _tokens(body: bytes) -> NewTokens:
    try:
        answer = reading.json_object(json.loads(body))
    except (ValueError, RecursionError):
        answer = {}
    access_token = answer.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise NoTokenNow(http_status=200)
    refresh_token = answer.get("refresh_token")
    return NewTokens(
        access_token=access_token,
        expires_in=_seconds(answer.get("expires_in")),
        refresh_token=refresh_token if isinstance(refresh_token, str) else "",
        refresh_token_expires_in=_seconds(answer.get("refresh_token_expires_in")),
    )


def _seconds(value: object) -> float | None:
    """A life in seconds, as a number or spelled out; nothing where it is none that a date can be reckoned from."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return min(seconds, _LONGEST_LIFE_SECONDS) if seconds > 0 else None


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> errors.WebexError:
    """What it means that there was no 200. ``status`` 0: there was no whole answer."""
    retry_after = headers.get("Retry-After")
    answer = errors.from_answer(
        http_status=status, body=body, tracking_id=headers.get("TrackingID", ""), retry_after=retry_after
    )
    if isinstance(answer, errors.RateLimited):
        return answer
    kind = RenewalRefused if status in _REFUSALS else NoTokenNow
    return kind(
        http_status=status or None,
        tracking_id=answer.tracking_id,
        retry_after_seconds=answer.retry_after_seconds,
    )
