"""Where an access token comes from."""

from dataclasses import dataclass, field
from typing import Protocol


class TokenSource(Protocol):
    """Gives the access token for a call. Safe for threads."""

    def __call__(self) -> str:
        """The token to send. Raises a `WebexError` where there is none to be had."""

    def renew(self, refused: str) -> str | None:
        """Another token than the one that Webex refused; `None` where there is none, and a person must act."""


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A token that was made by hand and stays the same (a personal token lives 12 hours)."""

    value: str = field(repr=False)

    def __call__(self) -> str:
        """Return the token, without the spaces and line ends that copying brings along."""
        return self.value.strip()

    def renew(self, refused: str) -> str | None:
        """There is no other."""
        return None
