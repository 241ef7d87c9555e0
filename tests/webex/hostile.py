"""A server of a few lines that breaks the rules of HTTP, which no proper server can be made to do."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

Behaviour = Callable[[socket.socket], None]


class HostileServer:
    """Reads each request whole, and then does what the next of `behaviours` says, and then hangs up.

    After the last behaviour it goes on with that one. `requests` are the requests as they came. With
    `tls` it speaks HTTPS, as localhost.
    """

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._behaviours = list(behaviours)
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        address = "http://127.0.0.1" if self._tls is None else "https://localhost"
        return f"{address}:{self._socket.getsockname()[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self.requests.append(_whole_request(connection))
                behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
                try:
                    behaviour(connection)
                except OSError:
                    continue  # the client was the first to hang up


def hang_up(connection: socket.socket) -> None:
    """Give no answer at all."""


def answer(content: bytes) -> Behaviour:
    """Send these bytes and nothing else."""
    return lambda connection: connection.sendall(content)


def ok(body: bytes, *, headers: bytes = b"") -> Behaviour:
    """Send a proper 200."""
    return answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), headers, body))


def be_silent(connection: socket.socket) -> None:
    """Keep the connection without a word until the client hangs up."""
    connection.recv(1)


def trickle(connection: socket.socket) -> None:
    """Begin a proper answer and send a byte of it now and then, without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def trickle_a_head(connection: socket.socket) -> None:
    """Begin a header and never end it."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def put_off(connection: socket.socket) -> None:
    """Say "100 Continue" again and again."""
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def trickle_trailers(connection: socket.socket) -> None:
    """Send a whole body in chunks, and headers behind it, without an end."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{"items": []}\r\n0\r\n')
    while True:
        connection.sendall(b"X-Trailer: x\r\n")
        time.sleep(0.05)


def _whole_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        if not (received := connection.recv(65536)):
            return request
        request += received
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.splitlines() if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
