"""Seals secrets for the database: what is stored there can be read with one of the TOKEN_KEYS only.

The first key seals and all of them open, so a key is replaced by putting a new one before it, running
``rotate_token_keys`` and then taking the old one out.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from registration.errors import NotConfigured

NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
"""What makes a key, for whoever is told to set one."""


def keys_problem() -> str:
    """What is wrong with TOKEN_KEYS, in words; empty where secrets can be sealed."""
    try:
        _box()
    except NotConfigured as error:
        return str(error.words)
    return ""


def sealed(secret: str) -> str:
    """The secret, sealed with the first key. Raises ``NotConfigured`` where there is none."""
    return _box().encrypt(secret.encode()).decode()


def opened(text: str) -> str:
    """The secret in a sealed text; of an empty one, nothing. Raises ``NotConfigured`` where no key opens it."""
    if not text:
        return ""
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken:
        raise _unreadable() from None


def resealed(text: str) -> str:
    """The same secret sealed with the first key of today. Raises ``NotConfigured`` where no key opens it."""
    if not text:
        return ""
    try:
        return _box().rotate(text.encode()).decode()
    except InvalidToken:
        raise _unreadable() from None


def _box() -> MultiFernet:
    if not settings.TOKEN_KEYS:
        raise NotConfigured(
            _("TOKEN_KEYS is not set, so no secret of a Webex account can be stored. Set it to a key made by: %s")
            % NEW_KEY
        )
    try:
        return MultiFernet([Fernet(key) for key in settings.TOKEN_KEYS])
    except ValueError:
        pass
    # Out here, so that the error does not carry along the key that it is about.
    raise NotConfigured(_("TOKEN_KEYS holds something that is no key. A key is made by: %s") % NEW_KEY)


def _unreadable() -> NotConfigured:
    return NotConfigured(
        _(
            "The stored secrets of this Webex account cannot be read: none of the TOKEN_KEYS opens them. Put the key "
            "that sealed them back into TOKEN_KEYS, or enter the credentials again."
        )
    )
