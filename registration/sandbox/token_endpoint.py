"""`POST /access_token`: refresh an integration's token."""

import secrets

from registration.sandbox.errors import Refusal
from registration.sandbox.exchange import Asked, Reply

ACCESS_TOKEN_SECONDS = 14 * 24 * 3600
REFRESH_TOKEN_SECONDS = 90 * 24 * 3600
NEEDED = ("client_id", "client_secret", "refresh_token")


def access_token(asked: Asked, *, token: str | None) -> Reply:
    """A new access token (the one good one where the server has such) and a new refresh token; lives in seconds.

    Raises `Refusal` (400) for another grant type and for missing fields.
    """
    if asked.body.get("grant_type") != "refresh_token":
        raise Refusal(400, "grant_type must be refresh_token.")
    for name in NEEDED:
        if not asked.body.get(name):
            raise Refusal(400, f"{name} is required.")
    return Reply(
        200,
        {
            "access_token": token or secrets.token_urlsafe(32),
            "expires_in": ACCESS_TOKEN_SECONDS,
            "refresh_token": secrets.token_urlsafe(32),
            "refresh_token_expires_in": REFRESH_TOKEN_SECONDS,
            "token_type": "Bearer",
        },
    )
