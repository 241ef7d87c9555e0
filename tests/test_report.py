"""What a report tells of Webex's words, which may name a person."""

import pytest

from registration.report import Report, without_addresses


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Webex refused this.", "Webex refused this."),
        ("bob@example.com is bad", "…@… is bad"),
        ("<Bob.Lee+x@Example.co.uk>, jörg@exämple.de; (a@b)", "<…@…>, …@…; (…@…)"),
        ("See mailto:bob@example.com or /people?email=bob%40example.com", "See mailto:…@… or …@…"),
        ('{"email":"bob@example.com","code":1}', '{"email":"…@…","code":1}'),
        ("Talk @ Noon", "Talk @ Noon"),
        ("bob@example.com@example.org", "…@…"),
        ("", ""),
    ],
)
def test_whatever_looks_like_an_address_is_left_out(words: str, shown: str) -> None:
    assert without_addresses(words) == shown


def test_neither_problems_nor_warnings_name_an_address() -> None:
    report = Report()
    report.complain("bob@example.com is bad")
    report.warn("ann@example.com, too")
    assert (report.problems, report.warnings) == (["…@… is bad"], ["…@…, too"])
