"""A load generator: visitors who speak HTTP/1.1 over plain sockets, in one thread.

It shares the machine with the servers that it measures, so it does as little as it can and says what it took itself.
"""

import re
import selectors
import socket
import time
import zlib
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from math import nan

PATIENCE_SECONDS = 60
"""How long the last visitors are waited for."""

_HEAD = re.compile(rb"HTTP/1\.[01] (\d{3})(?s:.*?)\r\n\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_GZIP = re.compile(rb"\r\ncontent-encoding: *gzip", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, as it goes over the wire, and the status that answers it rightly; ``turned_away`` are others that do,
    and that end the visit.
    """

    message: bytes
    status: int
    turned_away: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its head, with the empty line at its end, and its body, as they came over the wire."""

    status: int
    head: bytes
    body: bytes

    @property
    def content(self) -> bytes:
        """The body, uncompressed."""
        return zlib.decompress(self.body, wbits=31) if _GZIP.search(self.head) else self.body


Visit = Generator[Ask, Answer, None]
"""One visitor: what they ask, one after the other, each once the last was answered."""


@dataclass
class Load:
    """What came of it: whole visits, how long it took, each answer's latency, and what went wrong, by its kind.

    ``turned_away``: how many visits ended with one of these statuses.
    """

    visits: int = 0
    turned_away: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def visits_a_second(self) -> float:
        """Whole visits."""
        return self.visits / self.seconds

    def milliseconds(self, percentile: float) -> float:
        """The latency that so many per cent of the answers did not exceed; 100 is the slowest."""
        if not self.latencies:
            return nan
        ordered = sorted(self.latencies)
        return ordered[max(0, round(len(ordered) * percentile / 100) - 1)] * 1000


def closed_loop(address: tuple[str, int], visit: Callable[[], Visit], *, connections: int, seconds: float) -> Load:
    """So many visitors at once for so long: who is done makes room for the next, on the same connection if it lasts.

    A latency counts from when its request was sent, with the connection where there was none. Those who are there at
    the end are let finish.
    """
    with _Doors(address, keeps_connections=True) as doors:
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            for _ in range(connections - len(doors.visitors)):
                doors.let_in(visit(), since=now, on=doors.idle.pop() if doors.idle else None)
            doors.serve(seconds=end - now)
        doors.wait(until=end + PATIENCE_SECONDS)
    return doors.load


def open_loop(address: tuple[str, int], visit: Callable[[], Visit], *, a_second: float, seconds: float) -> Load:
    """So many visitors a second for so long, evenly, each on a connection of their own, whether others are done or not.

    The latency of a visitor's first request counts from when they were due, though the generator be late. All are
    waited for.
    """
    with _Doors(address, keeps_connections=False) as doors:
        began = time.perf_counter()
        due = [began + number / a_second for number in range(round(a_second * seconds))]
        for at in due:
            is_early = True
            while is_early:
                is_early = (left := at - time.perf_counter()) > 0
                doors.serve(seconds=max(left, 0))
            doors.let_in(visit(), since=at, on=None)
        doors.wait(until=time.perf_counter() + PATIENCE_SECONDS)
    return doors.load


class _Doors:
    """Where visitors come in and go, what is counted of them, and the connections that they leave open."""

    def __init__(self, address: tuple[str, int], *, keeps_connections: bool) -> None:
        self.address = address
        self.keeps_connections = keeps_connections
        self.load = Load()
        self.visitors: set[_Visitor] = set()
        self.idle: list[socket.socket] = []
        self.selector = selectors.DefaultSelector()

    def __enter__(self) -> "_Doors":
        self._cpu, self._began = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.load.seconds = time.perf_counter() - self._began
        self.load.own_cpu_seconds = time.process_time() - self._cpu
        for visitor in list(self.visitors):
            visitor.fail("no answer")
        for connection in self.idle:
            connection.close()
        self.selector.close()

    def let_in(self, visit: Visit, *, since: float, on: socket.socket | None) -> None:
        """Let a visitor in, on an open connection or on one of their own."""
        visitor = _Visitor(self, visit, on)
        self.visitors.add(visitor)
        visitor.ask(next(visit), since=since)

    def serve(self, *, seconds: float) -> None:
        """Do what the sockets are ready for, once one is, but wait no longer than that."""
        for key, _events in self.selector.select(seconds):
            key.data()

    def wait(self, *, until: float) -> None:
        """Serve until nobody is left, or until then."""
        while self.visitors and (left := until - time.perf_counter()) > 0:
            self.serve(seconds=left)


class _Visitor:
    """One of them, at work on one request after the other."""

    def __init__(self, doors: _Doors, visit: Visit, on: socket.socket | None) -> None:
        self._doors, self._visit, self._socket = doors, visit, on
        if on is not None:
            doors.selector.register(on, selectors.EVENT_READ, self._receive)

    def ask(self, ask: Ask, *, since: float) -> None:
        """Send the request; its latency counts from ``since``."""
        self._ask, self._since = ask, since
        self._unsent, self._received, self._whole = ask.message, bytearray(), -1
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.setblocking(False)
            self._socket.connect_ex(self._doors.address)  # goes on by itself; what fails is seen when sending
            self._doors.selector.register(self._socket, selectors.EVENT_READ, self._receive)
        if not self._send_some():
            self._doors.selector.modify(self._socket, selectors.EVENT_WRITE, self._send_rest)

    def fail(self, why: str) -> None:
        """Count what went wrong, and leave."""
        self._doors.load.wrong[why] += 1
        self._visit.close()
        self._hang_up()
        self._leave()

    def _send_some(self) -> bool:
        """Whether nothing is left to be sent."""
        assert self._socket is not None
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return False
        except OSError as error:
            self.fail(type(error).__name__)
            return True
        return not self._unsent

    def _send_rest(self) -> None:
        if self._send_some() and self._socket is not None:
            self._doors.selector.modify(self._socket, selectors.EVENT_READ, self._receive)

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            part = self._socket.recv(1 << 18)
        except OSError as error:
            return self.fail(type(error).__name__)
        if not part:
            return self.fail("connection closed")
        self._received += part
        if self._whole < 0 and (head := _HEAD.match(self._received)):
            length = _LENGTH.search(head[0])
            if length is None:
                return self.fail("no Content-Length")
            self._head, self._whole = head, head.end() + int(length[1])
        if 0 <= self._whole <= len(self._received):
            self._answered()
        return None

    def _answered(self) -> None:
        now = time.perf_counter()
        head = self._head[0]
        answer = Answer(int(self._head[1]), head, bytes(self._received[len(head) :]))
        self._doors.load.latencies.append(now - self._since)
        if head.startswith(b"HTTP/1.0") or _CLOSES.search(head):
            self._hang_up()
        if answer.status in self._ask.turned_away:
            self._doors.load.turned_away[answer.status] += 1
            self._visit.close()
            return self._leave()
        if answer.status != self._ask.status:
            return self.fail(str(answer.status))
        try:
            following = self._visit.send(answer)
        except StopIteration:
            self._doors.load.visits += 1
            return self._leave()
        return self.ask(following, since=now)

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._doors.selector.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _leave(self) -> None:
        self._doors.visitors.discard(self)
        if not self._doors.keeps_connections:
            self._hang_up()
        if self._socket is not None:
            self._doors.selector.unregister(self._socket)
            self._doors.idle.append(self._socket)
