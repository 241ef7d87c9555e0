"""Hints at mail domains that are often mistyped."""

import pytest

from registration.forms import mail_domains


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ann@gmial.com", "ann@gmail.com"),
        (" Ann.Lee@GMAIL.CON ", "Ann.Lee@gmail.com"),
        ('"a@b"@hotmial.com', '"a@b"@hotmail.com'),
        ("ann@gmail.com", ""),
        ("ann@example.com", ""),
        ("@gmial.com", ""),
        ("gmial.com", ""),
        ("", ""),
    ],
)
def test_what_was_meant(address: str, meant: str) -> None:
    assert mail_domains.suggestion(address) == meant


def test_the_browser_knows_the_same_ones() -> None:
    known = dict(pair.split("=") for pair in mail_domains.pairs().split(" "))
    assert {mistyped: mail_domains.suggestion(f"a@{mistyped}") for mistyped in known} == {
        mistyped: f"a@{meant}" for mistyped, meant in known.items()
    }


def test_no_domain_that_is_meant_is_itself_taken_for_a_mistake() -> None:
    pairs = [pair.split("=") for pair in mail_domains.pairs().split(" ")]
    assert {meant for _mistyped, meant in pairs} & {mistyped for mistyped, _meant in pairs} == set()
