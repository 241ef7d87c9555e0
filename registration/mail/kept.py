"""Mails that are kept as files instead of being sent: where ``EMAIL_URL`` names a folder, as in the demonstration."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

_BETWEEN = b"\n" + b"-" * 79 + b"\n"
"""What Django's back end writes between two mails of a file: each file has those of one connection."""

SHOWN_HEADERS = ("Date", "From", "To", "Reply-To", "Subject", "Auto-Submitted", "Message-ID")


@dataclass(frozen=True)
class KeptMail:
    """A mail, by the name of its file and its number in it."""

    name: str
    number: int
    message: EmailMessage

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that say something, in order."""
        return [(name, str(self.message[name])) for name in SHOWN_HEADERS if self.message[name]]

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.message["Subject"])

    @property
    def to(self) -> str:
        """To whom it went."""
        return str(self.message["To"])

    @property
    def date(self) -> str:
        """When it was sent."""
        return str(self.message["Date"])

    @property
    def text(self) -> str:
        """The plain text."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML; empty where there is none."""
        return self._body("html")

    @property
    def attachments(self) -> list[EmailMessage]:
        """What is attached."""
        return [part for part in self.message.iter_attachments() if isinstance(part, EmailMessage)]

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if isinstance(part, EmailMessage) else ""


def is_kept() -> bool:
    """Whether mails are kept as files."""
    return settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend" and bool(_folder().is_dir())


def newest(count: int) -> list[KeptMail]:
    """So many of the mails at most, the newest first."""
    found: list[KeptMail] = []
    for path in sorted(_files(), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        found += reversed(list(_mails_in(path)))
        if len(found) >= count:
            break
    return found[:count]


def find(name: str, number: int) -> KeptMail | None:
    """The mail, if it is there."""
    path = next((path for path in _files() if path.name == name), None)
    mails = list(_mails_in(path)) if path is not None else []
    return mails[number] if number < len(mails) else None


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH or "")


def _files() -> Iterator[Path]:
    """What Django's back end has written there, whatever else is."""
    return (path for path in _folder().glob("*.log") if path.is_file())


def _mails_in(path: Path) -> Iterator[KeptMail]:
    for number, content in enumerate(path.read_bytes().split(_BETWEEN)):
        if not content.strip():
            continue
        message = message_from_bytes(content, policy=policy.default)
        if isinstance(message, EmailMessage):
            yield KeptMail(path.name, number, message)
