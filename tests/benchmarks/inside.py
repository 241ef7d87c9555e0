"""What runs in the processes that are measured: ``python -m tests.benchmarks.inside WHAT [NUMBER]`` prints JSON."""

import io
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from registration.accounts import Clients  # noqa: E402
from registration.flow import deliver, post, queries  # noqa: E402
from registration.models import Mail, Meeting, Submission  # noqa: E402
from registration.states import Presence  # noqa: E402
from tests.benchmarks import seed  # noqa: E402
from tests.browser.launch import launch  # noqa: E402

PASSES = 15


def push(until_done: int) -> dict[str, Any]:
    """One run of the command, from its call to its return; the memory is the most that this process ever held."""
    told = io.StringIO()
    began = time.monotonic()
    try:
        call_command("push_registrations", "--json", "--until-done", str(until_done), stdout=told)
        exit_status = 0
    except SystemExit as end:
        exit_status = int(str(end.code))
    return {
        "seconds": time.monotonic() - began,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "exit_status": exit_status,
        "report": json.loads(told.getvalue()),
    }


def plan(people: int) -> dict[str, Any]:
    """Passes over people about whom nothing is to be done: a whole push, and of it the look for busy meetings."""
    assert Submission.objects.count() == people
    meetings = list(queries.deliverable_meetings(Meeting.objects.all(), at=timezone.now()))
    assert len(meetings) == seed.MEETINGS
    with Clients() as clients:

        def pass_over() -> None:
            report = deliver.push(Meeting.objects.all(), clients=clients)
            assert (report.exit_status, report.batches) == (0, 0), report

        pushes = _times(pass_over)
    return {"pushes": pushes, "busy": _times(lambda: queries.busy(meetings))}


def _times(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds: the first, the median and the slowest of several passes."""
    times = []
    for _ in range(PASSES):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return {"first": times[0], "median": statistics.median(times), "slowest": max(times)}


def send_mails(mails: int) -> dict[str, float]:
    """One run over so many mails that wait; the memory is what the process holds on the way and at the end."""
    held: list[float] = []

    def settled(_count: int) -> None:
        held.append(_megabytes() if len(held) % 1000 == 999 else 0)

    began, cpu_began = time.monotonic(), time.process_time()
    done = post.send(Mail.objects.all(), settled=settled)
    seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu_began
    assert len(held) == mails
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "sent": done.sent,
        "megabytes_after_a_thousand": held[999],
        "megabytes": _megabytes(),
    }


def _megabytes() -> float:
    """What the process holds now, in the way of Linux."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def states() -> dict[str, int]:
    """How many people are in each presence."""
    return {presence: Submission.objects.filter(presence=presence).count() for presence in Presence}


def open_meeting() -> dict[str, str]:
    """A meeting to sign up for, with every standard field and a question of each type. Returns the path of its page."""
    return {"path": launch(approval=Meeting.Approval.MANUAL).get_absolute_url()}


def owners(count: int) -> dict[str, list[str]]:
    """So many people who have signed up for such a meeting. Returns the paths of their own pages."""
    return {"paths": seed.owners(launch(approval=Meeting.Approval.MANUAL), count)}


WORKS: dict[str, Callable[..., object]] = {
    "approved_people": seed.approved_people,
    "settled_people": seed.settled_people,
    "waiting_mails": seed.waiting_mails,
    "push": push,
    "send_mails": send_mails,
    "plan": plan,
    "states": states,
    "open_meeting": open_meeting,
    "owners": owners,
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(WORKS[sys.argv[1]](*map(int, sys.argv[2:]))))
