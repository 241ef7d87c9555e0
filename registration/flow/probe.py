"""Tries what the portal needs of Webex, and says in words what works, what is wrong and what to do about it.

Reads only: nothing is written at Webex or here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registration.errors import ExitStatus, ImportRefused
from registration.importing import advice
from registration.importing.bounds import MeetingFacts
from registration.importing.merge import FormMerge
from registration.importing.series import Series
from registration.models import Meeting
from registration.webex.client import WebexClient
from registration.webex.errors import WebexError
from registration.webex.records import FormInfo


@dataclass(frozen=True)
class Finding:
    """What one probe found. ``subject`` is the short name of a meeting, or empty for the account."""

    subject: str
    words: str
    status: ExitStatus = ExitStatus.DONE

    @property
    def is_good(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.status is ExitStatus.DONE


def run(meetings: Iterable[Meeting], *, client: WebexClient) -> Iterator[Finding]:
    """Probe the token, and then each meeting with its form; findings come as they are found.

    Ends early where the token is refused, since nothing more could be learned. Raises nothing of Webex's.
    """
    finding = _probe_token(client)
    yield finding
    if finding.status is ExitStatus.MISCONFIGURED:
        return
    for meeting in meetings:
        yield from _probe_meeting(meeting, client=client)


def exit_status(findings: Iterable[Finding]) -> ExitStatus:
    """The status for all findings together: settings come first, then what needs a person, then what may pass."""
    found = {finding.status for finding in findings}
    ranked = (ExitStatus.MISCONFIGURED, ExitStatus.NEEDS_A_PERSON, ExitStatus.TRY_AGAIN_LATER)
    return next((status for status in ranked if status in found), ExitStatus.DONE)


def _probe_token(client: WebexClient) -> Finding:
    try:
        client.list_meetings(max=1)
    except WebexError as error:
        return Finding("", advice.words(error), advice.exit_status(error))
    return Finding(
        "",
        _("Webex accepts the access token for reading. Whether it may also write shows when people are sent."),
    )


def _probe_meeting(meeting: Meeting, *, client: WebexClient) -> Iterator[Finding]:
    slug = meeting.slug
    if not meeting.webex_id:
        yield Finding(
            slug,
            _("This meeting has no Webex meeting id, so nobody is sent to Webex. Enter it, or import the meeting."),
            ExitStatus.NEEDS_A_PERSON,
        )
        return
    series = Series.of(meeting)
    remarks: list[str] = []
    try:
        facts = series.read_meeting(client=client, notes=remarks)
        yield Finding(slug, _("Webex shows the meeting."))
        form = series.read_form(client=client, notes=remarks)
    except ImportRefused as refusal:
        yield Finding(slug, str(refusal.words), advice.exit_status(refusal.__cause__))
        return
    # What is cut or left out stays so after another import: worth knowing, but nothing to do here.
    for remark in remarks:
        yield Finding(slug, remark)
    yield from _compare(meeting, facts, form)


def _compare(meeting: Meeting, facts: MeetingFacts, form: FormInfo) -> Iterator[Finding]:
    changes = FormMerge(meeting, form).notes
    if (facts.start_at, facts.end_at) != (meeting.start_at, meeting.end_at):
        changes.append(_("Webex has another time for this meeting."))
    if form.auto_accept_request != meeting.auto_accept_request:
        changes.append(_("“Automatically accept all requests” was switched at Webex."))
    if not changes:
        yield Finding(meeting.slug, _("Time and registration form are the same here and at Webex."))
        return
    changes.append(_("What is here differs from Webex: import the meeting again."))
    for change in changes:
        yield Finding(meeting.slug, change, ExitStatus.NEEDS_A_PERSON)
