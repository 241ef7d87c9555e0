"""The page on which a person plays the Webex host."""

from collections.abc import Mapping

import pytest
import requests
from bs4 import BeautifulSoup, Tag

from registration.sandbox import seed
from registration.sandbox.page import PAGE_SIZE
from tests.sandbox.talk import Talk, person

NASTY = "<script>alert('1')</script>&\""


def soup(talk: Talk, path: str = "") -> BeautifulSoup:
    response = requests.get(f"{talk.server.page_url}{path}", timeout=20)
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser")


def section(talk: Talk, path: str = "") -> Tag:
    found = soup(talk, path).find(id=f"m-{seed.OPEN_HOUR_ID}")
    assert isinstance(found, Tag)
    return found


def words(talk: Talk, path: str = "") -> list[list[str]]:
    """Of each row: the name, the status and what the buttons say."""
    return [
        [
            row.find("td").get_text("|").partition("|")[0],  # type: ignore[union-attr]
            row.find(class_="status").get_text(),  # type: ignore[union-attr]
            *(button.get_text(" ", strip=True) for button in row("button")),
        ]
        for row in section(talk, path)("tr")[1:]
    ]


def press(
    talk: Talk,
    action: str,
    *,
    form_number: int,
    headers: Mapping[str, str] | None = None,
    changes: Mapping[str, str] | None = None,
) -> requests.Response:
    """Press a button of the meeting's form with this number (0: the one for all)."""
    form = section(talk)("form")[form_number]
    data = {str(field["name"]): str(field["value"]) for field in form("input")} | {"action": action}
    url = f"{talk.server.page_url}{str(form['action']).lstrip('/')}"
    return requests.post(url, data=data | dict(changes or {}), headers=headers, timeout=20, allow_redirects=False)


def statuses(talk: Talk) -> list[str]:
    return [each.status for each in talk.server.store.registrants(seed.OPEN_HOUR_ID)]


def test_the_page_says_that_it_is_no_webex_and_shows_every_meeting(talk: Talk) -> None:
    page = soup(talk)
    warning = page.find(class_="warning")
    assert warning is not None
    assert warning.get_text().partition(".")[0] == "This is not Webex"
    assert [title.get_text() for title in page("h2")] == [
        "Product launch",
        "Open hour with the support team",
        "Weekly team meeting (no registration)",
        "Dana Host's personal room",
    ]


def test_a_registrant_is_shown_with_the_status_in_words_and_the_buttons_that_change_it(talk: Talk) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"))
    assert words(talk) == [["Ann Test", "✓ Approved", "Reject Ann Test", "Move to pending Ann Test", "Delete Ann Test"]]


def test_what_people_wrote_is_escaped(talk: Talk) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann", firstName=NASTY, city=NASTY))
    page = soup(talk)
    assert page("script") == []
    assert [each.get_text() for each in page("dd")] == [NASTY]
    assert words(talk)[0][0] == f"{NASTY} Test"


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ("approve", ["approved", "approved"]),
        ("reject", ["approved", "rejected"]),
        ("cancel", ["approved", "pending"]),
        ("delete", ["approved"]),
    ],
)
def test_a_button_changes_its_registrant(talk: Talk, action: str, after: list[str]) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"), person("bob"))
    response = press(talk, action, form_number=1)  # the newest stands first
    location = f"/?meeting={seed.OPEN_HOUR_ID}&page=1#m-{seed.OPEN_HOUR_ID}"
    assert (response.status_code, response.headers["Location"]) == (303, location)
    assert statuses(talk) == after


@pytest.mark.parametrize(("action", "after"), [("reject", ["rejected"] * 2), ("delete", [])])
def test_a_button_changes_all(talk: Talk, action: str, after: list[str]) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"), person("bob"))
    assert press(talk, action, form_number=0).status_code == 303
    assert statuses(talk) == after


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({"Origin": "https://evil.example"}, {}),
        ({"Origin": "null"}, {}),
        ({}, {"token": ""}),
        ({}, {"token": "guess"}),
    ],
)
def test_a_form_from_another_site_changes_no_one(talk: Talk, headers: dict[str, str], changes: dict[str, str]) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"))
    response = press(talk, "reject", form_number=1, headers=headers, changes=changes)
    assert (response.status_code, statuses(talk)) == (403, ["approved"])


def test_the_pages_own_origin_is_good(talk: Talk) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"))
    origin = {"Origin": talk.server.page_url.rstrip("/")}
    assert press(talk, "reject", form_number=1, headers=origin).status_code == 303


@pytest.mark.parametrize(
    ("changes", "status"), [({"registrant": "nobody"}, 409), ({"registrant": ""}, 400), ({"page": "x"}, 303)]
)
def test_a_form_that_is_stale_or_incomplete_is_answered(talk: Talk, changes: dict[str, str], status: int) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"))
    assert press(talk, "reject", form_number=1, changes=changes).status_code == status


def test_an_unknown_action_or_meeting_is_refused(talk: Talk) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"))
    assert press(talk, "promote", form_number=1).status_code == 400
    form = section(talk)("form")[0]
    data = {str(field["name"]): str(field["value"]) for field in form("input")}
    gone = requests.post(f"{talk.server.page_url}meetings/x/registrants", data=data, timeout=20)
    assert (gone.status_code, statuses(talk)) == (404, ["approved"])


def test_many_registrants_are_shown_page_by_page_newest_first(talk: Talk) -> None:
    count = PAGE_SIZE + 2
    rows = [person(f"p{number:02}") for number in range(count)]
    talk.insert(seed.OPEN_HOUR_ID, *rows)
    first, second = words(talk), words(talk, f"?meeting={seed.OPEN_HOUR_ID}&page=2")
    assert [row[0] for row in first + second] == [f"P{number:02} Test" for number in reversed(range(count))]
    assert (len(first), words(talk, f"?meeting={seed.OPEN_HOUR_ID}&page=99")) == (PAGE_SIZE, second)


def test_the_page_runs_no_script_and_is_framed_by_no_one(talk: Talk) -> None:
    response = requests.get(talk.server.page_url, timeout=20)
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_style_sheet_is_served(talk: Talk) -> None:
    response = requests.get(f"{talk.server.page_url}sandbox.css", timeout=20)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_a_name_of_somebody_elses_is_refused(talk: Talk) -> None:
    response = requests.get(talk.server.page_url, headers={"Host": "evil.example"}, timeout=20)
    assert response.status_code == 400
