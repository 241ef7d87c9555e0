"""What tells a person who signs up from a bot: how long the form took, a field that nobody sees, a proof of work.

Nobody is lost by it: a form that looks like a bot's comes back with everything typed, and is taken when sent again.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from registration import proofs
from registration.flow import surges
from registration.models import Meeting

SHOWN, TRAP, PROOF = "shown", "homepage", "proof"
"""The names of the inputs: when the form was shown, the one that nobody sees, and the solved challenge."""

CHALLENGE = "challenge"
"""Where the challenge itself stands among the marks of a form; empty where none is asked for."""

_A_DAY = 24 * 60 * 60
_TOO_FAST = ngettext_lazy(
    "Send the form once more, in %(count)d second: it came back faster than people type",
    "Send the form once more, in %(count)d seconds: it came back faster than people type",
    "count",
)
_STALE = _("Send the form once more: it could not be checked when it was shown to you")
_TRAPPED = _("Send the form once more: something was filled in that people do not see. It is empty again")


class Refusal(NamedTuple):
    """Why a form is given back, with the seconds after which it is taken (0: at once)."""

    words: str
    retry_after_seconds: int = 0


def refusal(sent: Mapping[str, str], meeting: Meeting, *, now: datetime) -> Refusal | None:
    """Why the form is not taken, if it is not: it looks like a bot's."""
    if sent.get(TRAP):
        return Refusal(str(_TRAPPED))
    if not settings.FORM_MIN_SECONDS:
        return None
    shown_at = _shown_at(sent.get(SHOWN, ""), meeting, now=now)
    if shown_at is None:
        return Refusal(str(_STALE))
    left = shown_at + settings.FORM_MIN_SECONDS - int(now.timestamp())
    return Refusal(_TOO_FAST % {"count": left}, left) if left > 0 else None


def marks(meeting: Meeting, *, is_last_step: bool, now: datetime) -> dict[str, str]:
    """What is hidden in a form that nobody has seen yet. The proof of work is for the last step before a sign-up."""
    is_challenged = is_last_step and surges.needs_proof(meeting, now=now)
    challenge = proofs.challenge(meeting.pk, now=now) if is_challenged else ""
    shown = _mark(meeting.pk, int(now.timestamp())) if settings.FORM_MIN_SECONDS else ""
    return {SHOWN: shown, CHALLENGE: challenge, PROOF: ""}


def marks_again(sent: Mapping[str, str], meeting: Meeting, *, is_last_step: bool, now: datetime) -> dict[str, str]:
    """The same for a form that comes back: it has been seen since it was first shown, and its proof still holds."""
    new = marks(meeting, is_last_step=is_last_step, now=now)
    shown = sent.get(SHOWN, "")
    if _shown_at(shown, meeting, now=now) is not None:
        new[SHOWN] = shown
    if proof_of(sent, meeting, now=now) is not None:
        new[PROOF] = sent[PROOF]
    return new


def proof_of(sent: Mapping[str, str], meeting: Meeting, *, now: datetime) -> proofs.Proof | None:
    """The proof of work that was sent along, if it is one."""
    return proofs.proof(sent.get(PROOF, ""), meeting_pk=meeting.pk, now=now)


def context(marks: Mapping[str, str]) -> dict[str, Any]:
    """What templates/registration/guard.html needs beside the meeting."""
    return {"guard": {"trap": TRAP, **marks}}


@lru_cache(maxsize=1000)
def _mark(meeting_pk: int, second: int) -> str:
    """A second, signed for one meeting. All who are shown the form in that second get the same."""
    return _signer(meeting_pk).sign(str(second))


def _shown_at(mark: str, meeting: Meeting, *, now: datetime) -> int | None:
    """The second in which the form was shown, where the mark is ours and of the last day."""
    try:
        second = int(_signer(meeting.pk).unsign(mark))
    except (BadSignature, ValueError):
        return None
    return second if int(now.timestamp()) - second <= _A_DAY else None


def _signer(meeting_pk: int) -> Signer:
    return Signer(salt=f"registration.shown.{meeting_pk}")
