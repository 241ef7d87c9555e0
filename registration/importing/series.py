"""A meeting series at Webex: how it is addressed in every call, and how it and its registration form are read."""

import re
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from registration.errors import ImportRefused
from registration.importing import advice, bounds
from registration.importing.bounds import MeetingFacts
from registration.models import Meeting
from registration.webex.client import WebexClient
from registration.webex.errors import WebexError
from registration.webex.records import FormInfo, MeetingInfo

_SERIES_ID = re.compile(r"[0-9a-f]{32}")
_MEETING_NUMBER = re.compile(r"[0-9]{9,12}")


@dataclass(frozen=True)
class Series:
    """The id of a series with the parameters that every call for it must carry, always the same."""

    webex_id: str
    current: bool = False
    host_email: str = ""
    is_account_stored: bool = False
    """Whether Webex is called with credentials that were entered in the admin, and not with those of the settings."""

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        """The series of a meeting that we have."""
        is_account_stored = meeting.account_id is not None
        return cls(meeting.webex_id, meeting.current, meeting.host_email_parameter, is_account_stored)

    def advice(self, error: WebexError) -> str:
        """What happened and what to do, for an error that came of a call for it."""
        return advice.words(error, host_email=self.host_email, is_account_stored=self.is_account_stored)

    def read_meeting(self, *, client: WebexClient, notes: list[str]) -> MeetingFacts:
        """The meeting, bounded to what we can keep. Raises ``ImportRefused`` where it cannot be read or used."""
        return bounds.bounded_meeting(self.look_at_meeting(client=client), notes=notes)

    def look_at_meeting(self, *, client: WebexClient) -> MeetingInfo:
        """The meeting as Webex tells it. Raises ``ImportRefused`` where it cannot be read, or has no registration."""
        try:
            info = client.get_meeting(self.webex_id, current=self.current, host_email=self.host_email)
        except WebexError as error:
            raise ImportRefused(self.advice(error)) from error
        if info.scheduled_type == "personalRoomMeeting":
            raise ImportRefused(
                _("A personal room cannot have registration. Schedule a meeting in Webex, and import that.")
            )
        # With current=true Webex describes the series' next meeting, which is no series itself.
        if not self.current and info.meeting_type not in {"", "meetingSeries"}:
            raise ImportRefused(
                _("This is the id of one meeting of a series. Only the id of the series itself can have registration.")
            )
        if not self.current and info.has_registration is False:
            raise ImportRefused(advice.without_registration())
        return info

    def read_form(self, *, client: WebexClient, notes: list[str]) -> FormInfo:
        """The registration form, bounded to what we can ask. Raises ``ImportRefused`` where it cannot be read."""
        try:
            form = client.get_registration(self.webex_id, current=self.current, host_email=self.host_email)
        except WebexError as error:
            raise ImportRefused(self.advice(error)) from error
        return bounds.bounded_form(form, notes=notes)


def series_id(given: str) -> str:
    """The id of a series as Webex wants it, from one as people have it: in capitals, with hyphens or spaces.

    Raises ``ImportRefused`` for what is no such id, with words that say what it seems to be.
    """
    meeting_id = re.sub(r"[\s\-\u2010-\u2015]", "", given).lower()
    if _SERIES_ID.fullmatch(meeting_id):
        return meeting_id
    series, underscore, _part = meeting_id.partition("_")
    if underscore and _SERIES_ID.fullmatch(series):
        raise ImportRefused(
            _(
                "This is the id of one occurrence of a series. Use the part before the first “_”, "
                "which is the id of the series: %s"
            )
            % series
        )
    if _MEETING_NUMBER.fullmatch(meeting_id):
        raise ImportRefused(
            _(
                "This is a meeting number, the one for dialling in. The id of the meeting series has 32 characters, "
                "0-9 and a-f: it is the “id” in Webex’s answer to GET /meetings?meetingNumber=%s"
            )
            % meeting_id
        )
    raise ImportRefused(
        _("This is no id of a meeting series: that has 32 characters, 0-9 and a-f; hyphens between them do no harm.")
    )
