"""Everything under `/meetings/{meetingId}/registrants`, over HTTP."""

from datetime import timedelta

import pytest

from registration.sandbox import seed
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.sandbox.store import Duplicates
from tests.sandbox.talk import HandClock, Talk, descriptions, emails, person

MEETING = f"/meetings/{seed.OPEN_HOUR_ID}"
REGISTRANTS = f"{MEETING}/registrants"
LAUNCH = f"/meetings/{seed.PRODUCT_LAUNCH_ID}"


def ids_of(server: SandboxServer, meeting_id: str = seed.OPEN_HOUR_ID) -> list[str]:
    return [each.id for each in server.store.registrants(meeting_id)]


def statuses_of(server: SandboxServer) -> list[str]:
    return [each.status for each in server.store.registrants(seed.OPEN_HOUR_ID)]


def add_people(talk: Talk, count: int) -> None:
    for first in range(0, count, 50):
        rows = [person(f"p{number:03}") for number in range(first, min(count, first + 50))]
        assert talk.insert(seed.OPEN_HOUR_ID, *rows).status_code == 200


def test_bulk_insert_answers_a_row_for_each_person_with_what_was_sent(talk: Talk) -> None:
    response = talk.insert(seed.OPEN_HOUR_ID, person("Ann", zipCode="02139", sendEmail=False), person("bob"))
    rows = response.json()["items"]
    first = {key: value for key, value in rows[0].items() if key != "id"}
    assert first == {
        "status": "approved",
        "firstName": "Ann",
        "lastName": "Test",
        "email": "ann@example.com",
        "zipCode": "02139",
        "registrationTime": "2026-03-10T12:00:00Z",
        "customizedQuestions": [],
    }
    assert [row["id"] for row in rows] == ids_of(talk.server)


def test_one_bad_row_refuses_the_whole_call(talk: Talk) -> None:
    response = talk.insert(seed.OPEN_HOUR_ID, person("ann"), person("bob", lastName=""))
    assert descriptions(response) == (400, ["items[1].lastName is required."])
    assert ids_of(talk.server) == []


def test_a_single_registrant_is_created(talk: Talk) -> None:
    response = talk.post(REGISTRANTS, person("ann"))
    assert (response.status_code, [response.json()["id"]]) == (200, ids_of(talk.server))


def test_rows_of_a_webinar_have_a_registration_id_and_others_have_none(talk: Talk, server: SandboxServer) -> None:
    server.store.set_form(seed.PRODUCT_LAUNCH_ID, Form())
    webinar = talk.insert(seed.PRODUCT_LAUNCH_ID, person()).json()["items"][0]
    meeting = talk.insert(seed.OPEN_HOUR_ID, person()).json()["items"][0]
    assert (webinar["registrationId"].isdigit(), "registrationId" in meeting) == (True, False)


@pytest.mark.parametrize("twice_in_one_call", [True, False])
@pytest.mark.parametrize(
    ("duplicates", "status", "rows"), [("conflict", 409, 1), ("old_row", 200, 1), ("second_row", 200, 2)]
)
def test_a_known_email_is_dealt_with_as_the_store_says(
    talk: Talk, duplicates: Duplicates, status: int, rows: int, twice_in_one_call: bool
) -> None:
    talk.server.store.duplicates = duplicates
    again = person(email="ANN@example.com")
    if twice_in_one_call:
        response = talk.insert(seed.OPEN_HOUR_ID, person("ann"), again)
        rows = 0 if status == 409 else rows
    else:
        talk.insert(seed.OPEN_HOUR_ID, person("ann"))
        response = talk.insert(seed.OPEN_HOUR_ID, again)
    assert (response.status_code, len(ids_of(talk.server))) == (status, rows)


def test_a_conflict_refuses_the_whole_call_and_names_the_row(talk: Talk) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("ann"))
    response = talk.insert(seed.OPEN_HOUR_ID, person("bob"), person("ann"))
    assert descriptions(response) == (409, ["items[1].email is registered for this meeting already."])
    assert len(ids_of(talk.server)) == 1


def test_the_list_has_ten_rows_unless_asked_and_a_hundred_at_most(talk: Talk) -> None:
    add_people(talk, 120)
    assert [len(emails(talk.get(REGISTRANTS, **query))) for query in ({}, {"max": "25"}, {"max": "500"})] == [
        10,
        25,
        100,
    ]


def test_link_leads_through_all_rows_once_in_order(talk: Talk) -> None:
    add_people(talk, 120)
    found, url = [], f"{talk.server.url}{REGISTRANTS}?max=50"
    while url:
        response = talk.call("GET", url.removeprefix(talk.server.url))
        found += emails(response)
        url = response.links.get("next", {}).get("url", "")
    assert found == [f"p{number:03}@example.com" for number in range(120)]


def test_a_page_is_not_moved_by_who_is_deleted_or_added_meanwhile(talk: Talk, server: SandboxServer) -> None:
    add_people(talk, 4)
    first = talk.get(REGISTRANTS, max="2")
    server.store.delete(seed.OPEN_HOUR_ID, ids_of(server)[:1])
    talk.insert(seed.OPEN_HOUR_ID, person("late"))
    rest = talk.call("GET", first.links["next"]["url"].removeprefix(server.url))
    assert emails(first) + emails(rest) == [f"p{number:03}@example.com" for number in (0, 1, 2, 3)]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "٣"])
def test_a_max_that_is_no_positive_number_is_refused(talk: Talk, limit: str) -> None:
    assert descriptions(talk.get(REGISTRANTS, max=limit)) == (400, ["max must be a positive number."])


def test_without_dates_the_list_covers_seven_days(talk: Talk, clock: HandClock) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("old"))
    clock.advance(days=7, seconds=1)
    talk.insert(seed.OPEN_HOUR_ID, person("new"))
    assert emails(talk.get(REGISTRANTS)) == ["new@example.com"]


def test_from_is_inclusive_and_to_is_exclusive(talk: Talk, clock: HandClock) -> None:
    for name in ("one", "two", "three"):
        talk.insert(seed.OPEN_HOUR_ID, person(name))
        clock.advance(hours=1)
    window = {
        "registrationTimeFrom": "2026-03-10T12:00:00Z",
        "registrationTimeTo": "2026-03-10T15:00:00+01:00",
    }
    assert emails(talk.get(REGISTRANTS, **window)) == ["one@example.com", "two@example.com"]


def test_one_date_alone_makes_a_window_of_seven_days(talk: Talk, clock: HandClock) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person("one"))
    clock.advance(days=8)
    talk.insert(seed.OPEN_HOUR_ID, person("two"))
    since = emails(talk.get(REGISTRANTS, registrationTimeFrom="2026-03-10T12:00:00"))
    until = emails(talk.get(REGISTRANTS, registrationTimeTo="2026-03-19T00:00:00"))
    assert (since, until) == (["one@example.com"], ["two@example.com"])


@pytest.mark.parametrize(("days", "status"), [(90, 200), (91, 400)])
def test_a_window_spans_ninety_days_at_most(talk: Talk, clock: HandClock, days: int, status: int) -> None:
    window = {
        "registrationTimeFrom": clock.at.isoformat(),
        "registrationTimeTo": (clock.at + timedelta(days=days)).isoformat(),
    }
    assert talk.get(REGISTRANTS, **window).status_code == status


@pytest.mark.parametrize(
    "window",
    [
        {"registrationTimeFrom": "yesterday"},
        {"registrationTimeTo": "0001-01-01"},
        {"registrationTimeFrom": "9999-12-31"},
        {"registrationTimeFrom": "2026-03-11", "registrationTimeTo": "2026-03-10"},
    ],
)
def test_dates_that_make_no_window_are_refused(talk: Talk, window: dict[str, str]) -> None:
    assert talk.get(REGISTRANTS, **window).status_code == 400


def test_the_list_can_be_of_one_email_without_regard_to_case(talk: Talk) -> None:
    add_people(talk, 3)
    assert emails(talk.get(REGISTRANTS, email="P001@EXAMPLE.com")) == ["p001@example.com"]


def test_a_query_finds_people_by_email_however_long_ago_they_registered(talk: Talk, clock: HandClock) -> None:
    add_people(talk, 3)
    clock.advance(days=400)
    body = {"emails": ["P002@example.com", "p000@example.com", "nobody@example.com"]}
    assert emails(talk.post(f"{REGISTRANTS}/query", body)) == ["p000@example.com", "p002@example.com"]


def test_a_query_answers_ten_rows_unless_asked_a_hundred_at_most_and_never_a_link(talk: Talk) -> None:
    add_people(talk, 120)
    body = {"emails": [f"p{number:03}@example.com" for number in range(120)]}
    answers = [talk.post(f"{REGISTRANTS}/query", body, **query) for query in ({}, {"max": "120"})]
    assert [(len(emails(each)), each.links) for each in answers] == [(10, {}), (100, {})]


def test_a_query_filters_by_status_and_orders(talk: Talk, server: SandboxServer) -> None:
    add_people(talk, 3)
    server.store.set_status(seed.OPEN_HOUR_ID, ids_of(server)[:1], "rejected")
    body = {
        "emails": [f"p{number:03}@example.com" for number in range(3)],
        "status": "approved",
        "orderBy": "email",
        "orderType": "DESC",
    }
    assert emails(talk.post(f"{REGISTRANTS}/query", body)) == ["p002@example.com", "p001@example.com"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"emails": []},
        {"emails": [1]},
        {"emails": ["a@b"], "status": "gone"},
        {"emails": ["a@b"], "orderBy": "age"},
        {"emails": ["a@b"], "orderBy": []},
        {"emails": ["a@b"], "orderType": "UP"},
    ],
)
def test_a_query_of_the_wrong_kind_is_refused(talk: Talk, body: dict[str, object]) -> None:
    assert talk.post(f"{REGISTRANTS}/query", body).status_code == 400


def test_a_registrant_is_got_and_deleted_by_id(talk: Talk, server: SandboxServer) -> None:
    add_people(talk, 2)
    path = f"{REGISTRANTS}/{ids_of(server)[0]}"
    got, deleted, gone = (talk.call(method, path) for method in ("GET", "DELETE", "GET"))
    assert got.json()["email"] == "p000@example.com"
    assert (deleted.status_code, deleted.content, gone.status_code) == (204, b"", 404)
    assert emails(talk.get(REGISTRANTS)) == ["p001@example.com"]


@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("reject", "rejected"), ("cancel", "pending")])
def test_the_host_changes_a_status_and_cancel_means_back_to_pending(
    talk: Talk, server: SandboxServer, verb: str, status: str
) -> None:
    add_people(talk, 2)
    first, second = ids_of(server)
    server.store.set_status(seed.OPEN_HOUR_ID, [first], "rejected" if verb == "approve" else "approved")
    response = talk.post(f"{REGISTRANTS}/{verb}", {"sendEmail": False, "registrants": [{"id": first}]})
    assert (response.status_code, response.content) == (204, b"")
    assert statuses_of(server) == [status, "approved"]
    assert ids_of(server) == [first, second]


def test_bulk_delete_deletes_those_named(talk: Talk, server: SandboxServer) -> None:
    add_people(talk, 3)
    first, _, third = ids_of(server)
    response = talk.post(f"{REGISTRANTS}/bulkDelete", {"registrants": [{"id": first}, {"id": third}]})
    assert (response.status_code, emails(talk.get(REGISTRANTS))) == (204, ["p001@example.com"])


def test_a_deleted_person_can_be_registered_again(talk: Talk, server: SandboxServer) -> None:
    add_people(talk, 1)
    talk.call("DELETE", f"{REGISTRANTS}/{ids_of(server)[0]}")
    assert talk.insert(seed.OPEN_HOUR_ID, person("p000")).status_code == 200


@pytest.mark.parametrize("verb", ["approve", "reject", "cancel", "bulkDelete"])
def test_an_unknown_registrant_refuses_the_call_and_changes_no_one(
    talk: Talk, server: SandboxServer, verb: str
) -> None:
    add_people(talk, 1)
    body = {"registrants": [{"id": ids_of(server)[0]}, {"id": "nobody"}]}
    response = talk.post(f"{REGISTRANTS}/{verb}", body)
    assert (response.status_code, statuses_of(server)) == (404, ["approved"])


@pytest.mark.parametrize(
    "body", [{}, {"registrants": []}, {"registrants": [1]}, {"registrants": [{"id": 1}]},
             {"registrants": [{"id": "x"}], "sendEmail": 1}],
)  # fmt: skip
def test_a_status_call_of_the_wrong_kind_is_refused(talk: Talk, body: dict[str, object]) -> None:
    assert talk.post(f"{REGISTRANTS}/approve", body).status_code == 400
