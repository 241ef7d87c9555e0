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

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from registration.accounts import Clients  # noqa: E402
from registration.flow import deliver, post, queries  # noqa: E402
from registration.models import Job, Mail, Meeting, MeetingGroup, RoleAssignment, Submission  # noqa: E402
from registration.states import Presence  # noqa: E402
from registration.transfer import run as transfer  # noqa: E402
from tests.benchmarks import seed, seed_staff  # noqa: E402
from tests.benchmarks.inside_strangers import known_and_new  # noqa: E402
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


def export_csv(people: int) -> dict[str, float]:
    """An export of everybody as CSV, through the list’s own button, to its end; the memory is the most ever held."""
    response = _ask_for_export("csv")
    began = time.monotonic()
    size = sum(len(piece) for piece in response.streaming_content)
    return _exported(people, time.monotonic() - began, size)


def export_xlsx(people: int) -> dict[str, float]:
    """The same as a workbook, which is made in the background, and then downloaded."""
    transfer.start = lambda job: None
    _ask_for_export("xlsx")
    began = time.monotonic()
    job = Job.objects.get()
    assert job.total == people
    assert transfer.run(job.pk)
    seconds = time.monotonic() - began
    response: Any = _as_staff().get(f"/admin/exports/{job.pk}/download/")
    size = sum(len(piece) for piece in response.streaming_content)
    job.delete()
    return _exported(people, seconds, size)


def _as_staff() -> Client:
    user, _new = User.objects.get_or_create(username="dana", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


def _ask_for_export(format_name: str) -> Any:
    return _as_staff().post("/admin/registration/submission/export/", {"format": format_name})


def _exported(people: int, seconds: float, size: int) -> dict[str, float]:
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "rate": people / seconds, "megabytes": megabytes, "file_megabytes": size / 1e6}


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


def staff_day(count: int) -> dict[str, Any]:
    """So many submissions in a thousand meetings, and staff who look at them. Returns keys of rows to look at, and the
    cookies of an administrator and of one of fifty meetings.
    """
    rows = seed_staff.staff_day(count)
    return {**{name: str(pk) for name, pk in rows.items()}, "cookies": {name: _cookie(user) for name, user in _staff()}}


def _staff() -> list[tuple[str, User]]:
    reviewer = User.objects.create_user("rita", is_staff=True)
    group = MeetingGroup.objects.create(name="Fifty")
    some = Meeting.objects.filter(end_at__gt=timezone.now()).order_by("pk").values("pk")[:50]
    Meeting.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(group=group)
    RoleAssignment.objects.create(user=reviewer, group=group, role=RoleAssignment.Role.ADMINISTRATOR)
    return [("administrator", User.objects.create_superuser("dana")), ("the administrator of fifty meetings", reviewer)]


def _cookie(user: User) -> str:
    """The cookie of somebody who is signed in, without a page on which they did."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


WORKS: dict[str, Callable[..., object]] = {
    "approved_people": seed.approved_people,
    "settled_people": seed.settled_people,
    "waiting_mails": seed.waiting_mails,
    "push": push,
    "send_mails": send_mails,
    "people_to_export": seed.people_to_export,
    "export_csv": export_csv,
    "export_xlsx": export_xlsx,
    "plan": plan,
    "states": states,
    "open_meeting": open_meeting,
    "owners": owners,
    "known_and_new": known_and_new,
    "staff_day": staff_day,
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(WORKS[sys.argv[1]](*map(int, sys.argv[2:]))))
