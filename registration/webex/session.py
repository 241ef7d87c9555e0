"""HTTP calls that end in time, however slowly a server answers, and that follow no redirect.

The time-outs of requests bound each silence of a server, and not how often it breaks it: by one more byte of a header,
one more "100 Continue", one more trailer. Here every byte of an answer is read with one eye on the clock.
"""

import errno
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from socket import socket
from typing import Any

import requests
from requests.adapters import DEFAULT_POOLSIZE, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LONGEST_CONNECT_SECONDS = 10.0

_deadline: ContextVar[float] = ContextVar("deadline")
"""When the call ends that this thread is making, by `time.monotonic`."""


def longest_call_seconds(timeout_seconds: float) -> float:
    """How long a call may take that is given this time-out: to connect, to trickle in, and a last silence."""
    return min(LONGEST_CONNECT_SECONDS, timeout_seconds) + 2 * timeout_seconds


class Session(requests.Session):
    """Keeps connections, `connections` at most to one host. Safe for threads.

    It knows no redirects: requests would read the body of one, however long, even when told not to follow it.
    """

    def __init__(self, *, connections: int = DEFAULT_POOLSIZE) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pool_maxsize=max(connections, DEFAULT_POOLSIZE)))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """There is none."""

    def call(self, method: str, url: str, *, timeout_seconds: float, **given: Any) -> requests.Response:
        """Make a call, and return its answer, the body still to be read (`whole_body`).

        Where the answer is not whole after `longest_call_seconds(timeout_seconds)`, or Webex was silent for
        `timeout_seconds`, this or the reading ends as where a server does not answer. To find a server that takes
        the connection may take longer; then nothing is sent.
        """
        with _ending_at(time.monotonic() + longest_call_seconds(timeout_seconds)):
            return self.request(
                method,
                url,
                timeout=(min(LONGEST_CONNECT_SECONDS, timeout_seconds), timeout_seconds),
                allow_redirects=False,
                stream=True,
                **given,
            )


def whole_body(response: requests.Response, *, largest_bytes: int) -> bytes:
    """The unpacked body, read as it comes.

    Raises `OSError` or an error of urllib3 where it is too large, or not whole in time.
    """
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > largest_bytes:
            raise OSError(errno.EMSGSIZE, "the answer is too large")
    return bytes(body)


@contextmanager
def _ending_at(deadline: float) -> Iterator[None]:
    before = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(before)


def _wait_no_longer_than(deadline: float, connection: socket) -> None:
    """Have the socket's next wait end at the deadline. Raises `TimeoutError` where that is past."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the call takes too long")
    silence = connection.gettimeout()
    connection.settimeout(seconds if silence is None else min(silence, seconds))


class _PunctualReader(io.RawIOBase):
    """Reads what a socket receives, until the deadline of the call that it was made for."""

    def __init__(self, connection: socket, received: io.RawIOBase) -> None:
        self._connection = connection
        self._received = received
        self._deadline = _deadline.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _wait_no_longer_than(self._deadline, self._connection)
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()


class _Response(HTTPResponse):
    """Everything of an answer is read through here: its heads, its body, and what comes behind that."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_PunctualReader(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        super().connect()
        # One address of the host after the other may have been tried, each for as long as a connection may take.
        _wait_no_longer_than(_deadline.get(), self.sock)


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Makes its connections, also those through a proxy, of the classes above."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager


_POOLS = {"http": _Pool, "https": _TlsPool}
