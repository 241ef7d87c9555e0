"""Sign-ups of new and of known addresses, timed one by one in this process."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from django.test import Client

from registration.models import Meeting
from registration.states import Decision
from tests.cast import SubmissionFactory
from tests.pages import sign_up
from tests.strangers import FORMS, answers, launch


def known_and_new(count: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of so many sign-ups of each kind, by the form: of ``new`` addresses, and of others by what was
    decided about them; then of the same form sent once more, by whether the address was new the first time.
    """
    told = {}
    for approval, questions in FORMS:
        form = f"{approval}, {questions} questions"
        told[form] = _first_times(launch(approval, questions=questions), count)
        told[f"{form}, the same once more"] = _second_times(launch(approval, questions=questions), count)
    return told


class _Times:
    """Milliseconds that works of some kinds took."""

    def __init__(self, names: Sequence[str]) -> None:
        self.taken: dict[str, list[float]] = {name: [] for name in names}

    def in_turn(self, number: int) -> list[str]:
        """The names, another one first for each number: what comes right after people were made finds the machine's
        caches full of that.
        """
        names = list(self.taken)
        first = number % len(names)
        return names[first:] + names[:first]

    def take(self, name: str, work: Callable[[], object]) -> None:
        """Do it, and take its time."""
        began = time.perf_counter()
        work()
        self.taken[name].append((time.perf_counter() - began) * 1000)


def _first_times(meeting: Meeting, count: int) -> dict[str, list[float]]:
    times, send = _Times(["new", *Decision.values]), _sender(meeting)
    for number in range(count):
        for decision in Decision:
            SubmissionFactory(meeting=meeting, email=f"{decision}{number}@example.com", decision=decision)
        for name in times.in_turn(number):
            times.take(name, partial(send, f"{name}{number}@example.com"))
    return times.taken


def _second_times(meeting: Meeting, count: int) -> dict[str, list[float]]:
    times, send = _Times(["new", "known"]), _sender(meeting)
    for number in range(count):
        SubmissionFactory(meeting=meeting, email=f"known{number}@example.com")
        for name in times.in_turn(number):
            send(f"{name}{number}@example.com")
            times.take(name, partial(send, f"{name}{number}@example.com"))
    return times.taken


def _sender(meeting: Meeting) -> Callable[[str], None]:
    client, form = Client(), answers(meeting)

    def send(email: str) -> None:
        assert sign_up(client, meeting, email=email, **form).status_code == 302

    send("first@example.com")
    return send
