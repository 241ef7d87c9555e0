"""Proofs of work: a challenge that a visitor's browser solves, which costs it a moment and a bot that sends thousands
of forms a lot. Made and verified by altcha's library; what solves them is static/registration/proof.js.
"""

import base64
import binascii
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import altcha
from django.conf import settings
from django.utils.crypto import salted_hmac

LASTS = timedelta(hours=1)
"""A challenge comes with the form, and people take their time."""

# What a browser does natively, and does not do much faster on other hardware. One try costs about 0.15 ms on a laptop.
_ALGORITHM, _COST = "PBKDF2/SHA-256", 1000
# The counter that solves it is chosen, so that nobody is unlucky: the longest search is twice the shortest.
_LEAST, _MOST = 400, 800
_LONGEST = 2000
"""Characters of what is sent."""


class Proof(NamedTuple):
    """A solved challenge: by what it is known, and until when it is good."""

    digest: str
    expires_at: datetime


def challenge(meeting_pk: int, *, now: datetime) -> str:
    """A new challenge for signing up for this meeting: JSON in Base64, as it stands in the page."""
    made = altcha.create_challenge(
        _ALGORITHM,
        _COST,
        counter=_LEAST + secrets.randbelow(_MOST - _LEAST),
        expires_at=int((now + LASTS).timestamp()),
        data={"meeting": meeting_pk},
        hmac_secret=_secret("challenge"),
        hmac_key_secret=_secret("key"),
    )
    return base64.b64encode(json.dumps(made.to_dict()).encode()).decode()


def proof(solved: str, *, meeting_pk: int, now: datetime) -> Proof | None:
    """What a browser sent as its proof, if it is a solution of one of our challenges for this meeting, in time.

    Whether it was used before is for the transaction to say that uses it.
    """
    if not solved or len(solved) > _LONGEST:
        return None
    try:
        payload = altcha.Payload.from_base64(solved)
        result = altcha.verify_solution(payload, _secret("challenge"), hmac_key_secret=_secret("key"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return None
    if not result.verified:
        return None
    # All of it is signed from here on.
    parameters = payload.challenge.parameters
    expires_at = datetime.fromtimestamp(parameters.expires_at or 0, UTC)
    if parameters.data != {"meeting": meeting_pk} or expires_at <= now:
        return None
    return Proof(str(payload.challenge.signature), expires_at)


def _secret(name: str) -> bytes:
    return salted_hmac("registration.proofs", name, secret=settings.SECRET_KEY, algorithm="sha256").digest()
