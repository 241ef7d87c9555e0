"""The load generator counts and times rightly, whether the server keeps connections or not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.benchmarks.load import Ask, Visit, closed_loop, open_loop


class Seen:
    """What the server saw."""

    def __init__(self) -> None:
        self.requests = self.connections = self.at_once = self.most_at_once = 0


@contextmanager
def server(*, protocol: str, takes: float = 0.0) -> Iterator[tuple[tuple[str, int], Seen]]:
    """A server that answers ``/`` with a page after ``takes`` seconds, and everything else with 503."""
    seen, one_at_a_time = Seen(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = protocol

        def setup(self) -> None:
            with one_at_a_time:
                seen.connections += 1
            super().setup()

        def do_GET(self) -> None:
            with one_at_a_time:
                seen.requests += 1
                seen.at_once += 1
                seen.most_at_once = max(seen.most_at_once, seen.at_once)
            time.sleep(takes)
            with one_at_a_time:
                seen.at_once -= 1
            body = b"a page" * 10_000
            self.send_response(200 if self.path == "/" else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    class Listening(ThreadingHTTPServer):
        daemon_threads = False  # its threads are waited for
        request_queue_size = 100

    with Listening(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield ("127.0.0.1", listening.server_port), seen
        finally:
            listening.shutdown()
            thread.join()


def asks(path: str = "/", *, times: int = 1) -> Visit:
    for _ in range(times):
        answer = yield Ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), 200)
        assert answer.body == b"a page" * 10_000


@pytest.mark.parametrize(("protocol", "keeps"), [("HTTP/1.1", True), ("HTTP/1.0", False)])
def test_everything_that_was_answered_is_counted_on_connections_that_last_and_that_do_not(
    protocol: str, keeps: bool
) -> None:
    with server(protocol=protocol) as (address, seen):
        load = closed_loop(address, lambda: asks(times=2), connections=3, seconds=0.3)
    assert (load.visits * 2, len(load.latencies), load.wrong) == (seen.requests, seen.requests, {})
    assert seen.connections == (3 if keeps else seen.requests)


def test_as_many_are_under_way_at_once_as_there_are_connections() -> None:
    with server(protocol="HTTP/1.1", takes=0.2) as (address, seen):
        load = closed_loop(address, asks, connections=4, seconds=0.3)
    assert (load.visits, seen.most_at_once) == (seen.requests, 4)
    assert min(load.latencies) >= 0.2


def test_people_come_evenly_though_nobody_was_answered_yet() -> None:
    with server(protocol="HTTP/1.1", takes=0.5) as (address, seen):
        load = open_loop(address, asks, a_second=100, seconds=0.1)
    assert (load.visits, seen.connections, seen.most_at_once, load.wrong) == (10, 10, 10, {})


def test_a_generator_that_is_late_counts_from_when_people_were_due() -> None:
    def late() -> Visit:
        time.sleep(0.1)
        return asks()

    with server(protocol="HTTP/1.1") as (address, _seen):
        load = open_loop(address, late, a_second=100, seconds=0.05)
    # The fifth was due after 0.04 seconds, and was let in after 0.5.
    assert load.visits == 5
    assert load.milliseconds(100) >= 460


def test_who_is_turned_away_is_counted_and_nothing_went_wrong() -> None:
    def turned_away() -> Visit:
        yield Ask(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, frozenset({503}))
        raise AssertionError

    with server(protocol="HTTP/1.1") as (address, _seen):
        load = open_loop(address, turned_away, a_second=50, seconds=0.1)
    assert (load.visits, load.wrong, load.turned_away, len(load.latencies)) == (0, {}, {503: 5}, 5)


def test_what_goes_wrong_is_counted_and_is_no_visit() -> None:
    with server(protocol="HTTP/1.1") as (address, _seen):
        load = open_loop(address, lambda: asks("/nowhere"), a_second=50, seconds=0.1)
    assert (load.visits, load.wrong) == (0, {"503": 5})
    load = open_loop(address, asks, a_second=50, seconds=0.1)
    assert (load.visits, load.wrong) == (0, {"ConnectionRefusedError": 5})
