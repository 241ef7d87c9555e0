"""When a call may leave, how many at once, and with which token: against a real server that takes several at once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from registration.webex import errors
from registration.webex.client import WebexClient
from registration.webex.records import Registrant
from registration.webex.tokens import StaticToken
from tests.webex.tokens import Tokens

BOB = Registrant("Bob", "Lee", "bob@example.com", send_email=False)
INSERT = "/v1/meetings/m1/registrants/bulkInsert"


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield server


def requests_to(server: HTTPServer) -> list[Request]:
    return [request for request, _ in server.log]


def test_a_refused_token_is_renewed_and_the_call_made_once_more(server: HTTPServer) -> None:
    """A 401 says that nothing was processed: so a write, too, is made again, with another token, and only once."""
    server.expect_request(INSERT, method="POST").respond_with_data("", status=401)
    tokens = Tokens("old", renewed="new")
    with (
        WebexClient(base_url=server.url_for("/v1"), token=tokens) as client,
        pytest.raises(errors.Unauthorized),
    ):
        client.bulk_insert("m1", [BOB])
    used = [request.headers["Authorization"] for request in requests_to(server)]
    assert (used, tokens.refused) == (["Bearer old", "Bearer new"], ["old"])


def test_a_call_that_may_not_leave_any_more_is_not_made(server: HTTPServer) -> None:
    client = WebexClient(base_url=server.url_for("/v1"), token=StaticToken("t"))
    with client, pytest.raises(errors.NotBegun):
        client.bulk_insert("m1", [BOB], may_leave=lambda: False)
    with client, pytest.raises(errors.NotBegun):
        client.change("remove", "m1", ["r1"], send_email=False, may_leave=lambda: False)
    assert requests_to(server) == []


def test_no_more_calls_are_in_flight_than_the_client_may_make(server: HTTPServer) -> None:
    under_way, most, lock = 0, 0, Lock()

    def answer(request: Request) -> Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1
        return Response('{"items": []}', content_type="application/json")

    server.expect_request("/v1/meetings").respond_with_handler(answer)
    with (
        WebexClient(base_url=server.url_for("/v1"), token=StaticToken("t"), concurrency=3) as client,
        ThreadPoolExecutor(8) as threads,
    ):
        for _ in range(12):
            threads.submit(client.list_meetings)
    assert (most, len(requests_to(server))) == (3, 12)


class Turnstile:
    """A gate that notes what passes it."""

    def __init__(self) -> None:
        self.entered = 0
        self.left: list[errors.WebexError | None] = []

    def seconds_until_turn(self) -> float:
        return 0.0

    def enter(self) -> None:
        self.entered += 1

    def leave(self, error: errors.WebexError | None) -> None:
        self.left.append(error)


def test_every_call_passes_the_gate_which_learns_how_it_ended(server: HTTPServer) -> None:
    server.expect_ordered_request("/v1/meetings").respond_with_json({"items": []})
    server.expect_ordered_request("/v1/meetings").respond_with_data("", status=429)
    gate = Turnstile()
    with WebexClient(base_url=server.url_for("/v1"), token=StaticToken("t"), gate=gate) as client:
        client.list_meetings()
        with pytest.raises(errors.RateLimited) as caught:
            client.list_meetings()
    assert (gate.entered, gate.left) == (2, [None, caught.value])
