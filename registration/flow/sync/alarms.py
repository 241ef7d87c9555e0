"""The alarm when people vanish from Webex in numbers: the meeting is paused, and a person told why."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from registration.flow import pauses
from registration.flow.sync.turns import OutOfTime, Turns
from registration.models import Meeting
from registration.webex.client import WebexClient
from registration.webex.errors import MeetingUnavailable, Rejected, WebexError
from registration.webex.records import MeetingInfo

FEWEST_GONE = 5
LARGEST_SHARE_GONE = 0.2
"""Fewer than so many, or not more than this share of those who were there, are no alarm: a host may tidy up."""


def is_drop(gone: int, *, before: int) -> bool:
    """Whether ``gone`` of ``before`` people are so many at once that something must have happened to the meeting."""
    return gone >= FEWEST_GONE and gone > LARGEST_SHARE_GONE * before


class Alarm:
    """Raises the alarm about one meeting: pauses it and says why, as far as Webex lets on."""

    def __init__(self, meeting: Meeting, *, client: WebexClient, turns: Turns, clock: Callable[[], datetime]) -> None:
        self._meeting = meeting
        self._client = client
        self._turns = turns
        self._clock = clock

    def raise_about_drop(self, *, gone: int, before: int) -> str:
        """Pause the meeting of which ``gone`` of ``before`` people have vanished. Returns the words of the alarm."""
        words = _("%(gone)d of %(before)d people are gone from Webex at once.") % {"gone": gone, "before": before}
        return self._pause(words, _cause(self._info()))

    def raise_if_switched_off(self, error: WebexError) -> str:
        """Pause the meeting if ``error`` came because its registration was switched off. Returns the alarm's words.

        Asks Webex whether it still has the meeting, and not its form; where that is not so, nothing is returned.
        """
        if not isinstance(error, Rejected | MeetingUnavailable):
            return ""
        info = self._info()
        if info is None or not self._is_without_form():
            return ""
        words = _("Registration was switched off at Webex, which deletes everybody who was registered there.")
        return self._pause(words, _cause(info))

    def _info(self) -> MeetingInfo | None:
        """The meeting as Webex has it; nothing where it does not tell now. The alarm must not depend on that."""
        meeting = self._meeting
        get = partial(
            self._client.get_meeting,
            meeting.webex_id,
            current=meeting.current,
            host_email=meeting.host_email_parameter,
        )
        try:
            return self._turns(get)
        except (WebexError, OutOfTime):
            return None

    def _is_without_form(self) -> bool:
        meeting = self._meeting
        get = partial(
            self._client.get_registration,
            meeting.webex_id,
            current=meeting.current,
            host_email=meeting.host_email_parameter,
        )
        try:
            self._turns(get)
        except (Rejected, MeetingUnavailable):
            return True
        except (WebexError, OutOfTime):
            return False
        return False

    def _pause(self, *words: str) -> str:
        what_now = _(
            "The meeting is paused, and nobody is registered again by itself. See what happened at Webex, "
            "then resume the meeting, and have whoever is missing looked up again."
        )
        reason = " ".join(filter(None, [*words, what_now]))
        pauses.pause_meeting(self._meeting, reason=reason, at=self._clock())
        return f"{self._meeting}: {reason}"


def _cause(info: MeetingInfo | None) -> str:
    """What about the meeting deletes registrants, as far as Webex tells."""
    if info is not None and info.recurrence:
        return _("The meeting recurs now: making it recur deletes the registrants.")
    if info is not None and info.join_before_host:
        return _("People may join before the host now: turning that on deletes the registrants.")
    return ""
