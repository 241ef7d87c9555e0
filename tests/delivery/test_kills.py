"""A process that is killed at any named point of the loop leaves nobody lost and nobody at Webex twice.

Every point has a meeting of its own, in which a process is killed there. One further run then ends what all left.
"""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from registration.accounts import Clients
from registration.flow import correct, deliver, moves
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, Withdrawal
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory
from tests.delivery.killed import Killer, points
from tests.delivery.processes import NOW, Processes, ended, enrol, processes
from tests.sync.people import sign_up_at_webex

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6
SECONDS = "150"
LATE_SECONDS = 3.0


@pytest.fixture
def sandbox(sandbox: SandboxServer) -> SandboxServer:
    """A Webex that registers twice whoever is sent twice."""
    sandbox.store.duplicates = "second_row"
    return sandbox


@pytest.fixture
def killing(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Processes]:
    with database_for_threads(tmp_path), processes(sandbox, WEBEX_CONCURRENCY="1") as started:
        yield started


def people_of(meeting: Meeting) -> list[Submission]:
    return list(meeting.submissions.order_by("pk"))


def leave_in_flight(sandbox: SandboxServer, meeting: Meeting, presence: Presence) -> None:
    """A process died in its call long ago; every second person was registered by it."""
    meeting.submissions.update(presence=presence, presence_at=NOW, due_at=NOW, sent_at=NOW, sent_email=F("email"))
    for person in people_of(meeting)[::2]:
        sign_up_at_webex(sandbox, meeting, person.email, firstName=person.first_name)


def decline_some(meeting: Meeting) -> None:
    some = meeting.submissions.filter(pk__in=[person.pk for person in people_of(meeting)[:2]])
    moves.decide(some, to=Decision.DECLINED, at=timezone.now())


def correct_some(meeting: Meeting) -> None:
    by, _ = User.objects.get_or_create(username="dana")
    for person in people_of(meeting)[3:]:
        corrected = {"first_name": "Eva", "email": f"new.{person.email}"}
        correct.correct(person, values=corrected, answers=(), by=by, at=timezone.now())


def prepare(sandbox: SandboxServer, scene: str, meetings: list[Meeting]) -> None:
    """Bring about what is to be done in the meetings when the process comes."""
    for meeting in meetings:
        sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
        enrol(meeting, range(PEOPLE))
    if scene in ("reject", "remove"):
        with Clients() as clients:
            deliver.push(Meeting.objects.filter(pk__in=[meeting.pk for meeting in meetings]), clients=clients)
    for meeting in meetings:
        if scene in ("look_up", "lease"):
            leave_in_flight(sandbox, meeting, Presence.SENDING if scene == "lease" else Presence.UNCERTAIN)
        if scene in ("reject", "remove"):
            decline_some(meeting)
        if scene == "remove":
            correct_some(meeting)


def expected_at_webex(meeting: Meeting) -> list[tuple[str, str, str]]:
    """What Webex must hold in the end, by what was decided."""
    rows = [(person.email_key, person.first_name, person.decision) for person in people_of(meeting)]
    statuses = {Decision.APPROVED: "approved"}
    if meeting.withdrawal == Withdrawal.REJECT:
        statuses[Decision.DECLINED] = "rejected"
    return sorted((email, name, statuses[Decision(what)]) for email, name, what in rows if what in statuses)


def at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[tuple[str, str, str]]:
    registrants = sandbox.store.registrants(meeting.webex_id)
    return sorted((each.email, str(each.row.fields["firstName"]), each.status) for each in registrants)


class Doomed:
    """Processes of which each is killed at a named point of its push, one after the other."""

    def __init__(self, killing: Processes) -> None:
        self._mother = killing.start("-m", "tests.delivery.killed")

    def die(self, point: str, meeting: Meeting) -> int:
        """Push the meeting until the point. Returns how the process ended."""
        orders, ends = self._mother.stdin, self._mother.stdout
        assert orders is not None
        assert ends is not None
        orders.write(
            json.dumps([point, "push_registrations", "--skip-checks", "--meeting", meeting.slug]).encode() + b"\n"
        )
        orders.flush()
        return int(ends.readline())


def scene_of(point: str) -> str:
    return point.partition(":")[0]


# Between the removal and the new registration of a correction, everything that can happen to a registration can.
POINTS = tuple(points(Killer()))
SCENES = [(scene_of(point), point) for point in POINTS] + [
    ("remove", point) for point in POINTS if scene_of(point) in ("register", "look_up")
]


def test_killed_at_every_named_point(sandbox: SandboxServer, killing: Processes) -> None:
    names = {f"{scene} / {point}": (scene, point) for scene, point in SCENES}
    meetings = {
        name: MeetingFactory(withdrawal=Withdrawal.REMOVE if scene == "remove" else Withdrawal.REJECT)
        for name, (scene, _point) in names.items()
    }
    for scene in {scene for scene, _point in names.values()}:
        prepare(sandbox, scene, [meetings[name] for name in names if names[name][0] == scene])

    def die(some: list[str]) -> dict[str, int]:
        doomed = Doomed(killing)
        return {name: doomed.die(names[name][1], meetings[name]) for name in some}

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(die, [list(names)[::2], list(names)[1::2]])
    assert first | second == dict.fromkeys(names, -signal.SIGKILL)

    ended(killing.push("--until-done", SECONDS))

    assert {name: at_webex(sandbox, meetings[name]) for name in names} == {
        name: expected_at_webex(meetings[name]) for name in names
    }
    assert set(Submission.objects.filter(decision=Decision.APPROVED).values_list("presence")) == {("registered",)}


def test_killed_in_a_call_whose_write_lands_seconds_later(sandbox: SandboxServer, killing: Processes) -> None:
    meeting = MeetingFactory()
    prepare(sandbox, "register", [meeting])
    sandbox.faults.add(Fault("bulkInsert", drop=True, land_after_seconds=LATE_SECONDS))
    point = "register: after the body has left"
    assert Doomed(killing).die(point, meeting) == -signal.SIGKILL
    assert at_webex(sandbox, meeting) == []

    ended(killing.push("--until-done", SECONDS))
    assert at_webex(sandbox, meeting) == expected_at_webex(meeting)
