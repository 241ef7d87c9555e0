"""The look at Webex's own form before anybody is sent: what has changed there stops the meeting, or warns staff."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from registration.errors import ImportRefused
from registration.flow.deliver.endings import Endings
from registration.flow.deliver.run import Run
from registration.flow.deliver.workers import Workers
from registration.importing.differences import Differences
from registration.importing.series import Series
from registration.models import Meeting
from registration.webex.client import WebexClient
from registration.webex.errors import NotBegun, WebexError
from registration.webex.records import FormInfo, MeetingInfo


class Preflight:
    """Reads meeting and form, side by side, once a run for each meeting whose people are to be registered."""

    def __init__(
        self,
        run: Run,
        endings: Endings,
        client: WebexClient,
        workers: Workers,
        may_go_on: Callable[[], bool],
    ) -> None:
        self._run = run
        self._endings = endings
        self._client = client
        self._workers = workers
        self._may_go_on = may_go_on

    def check(self, meeting: Meeting) -> None:
        """Compare Webex's meeting and form with ours; staff find the warnings on the meeting's page.

        Raises ``StopMeeting``, and pauses the meeting, where people would be refused or lose an answer; a passing
        error of Webex's only ends the meeting's part of this run.
        """
        series = Series.of(meeting)
        try:
            info, form = self._read(series)
        except ImportRefused as refusal:
            if isinstance(refusal.__cause__, WebexError):
                self._endings.count_unknowns(meeting, refusal.__cause__)
                self._endings.stop(meeting, refusal.__cause__)
            self._stop(meeting, [str(refusal.words)])
        found = Differences(meeting, info, form, now=self._run.clock())
        self._keep(meeting, found.warnings)
        if found.stops:
            self._stop(meeting, found.stops)

    def _read(self, series: Series) -> tuple[MeetingInfo, FormInfo]:
        """Meeting and form, side by side; where there is a turn for one call only, one after the other."""

        def look_at_meeting() -> MeetingInfo:
            return series.look_at_meeting(client=self._client)

        def read_form() -> FormInfo:
            return series.read_form(client=self._client, notes=[])

        try:
            return self._workers.both(look_at_meeting, read_form)
        except ImportRefused as refusal:
            if not isinstance(refusal.__cause__, NotBegun):
                raise
        self._may_go_on()
        info = look_at_meeting()
        self._may_go_on()
        return info, read_form()

    def _keep(self, meeting: Meeting, warnings: list[str]) -> None:
        for words in warnings:
            self._run.report.warn(f"{meeting}: {words}")
        if warnings != meeting.warnings:
            meeting.warnings = warnings
            meeting.save(update_fields=["warnings"])

    def _stop(self, meeting: Meeting, reasons: list[str]) -> None:
        reason = " ".join(reasons)
        words = _("%(meeting)s is paused before anybody was sent: %(reason)s")
        self._run.report.complain(words % {"meeting": meeting, "reason": reason}, needs_person=True)
        self._endings.pause_meeting(meeting, reason=reason)
