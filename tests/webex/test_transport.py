"""Connections that fail: what is certain about a call whose answer never came whole."""

import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from registration.webex import errors, token_call
from registration.webex.client import WebexClient
from registration.webex.records import Answered, MeetingInfo, Registrant
from registration.webex.session import longest_call_seconds
from registration.webex.token_call import NoTokenNow
from registration.webex.tokens import StaticToken
from tests.webex.hostile import (
    Behaviour,
    HostileServer,
    answer,
    be_silent,
    hang_up,
    ok,
    put_off,
    trickle,
    trickle_a_head,
    trickle_trailers,
)

BOB = Registrant("Bob", "Lee", "bob@example.com", send_email=False)

HALF_A_HEAD = b"HTTP/1.1 200 OK\r\nContent-Le"
HALF_A_BODY = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"items": ['
HALF_A_CHUNK = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n{"items": ['
NO_LAST_CHUNK = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{"items": []}\r\n'
NO_HTTP = b"SSH-2.0-OpenSSH_9.6\r\n"

BROKEN_OFF = "The connection to Webex broke off before the answer was whole."
TOO_LATE = "Webex did not answer in time."
UNREACHABLE = "Webex could not be reached; nothing was sent."

# For a busy machine. What the tests look for would never end.
SLACK_SECONDS = 5.0


@contextmanager
def a_client(base_url: str, *, timeout_seconds: float = 0.5) -> Iterator[WebexClient]:
    with WebexClient(base_url=base_url, token=StaticToken("s3cret"), timeout_seconds=timeout_seconds) as client:
        yield client


def outcome_of_a_write(base_url: str) -> tuple[type[errors.WebexError], int | None, str]:
    with a_client(base_url) as client, pytest.raises(errors.WebexError) as caught:
        client.bulk_insert("m1", [BOB], host_email="host@example.com")
    assert_quotes_no_library(caught.value)
    return type(caught.value), caught.value.http_status, caught.value.words


def assert_quotes_no_library(error: errors.WebexError) -> None:
    """The errors of requests name the whole URL, so none may hang on to ours, where a traceback would print it."""
    assert (error.__cause__, error.__context__) == (None, None)


def an_unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    "behaviour",
    [hang_up, answer(HALF_A_BODY), answer(HALF_A_CHUNK), answer(NO_LAST_CHUNK), answer(NO_HTTP)],
)
def test_a_write_whose_answer_breaks_off_may_have_happened_and_is_not_sent_again(behaviour: Behaviour) -> None:
    with HostileServer(behaviour) as server:
        _kind, _status, words = outcome_of_a_write(server.url)

    assert (words, len(server.requests)) == (BROKEN_OFF, 1)


def test_a_write_whose_answer_breaks_off_is_of_the_class_that_callers_catch() -> None:
    with (
        HostileServer(hang_up) as server,
        a_client(server.url) as client,
        pytest.raises(errors.OutcomeUnknown) as caught,
    ):
        client.bulk_insert("m1", [BOB])

    assert caught.value.http_status is None


def test_a_write_whose_answer_breaks_off_in_its_head_is_told_of_nobody_and_logs_no_url(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    with HostileServer(answer(HALF_A_HEAD)) as server, a_client(server.url) as client:
        answered = client.bulk_insert("m1", [BOB], host_email="host@example.com")

    assert (answered, len(server.requests)) == (Answered(http_status=200), 1)
    assert [record.name for record in caplog.records] == ["registration.webex"]


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [(be_silent, None), (trickle_a_head, None), (put_off, None), (trickle, 200), (trickle_trailers, 200)],
)
def test_a_write_that_is_answered_too_late_may_have_happened(behaviour: Behaviour, status: int | None) -> None:
    with HostileServer(behaviour) as server:
        started = time.monotonic()
        outcome = outcome_of_a_write(server.url)

    assert (outcome, len(server.requests)) == ((errors.OutcomeUnknown, status, TOO_LATE), 1)
    assert time.monotonic() - started < longest_call_seconds(0.5) + SLACK_SECONDS


def test_an_encrypted_answer_that_trickles_in_ends_in_time_too(tls: ssl.SSLContext) -> None:
    with HostileServer(trickle_a_head, tls=tls) as server:
        started = time.monotonic()
        outcome = outcome_of_a_write(server.url)

    assert (outcome, len(server.requests)) == ((errors.OutcomeUnknown, None, TOO_LATE), 1)
    assert time.monotonic() - started < longest_call_seconds(0.5) + SLACK_SECONDS


@pytest.mark.parametrize("behaviour", [be_silent, trickle_a_head, put_off, trickle, trickle_trailers])
def test_a_renewal_of_the_token_that_is_answered_too_late_brought_none(behaviour: Behaviour) -> None:
    with HostileServer(behaviour) as server:
        started = time.monotonic()
        with pytest.raises(NoTokenNow) as caught:
            token_call.renew(
                base_url=server.url, client_id="c", client_secret="s", refresh_token="r", timeout_seconds=0.5
            )

    assert_quotes_no_library(caught.value)
    assert len(server.requests) == 1
    assert time.monotonic() - started < longest_call_seconds(0.5) + SLACK_SECONDS


def test_a_connection_that_was_made_too_late_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def look_up_slowly(*args: Any, **kwargs: Any) -> Any:
        time.sleep(longest_call_seconds(0.5))
        return look_up(*args, **kwargs)

    with HostileServer(be_silent) as server:
        monkeypatch.setattr(socket, "getaddrinfo", look_up_slowly)
        outcome = outcome_of_a_write(server.url)

    assert (outcome, b"".join(server.requests)) == ((errors.NotSent, None, UNREACHABLE), b"")


def test_a_call_does_not_inherit_the_little_time_that_the_one_before_it_had_left() -> None:
    def answer_late_and_later(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n")
        for byte in b'{"items": []}':
            time.sleep(0.1)
            connection.sendall(bytes([byte]))
        connection.recv(65536)
        time.sleep(0.4)
        ok(b'{"items": []}')(connection)

    with HostileServer(answer_late_and_later) as server, a_client(server.url) as client:
        assert [client.list_meetings(), client.list_meetings()] == [(), ()]

    assert len(server.requests) == 1


def test_a_refusal_is_known_by_its_status_though_its_words_break_off() -> None:
    with HostileServer(answer(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{")) as server:
        assert outcome_of_a_write(server.url) == (errors.Rejected, 400, "Webex refused this.")


def test_a_write_that_nobody_takes_was_not_sent() -> None:
    base_url = f"http://127.0.0.1:{an_unused_port()}/v1"

    assert outcome_of_a_write(base_url) == (errors.NotSent, None, UNREACHABLE)


def test_a_write_to_a_host_without_a_name_was_not_sent() -> None:
    assert outcome_of_a_write("http://webex.invalid/v1") == (errors.NotSent, None, UNREACHABLE)


def test_a_write_to_a_server_that_speaks_no_tls_was_not_sent() -> None:
    with HostileServer(answer(NO_HTTP)) as server:
        outcome = outcome_of_a_write(server.url.replace("http://", "https://"))

    assert outcome == (errors.NotSent, None, UNREACHABLE)


def test_a_write_to_a_host_that_does_not_take_connections_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))  # fills the backlog, so that the next one waits
        outcome = outcome_of_a_write(f"http://127.0.0.1:{port}/v1")
        for each in waiting:
            each.close()

    assert outcome == (errors.NotSent, None, UNREACHABLE)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:{port}/v1", "http://webex.invalid/v1"])
def test_a_read_that_reaches_nobody_says_so(base_url: str) -> None:
    with a_client(base_url.format(port=an_unused_port())) as client, pytest.raises(errors.NotSent) as caught:
        client.get_meeting("m1", host_email="host@example.com")

    assert_quotes_no_library(caught.value)


@pytest.mark.parametrize("behaviour", [hang_up, answer(HALF_A_BODY), answer(HALF_A_CHUNK)])
def test_a_read_whose_answer_breaks_off_is_tried_again(behaviour: Behaviour) -> None:
    with HostileServer(behaviour, behaviour, ok(b'{"id": "m1"}')) as server, a_client(server.url) as client:
        meeting = client.get_meeting("m1")

    assert (meeting, len(server.requests)) == (MeetingInfo("m1"), 3)


def test_a_read_that_always_breaks_off_gives_up() -> None:
    with (
        HostileServer(hang_up) as server,
        a_client(server.url) as client,
        pytest.raises(errors.OutcomeUnknown) as caught,
    ):
        client.get_meeting("m1", host_email="host@example.com")

    assert (caught.value.words, len(server.requests)) == (BROKEN_OFF, 3)
    assert_quotes_no_library(caught.value)


def test_a_read_that_is_answered_too_late_is_not_tried_again() -> None:
    with (
        HostileServer(be_silent) as server,
        a_client(server.url) as client,
        pytest.raises(errors.OutcomeUnknown) as caught,
    ):
        client.get_meeting("m1")

    assert (caught.value.words, len(server.requests)) == (TOO_LATE, 1)


def test_a_redirect_is_not_followed_and_its_endless_body_not_read() -> None:
    head = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/elsewhere\r\nContent-Length: 100000\r\n\r\n"

    def redirect_for_ever(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)

    with HostileServer(redirect_for_ever) as server:
        started = time.monotonic()
        kind, status, _words = outcome_of_a_write(server.url)

    assert (kind, status, len(server.requests)) == (errors.OutcomeUnknown, 307, 1)
    assert time.monotonic() - started < 5
