"""Every address of the admin that takes a POST leaves an entry: found from the addresses themselves."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from django.test import Client
from pytest_django import Settings

from registration.accounts import settings_account
from registration.admin.attention.verbs import VERBS
from registration.models import AuditEntry, Meeting
from registration.sandbox.server import SandboxServer
from tests.admin import hidden, walk
from tests.admin.audit.deed import Deed
from tests.admin.audit.deeds import DEEDS
from tests.admin.audit.deeds_on_pages import WAITING
from tests.admin.audit.entries import Action

pytestmark = pytest.mark.django_db

CHANGES_NOTHING = {
    "login": "whoever signs in has done nothing yet",
    "logout": "nor is anything done by signing out",
    "password_change": "it is one's own password, and nobody else's",
    "index": "Django's start page is only read, whatever is posted to it",
    "app_list": "so is Django's list of lists",
    "history": "and what Django shows of the past of each thing",
    "registration_meeting_form_preview": "it draws the form as it is typed, and stores nothing",
}
"""By the name of the address, or by its end: what takes a POST and needs no entry, and why."""

OF_LISTS = ("_changelist", "_act")
"""The ends of the addresses of lists and buttons, whose actions test_actions.py does."""


def _taking_a_post(client: Client) -> Iterator[str]:
    """The names of the other addresses that do not refuse it to somebody who may do everything."""
    for pattern in walk.patterns():
        name = str(pattern.name)
        if name in {deed.address for deed in DEEDS} or name.endswith(OF_LISTS) or _why_not(name) is not None:
            continue
        if {client.post(address, {}).status_code for address in walk.addresses(pattern)} - {403, 405}:
            yield name


def _why_not(name: str) -> str | None:
    return next((why for end, why in CHANGES_NOTHING.items() if name == end or name.endswith(f"_{end}")), None)


def test_of_every_address_that_takes_a_post_it_is_known_which_entry_it_leaves(as_dana: Client) -> None:
    hidden.make()
    words = "Say in deeds.py which entry these leave; or, above, why none; or let what is only read refuse a POST."
    assert set(_taking_a_post(as_dana)) == set(), words


def test_there_is_no_deed_at_an_address_that_there_is_not() -> None:
    names = {pattern.name for pattern in walk.patterns()}
    assert {deed.address for deed in DEEDS} <= names
    assert [end for end in CHANGES_NOTHING if not any(str(name).endswith(end) for name in names)] == []
    assert set(WAITING) == {(kind, verb.name) for kind, verbs in VERBS.items() for verb in verbs}


def test_what_needs_no_entry_changes_nothing(as_dana: Client) -> None:
    settings_account()
    hidden.make()
    before = hidden.rows()
    # Last, as it ends the session.
    for pattern in sorted(walk.patterns(), key=lambda pattern: pattern.name == "logout"):
        name = str(pattern.name)
        if _why_not(name) is not None and name != "login":
            for address in walk.addresses(pattern):
                as_dana.post(address, {"post": "yes"})
    assert hidden.rows() == before


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_every_deed_leaves_an_entry(
    deed: Deed,
    sandbox: SandboxServer,
    open_hour: Meeting,
    as_dana: Client,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    if deed.action == Action.PUSHED:
        # What goes on in the background is done before the answer.
        monkeypatch.setattr("registration.background.start_once_committed", lambda work, name: work())
    meeting = deed.do(as_dana)
    entries = AuditEntry.objects.filter(action=deed.action, by__username="dana").order_by("pk")
    if deed.action == Action.PUSHED:
        entries = entries.exclude(thing__startswith="push ")
    entry = entries.first()
    assert entry is not None
    assert entry.meeting == meeting
    assert entry.thing or entry.submission or entry.people.exists() or entry.note
