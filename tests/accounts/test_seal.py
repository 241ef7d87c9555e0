"""Secrets are stored sealed, and the keys can be replaced."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from registration.accounts import seal
from registration.errors import NotConfigured
from registration.models import Account
from tests.accounts.cast import KEY, OTHER_KEY, an_account


def test_a_sealed_secret_is_opened_by_its_key_and_shows_nothing(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    assert seal.opened(seal.sealed("secret")) == "secret"
    assert "secret" not in seal.sealed("secret")
    assert seal.opened("") == ""


def test_every_key_opens_and_the_first_one_seals(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    old = seal.sealed("secret")
    settings.TOKEN_KEYS = [OTHER_KEY, KEY]
    assert seal.opened(old) == "secret"
    new = seal.sealed("secret")
    settings.TOKEN_KEYS = [OTHER_KEY]
    assert seal.opened(new) == "secret"
    with pytest.raises(NotConfigured, match="none of the TOKEN_KEYS opens them"):
        seal.opened(old)


@pytest.mark.parametrize(
    ("keys", "words"), [([], "TOKEN_KEYS is not set"), (["short"], "no key"), ([KEY, "käse"], "no key")]
)
def test_without_keys_nothing_is_sealed_and_the_words_say_what_to_do(
    settings: Settings, keys: list[str], words: str
) -> None:
    settings.TOKEN_KEYS = keys
    with pytest.raises(NotConfigured, match=words) as caught:
        seal.sealed("secret")
    assert "Fernet.generate_key()" in str(caught.value)
    assert [key for key in keys if key in str(caught.value)] == []
    assert seal.keys_problem() == str(caught.value)


def rotate() -> str:
    output = StringIO()
    call_command("rotate_token_keys", stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_rotating_seals_everything_with_the_first_key(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    account = an_account()
    settings.TOKEN_KEYS = [OTHER_KEY, KEY]

    assert rotate() == "Sealed anew: 2 secrets.\n"

    settings.TOKEN_KEYS = [OTHER_KEY]
    account.refresh_from_db()
    opened = [seal.opened(account.client_secret_sealed), seal.opened(account.refresh_token_sealed)]
    assert (opened, account.access_token_sealed) == (["the-client-secret", "the-first-refresh-token"], "")


@pytest.mark.django_db
def test_rotating_goes_on_past_what_no_key_opens_and_says_so(settings: Settings) -> None:
    settings.TOKEN_KEYS = [OTHER_KEY]
    lost = an_account("Atlantis")
    settings.TOKEN_KEYS = [KEY]
    an_account("Berlin")

    with pytest.raises(CommandError) as caught:
        rotate()

    assert caught.value.returncode == 3
    assert str(caught.value) == (
        "Atlantis: The stored secrets of this Webex account cannot be read: none of the TOKEN_KEYS opens them. "
        "Put the key that sealed them back into TOKEN_KEYS, or enter the credentials again."
    )
    before = lost.client_secret_sealed
    lost.refresh_from_db()
    assert lost.client_secret_sealed == before


@pytest.mark.django_db
def test_rotating_leaves_alone_what_is_renewed_at_the_same_moment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TOKEN_KEYS = [KEY]
    account = an_account()
    real = seal.resealed

    def meanwhile(text: str) -> str:
        Account.objects.update(refresh_token_sealed=seal.sealed("newest"))
        return real(text)

    monkeypatch.setattr(seal, "resealed", meanwhile)
    assert rotate() == "Sealed anew: 1 secret.\n"
    account.refresh_from_db()
    assert seal.opened(account.refresh_token_sealed) == "newest"


@pytest.mark.django_db
def test_rotating_without_keys_ends_with_what_to_do(settings: Settings) -> None:
    settings.TOKEN_KEYS = []
    with pytest.raises(CommandError, match="TOKEN_KEYS is not set") as caught:
        rotate()
    assert caught.value.returncode == 1
