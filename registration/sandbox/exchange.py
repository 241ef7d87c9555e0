"""What an endpoint gets and gives: a call that was read already, and an answer that is yet to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import Headers

from registration.sandbox.errors import Refusal

DEFAULT_MAX = 10
LARGEST_MAX = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A call. `body` is the JSON object (or the fields of a form), empty where the operation takes none."""

    operation: str
    url: str
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    headers: Headers

    def max(self) -> int:
        """`max`: the most rows to answer; 10 by default, cut to 100. Raises `Refusal` (400) for nonsense."""
        given = self.query.get("max", str(DEFAULT_MAX))
        if not given.isascii() or not given.isdigit() or int(given[:9]) < 1:
            raise Refusal(400, "max must be a positive number.")
        return min(int(given[:9]), LARGEST_MAX)

    def time(self, name: str) -> datetime | None:
        """A point in time in ISO 8601; one without an offset is UTC. Raises `Refusal` (400) for nonsense."""
        given = self.query.get(name)
        if not given:
            return None
        try:
            # A "+" that was not quoted arrives as a space.
            at = datetime.fromisoformat(given.strip().replace(" ", "+"))
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Refusal(400, f"{name} must be a date and time in ISO 8601.") from None
        if not 1970 <= at.year <= 9000:  # so that a window can be reckoned from it on both sides
            raise Refusal(400, f"{name} must be a date and time of our times.")
        return at

    def choice(self, name: str, *, among: tuple[str, ...], default: str = "") -> str:
        """A parameter that has only certain values. Raises `Refusal` (400) for another one."""
        given = self.query.get(name) or default
        if given and given not in among:
            raise Refusal(400, f"{name} must be one of {', '.join(among)}.")
        return given

    def link_to(self, **query: str) -> str:
        """The `Link` header (RFC 8288, which replaced 5988) to the next page: this call with other parameters."""
        return f'<{self.url}?{urlencode({**self.query, **query})}>; rel="next"'


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, JSON body (`None` for none) and further headers."""

    status: int = 200
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
