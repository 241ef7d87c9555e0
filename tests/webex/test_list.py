"""`list_registrants`: everybody of a window, page by page, and no page that cannot be used passes for the last."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from registration.webex import errors
from registration.webex.client import MOST_PAGES, WebexClient
from registration.webex.entries import LONGEST_ANSWER, Entry, read_details
from registration.webex.records import Answer, AnswerValue, RegistrantRow
from registration.webex.tokens import StaticToken
from registration.webex.transport import Reply

PATH = "/v1/meetings/m1/registrants"
UNTIL = datetime(2026, 6, 1, 12, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=90)


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[WebexClient]:
    with WebexClient(base_url=httpserver.url_for("/v1"), token=StaticToken("s3cret"), timeout_seconds=5) as client:
        yield client


def a_row(email: str, **fields: object) -> dict[str, object]:
    return {"id": f"id-{email}", "email": email, "status": "approved", **fields}


def emails(entries: Iterator[Entry]) -> list[str]:
    return [entry.row.email for entry in entries]


def walk(client: WebexClient, **kwargs: Any) -> Iterator[Entry]:
    return client.list_registrants("m1", since=SINCE, until=UNTIL, **kwargs)


def answer_with_pages(httpserver: HTTPServer, *pages: list[object], link: Callable[[int], str]) -> None:
    """Answer page after page; all but the last with a `Link` to the next, as `link(number of the next)` makes it."""

    def answer(request: Request) -> Response:
        number = int(request.args.get("page", "0"))
        headers = {"Link": f'<{link(number + 1)}>; rel="next"'} if number + 1 < len(pages) else {}
        return Response(json.dumps({"items": pages[number]}), content_type="application/json", headers=headers)

    httpserver.expect_request(PATH, method="GET").respond_with_handler(answer)


def test_all_pages_of_the_window_are_read(httpserver: HTTPServer, client: WebexClient) -> None:
    pages: list[list[object]] = [[a_row("a@x.com"), a_row("b@x.com")], [a_row("c@x.com")], []]
    answer_with_pages(httpserver, *pages, link=lambda number: f"{PATH}?{urlencode({'page': number})}")
    found = emails(walk(client, current=True, host_email="host@example.com"))
    assert found == ["a@x.com", "b@x.com", "c@x.com"]
    assert [request.args.to_dict() for request, _answer in httpserver.log] == [
        {
            "current": "true",
            "hostEmail": "host@example.com",
            "max": "100",
            "registrationTimeFrom": "2026-03-03T12:00:00Z",
            "registrationTimeTo": "2026-06-01T12:00:00Z",
        },
        {"page": "1"},
        {"page": "2"},
    ]


def test_a_page_is_read_when_it_is_asked_for(httpserver: HTTPServer, client: WebexClient) -> None:
    answer_with_pages(httpserver, [a_row("a@x.com")], [a_row("b@x.com")], link=lambda number: f"{PATH}?page={number}")
    entries = walk(client)
    assert (len(httpserver.log), next(entries).row.email, len(httpserver.log)) == (0, "a@x.com", 1)


def test_each_call_is_made_as_it_is_wanted_and_may_be_made_again(httpserver: HTTPServer, client: WebexClient) -> None:
    answer_with_pages(httpserver, [a_row("a@x.com")], [a_row("b@x.com")], link=lambda number: f"{PATH}?page={number}")
    made = []

    def twice(call: Callable[[], Reply]) -> Reply:
        made.append(call())
        return call()

    assert (emails(walk(client, make=twice)), len(made), len(httpserver.log)) == (["a@x.com", "b@x.com"], 2, 4)


@pytest.mark.parametrize(
    "items", ['{"items": "none"}', "{}", "[]", "<html>", '{"items": [{"id": "1"}]}', '{"items": [7, null]}']
)
def test_a_page_that_cannot_be_used_is_no_end(httpserver: HTTPServer, client: WebexClient, items: str) -> None:
    httpserver.expect_request(PATH).respond_with_data(items, content_type="application/json")
    with pytest.raises(errors.OutcomeUnknown):
        list(walk(client))


@pytest.mark.parametrize("status", [202, 204, 206])
def test_a_success_without_an_answer_is_no_end(httpserver: HTTPServer, client: WebexClient, status: int) -> None:
    httpserver.expect_request(PATH).respond_with_data("" if status == 204 else '{"items": []}', status=status)
    with pytest.raises(errors.OutcomeUnknown):
        list(walk(client))


@pytest.mark.parametrize("link", ["https://elsewhere.example.com/v1/registrants?page=1", f"{PATH}?page=1"])
def test_a_next_page_that_cannot_be_followed_is_no_end(httpserver: HTTPServer, client: WebexClient, link: str) -> None:
    # Elsewhere our token must not go; and a page that names itself as the next would be read for ever.
    answer_with_pages(httpserver, [a_row("a@x.com")], [a_row("b@x.com")], [], link=lambda number: link)
    with pytest.raises(errors.OutcomeUnknown):
        list(walk(client))
    assert len(httpserver.log) <= 2


def test_pages_that_lead_back_to_one_another_are_no_list(httpserver: HTTPServer, client: WebexClient) -> None:
    pages: list[list[object]] = [[a_row("a@x.com")], [a_row("b@x.com")], [a_row("c@x.com")], []]
    answer_with_pages(httpserver, *pages, link=lambda number: f"{PATH}?page={number if number < 3 else 1}")
    with pytest.raises(errors.OutcomeUnknown):
        list(walk(client))
    assert [request.args.get("page") for request, _answer in httpserver.log] == [None, "1", "2"]


def test_a_list_that_does_not_end_is_given_up(
    httpserver: HTTPServer, client: WebexClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.webex.client.MOST_PAGES", 5)
    pages: list[list[object]] = [[]] * 7
    answer_with_pages(httpserver, *pages, link=lambda number: f"{PATH}?page={number}")
    with pytest.raises(errors.OutcomeUnknown) as ended:
        list(walk(client))
    assert (ended.value.words, len(httpserver.log)) == ("Webex's list of registrants does not end.", 5)
    assert MOST_PAGES * 100 >= 10_000  # so many a webinar takes


def test_a_window_that_webex_would_refuse_is_not_asked_for(httpserver: HTTPServer, client: WebexClient) -> None:
    with pytest.raises(ValueError, match="at most 90 days"):
        list(client.list_registrants("m1", since=SINCE - timedelta(seconds=1), until=UNTIL))
    assert httpserver.log == []


# --- one registrant ---------------------------------------------------------------------------------------------------


def test_an_entry_keeps_everything_that_was_filled_in_and_survives_being_stored() -> None:
    entry = Entry.from_json(
        a_row(
            "Bob@Example.com",
            firstName="Bob",
            lastName="Lee",
            registrationTime="2021-09-07T09:29:13+08:00",
            registrationId="566476",
            zipCode=123456,
            companyName=" cisco ",
            fax="",
            customizedQuestions=[{"questionId": 330087, "answers": [{"optionId": 1, "answer": "green"}]}],
        )
    )
    assert entry == Entry(
        RegistrantRow(
            id="id-Bob@Example.com",
            email="Bob@Example.com",
            status="approved",
            registration_time=datetime(2021, 9, 7, 1, 29, 13, tzinfo=UTC),
            registration_id="566476",
            first_name="Bob",
            last_name="Lee",
        ),
        {"company_name": "cisco", "zip_code": "123456"},
        (Answer("330087", (AnswerValue("green", option_id="1"),)),),
    )
    stored = json.loads(json.dumps(entry.to_details()))
    assert read_details(stored) == (entry.fields, entry.answers)


@pytest.mark.parametrize(
    "questions",
    [
        None,
        "none",
        [7],
        [{"questionId": 1}],
        [{"answers": [{"answer": "green"}]}],
        [{"questionId": 1, "answers": "green"}],
        [{"questionId": 1, "answers": [{"optionId": 3}, 7, {"answer": ""}]}],
    ],
)
def test_answers_that_cannot_be_read_are_left_out(questions: object) -> None:
    entry = Entry.from_json(a_row("bob@example.com", customizedQuestions=questions))
    assert entry is not None
    assert entry.answers == ()


def test_what_webex_tells_is_bounded() -> None:
    many = [{"questionId": number, "answers": [{"answer": "x" * 20_000}] * 300} for number in range(300)]
    entry = Entry.from_json(a_row("bob@example.com", companyName="y" * 20_000, customizedQuestions=many))
    assert entry is not None
    assert {len(answer.values) for answer in entry.answers} == {200}
    assert (len(entry.answers), len(entry.answers[0].values[0].text)) == (200, LONGEST_ANSWER)
    assert len(entry.fields["company_name"]) == LONGEST_ANSWER


@pytest.mark.parametrize("details", [None, [], {"fields": 7, "answers": {}}, {"fields": {"email": "x"}}])
def test_details_that_nobody_stored_are_empty(details: object) -> None:
    assert read_details(details) == ({}, ())
