"""What time alone brings about: run every minute, by cron or by the workers, and safe to run twice at once."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from registration.flow import confirm, offers, places, reminders
from registration.models import Meeting

logger = logging.getLogger(__name__)

KEYS = ("unconfirmed", "offers", "moved_up", "reminders")


class _Concern(Protocol):
    def __call__(self, *, at: datetime) -> Mapping[str, int]: ...


@dataclass
class Done:
    """How many people it was about, by what became of them; and the concerns that ended with an error, with its kind.

    ``unconfirmed``: registrations that ended because nobody confirmed the address; ``offers``: offers that ended;
    ``moved_up``: people who got a place from the waiting list, or the offer of one; ``reminders``: reminders written;
    ``jobs``: exports and imports that a killed process had left.
    """

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(KEYS, 0)))
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (any(self.counts.values()) or self.problems)


def run(*, at: datetime, also: Mapping[str, _Concern] | None = None) -> Done:
    """Do all that is due. One concern that fails keeps none of the others from being done; the next run tries again.

    ``also`` are concerns of layers above this one, by what they are called where they fail; they come last. Not to be
    called inside a transaction.
    """
    done = Done()
    for name, do in {**_CONCERNS, **(also or {})}.items():
        try:
            done.counts.update(do(at=at))
        except Exception as error:
            # Its kind and not its words: they may hold an address.
            done.problems[name] = type(error).__name__
            logger.error("Not done, and tried again by the next run: %s (%s)", name, done.problems[name])
    return done


def _unconfirmed(*, at: datetime) -> Mapping[str, int]:
    released = confirm.expire(at=at)
    return {"unconfirmed": released.ended, "moved_up": released.moved_up}


def _offers(*, at: datetime) -> Mapping[str, int]:
    released = offers.expire(at=at)
    return {"offers": released.ended, "moved_up": released.moved_up}


def _lines(*, at: datetime) -> Mapping[str, int]:
    """Whoever freed a place has filled it; unless they died in between."""
    meetings = places.with_line(Meeting.objects.all(), at=at)
    return {"moved_up": places.fill(list(meetings.values_list("pk", flat=True)), at=at)}


def _reminders(*, at: datetime) -> Mapping[str, int]:
    return {"reminders": reminders.write(at=at)}


_CONCERNS: Mapping[str, _Concern] = {
    "unconfirmed addresses": _unconfirmed,
    "offers": _offers,
    "waiting lists": _lines,
    "reminders": _reminders,
}
