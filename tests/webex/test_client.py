"""The client's calls, against a real HTTP server that answers in every way that Webex might."""

import json
import logging
import time
from collections.abc import Iterator
from importlib import metadata

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from registration.webex import errors
from registration.webex.client import WebexClient
from registration.webex.records import Answered, FormInfo, MeetingInfo, Registrant, RegistrantRow
from registration.webex.tokens import StaticToken
from tests.webex.tokens import Tokens

BOB = Registrant("Bob", "Lee", "bob@example.com", send_email=False)
INSERT = "/v1/meetings/m1/registrants/bulkInsert"
HTML = "<html><body><h1>Something went wrong</h1></body></html>"


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[WebexClient]:
    with WebexClient(base_url=httpserver.url_for("/v1/"), token=StaticToken("s3cret"), timeout_seconds=5) as client:
        yield client


def requests_to(httpserver: HTTPServer) -> list[Request]:
    return [request for request, _ in httpserver.log]


# --- what is sent ----------------------------------------------------------------------------------------------


def test_bulk_insert_sends_everybody_in_one_call(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(INSERT, method="POST").respond_with_json({"items": []})

    client.bulk_insert("m1", [BOB, BOB], current=True, host_email="host+1@example.com")

    (request,) = requests_to(httpserver)
    assert (request.args.to_dict(flat=False), request.get_json()) == (
        {"current": ["true"], "hostEmail": ["host+1@example.com"]},
        {"items": [BOB.to_json(), BOB.to_json()]},
    )


def test_current_and_host_email_are_sent_only_where_they_are_given(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(INSERT, method="POST").respond_with_json({"items": []})

    client.bulk_insert("m1", [BOB], current=False, host_email="")

    assert [request.query_string for request in requests_to(httpserver)] == [b""]


def test_a_call_carries_the_token_and_says_who_calls(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(INSERT, method="POST").respond_with_json({"items": []})
    try:
        version = metadata.version("webex-registration-portal")
    except metadata.PackageNotFoundError:
        version = "unreleased"

    client.bulk_insert("m1", [BOB])

    (request,) = requests_to(httpserver)
    names = ("Authorization", "Accept", "Content-Type", "User-Agent")
    assert {name: request.headers[name] for name in names} == {
        "Authorization": "Bearer s3cret",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": f"webex-registration-portal/{version}",
    }


def test_the_token_is_asked_for_at_each_call_and_wins_over_a_netrc(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text(f"machine {httpserver.host} login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    httpserver.expect_request("/v1/meetings").respond_with_json({"items": []})

    with WebexClient(base_url=httpserver.url_for("/v1"), token=Tokens("first", "second")) as client:
        client.list_meetings()
        client.list_meetings()

    assert [request.headers["Authorization"] for request in requests_to(httpserver)] == [
        "Bearer first",
        "Bearer second",
    ]


@pytest.mark.parametrize("token", ["", "two\r\nlines: x", "with space", "naïve", "\x00"])
def test_a_token_that_cannot_be_sent_is_unauthorized_without_a_call(httpserver: HTTPServer, token: str) -> None:
    with (
        WebexClient(base_url=httpserver.url_for("/v1"), token=StaticToken(token)) as client,
        pytest.raises(errors.Unauthorized) as caught,
    ):
        client.get_meeting("m1")

    assert (caught.value.words, requests_to(httpserver)) == ("The access token for Webex is empty or malformed.", [])


def test_a_static_token_loses_what_copying_added_and_hides_itself() -> None:
    token = StaticToken(" s3cret\n")

    assert (token(), repr(token)) == ("s3cret", "StaticToken()")


def test_an_id_cannot_leave_its_place_in_the_path(httpserver: HTTPServer, client: WebexClient) -> None:
    paths = []

    def note(request: Request) -> Response:
        paths.append(request.environ["RAW_URI"])
        return Response(json.dumps({"id": "m1"}), content_type="application/json")

    httpserver.expect_request("/v1/meetings/../a?b=c#d").respond_with_handler(note)

    client.get_meeting("../a?b=c#d")

    assert paths == ["/v1/meetings/..%2Fa%3Fb%3Dc%23d"]


@pytest.mark.parametrize("base_url", ["", "webexapis.com/v1", "ftp://webexapis.com/v1"])
def test_a_base_url_that_is_none_is_refused_at_once(base_url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        WebexClient(base_url=base_url, token=StaticToken("s3cret"))


@pytest.mark.parametrize(
    ("verb", "path"),
    [("approve", "approve"), ("reject", "reject"), ("move_to_pending", "cancel"), ("remove", "bulkDelete")],
)
def test_a_change_names_the_people_and_says_whether_they_are_mailed(
    httpserver: HTTPServer, client: WebexClient, verb: str, path: str
) -> None:
    httpserver.expect_request(f"/v1/meetings/m1/registrants/{path}", method="POST").respond_with_data(status=204)

    client.change(verb, "m1", ["1", "b"], send_email=False)

    (request,) = requests_to(httpserver)
    assert request.get_json() == {"sendEmail": False, "registrants": [{"id": "1"}, {"id": "b"}]}


@pytest.mark.parametrize("status", [502, 503])
def test_a_change_is_a_write_and_sent_once(httpserver: HTTPServer, client: WebexClient, status: int) -> None:
    httpserver.expect_request("/v1/meetings/m1/registrants/reject").respond_with_data(status=status)

    with pytest.raises(errors.OutcomeUnknown):
        client.change("reject", "m1", ["1"], send_email=True)

    assert len(requests_to(httpserver)) == 1


# --- what comes back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 203])
def test_bulk_insert_gives_the_rows_as_they_came_without_those_that_make_no_sense(
    httpserver: HTTPServer, client: WebexClient, status: int
) -> None:
    rows = [
        {"id": "2", "email": "bob@example.com", "status": "pending"},
        {"id": "1", "email": "ann@example.com", "status": "approved"},
        {"id": "3", "email": "bob@example.com", "status": "pending"},
        {"status": "approved"},
        None,
    ]
    httpserver.expect_request(INSERT).respond_with_json({"items": rows}, status=status, headers={"TrackingID": "T1"})

    assert client.bulk_insert("m1", [BOB]) == Answered(
        http_status=status,
        tracking_id="T1",
        rows=(
            RegistrantRow("2", "bob@example.com", status="pending"),
            RegistrantRow("1", "ann@example.com", status="approved"),
            RegistrantRow("3", "bob@example.com", status="pending"),
        ),
    )


@pytest.mark.parametrize(
    ("status", "body"), [(200, b""), (200, b" \n"), (201, b""), (202, b""), (202, b"<p>later</p>"), (204, b"")]
)
def test_a_success_without_rows_is_accepted_and_tells_of_nobody(
    httpserver: HTTPServer, client: WebexClient, status: int, body: bytes
) -> None:
    httpserver.expect_request(INSERT).respond_with_data(body, status=status)

    assert client.bulk_insert("m1", [BOB]) == Answered(http_status=status)


NO_ANSWERS = [
    HTML.encode(),
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b'{"items": null}',
    b'{"items": {"id": "1"}}',
    b'{"items": [',
    b"\xff\xfe",
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", NO_ANSWERS)
def test_after_a_success_that_nobody_can_read_the_outcome_is_unknown(
    httpserver: HTTPServer, client: WebexClient, body: bytes
) -> None:
    httpserver.expect_request(INSERT).respond_with_data(body, headers={"TrackingID": "T1"})

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.bulk_insert("m1", [BOB])

    assert (caught.value.http_status, caught.value.tracking_id, len(requests_to(httpserver))) == (200, "T1", 1)


def test_an_answer_that_is_too_large_is_not_read_to_its_end(httpserver: HTTPServer, client: WebexClient) -> None:
    body = json.dumps({"items": [], "padding": "x" * 11 * 1024 * 1024})
    httpserver.expect_request(INSERT).respond_with_data(body)

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.bulk_insert("m1", [BOB])

    assert caught.value.http_status == 200


def test_a_refusal_that_is_too_large_is_still_a_refusal(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(INSERT).respond_with_data("x" * 11 * 1024 * 1024, status=400)

    with pytest.raises(errors.Rejected) as caught:
        client.bulk_insert("m1", [BOB])

    assert caught.value.words == "Webex refused this."


def test_a_meeting_is_read(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(
        "/v1/meetings/m1", method="GET", query_string={"current": "true", "hostEmail": "h@example.com"}
    ).respond_with_json({"id": "m1", "title": "Sales day"})

    assert client.get_meeting("m1", current=True, host_email="h@example.com") == MeetingInfo("m1", "Sales day")


def test_a_form_is_read(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(
        "/v1/meetings/m1/registration", method="GET", query_string={"current": "true", "hostEmail": "h@example.com"}
    ).respond_with_json({"autoAcceptRequest": True, "requireCity": True})

    assert client.get_registration("m1", current=True, host_email="h@example.com") == FormInfo(
        auto_accept_request=True, shown_fields=frozenset({"city"})
    )


def test_meetings_are_listed(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request(
        "/v1/meetings", method="GET", query_string={"max": "3", "hostEmail": "h@example.com"}
    ).respond_with_json({"items": [{"id": "m1"}, {"title": "no id"}, {"id": "m2"}]})

    assert client.list_meetings(max=3, host_email="h@example.com") == (MeetingInfo("m1"), MeetingInfo("m2"))


@pytest.mark.parametrize("body", [*NO_ANSWERS, b""])
@pytest.mark.parametrize("path", ["/v1/meetings/m1", "/v1/meetings/m1/registration"])
def test_an_unreadable_meeting_or_form_is_an_error_and_not_an_empty_one(
    httpserver: HTTPServer, client: WebexClient, path: str, body: bytes
) -> None:
    httpserver.expect_request(path).respond_with_data(body)
    read = client.get_registration if path.endswith("registration") else client.get_meeting

    with pytest.raises(errors.OutcomeUnknown):
        read("m1")


# --- refusals and failures -------------------------------------------------------------------------------------

BY_STATUS = [
    (302, errors.OutcomeUnknown, 1),
    (307, errors.OutcomeUnknown, 1),
    (400, errors.Rejected, 1),
    (401, errors.Unauthorized, 1),
    (403, errors.Forbidden, 1),
    (404, errors.MeetingUnavailable, 1),
    (405, errors.MeetingUnavailable, 1),
    (409, errors.Conflict, 1),
    (410, errors.MeetingUnavailable, 1),
    (415, errors.MeetingUnavailable, 1),
    (423, errors.RateLimited, 1),
    (428, errors.MeetingUnavailable, 1),
    (429, errors.RateLimited, 1),
    (500, errors.OutcomeUnknown, 1),
    (502, errors.OutcomeUnknown, 3),
    (503, errors.OutcomeUnknown, 3),
    (504, errors.OutcomeUnknown, 3),
]


@pytest.mark.parametrize(("status", "kind", "_calls_of_a_read"), BY_STATUS)
def test_a_write_is_sent_once_and_says_what_webex_said(
    httpserver: HTTPServer, client: WebexClient, status: int, kind: type[errors.WebexError], _calls_of_a_read: int
) -> None:
    body = {"message": "Generic", "errors": [{"description": "Because."}], "trackingId": "T1"}
    httpserver.expect_request(INSERT).respond_with_json(body, status=status, headers={"Location": "/v1/elsewhere"})

    with pytest.raises(errors.WebexError) as caught:
        client.bulk_insert("m1", [BOB])

    error = caught.value
    assert (type(error), error.http_status, error.words, error.tracking_id, len(requests_to(httpserver))) == (
        kind,
        status,
        "Because.",
        "T1",
        1,
    )


@pytest.mark.parametrize(("status", "kind", "calls"), BY_STATUS)
def test_a_read_is_tried_again_only_where_a_server_on_the_way_failed(
    httpserver: HTTPServer, client: WebexClient, status: int, kind: type[errors.WebexError], calls: int
) -> None:
    httpserver.expect_request("/v1/meetings/m1").respond_with_data(
        HTML, status=status, content_type="text/html", headers={"Location": "/v1/elsewhere"}
    )

    with pytest.raises(errors.WebexError) as caught:
        client.get_meeting("m1")

    error = caught.value
    assert (type(error), error.http_status, error.words, len(requests_to(httpserver))) == (
        kind,
        status,
        kind.own_words,
        calls,
    )


@pytest.mark.parametrize("status", [202, 204, 206])
def test_a_read_concludes_nothing_from_an_answer_that_is_not_the_whole_answer(
    httpserver: HTTPServer, client: WebexClient, status: int
) -> None:
    httpserver.expect_request("/v1/meetings").respond_with_json({"items": []}, status=status)

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.list_meetings()

    assert caught.value.http_status == status


def test_a_read_that_succeeds_the_second_time_succeeds(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_ordered_request("/v1/meetings/m1").respond_with_data(HTML, status=503)
    httpserver.expect_ordered_request("/v1/meetings/m1").respond_with_json({"id": "m1"})

    assert client.get_meeting("m1") == MeetingInfo("m1")


def test_trying_a_read_again_never_pauses_for_long(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request("/v1/meetings/m1").respond_with_data(status=503)
    started = time.monotonic()

    with pytest.raises(errors.OutcomeUnknown):
        client.get_meeting("m1")

    assert time.monotonic() - started < 5


def test_a_read_is_not_tried_again_before_webex_wants_it(httpserver: HTTPServer, client: WebexClient) -> None:
    httpserver.expect_request("/v1/meetings/m1").respond_with_data(status=503, headers={"Retry-After": "60"})

    with pytest.raises(errors.OutcomeUnknown) as caught:
        client.get_meeting("m1")

    assert (caught.value.retry_after_seconds, len(requests_to(httpserver))) == (60, 1)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("rand(30),add(30)", 30), ("86400", 300), ("-1", 30)])
def test_a_rate_limit_says_how_long_to_wait(
    httpserver: HTTPServer, client: WebexClient, header: str, seconds: float
) -> None:
    httpserver.expect_request(INSERT).respond_with_data(status=429, headers={"Retry-After": header})

    with pytest.raises(errors.RateLimited) as caught:
        client.bulk_insert("m1", [BOB])

    assert caught.value.retry_after_seconds == seconds


# --- the log ---------------------------------------------------------------------------------------------------


def test_a_call_leaves_one_line_in_the_log_that_names_nobody(
    httpserver: HTTPServer, client: WebexClient, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request(INSERT).respond_with_json({"items": []}, headers={"TrackingID": "T1"})
    caplog.set_level(logging.INFO, logger="registration.webex")

    client.bulk_insert("m1", [BOB], host_email="host@example.com")

    (record,) = [record for record in caplog.records if record.name == "registration.webex"]
    *others, milliseconds, tracking_id = record.args or ()
    assert (record.levelname, record.msg, others, tracking_id, type(milliseconds)) == (
        "INFO",
        "webex call method=%s path=%s status=%s outcome=%s milliseconds=%d tracking_id=%s",
        ["POST", "/meetings/{meetingId}/registrants/bulkInsert", 200, "ok"],
        "T1",
        float,
    )


def test_a_failed_call_is_logged_with_its_error_and_without_what_webex_said(
    httpserver: HTTPServer, client: WebexClient, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/v1/meetings/m1").respond_with_json(
        {"message": "bob@example.com", "trackingId": "T1"}, status=409
    )
    caplog.set_level(logging.INFO, logger="registration.webex")

    with pytest.raises(errors.Conflict):
        client.get_meeting("m1")

    (record,) = [record for record in caplog.records if record.name == "registration.webex"]
    *others, _milliseconds, tracking_id = record.args or ()
    assert (others, tracking_id) == (["GET", "/meetings/{meetingId}", 409, "Conflict"], "T1")
