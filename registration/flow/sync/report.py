"""What a sync saw."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import ngettext

from registration.errors import ExitStatus
from registration.report import without_addresses
from registration.states import WebexStatus

_COUNTS = ("seen", "changed", "missing", "unknown", "decided_differently")


@dataclass
class Report:
    """What a sync saw: ``counts`` of our people ``seen`` at Webex, of statuses ``changed``, and of the drift.

    The drift, as the sync left it: people ``missing`` at Webex, people ``unknown`` to us there, and people
    ``decided_differently``; without those whom staff ignore, or leave as they are at Webex. It is reported and left as
    it is: nobody is registered again. ``statuses``: the people seen, by their Webex status. ``alarms``: words about
    meetings that were paused, because too many people were gone at once. ``problems``: words about what could not be
    read, and about who is missing, without addresses.
    """

    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    alarms: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_misconfigured: bool = False
    needs_person: bool = False

    @property
    def exit_status(self) -> ExitStatus:
        """Whether all was read, and if not, or if somebody drifted, who must do something: a person, or a later run.

        Who was decided differently waits for nobody: a host may well reject whom we approved.
        """
        if self.is_misconfigured:
            return ExitStatus.MISCONFIGURED
        if self.needs_person or self.alarms or self.counts["missing"] or self.counts["unknown"]:
            return ExitStatus.NEEDS_A_PERSON
        return ExitStatus.TRY_AGAIN_LATER if self.problems else ExitStatus.DONE

    def complain(self, words: str) -> None:
        """Add a problem."""
        self.problems.append(without_addresses(words))

    def drift_words(self) -> list[str]:
        """What staff can do something about in the admin, in words. Who is missing is among the problems."""
        unknown, different = self.counts["unknown"], self.counts["decided_differently"]
        words = []
        if unknown:
            words.append(
                ngettext(
                    "%d person is at Webex and not here: adopt or ignore them in the admin.",
                    "%d people are at Webex and not here: adopt or ignore them in the admin.",
                    unknown,
                )
                % unknown
            )
        if different:
            words.append(
                ngettext(
                    "%d person was decided differently here and at Webex.",
                    "%d people were decided differently here and at Webex.",
                    different,
                )
                % different
            )
        return words

    def to_json(self) -> dict[str, object]:
        """For scripts: the people seen by Webex status, and the counts."""
        return {
            **{status.value: self.statuses[status] for status in WebexStatus},
            **{key: self.counts[key] for key in _COUNTS},
            "alarms": self.alarms,
            "problems": self.problems,
        }
