"""Places under many requests at the same moment, over HTTP, to a real server of several processes.

However they fall, as many places are taken as there are, and everybody else waits in line, in the order in which
their sign-ups were taken.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from registration import line
from registration.flow import confirm, moves, offers, periodic, places, submit
from registration.models import Mail, Meeting, Submission
from registration.states import Decision
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory, SubmissionFactory
from tests.environment import POSTGRESQL_URL
from tests.pages import HOUR

pytestmark = pytest.mark.django_db(transaction=True)

PLACES = 20
PEOPLE = 60

Post = Callable[[str, dict[str, str]], int]


@pytest.fixture(autouse=True)
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that other threads and processes can use."""
    with database_for_threads(tmp_path):
        yield


@contextmanager
def portal() -> Iterator[Post]:
    """The portal under gunicorn, two processes of four threads each. Posts to a page, with the token that it gives."""
    name = connection.settings_dict["NAME"]
    is_on_sqlite = connection.vendor == "sqlite"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{name}" if is_on_sqlite else f"{POSTGRESQL_URL.rpartition('/')[0]}/{name}",
        "LOG_LEVEL": "ERROR",
    }
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        flags = [f"--bind=fd://{listening.fileno()}", "--workers=2", "--threads=4", "--log-level=error"]
        command = [sys.executable, "-m", "gunicorn", *flags, "--no-control-socket", "portal.wsgi"]
        server = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, pass_fds=[listening.fileno()], stderr=subprocess.DEVNULL
        )
    try:
        _wait_for(address)
        yield lambda page, form: _post(address + page, form)
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str) -> None:
    for _attempt in range(300):
        try:
            if requests.get(f"{address}/healthz", timeout=30).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError


def _post(page: str, form: dict[str, str]) -> int:
    """The status with which the form was answered; 0 where the page has no form any more."""
    with requests.Session() as visitor:
        shown = visitor.get(page, timeout=120).text
        tokens = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
        if not tokens:
            return 0
        data = form | {"csrfmiddlewaretoken": tokens[0]}
        headers = {"Referer": page}
        return visitor.post(page, data, headers=headers, timeout=120, allow_redirects=False).status_code


def sign_up(post: Post, meeting: Meeting, number: int) -> int:
    form = {"first_name": "Ann", "last_name": f"Number {number}", "email": f"person{number}@example.com"}
    return post(meeting.get_absolute_url(), form)


def meeting_with(**facts: Any) -> Meeting:
    return MeetingFactory(**{"capacity": PLACES, "waiting_list": "at_once"} | facts)


def counts(meeting: Meeting) -> Counter[str]:
    return Counter(meeting.submissions.values_list("decision", flat=True))


def placed(meeting: Meeting) -> int:
    return meeting.submissions.filter(places.TAKES_A_PLACE).count()


def since(people: QuerySet[Submission]) -> list[datetime]:
    """Since when each has been on the waiting list, or was before, in order."""
    return sorted(at for at in people.values_list("in_line_since", flat=True) if at)


def told(meeting: Meeting) -> Counter[str]:
    return Counter(Mail.objects.filter(submission__meeting=meeting).values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({}, {"received": PLACES, "waitlisted": PEOPLE - PLACES}),
        ({"confirms_address": True, "waiting_list": "offer"}, {"confirm": PEOPLE}),
    ],
)
def test_as_many_get_a_place_as_there_are_and_the_others_wait_in_the_order_in_which_they_came(
    facts: dict[str, Any], kinds: dict[str, int]
) -> None:
    meeting = meeting_with(**facts)
    with portal() as post, ThreadPoolExecutor(PEOPLE) as visitors:
        answers = list(visitors.map(lambda number: sign_up(post, meeting, number), range(PEOPLE)))
    assert answers == [302] * PEOPLE
    assert counts(meeting) == {"waiting": PLACES, "waitlisted": PEOPLE - PLACES}
    assert told(meeting) == kinds
    # Rows are stored one after the other, under the meeting's lock: whoever came first has the smaller key.
    in_order = list(meeting.submissions.order_by("pk").values_list("decision", flat=True))
    assert in_order == ["waiting"] * PLACES + ["waitlisted"] * (PEOPLE - PLACES)
    in_line = list(meeting.submissions.filter(decision="waitlisted").values_list("pk", flat=True))
    assert sorted(line.positions(in_line).values()) == list(range(1, PEOPLE - PLACES + 1))


def test_without_a_waiting_list_everybody_else_is_turned_away() -> None:
    meeting = meeting_with(waiting_list="none")
    with portal() as post, ThreadPoolExecutor(PEOPLE) as visitors:
        answers = Counter(visitors.map(lambda number: sign_up(post, meeting, number), range(PEOPLE)))
    assert answers.keys() <= {302, 409, 0}
    assert (answers[302], counts(meeting)) == (PLACES, {"waiting": PLACES})


def test_offers_are_taken_and_left_at_the_same_moment_over_http() -> None:
    meeting = meeting_with(capacity=10, waiting_list="offer")
    ends_at = timezone.now() + HOUR
    offered = [
        SubmissionFactory(meeting=meeting, decision=Decision.OFFERED, offer_ends_at=ends_at, in_line_since=ends_at)
        for _ in range(10)
    ]
    SubmissionFactory.create_batch(15, meeting=meeting, decision=Decision.WAITLISTED)
    # Everybody presses each button twice.
    deeds = [(person, answer) for person in offered for answer in ("take", "leave") * 2]
    with portal() as post, ThreadPoolExecutor(len(deeds)) as visitors:
        pages = {person: f"{person.get_absolute_url()}place/" for person in offered}

        answers = visitors.map(lambda deed: post(pages[deed[0]], {"answer": deed[1]}), deeds)
        assert set(answers) <= {302, 0}
    for person in offered:
        [kind] = person.mails.values_list("kind", flat=True)
        person.refresh_from_db()
        assert person.decision == {"moved_up": "waiting", "cancelled": "cancelled"}[kind]
    left = sum(person.decision == "cancelled" for person in offered)
    assert counts(meeting) == Counter(
        {"waiting": 10 - left, "cancelled": left, "offered": left, "waitlisted": 15 - left}
    )
    assert told(meeting)["offered"] == left


@pytest.mark.parametrize("rule", ["at_once", "offer"])
def test_whatever_happens_at_the_same_moment_there_are_never_too_many_and_nobody_is_lost(rule: str) -> None:
    """Sign-ups, cancellations, confirmations, offers that are taken or end, and runs by the clock."""
    meeting = meeting_with(capacity=10, waiting_list=rule)
    now = timezone.now()
    SubmissionFactory.create_batch(5, meeting=meeting, approved=True)
    SubmissionFactory.create_batch(5, meeting=meeting, confirm_by=now)
    SubmissionFactory.create_batch(30, meeting=meeting, decision=Decision.WAITLISTED)
    first = list(meeting.submissions.order_by("pk"))
    most: list[int] = []

    def act(number: int) -> None:
        kind, of_kind = number % 5, number // 5
        if kind == 0:
            values = {"first_name": "Ann", "last_name": "Lee", "email": f"new{of_kind}@example.com"}
            submit.register(meeting, values=values, answers=(), language="en", now=timezone.now())
        elif kind == 1:
            cancel(first[of_kind])
        elif kind == 2:
            confirm.by_owner(first[5 + of_kind % 5].pk, at=now - timedelta.resolution)
        elif kind == 3:
            offers.take(first[10 + of_kind].pk, at=timezone.now())
        else:
            periodic.run(at=timezone.now() + of_kind * 10 * HOUR)
        most.append(placed(meeting))

    def cancel(person: Submission) -> None:
        moves.decide(Submission.objects.filter(pk=person.pk), to=Decision.CANCELLED, at=timezone.now())
        places.fill([meeting.pk], at=timezone.now())

    at_once(25, act)
    assert max(most) <= 10
    # Nobody waits beside a free place, and whoever still waits came after all who moved up.
    in_line = since(meeting.submissions.filter(decision="waitlisted"))
    assert placed(meeting) == 10 or not in_line
    moved = since(meeting.submissions.filter(mails__kind__in=["moved_up", "offered"]))
    assert moved[-1] <= [*in_line, moved[-1]][0]
    # Nobody is lost, and whatever ended was mailed, but for those who cancelled here and who did not confirm.
    assert sum(counts(meeting).values()) == 45
    ended = meeting.submissions.filter(moves__before="offered", moves__after="cancelled").count()
    assert told(meeting)["place_lost"] == ended
    assert told(meeting)["moved_up"] + told(meeting)["offered"] == len(moved)
