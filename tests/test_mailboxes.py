"""Addresses that reach the same mailbox are counted together."""

import pytest

from registration.mailboxes import canonical, mailbox_of
from registration.webex.records import email_key


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Ann@Example.com", "ann@example.com"),
        (" ann+news+more@example.com ", "ann@example.com"),
        ("+news@example.com", "+news@example.com"),
        ("a.n.n+news@GoogleMail.com", "ann@gmail.com"),
        (".@gmail.com", ".@gmail.com"),
        ("a.nn@example.com", "a.nn@example.com"),
        ("ann-lee@example.com", "ann-lee@example.com"),
        ("Ann_Lee.x-y+1@pm.me", "annleexy@proton.me"),
        ("ann@me.com", "ann@icloud.com"),
        ("ann@yandex.ru", "ann@yandex.com"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ('"ann"@example.com', "ann@example.com"),
        ('"an\\n"@example.com', "ann@example.com"),
        ('"@example.com', '"@example.com'),
    ],
)
def test_all_spellings_of_a_mailbox_are_one(address: str, mailbox: str) -> None:
    assert canonical(email_key(address)) == mailbox


def test_what_is_counted_by_tells_nobody_whose_mailbox_it_is() -> None:
    own = mailbox_of("ann@gmail.com")
    assert (len(own), own) == (16, mailbox_of("a.nn+x@googlemail.com"))
    assert own != mailbox_of("anna@gmail.com")
