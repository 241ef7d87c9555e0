"""What a run of the delivery loop did, for commands, staff and cron."""

from collections import Counter
from dataclasses import dataclass, field

from registration.errors import ExitStatus
from registration.states import Presence


@dataclass
class Report:
    """What a run did, and what is left.

    ``counts``: people by what became of them in this run (values of ``Presence``, and ``left``: approved and not yet
    sent). ``states``: all approved people of the meetings by presence, as the run left them. ``problems``: words for
    staff. ``retry_after_seconds``: how long Webex asked to wait.
    """

    counts: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    in_flight: int = 0
    problems: list[str] = field(default_factory=list)
    retry_after_seconds: float | None = None
    is_misconfigured: bool = False
    needs_person: bool = False

    @property
    def exit_status(self) -> ExitStatus:
        """Whether anything is left to do, and for whom: a person, or a later run."""
        if self.is_misconfigured:
            return ExitStatus.MISCONFIGURED
        if self.needs_person or self.states.get(Presence.REFUSED, 0):
            return ExitStatus.NEEDS_A_PERSON
        is_left = self.states.get(Presence.ABSENT, 0) or self.in_flight
        return ExitStatus.TRY_AGAIN_LATER if is_left else ExitStatus.DONE

    def after(self, earlier: "Report") -> "Report":
        """This report with the counts and calls of an earlier run added; the states are this one's."""
        self.counts.update({key: count for key, count in earlier.counts.items() if key != "left"})
        self.calls += earlier.calls
        return self

    def to_json(self) -> dict[str, object]:
        """For scripts: the states by name, and under ``this_run`` what became of people in it."""
        run = {presence.value: self.counts[presence] for presence in Presence if self.counts[presence]}
        return {**self.states, "this_run": run | {"calls": self.calls}, "problems": self.problems}
