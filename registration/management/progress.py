"""How a command that runs long is watched, and ended."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import StreamHandler
from threading import Event, Lock, Thread
from types import FrameType
from typing import TYPE_CHECKING, Never

from django.utils.translation import gettext_lazy
from tqdm import tqdm

from registration.flow.deliver.run import Watch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SECONDS_BETWEEN_LINES = 10.0
"""So often a run tells of itself where there is no terminal."""


@dataclass(frozen=True)
class Words:
    """What a run is about: behind the bar's numbers, in a line, and while it waits."""

    unit: "StrOrPromise"
    line: "StrOrPromise"
    wait: "StrOrPromise"

    def waiting(self, seconds: float) -> str:
        """What is being waited for, and how long."""
        return str(self.wait) % max(1, round(seconds))


PEOPLE = Words(
    gettext_lazy(" people"), gettext_lazy("%(done)s of %(total)s people"), gettext_lazy("waiting %d s for Webex")
)
MAILS = Words(
    gettext_lazy(" mails"),
    gettext_lazy("%(done)s of %(total)s mails"),
    gettext_lazy("waiting %d s for the mail server"),
)


@contextmanager
def stopping() -> Iterator[Event]:
    """An event that SIGTERM and Ctrl-C set, so that the run ends after the calls that are under way.

    A second signal ends the process as it always would.
    """
    stop = Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Bar(Watch):
    """A bar on a terminal: how many came to an end, how many a second, and what is being waited for."""

    def __init__(self, bar: "tqdm[Never]", words: Words) -> None:
        self._bar = bar
        self._words = words
        self._lock = Lock()

    def settled(self, people: int) -> None:
        with self._lock:
            self._bar.set_postfix_str("")
            self._bar.update(people)

    def waits(self, seconds: float) -> None:
        with self._lock:
            self._bar.set_postfix_str(self._words.waiting(seconds))


class _AboveTheBar:
    """Standard error while a bar is there: what is written stands above it, whole."""

    def write(self, text: str) -> None:
        with tqdm.external_write_mode(file=sys.stderr):
            sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Line(Watch):
    """The same as a bar, in words. ``str()`` of it is how the run stands."""

    def __init__(self, total: int, words: Words) -> None:
        self._total = total
        self._words = words
        self._done = 0
        self._waits_until = 0.0
        self._lock = Lock()

    def settled(self, people: int) -> None:
        with self._lock:
            self._done += people
            self._waits_until = 0.0

    def waits(self, seconds: float) -> None:
        with self._lock:
            self._waits_until = time.monotonic() + seconds

    def __str__(self) -> str:
        with self._lock:
            counts = {"done": f"{self._done:,}", "total": f"{max(self._total, self._done):,}"}
            seconds = self._waits_until - time.monotonic()
        line = str(self._words.line) % counts
        return f"{line}; {self._words.waiting(seconds)}" if seconds > 0 else line


@contextmanager
def progress(total: int, *, is_quiet: bool = False, words: Words = PEOPLE) -> Iterator[Watch]:
    """A watch that shows on standard error how many of so many came to an end.

    A bar on a terminal, with log lines above it; elsewhere a line every ten seconds, or nothing where ``is_quiet``.
    """
    # Not through the command's own wrapper, which ends each piece of the bar with a new line.
    if sys.stderr.isatty():
        with (
            tqdm(total=total, unit=str(words.unit), file=sys.stderr, leave=False, dynamic_ncols=True) as bar,
            _logs_above(),
        ):
            yield _Bar(bar, words)
    elif is_quiet:
        yield Watch()
    else:
        with _told_of(line := _Line(total, words)):
            yield line


@contextmanager
def _logs_above() -> Iterator[None]:
    """Let log lines stand above the bar. The handlers stay who they are, with the filters that take secrets out."""
    loggers = [logging.root, *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    handlers = {handler for logger in loggers for handler in logger.handlers}
    on_console = [each for each in handlers if isinstance(each, StreamHandler) and each.stream is sys.stderr]
    for handler in on_console:
        handler.setStream(_AboveTheBar())
    try:
        yield
    finally:
        for handler in on_console:
            handler.setStream(sys.stderr)


@contextmanager
def _told_of(line: _Line) -> Iterator[None]:
    """Write the line now and then."""
    is_over = Event()

    def tell() -> None:
        while not is_over.wait(SECONDS_BETWEEN_LINES):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    teller = Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        is_over.set()
        teller.join()
