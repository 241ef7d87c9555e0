"""A meeting's own look on its pages: logo, colour and introduction, and what is shown of it elsewhere."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from registration import colors
from registration.models import Logo, Meeting
from tests.cast import LogoFactory, MeetingFactory, SubmissionFactory
from tests.pages import read, sign_up, texts

pytestmark = pytest.mark.django_db

COLOR = "#a0153e"


@pytest.fixture
def meeting() -> Meeting:
    meeting: Meeting = MeetingFactory(
        slug="launch",
        title="Launch & more",
        intro="Come & see.\n\n<b>Free</b> of charge",
        accent_color=COLOR,
        timezone="UTC",
        start_at=datetime(2090, 1, 5, 9, tzinfo=UTC),
    )
    LogoFactory(meeting=meeting)
    return meeting


def stylesheets(page: BeautifulSoup) -> list[str]:
    return [str(link["href"]) for link in page.select("link[rel=stylesheet]")]


def logos(page: BeautifulSoup) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in image.attrs.items()} for image in page.select("main img")]


def pages_of(meeting: Meeting) -> list[str]:
    own_page = SubmissionFactory(meeting=meeting).get_absolute_url()
    return [meeting.get_absolute_url(), f"{meeting.get_absolute_url()}done/", own_page]


# --- on the pages -----------------------------------------------------------------------------------------------------


def test_a_meetings_pages_have_its_logo_and_its_colours_after_the_portals(client: Client, meeting: Meeting) -> None:
    address = f"/meetings/launch/logo-{meeting.logo.digest}.webp"
    for page in map(read, map(client.get, pages_of(meeting))):
        assert logos(page) == [{"src": address, "alt": "Example Ltd.", "width": "240", "height": "72"}]
        assert stylesheets(page)[-2:] == ["/static/registration/site.css", meeting.get_colors_url()]


def test_so_have_the_page_of_a_closed_meeting_and_the_check_of_the_answers(client: Client, meeting: Meeting) -> None:
    Meeting.objects.update(has_check_step=True)
    check = read(sign_up(client, meeting))
    Meeting.objects.update(is_cancelled=True)
    closed = read(client.get(meeting.get_absolute_url()))
    assert [texts(page, "h1") for page in (check, closed)] == [["Check your answers"], ["Launch & more"]]
    assert [(len(logos(page)), stylesheets(page)[-1]) for page in (check, closed)] == [
        (1, meeting.get_colors_url()),
        (1, meeting.get_colors_url()),
    ]
    assert texts(closed, ".intro p")[:1] == ["Come & see."]
    assert shown_elsewhere(closed)["og:title"] == "Launch & more"


def test_a_meeting_without_a_look_has_the_portals(client: Client) -> None:
    for page in map(read, map(client.get, pages_of(MeetingFactory()))):
        assert (logos(page), stylesheets(page)[-1]) == ([], "/static/registration/site.css")


def test_the_own_page_of_a_meeting_that_is_not_published_asks_for_nothing_that_is_not_there(
    client: Client, meeting: Meeting
) -> None:
    own_page = pages_of(meeting)[-1]
    Meeting.objects.update(is_published=False)
    page = read(client.get(own_page))
    assert (logos(page), stylesheets(page)[-1]) == ([], "/static/registration/site.css")


def test_the_introduction_stands_above_the_agenda_in_the_organisers_own_words(client: Client, meeting: Meeting) -> None:
    page = read(client.get(meeting.get_absolute_url()))
    assert texts(page, ".intro[dir=auto] p") == ["Come & see.", "<b>Free</b> of charge"]
    assert page.select(".intro + .agenda") != []
    assert read(client.get(MeetingFactory().get_absolute_url())).select(".intro") == []


@pytest.mark.parametrize("page", [0, 1, 2])
def test_a_look_needs_no_query_more(client: Client, page: int) -> None:
    def queries(meeting: Meeting) -> int:
        address = pages_of(meeting)[page]
        with CaptureQueriesContext(connection) as made:
            client.get(address)
        return len(made)

    assert queries(MeetingFactory()) == queries(LogoFactory(meeting__accent_color=COLOR, meeting__intro="Hi").meeting)


# --- what the pages ask for -------------------------------------------------------------------------------------------


def test_the_logo_and_the_colours_are_kept_by_browsers_for_a_year(client: Client, meeting: Meeting) -> None:
    for address, content_type, content in [
        (meeting.logo.get_absolute_url(), "image/webp", bytes(meeting.logo.content)),
        (meeting.get_colors_url(), "text/css; charset=utf-8", colors.stylesheet(COLOR).encode()),
    ]:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        assert (response.status_code, response.content, len(queries)) == (200, content, 1)
        headers = {name: response.headers[name] for name in ("Content-Type", "X-Content-Type-Options")}
        assert headers == {"Content-Type": content_type, "X-Content-Type-Options": "nosniff"}
        assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
        assert ("Vary" in response.headers, list(response.cookies)) == (False, [])
        assert client.head(address).status_code == 200


def test_the_colours_override_those_of_the_stylesheet_in_light_and_dark() -> None:
    assert colors.stylesheet("#ffcc00") == (
        ":root { --accent: #806600; --accent-strong: #604c00; --on-accent: #ffffff; }\n"
        "@media screen and (prefers-color-scheme: dark) "
        "{ :root { --accent: #ffcc00; --accent-strong: #ffd940; --on-accent: #000000; } }\n"
    )


def test_what_is_no_longer_or_not_yet_so_is_not_there(client: Client, meeting: Meeting) -> None:
    logo, stylesheet = meeting.logo.get_absolute_url(), meeting.get_colors_url()
    wrong = [
        logo.replace(".webp", ".png"),
        logo.replace("/launch/", "/lunch/"),
        stylesheet.replace("/launch/", "/lunch/"),
        f"/meetings/launch/logo-{'0' * 16}.webp",
        f"/meetings/launch/colours-{'0' * 16}.css",
        "/meetings/launch/logo-.webp",
    ]
    assert [client.get(address).status_code for address in wrong] == [404] * 6
    Meeting.objects.update(accent_color="#000000")
    assert [client.get(address).status_code for address in (logo, stylesheet)] == [200, 404]
    Meeting.objects.update(accent_color="")
    Logo.objects.all().delete()
    assert [client.get(address).status_code for address in (logo, stylesheet)] == [404, 404]


def test_the_look_of_what_is_not_published_is_not_there(client: Client, meeting: Meeting) -> None:
    Meeting.objects.update(is_published=False)
    addresses = (meeting.logo.get_absolute_url(), meeting.get_colors_url())
    assert [client.get(address).status_code for address in addresses] == [404, 404]


# --- shown elsewhere --------------------------------------------------------------------------------------------------


def shown_elsewhere(page: BeautifulSoup) -> dict[str, str]:
    """What chats and search engines take from a page."""
    tags = page.select("meta[property], meta[name^=twitter], meta[name=description]")
    found = {str(tag.get("property") or tag["name"]): str(tag["content"]) for tag in tags}
    return found | {str(rel): str(link["href"]) for link in page.select("link[rel=canonical]") for rel in link["rel"]}


def test_the_sign_up_page_says_how_it_is_shown_elsewhere(client: Client, meeting: Meeting, settings: Settings) -> None:
    settings.SITE_URL = "https://register.example.com"
    words = "Thursday, 5 January 2090, 09:00 to 10:00 (UTC) · Come & see. <b>Free</b> of charge"
    address = "https://register.example.com/meetings/launch/"
    plain = {
        "description": words,
        "canonical": address,
        "og:type": "website",
        "og:site_name": "Meeting registration",
        "og:title": "Launch & more",
        "og:description": words,
        "og:url": address,
        "twitter:card": "summary",
    }
    picture = {"og:image": f"{address}logo-{meeting.logo.digest}.webp", "og:image:alt": "Example Ltd."}
    assert shown_elsewhere(read(client.get(f"{meeting.get_absolute_url()}?utm=mail"))) == plain | picture
    meeting.logo.delete()
    assert shown_elsewhere(read(client.get(meeting.get_absolute_url()))) == plain


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"intro": "", "agenda": "1. Hello\n\n2. Bye"}, " · 1. Hello 2. Bye"),
        ({"intro": "", "agenda": ""}, ""),
        ({"intro": "x" * 300}, f" · {'x' * 150}…"),
    ],
)
def test_the_description_is_how_the_introduction_or_the_agenda_begins(
    client: Client, facts: dict[str, str], words: str
) -> None:
    meeting = MeetingFactory(timezone="UTC", start_at=datetime(2090, 1, 5, 9, tzinfo=UTC), **facts)
    found = shown_elsewhere(read(client.get(meeting.get_absolute_url())))["og:description"]
    assert found == f"Thursday, 5 January 2090, 09:00 to 10:00 (UTC){words}"


def test_what_no_search_engine_keeps_is_not_shown_elsewhere(client: Client, meeting: Meeting) -> None:
    for address in pages_of(meeting)[1:]:
        assert shown_elsewhere(read(client.get(address))) == {}
