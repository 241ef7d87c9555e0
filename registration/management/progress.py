"""How a command that runs long is watched, and ended."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from types import FrameType
from typing import Never

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from tqdm import tqdm

from registration.flow.deliver.run import Watch
from registration.models import Submission


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

    def __init__(self, bar: "tqdm[Never]") -> None:
        self._bar = bar
        self._lock = Lock()

    def settled(self, people: int) -> None:
        with self._lock:
            self._bar.set_postfix_str("")
            self._bar.update(people)

    def waits(self, seconds: float) -> None:
        with self._lock:
            self._bar.set_postfix_str(_("waiting %d s for Webex") % max(1, round(seconds)))


@contextmanager
def progress(people: QuerySet[Submission]) -> Iterator[Watch]:
    """A watch that shows on a terminal how many of the people came to an end, and nothing elsewhere."""
    # Not through the command's own wrapper, which ends each piece of the bar with a new line.
    if not sys.stderr.isatty():
        yield Watch()
        return
    with tqdm(total=people.count(), unit=_(" people"), file=sys.stderr, leave=False, dynamic_ncols=True) as bar:
        yield _Bar(bar)
