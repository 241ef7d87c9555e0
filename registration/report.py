"""What a run of the delivery loop did, for commands, staff and cron."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from registration.errors import ExitStatus
from registration.states import Presence


@dataclass
class Report:
    """What a run did, and what is left.

    ``counts``: people by what became of them in this run (values of ``Presence``, and ``left``: approved and not yet
    sent). ``states``: all approved people of the meetings by presence, as the run left them. ``left``: people for whom
    anything is still to be done; ``in_flight``: people about whom an outcome is awaited, the first of them at
    ``next_due_at``. ``problems``: words for staff. ``retry_after_seconds``: how long Webex asked to wait.
    ``will_get_further``: whether a run after a pause may do what this one could not.
    """

    counts: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    batches: int = 0
    left: int = 0
    in_flight: int = 0
    next_due_at: datetime | None = None
    problems: list[str] = field(default_factory=list)
    retry_after_seconds: float | None = None
    will_get_further: bool = False
    is_misconfigured: bool = False
    needs_person: bool = False

    @property
    def exit_status(self) -> ExitStatus:
        """Whether anything is left to do, and for whom: a person, or a later run."""
        if self.is_misconfigured:
            return ExitStatus.MISCONFIGURED
        if self.needs_person or self.states.get(Presence.REFUSED, 0):
            return ExitStatus.NEEDS_A_PERSON
        return ExitStatus.TRY_AGAIN_LATER if self.left or self.in_flight or self.problems else ExitStatus.DONE

    @property
    def is_worth_another(self) -> bool:
        """Whether another run, after a pause, may get further."""
        return not self.is_misconfigured and (self.will_get_further or self.in_flight > 0)

    def after(self, earlier: "Report") -> "Report":
        """This report with the counts and batches of an earlier run added; the states are this one's."""
        self.counts.update({key: count for key, count in earlier.counts.items() if key != "left"})
        self.batches += earlier.batches
        return self

    def to_json(self) -> dict[str, object]:
        """For scripts: the states by name, and under ``this_run`` what became of people in it."""
        run = {presence.value: self.counts[presence] for presence in Presence if self.counts[presence]}
        return {**self.states, "this_run": run | {"batches": self.batches}, "problems": self.problems}
