"""`POST /access_token`: refresh an integration's token."""

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from threading import Lock

from registration.sandbox.errors import Refusal
from registration.sandbox.exchange import Asked, Reply

ACCESS_TOKEN_SECONDS = 14 * 24 * 3600
REFRESH_TOKEN_SECONDS = 90 * 24 * 3600
NEEDED = ("client_id", "client_secret", "refresh_token")


@dataclass
class Integration:
    """An integration that the sandbox knows: what it must say to get a token, and the tokens that are good now.

    `replaces_refresh_token`: each refresh gives a new refresh token, and the old one is good no more. Older access
    tokens stay good until `expire_access_tokens`, as at Webex they do until they expire. Safe for threads.
    """

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    replaces_refresh_token: bool = False
    access_token_seconds: int = ACCESS_TOKEN_SECONDS
    refresh_token_seconds: int = REFRESH_TOKEN_SECONDS
    _good: set[str] = field(default_factory=set, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def is_good(self, token: str) -> bool:
        """Whether the access token is one that was given out and has not expired."""
        with self._lock:
            return token in self._good

    def expire_access_tokens(self) -> None:
        """Let every access token that was given out be good no more."""
        with self._lock:
            self._good.clear()

    def expire_refresh_token(self) -> None:
        """Let the refresh token be good no more: only a person can authorize the integration again."""
        with self._lock:
            self.refresh_token = ""

    def refresh(self, client_id: str, client_secret: str, refresh_token: str) -> tuple[str, str]:
        """A new access token, and the refresh token to use from now on. Raises `Refusal` (401, 400)."""
        with self._lock:
            if not (_same(client_id, self.client_id) and _same(client_secret, self.client_secret)):
                raise Refusal(401, "The client id or the client secret is wrong.")
            if not self.refresh_token or not _same(refresh_token, self.refresh_token):
                raise Refusal(400, "The refresh token provided is expired, revoked, malformed, or invalid.")
            if self.replaces_refresh_token:
                self.refresh_token = secrets.token_urlsafe(32)
            token = secrets.token_urlsafe(32)
            self._good.add(token)
            return token, self.refresh_token


def access_token(asked: Asked, *, token: str | None, integration: Integration | None) -> Reply:
    """A new access token, a refresh token, and how many seconds each lives.

    Without an `integration` everybody gets new ones (of access tokens the one good one, `token`, where there is such).
    Raises `Refusal` (400) for another grant type and for missing fields, and what the integration refuses.
    """
    if asked.body.get("grant_type") != "refresh_token":
        raise Refusal(400, "grant_type must be refresh_token.")
    for name in NEEDED:
        if not asked.body.get(name):
            raise Refusal(400, f"{name} is required.")
    if integration is not None:
        access, refresh = integration.refresh(*(asked.body[name] for name in NEEDED))
        lives = integration.access_token_seconds, integration.refresh_token_seconds
    else:
        access, refresh = token or secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        lives = ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_SECONDS
    return Reply(
        200,
        {
            "access_token": access,
            "expires_in": lives[0],
            "refresh_token": refresh,
            "refresh_token_expires_in": lives[1],
            "token_type": "Bearer",
        },
    )


def _same(given: str, known: str) -> bool:
    return compare_digest(given.encode(), known.encode())
