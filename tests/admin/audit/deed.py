"""What is done by a POST to the admin, and the entry that it leaves."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.test import Client
from django.urls import reverse

from registration.models import (
    AuditEntry,
    Meeting,
)
from tests.admin.pages import answer_of

Done = Meeting | None
"""The meeting in whose audit it stands, where it is about one."""


class Deed(NamedTuple):
    """What is done at an address, in words; how, and the entry that it leaves."""

    address: str
    what: str
    do: Callable[[Client], Done]
    action: AuditEntry.Action

    def __str__(self) -> str:
        return f"{self.address}: {self.what}"


def post(client: Client, address: str, *args: Any, **fields: Any) -> Any:
    return client.post(reverse(f"admin:{address}", args=args), fields)


def answered(client: Client, name: str, *args: Any) -> Any:
    """Open the page, and press its button."""
    address = reverse(f"admin:{name}", args=args)
    return client.post(address, answer_of(client.get(address)))
