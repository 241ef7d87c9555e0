"""Meetings for which very many people sign up just now, as far as this process has seen: it is shown to visitors, and
costs nothing to ask. Whether a sign-up is taken is decided by what the database says (flow/submit.py).
"""

from datetime import datetime, timedelta

from django.conf import settings

from registration.models import Meeting

_LASTS = timedelta(minutes=1)

_until: dict[int, datetime] = {}


def note(meeting_pk: int, *, at: datetime) -> None:
    """Remember for a minute that there is one."""
    _until[meeting_pk] = at + _LASTS


def needs_proof(meeting: Meeting, *, now: datetime) -> bool:
    """Whether whoever signs up at ``now`` will be asked for a proof of work, as far as this process knows."""
    if not settings.HAS_CHALLENGES:
        return False
    if meeting.has_challenge:
        return True
    until = _until.get(meeting.pk)
    return until is not None and now < until


def forget() -> None:
    """Forget all of them."""
    _until.clear()
