"""What a run of the delivery loop did, for commands, staff and cron."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock

from registration.errors import ExitStatus
from registration.states import Presence

_ADDRESS = re.compile(r'[^\s<>()\[\]{},;:"@]{1,254}(?:@|%40)[^\s<>()\[\]{},;:"]{1,254}')


def without_addresses(words: str) -> str:
    """The words, fit for a log: whatever looks like an e-mail address is left out. Webex may quote an attendee's."""
    return _ADDRESS.sub("…@…", words)


@dataclass
class Report:
    """What a run did, and what is left. Threads may add to it.

    ``counts``: people by what became of them in this run (values of ``Presence``, and ``left``: approved and not yet
    sent). ``left``: people for whom anything is still to be done; ``in_flight``: people about whom an outcome is
    awaited, the first of them at ``next_due_at``; ``refused``: approved people whom Webex refused. ``problems``: words
    for staff and for logs, so without addresses; ``warnings``: the same, of what holds nothing up.
    ``retry_after_seconds``: how long there can be no call. ``will_get_further``: whether a run after a pause may do
    what this one could not. ``count_states`` counts all approved people of the meetings by presence.
    """

    counts: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    left: int = 0
    in_flight: int = 0
    refused: int = 0
    next_due_at: datetime | None = None
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    retry_after_seconds: float | None = None
    will_get_further: bool = False
    is_misconfigured: bool = False
    needs_person: bool = False
    count_states: Callable[[], dict[str, int]] = field(default=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @cached_property
    def states(self) -> dict[str, int]:
        """All approved people of the meetings by presence, as the run left them: counted when it is first asked for."""
        return self.count_states()

    @property
    def exit_status(self) -> ExitStatus:
        """Whether anything is left to do, and for whom: a person, or a later run."""
        if self.is_misconfigured:
            return ExitStatus.MISCONFIGURED
        if self.needs_person or self.refused:
            return ExitStatus.NEEDS_A_PERSON
        return ExitStatus.TRY_AGAIN_LATER if self.left or self.in_flight or self.problems else ExitStatus.DONE

    @property
    def is_worth_another(self) -> bool:
        """Whether another run, after a pause, may get further."""
        return not self.is_misconfigured and (self.will_get_further or self.in_flight > 0)

    def count(self, what: str, people: int) -> None:
        """Add people to what became of them in this run."""
        with self._lock:
            self.counts[what] += people

    def count_batch(self) -> None:
        """Add a call."""
        with self._lock:
            self.batches += 1

    def complain(self, words: str, *, needs_person: bool = False, will_get_further: bool = False) -> None:
        """Add a problem, once, and who can do something about it."""
        words = without_addresses(words)
        with self._lock:
            if words not in self.problems:
                self.problems.append(words)
            self.needs_person |= needs_person
            self.will_get_further |= will_get_further

    def warn(self, words: str) -> None:
        """Add what staff should know, though it holds nothing up."""
        words = without_addresses(words)
        with self._lock:
            if words not in self.warnings:
                self.warnings.append(words)

    def wait(self, seconds: float) -> None:
        """Note that there can be no call for so long."""
        with self._lock:
            self.retry_after_seconds = max(seconds, self.retry_after_seconds or 0.0)
            self.will_get_further = True

    def after(self, earlier: "Report") -> "Report":
        """This report with the counts and batches of an earlier run added; the states are this one's."""
        self.counts.update({key: count for key, count in earlier.counts.items() if key != "left"})
        self.batches += earlier.batches
        return self

    def to_json(self) -> dict[str, object]:
        """For scripts: the states by name, and under ``this_run`` what became of people in it."""
        run = {presence.value: self.counts[presence] for presence in Presence if self.counts[presence]}
        return {
            **self.states,
            "this_run": run | {"batches": self.batches},
            "problems": self.problems,
            "warnings": self.warnings,
        }
