"""What attendees find in their mailboxes: mails that went through a real mail server."""

from email.message import EmailMessage
from typing import Any

from bs4 import BeautifulSoup
from django.core.management import call_command
from icalendar import Calendar

from tests.smtp import Handler

OWN_PAGE = "Open your own page"
"""What mails call the link to it."""


class Mailbox:
    """All that the server took, for everybody."""

    def __init__(self, server: Handler) -> None:
        self.server = server

    def new(self) -> list[EmailMessage]:
        """What comes when cron sends the mails: what time brings about is written down first."""
        before = len(self.server.messages)
        for command in ("run_periodic", "send_mails"):
            _run(command)
        return self.server.messages[before:]


def _run(command: str) -> None:
    try:
        call_command(command, verbosity=0)
    except SystemExit as end:
        raise AssertionError(f"{command} ended with {end.code}") from end


def told(mails: list[EmailMessage]) -> list[tuple[str, str]]:
    """To whom each goes, and what it is about: its subject up to the reference or the title."""
    return [(str(mail["To"]), str(mail["Subject"]).split(",")[0].split(":")[0]) for mail in mails]


def lines_in(mail: EmailMessage) -> list[str]:
    """What it says, in plain text."""
    return _body(mail, "plain").splitlines()


def link_in(mail: EmailMessage, label: str) -> str:
    """Where the mail leads under this label. Text and HTML lead to the same place."""
    lines, html = lines_in(mail), BeautifulSoup(_body(mail, "html"), "html.parser")
    address = lines[lines.index(f"{label}:") + 1]
    assert [link["href"] for link in html.find_all("a", string=label)] == [address]
    return address


def status_in(mail: EmailMessage) -> str:
    """How the registration stands, as the mail says."""
    [status] = [line.removeprefix("Status: ") for line in lines_in(mail) if line.startswith("Status: ")]
    return status


def calendar_in(mail: EmailMessage) -> Any:
    """The calendar that the mail carries; None where it carries none."""
    files = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    if not files:
        return None
    [file] = files
    return Calendar.from_ical(str(file.get_content()))


def _body(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())
