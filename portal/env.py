"""Reads the environment loudly: what is wrong is remembered and reported all at once by the system checks.

Every setting may come from ``NAME`` or from a file that ``NAME_FILE`` points to (Docker and Kubernetes secrets).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


@dataclass
class Problem:
    """One setting that is missing or cannot be read, with what to do about it."""

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
        return str(self._read(self.source.str, name, default, "text")).strip()

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

    def words(self, name: str, default: list[str]) -> list[str]:
        """The setting as a list, separated by commas."""
        return [word.strip() for word in self._read(self.source.list, name, default, "a list") if word.strip()]

    def database(self, name: str, default: str) -> dict[str, Any]:
        """The setting as a Django database configuration, from a URL."""
        return dict(self._read(self.source.db_url, name, default, "a database URL"))

    def email(self, name: str, default: str) -> dict[str, Any]:
        """The setting as Django's EMAIL_* settings, from a URL such as ``smtp+tls://user:password@host:587``."""
        return dict(self._read(self.source.email_url, name, default, "an e-mail URL"))

    def complain(self, name: str, message: str, hint: str) -> None:
        """Remember a problem, to be reported by the system checks. The value itself is never shown."""
        self.problems.append(Problem(name, message, hint))

    def _read(self, reader: Callable[..., Any], name: str, default: Any, kind: str) -> Any:
        try:
            return reader(name, default=default)
        except (ValueError, KeyError, OSError, ImproperlyConfigured):
            self.complain(name, f"{name} is not {kind}.", "See the table of settings in README.md.")
            return reader(f"{name}__UNSET", default=default)


def read_dotenv(folder: Path) -> None:
    """Take settings from a ``.env`` file in ``folder``, where the environment does not have them already."""
    dotenv = folder / ".env"
    if dotenv.is_file():
        environ.Env.read_env(dotenv)
