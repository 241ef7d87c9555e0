"""Which addresses reach the same mailbox, as far as that is known: for counting mails, never for sending them."""

from django.utils.crypto import salted_hmac

_LENGTH = 16
# Several names of one provider's mailboxes.
_ONE_DOMAIN = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
    "mac.com": "icloud.com",
    "me.com": "icloud.com",
    "ya.ru": "yandex.com",
    "yandex.ru": "yandex.com",
}
# What these providers pass over in the part before the @.
_PASSED_OVER = {"gmail.com": ".", "proton.me": ".-_"}


def canonical(email_key: str) -> str:
    """One spelling for all addresses of a mailbox: without tags, and without dots where these count for nothing.

    Of an address as ``registration.webex.records.email_key`` spells it. At a provider of which it is not known, two
    mailboxes may be taken for one, whose names differ behind a ``+`` only: they are counted together then.
    """
    local, _at, domain = email_key.rpartition("@")
    domain = _ONE_DOMAIN.get(domain, domain)
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = local[1:-1].replace("\\", "")
    # A tag alone is a name: +tag@example.com.
    name = local.partition("+")[0] or local
    for character in _PASSED_OVER.get(domain, ""):
        name = name.replace(character, "") or name
    return f"{name}@{domain}"


def mailbox_of(email_key: str) -> str:
    """The same 16 characters for the same mailbox, from which nobody learns whose it is."""
    return salted_hmac("registration.mailbox", canonical(email_key)).hexdigest()[:_LENGTH]
