"""What a stranger's page can make the browser of an administrator do: nothing. To look changes nothing, either."""

import pytest
from django.contrib.auth.models import User
from django.db.models import CharField, TextField
from django.test import Client

from registration.accounts import settings_account
from tests.admin import hidden, walk

pytestmark = pytest.mark.django_db

_OUT = {"login", "logout"}
_MARKUP = "<img src=x onerror=alert(1)>"


def test_to_look_at_any_page_changes_nothing_but_what_was_noted_of_it(as_dana: Client) -> None:
    # It is read, and known from then on.
    settings_account()
    hidden.make()
    before = hidden.rows()
    for pattern in walk.patterns():
        if pattern.name in _OUT:
            continue
        for address in walk.addresses(pattern):
            as_dana.get(address)
    assert hidden.rows() == before


def test_whatever_is_posted_without_a_token_is_refused(dana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana)
    hidden.make()
    before = hidden.rows()
    taken = [
        address
        for pattern in walk.patterns()
        if pattern.name not in _OUT
        for address in walk.addresses(pattern)
        if client.post(address, {"post": "yes"}).status_code not in (403, 404, 405)
    ]
    assert taken == []
    assert hidden.rows() == before


def test_no_words_of_anybody_are_ever_markup(as_dana: Client) -> None:
    settings_account()
    hidden.make()
    for model in hidden.PKS:
        texts = [field.name for field in model._meta.fields if isinstance(field, CharField | TextField)]
        for thing in model._default_manager.all():
            hostile = {name: _hostile(getattr(thing, name)) for name in texts if "Hush" in str(getattr(thing, name))}
            if hostile:
                model._default_manager.filter(pk=thing.pk).update(**hostile)
    told = []
    asked = [address for pattern in walk.patterns() if pattern.name not in _OUT for address in walk.addresses(pattern)]
    for address in [*asked, *(f"{address}?q={_MARKUP}" for _model_admin, address in walk.lists())]:
        response = as_dana.get(address)
        text = (
            b"".join(response).decode(errors="replace")
            if response.streaming
            else response.content.decode(errors="replace")
        )
        if _MARKUP in text and "html" in response.headers["Content-Type"]:
            told.append(address)
    assert told == []


def _hostile(words: str) -> str:
    return words.replace("Hush", _MARKUP, 1)
