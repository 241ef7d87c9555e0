"""Tries what the portal needs of Webex, and says in words what works, what is wrong and what to do about it.

Reads only: nothing is written at Webex or here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from registration.accounts import Clients, account_of, notices
from registration.accounts.notices import Notice
from registration.errors import ExitStatus, ImportRefused, NotConfigured
from registration.importing import advice
from registration.importing.bounds import MeetingFacts
from registration.importing.merge import FormMerge
from registration.importing.series import Series
from registration.models import Account, Meeting
from registration.report import without_addresses
from registration.webex.client import WebexClient
from registration.webex.errors import Unauthorized, WebexError
from registration.webex.records import FormInfo, email_key


@dataclass(frozen=True)
class Finding:
    """What one probe found. ``subject`` is the short name of a meeting, or empty for the ``account`` itself."""

    account: Account
    subject: str
    words: str
    status: ExitStatus = ExitStatus.DONE

    @property
    def is_good(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.status is ExitStatus.DONE


def run(accounts: Iterable[Account], meetings: Iterable[Meeting], *, clients: Clients) -> Iterator[Finding]:
    """Probe each account, and after it those of the meetings that belong to it; findings come as they are found.

    Where an account's token is refused its meetings are passed over, since nothing could be learned. Raises nothing
    of Webex's, and names no address that Webex quotes.
    """
    of_account: dict[int, list[Meeting]] = {}
    for meeting in meetings:
        of_account.setdefault(account_of(meeting).pk, []).append(meeting)
    for account in accounts:
        for finding in _probe_account(account, of_account.get(account.pk, []), clients=clients):
            yield replace(finding, words=without_addresses(finding.words))


def exit_status(findings: Iterable[Finding]) -> ExitStatus:
    """The status for all findings together: settings come first, then what needs a person, then what may pass."""
    found = {finding.status for finding in findings}
    ranked = (ExitStatus.MISCONFIGURED, ExitStatus.NEEDS_A_PERSON, ExitStatus.TRY_AGAIN_LATER)
    return next((status for status in ranked if status in found), ExitStatus.DONE)


def _probe_account(account: Account, meetings: list[Meeting], *, clients: Clients) -> Iterator[Finding]:
    try:
        client = clients.of(account)
    except NotConfigured as problem:
        yield Finding(account, "", str(problem.words), ExitStatus.MISCONFIGURED)
        return
    error = _refusal(client)
    account.refresh_from_db()
    for notice in notices.of_account(account, now=timezone.now()):
        yield _told(account, "", notice)
    if error is not None:
        words = advice.words(error, is_account_stored=not account.is_from_settings)
        yield Finding(account, "", words, advice.exit_status(error))
    else:
        yield Finding(account, "", notices.tokens_in_words(account))
        yield Finding(
            account,
            "",
            _("Webex accepts the access token for reading. Whether it may also write shows when people are sent."),
        )
    if isinstance(error, Unauthorized):
        return
    for meeting in meetings:
        for notice in notices.of_meeting(meeting, now=timezone.now()):
            yield _told(account, meeting.slug, notice)
        for words, status in _probe_meeting(meeting, client=client):
            yield Finding(account, meeting.slug, words, status)


def _refusal(client: WebexClient) -> WebexError | None:
    """What comes of the smallest of reads."""
    try:
        client.list_meetings(max=1)
    except WebexError as error:
        return error
    return None


def _told(account: Account, subject: str, notice: Notice) -> Finding:
    words = _("%(words)s Why: %(reason)s") % vars(notice) if notice.reason else notice.words
    return Finding(account, subject, words, ExitStatus.NEEDS_A_PERSON)


def _probe_meeting(meeting: Meeting, *, client: WebexClient) -> Iterator[tuple[str, ExitStatus]]:
    if not meeting.webex_id:
        words = _("This meeting has no Webex meeting id, so nobody is sent to Webex. Enter it, or import the meeting.")
        yield words, ExitStatus.NEEDS_A_PERSON
        return
    series = Series.of(meeting)
    remarks: list[str] = []
    try:
        facts = series.read_meeting(client=client, notes=remarks)
        yield _("Webex shows the meeting."), ExitStatus.DONE
        yield from _compare_host(meeting, facts)
        form = series.read_form(client=client, notes=remarks)
    except ImportRefused as refusal:
        yield str(refusal.words), advice.exit_status(refusal.__cause__)
        return
    # What is cut or left out stays so after another import: worth knowing, but nothing to do here.
    for remark in remarks:
        yield remark, ExitStatus.DONE
    yield from _compare(meeting, facts, form)


def _compare_host(meeting: Meeting, facts: MeetingFacts) -> Iterator[tuple[str, ExitStatus]]:
    asked, told = meeting.host_email_parameter, facts.host_email
    if asked and told and email_key(asked) != email_key(told):
        words = _("Webex names another host for this meeting than “act for the host” does here.")
        yield words, ExitStatus.NEEDS_A_PERSON


def _compare(meeting: Meeting, facts: MeetingFacts, form: FormInfo) -> Iterator[tuple[str, ExitStatus]]:
    changes = FormMerge(meeting, form).notes
    if (facts.start_at, facts.end_at) != (meeting.start_at, meeting.end_at):
        changes.append(_("Webex has another time for this meeting."))
    if form.auto_accept_request != meeting.auto_accept_request:
        changes.append(_("“Automatically accept all requests” was switched at Webex."))
    if not changes:
        yield _("Time and registration form are the same here and at Webex."), ExitStatus.DONE
        return
    changes.append(_("What is here differs from Webex: import the meeting again."))
    for change in changes:
        yield change, ExitStatus.NEEDS_A_PERSON
