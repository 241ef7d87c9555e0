"""`query`: nobody may be called absent because an answer was cut."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from registration.webex import errors
from registration.webex.client import WebexClient
from registration.webex.records import RegistrantRow
from registration.webex.tokens import StaticToken

PATH = "/v1/meetings/m1/registrants/query"
LEFT_OPEN = "Webex's answers leave it open who is registered."


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[WebexClient]:
    with WebexClient(base_url=httpserver.url_for("/v1"), token=StaticToken("s3cret"), timeout_seconds=5) as client:
        yield client


def people(count: int) -> list[str]:
    return [f"p{number}@example.com" for number in range(count)]


def a_row(email: str, **fields: object) -> dict[str, object]:
    return {"id": f"id-{email}", "email": email, "status": "approved", **fields}


class Webex:
    """Knows some people, and names at most `limit` of those it is asked for. `asked` is whom, call by call."""

    def __init__(self, httpserver: HTTPServer, *, known: Iterable[str], limit: int = 100) -> None:
        self.asked: list[list[str]] = []
        self._known = set(known)
        self._limit = limit
        httpserver.expect_request(PATH, method="POST").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        emails = request.get_json()["emails"]
        self.asked.append(emails)
        rows = [a_row(email) for email in emails if email in self._known]
        return Response(json.dumps({"items": rows[: self._limit]}), content_type="application/json")


def answer_in_turn(httpserver: HTTPServer, *pages: list[object]) -> None:
    for rows in pages:
        httpserver.expect_ordered_request(PATH, method="POST").respond_with_json({"items": rows})


def emails_asked_for(httpserver: HTTPServer) -> list[list[str]]:
    return [request.get_json()["emails"] for request, _ in httpserver.log]


def test_a_look_up_asks_for_the_most_rows_and_passes_the_options_on(
    httpserver: HTTPServer, client: WebexClient
) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json({"items": []})

    client.query("m1", ["ann@example.com"], current=True, host_email="h@example.com")

    ((request, _),) = httpserver.log
    assert (request.args.to_dict(), request.get_json()) == (
        {"max": "100", "current": "true", "hostEmail": "h@example.com"},
        {"emails": ["ann@example.com"]},
    )


def test_nobody_is_looked_up_without_a_call(client: WebexClient) -> None:
    assert client.query("m1", ["", "  "]) == {}


def test_case_and_doubles_make_no_difference(httpserver: HTTPServer, client: WebexClient) -> None:
    answer_in_turn(httpserver, [a_row("BOB@Example.com")])

    found = client.query("m1", [" Bob@example.com", "bob@EXAMPLE.com "])

    assert (list(found), emails_asked_for(httpserver)) == (["bob@example.com"], [["bob@example.com"]])


def test_everybody_is_found_in_chunks_of_a_hundred(httpserver: HTTPServer, client: WebexClient) -> None:
    webex = Webex(httpserver, known=people(250))

    found = client.query("m1", people(250))

    assert (sorted(found), [len(emails) for emails in webex.asked]) == (sorted(people(250)), [100, 100, 50])


def test_an_answer_that_names_nobody_is_believed(httpserver: HTTPServer, client: WebexClient) -> None:
    webex = Webex(httpserver, known=[])

    assert (client.query("m1", people(60)), len(webex.asked)) == ({}, 1)


def test_an_answer_that_names_some_is_believed_about_the_others_once_they_were_asked_for_alone(
    httpserver: HTTPServer, client: WebexClient
) -> None:
    webex = Webex(httpserver, known=people(2))

    found = client.query("m1", people(4))

    assert (sorted(found), webex.asked) == (people(2), [people(4), people(4)[2:]])


@pytest.mark.parametrize("limit", [10, 50, 99])
def test_nobody_is_missing_because_answers_are_cut_without_a_word(
    httpserver: HTTPServer, client: WebexClient, limit: int
) -> None:
    Webex(httpserver, known=people(100), limit=limit)

    assert sorted(client.query("m1", people(120))) == sorted(people(100))


def test_a_server_that_names_too_few_at_a_time_is_given_up(httpserver: HTTPServer, client: WebexClient) -> None:
    webex = Webex(httpserver, known=people(100), limit=1)

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.query("m1", people(100))

    assert (caught.value.words, len(webex.asked)) == (LEFT_OPEN, 20)


def test_a_full_answer_without_those_who_were_asked_for_proves_nothing(
    httpserver: HTTPServer, client: WebexClient
) -> None:
    strangers: list[object] = [a_row(email) for email in people(100)]
    httpserver.expect_request(PATH, method="POST").respond_with_json({"items": strangers})

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.query("m1", ["ann@example.com"])

    assert caught.value.words == LEFT_OPEN


def test_strangers_in_an_answer_are_left_out(httpserver: HTTPServer, client: WebexClient) -> None:
    answer_in_turn(httpserver, [a_row("eve@example.com"), a_row("ann@example.com")])

    assert list(client.query("m1", ["ann@example.com"])) == ["ann@example.com"]


@pytest.mark.parametrize("row", [None, {"id": "1"}, {"id": None, "email": "bob@example.com"}])
def test_a_row_that_nobody_can_read_may_be_the_one_that_is_missing(
    httpserver: HTTPServer, client: WebexClient, row: object
) -> None:
    answer_in_turn(httpserver, [a_row("ann@example.com"), row], [row])

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.query("m1", ["ann@example.com", "bob@example.com"])

    assert (caught.value.words, emails_asked_for(httpserver)) == (
        LEFT_OPEN,
        [["ann@example.com", "bob@example.com"], ["bob@example.com"]],
    )


def test_a_row_that_nobody_can_read_does_not_matter_where_nobody_is_missing(
    httpserver: HTTPServer, client: WebexClient
) -> None:
    answer_in_turn(httpserver, [a_row("ann@example.com"), None])

    assert list(client.query("m1", ["ann@example.com"])) == ["ann@example.com"]


# --- pages -----------------------------------------------------------------------------------------------------


def link_to(url: str) -> dict[str, str]:
    return {"Link": f'<{url}>; rel="next"'}


@pytest.mark.parametrize("base", ["{here}", ""])
def test_further_pages_are_fetched_by_post_with_the_same_question(
    httpserver: HTTPServer, client: WebexClient, base: str
) -> None:
    next_page = base.format(here=httpserver.url_for("")).rstrip("/") + PATH + "?max=1&cursor=b"
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_json(
        {"items": [a_row("ann@example.com")]}, headers=link_to(next_page)
    )
    httpserver.expect_ordered_request(
        PATH, method="POST", query_string={"max": "1", "cursor": "b"}, json={"emails": ["ann@example.com", "b@b.de"]}
    ).respond_with_json({"items": [a_row("b@b.de")]})

    assert list(client.query("m1", ["ann@example.com", "b@b.de"], current=True)) == ["ann@example.com", "b@b.de"]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.com" + PATH,
        "http://127.0.0.1:1" + PATH,
        "https://127.0.0.1:{port}" + PATH,
        "http://127.0.0.1:{port}@elsewhere.example.com" + PATH,
        "http://[" + PATH,
    ],
)
def test_the_token_follows_no_link_to_another_server_and_so_nobody_is_absent(
    httpserver: HTTPServer, client: WebexClient, url: str
) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json(
        {"items": []}, headers=link_to(url.format(port=httpserver.port))
    )

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.query("m1", ["ann@example.com"])

    assert (caught.value.words, len(httpserver.log)) == (LEFT_OPEN, 1)


def test_pages_without_an_end_are_given_up(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json({"items": []}, headers=link_to(PATH))

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.query("m1", ["ann@example.com"])

    assert (caught.value.words, len(httpserver.log)) == (LEFT_OPEN, 20)


# --- two rows for one person -----------------------------------------------------------------------------------

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("first", "second", "believed"),
    [
        ({"status": "pending", "registrationTime": OLD}, {"status": "approved", "registrationTime": NEW}, "second"),
        ({"status": "rejected", "registrationTime": OLD}, {"status": "pending", "registrationTime": NEW}, "second"),
        ({"status": "odd", "registrationTime": OLD}, {"status": "rejected", "registrationTime": NEW}, "second"),
        ({"status": "approved", "registrationTime": NEW}, {"status": "approved", "registrationTime": OLD}, "second"),
        ({"status": "approved"}, {"status": "approved", "registrationTime": NEW}, "second"),
        ({"status": "approved"}, {"status": "approved"}, "first"),
    ],
)
def test_of_two_rows_the_better_status_and_then_the_older_is_believed(
    httpserver: HTTPServer, client: WebexClient, first: dict[str, str], second: dict[str, str], believed: str
) -> None:
    rows: list[object] = [
        a_row("ann@example.com", **first, id="first"),
        a_row("Ann@example.com", **second, id="second"),
    ]
    answer_in_turn(httpserver, rows)

    found = client.query("m1", ["ann@example.com"])

    assert {key: row.id for key, row in found.items()} == {"ann@example.com": believed}


def test_a_row_is_given_whole(httpserver: HTTPServer, client: WebexClient) -> None:
    answer_in_turn(httpserver, [a_row("ann@example.com", registrationTime=OLD, registrationId=7)])

    assert client.query("m1", ["ann@example.com"]) == {
        "ann@example.com": RegistrantRow(
            id="id-ann@example.com",
            email="ann@example.com",
            status="approved",
            registration_time=datetime(2026, 1, 1, tzinfo=UTC),
            registration_id="7",
        )
    }


# --- answers that are none -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [202, 204])
def test_an_answer_that_is_still_to_come_proves_nothing(
    httpserver: HTTPServer, client: WebexClient, status: int
) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_data(status=status)

    with pytest.raises(errors.OutcomeUnknown):
        client.query("m1", ["ann@example.com"])


def test_a_look_up_is_a_read_and_tried_again(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_data(status=502)
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_json({"items": [a_row("ann@example.com")]})

    assert list(client.query("m1", ["ann@example.com"])) == ["ann@example.com"]


def test_a_later_chunk_that_fails_fails_the_look_up(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_json(
        {"items": [a_row(email) for email in people(100)]}
    )
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_data(status=429)

    with pytest.raises(errors.RateLimited):
        client.query("m1", people(101))
