"""Words of staff in a mail: their placeholders, their paragraphs and links, and what nobody can do with them."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from registration.mail import paragraphs
from registration.models import Mail, MailText
from registration.placeholders import PLACEHOLDERS, complaints, filled
from registration.states import Decision
from tests.mail.people import ann, mail_of

VALUES = {name: f"<{name}>" for name in PLACEHOLDERS}


def unknown(name: str, nearest: str) -> str:
    return f"There is no placeholder {{{name}}}. Did you mean {{{nearest}}}?"


def broken(quote: str, nearest: str) -> str:
    return f"A placeholder is broken at “{quote}”. Did you mean {{{nearest}}}?"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("Hello {first_name} {last_name}, {title} is {when}: {reference}, {status}, {link}, {organiser}", []),
        ("100 % of $5 are %(title)s and $title", []),
        ("{firstname}", [unknown("firstname", "first_name")]),
        ("{Title}", [unknown("Title", "title")]),
        ("{ title }", [unknown(" title ", "title")]),
        ("{organizer}", [unknown("organizer", "organiser")]),
        ("{title.__class__}", [unknown("title.__class__", "title")]),
        ("{title!r}", [unknown("title!r", "title")]),
        ("{title:>1000000000}", [unknown("title:>1000000000", "title")]),
        ("{first_name", [broken("{first_name", "first_name")]),
        ("Dear first_name}", [broken("Dear first_name}", "first_name")]),
        ("{{title} x", [broken("{{title} x", "title")]),
        (
            "https://example.com/?who={reference}",
            ["A placeholder cannot be part of a link: put a space between them."],
        ),
    ],
)
def test_what_is_no_placeholder_is_named_with_the_nearest(text: str, problems: list[str]) -> None:
    assert complaints(text) == problems


@given(st.text(alphabet="{}_ abefilnrst", max_size=40))
def test_a_text_without_complaints_has_no_brace_left_and_any_text_can_be_filled_in(text: str) -> None:
    result = filled(text, dict.fromkeys(PLACEHOLDERS, "x"))
    if not complaints(text):
        assert "{" not in result and "}" not in result


def test_a_value_that_looks_like_a_placeholder_is_none() -> None:
    values = VALUES | {"first_name": "{link}"}
    assert filled("{first_name} {last_name}", values) == "{link} <last_name>"
    assert list(map(str, paragraphs.as_html("{first_name}", values))) == ["<bdi>{link}</bdi>"]


def test_paragraphs_and_addresses_become_html_and_everything_else_is_escaped() -> None:
    words = (
        "One <b>&</b>\nline two.\r\n\r\n\n See https://example.com/a?b=1&c=2, (http://x.example). javascript:alert(1)"
    )
    assert list(map(str, paragraphs.as_html(words, VALUES))) == [
        "One &lt;b&gt;&amp;&lt;/b&gt;<br>line two.",
        ' See <a href="https://example.com/a?b=1&amp;c=2">https://example.com/a?b=1&amp;c=2</a>, '
        '(<a href="http://x.example">http://x.example</a>). javascript:alert(1)',
    ]
    assert list(map(str, paragraphs.as_html("{link}", VALUES | {"link": "https://a.example/"}))) == [
        '<a href="https://a.example/">https://a.example/</a>'
    ]


@given(st.text(max_size=60), st.sampled_from(["{first_name}", "x{first_name}y", "https://a.example {first_name}"]))
def test_nothing_that_an_attendee_types_can_be_a_tag_or_a_link(name: str, words: str) -> None:
    html = paragraphs.as_html(words, VALUES | {"first_name": paragraphs.typed(name)})
    found = BeautifulSoup("".join(html), "html.parser")
    assert {tag.name for tag in found.find_all()} <= {"bdi", "a"}
    assert [link["href"] for link in found.find_all("a")] == (["https://a.example"] if "https" in words else [])
    assert "://" not in found.bdi.get_text()  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_meeting_s_own_words_replace_the_opening_and_nothing_else() -> None:
    submission = ann(Mail.Kind.DECLINED, decision_reason="The room is full.", first_name="<i>Ann</i>")
    MailText.objects.create(
        meeting=submission.meeting,
        kind="declined",
        subject="{first_name}, sorry\nBcc: x@example.com",
        text="we are sorry, {first_name}.\n\nNext time: https://example.com/next",
    )
    now = mail_of(submission, Mail.Kind.DECLINED)
    assert now.subject == "<i>Ann</\N{ZERO WIDTH SPACE}i>, sorry Bcc: x@example.com"
    assert str(now.body).splitlines()[:6] == [
        "Hello <i>Ann</\N{ZERO WIDTH SPACE}i> Lee,",
        "",
        "we are sorry, <i>Ann</\N{ZERO WIDTH SPACE}i>.",
        "",
        "Next time: https://example.com/next",
        "",
    ]
    rest = str(now.body).split("example.com/next\n\n")[1]
    MailText.objects.update(subject="", text="")
    plain = mail_of(submission, Mail.Kind.DECLINED)
    assert str(plain.body).endswith(rest) and "K7QX-93MP" in rest and submission.token in rest
    assert plain.subject == "About your registration K7QX-93MP: Launch"


@pytest.mark.django_db
def test_they_are_for_that_kind_and_that_meeting_alone() -> None:
    submission = ann(decision=Decision.APPROVED)
    MailText.objects.create(meeting=submission.meeting, kind="declined", text="Not this.")
    MailText.objects.create(meeting=ann(meeting={"slug": "other"}).meeting, kind="approved", text="Nor this.")
    assert "this." not in str(mail_of(submission, Mail.Kind.APPROVED).body)
