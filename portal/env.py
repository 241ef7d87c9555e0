"""Reads the environment loudly: what is wrong is remembered, and reported all at once by the system checks.

Every setting may come from ``NAME`` or from a file that ``NAME_FILE`` points to (Docker and Kubernetes secrets).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

DATABASE_ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


@dataclass
class Problem:
    """One setting that is missing or cannot be read, with what to do about it. It never holds the value."""

    name: str
    message: str
    hint: str


@dataclass
class Env:
    """Typed access to the environment that never raises: problems are collected in ``problems``.

    A setting that cannot be read takes its default, and the system check ``registration.E001`` stops every command
    (and the web server, see portal/wsgi.py) with the reason.
    """

    source: environ.FileAwareEnv = field(default_factory=environ.FileAwareEnv)
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """The setting as text, without the line break that editors leave at the end of a secret's file."""
        return str(self._read(self._as_it_is, name, default, "a readable text")).strip()

    def flag(self, name: str, default: bool = False) -> bool:
        """The setting as yes or no: ``true``, ``1``, ``yes``, ``on`` and ``false``, ``0``, ``no``, ``off``."""
        word = self.text(name, str(default)).lower()
        if word in {"true", "1", "yes", "on"}:
            return True
        if word not in {"false", "0", "no", "off", ""}:
            self.complain(name, f"{name} must be true or false.", "Set it to true or to false.")
        return False

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """The setting as a whole number between ``least`` and ``most``."""
        number = int(self._read(self.source.int, name, default, "a whole number"))
        if least <= number <= most:
            return number
        self.complain(name, f"{name} must be from {least} to {most}.", f"The default is {default}.")
        return default

    def choice(self, name: str, default: str, *, choices: Collection[str]) -> str:
        """The setting as one of the words, in capitals."""
        word = self.text(name, default).upper()
        if word in choices:
            return word
        self.complain(name, f"{name} is none of its values.", f"Set it to one of: {', '.join(choices)}.")
        return default

    def address(self, name: str, default: str, *, hint: str) -> str:
        """The setting as an http(s) address, without a slash at its end; empty, and a problem, where it is none."""
        address = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(address)
            is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            is_address = False
        if is_address:
            return address
        self.complain(name, f"{name} is not set." if not address else f"{name} is no web address.", hint)
        return ""

    def words(self, name: str, default: list[str]) -> list[str]:
        """The setting as a list, separated by commas."""
        return [word.strip() for word in self._read(self.source.list, name, default, "a list") if word.strip()]

    def networks(self, name: str, default: list[str]) -> list[IPv4Network | IPv6Network]:
        """The setting as a list of networks, or of single addresses, separated by commas."""
        try:
            return [ip_network(word) for word in self.words(name, []) or default]
        except ValueError:
            self.complain(
                name,
                f"{name} is not a list of addresses and networks.",
                "Set it to one such as 127.0.0.1,10.0.0.0/8; of a network the bits behind the slash must be 0.",
            )
            return [ip_network(word) for word in default]

    def database(self, name: str, default: str) -> dict[str, Any]:
        """The setting as a Django database configuration, from a URL."""
        database = dict(self._read(self.source.db_url, name, default, "a database URL"))
        if database.get("ENGINE") in DATABASE_ENGINES:
            return database
        self._complain_of_kind(name, "a database URL of SQLite or PostgreSQL")
        return dict(self.source.db_url(f"{name}__UNSET", default=default))

    def email(self, name: str, default: str) -> dict[str, Any]:
        """The setting as Django's EMAIL_* settings, from a URL such as ``smtp+tls://user:password@host:587``."""
        return dict(self._read(self.source.email_url, name, default, "an e-mail URL"))

    def make_folder(self, name: str, folder: Path) -> bool:
        """Make the folder that the setting needs. Returns whether it is there."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            hint = f"Make the folder {folder}, writable for this user, or set {name} to another place."
            self.complain(name, f"The folder for {name} cannot be made.", hint)
            return False
        return True

    def complain(self, name: str, message: str, hint: str) -> None:
        """Remember a problem, to be reported by the system checks."""
        self.problems.append(Problem(name, message, hint))

    def _as_it_is(self, name: str, *, default: str) -> str:
        """Past django-environ's own reader, to which a secret that begins with ``$`` names another setting."""
        return str(self.source.ENVIRON.get(name, default))

    def _read(self, reader: Callable[..., Any], name: str, default: Any, kind: str) -> Any:
        try:
            return reader(name, default=default)
        except (ValueError, KeyError, OSError, ImproperlyConfigured):
            self._complain_of_kind(name, kind)
            return reader(f"{name}__UNSET", default=default)

    def _complain_of_kind(self, name: str, kind: str) -> None:
        self.complain(name, f"{name} is not {kind}.", "See the table of settings in README.md.")


def read_dotenv(path: str) -> None:
    """Take settings from the file, if there is one, where the environment does not have them already."""
    if path and Path(path).is_file():
        environ.Env.read_env(path)


def refuse(problems: Collection[Problem]) -> None:
    """Raise ``ImproperlyConfigured`` if there are problems: web servers do not run the system checks."""
    if problems:
        raise ImproperlyConfigured(" ".join(f"{problem.message} {problem.hint}" for problem in problems))
