"""The command that cron runs to send mails: what it tells, and what becomes of the mails when it is ended."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail as outgoing
from django.utils import timezone
from pytest_django import Settings

from registration.flow import post
from registration.models import Mail, Submission
from registration.sandbox.server import SandboxServer
from tests.at_once import database_for_threads
from tests.delivery.processes import Process, processes
from tests.smtp import Handler, mail_server
from tests.test_post import people
from tests.test_push_registrations import run

pytestmark = pytest.mark.django_db

MANY = 60


def test_it_says_what_it_did() -> None:
    people("ann", "bo")
    assert run("send_mails") == (0, "2 mails sent.\n", "")
    assert run("send_mails") == (0, "0 mails sent.\n", "")


def test_what_is_tried_again_later_is_no_matter_for_a_person(settings: Settings) -> None:
    people("ann", "bo")
    with mail_server(settings) as server:
        server.refused.add("bo@example.com")
        assert run("send_mails") == (
            4,
            "1 mail sent.\n       1  waiting for a later run\n",
            "1 mail could not be sent, and is tried again later.\n",
        )


def test_whose_mail_was_given_up_is_named_by_their_reference_until_something_is_done_about_it(
    settings: Settings,
) -> None:
    [ann] = people("ann")
    Mail.objects.update(failed_tries=len(post.WAITS))
    words = "1 person’s mail is given up. In the admin, correct the address or send the mail again:"
    with mail_server(settings) as server:
        server.refused.add("ann@example.com")
        for _run in range(2):
            assert run("send_mails") == (3, "0 mails sent.\n", f"{words} {ann.reference}\n")
        server.refused.clear()
        post.again(Submission.objects.all(), at=timezone.now())
        assert run("send_mails") == (0, "1 mail sent.\n", "")


def test_json_is_one_object(settings: Settings) -> None:
    people("ann", "bo", "cy")
    Mail.objects.filter(submission__email="bo@example.com").update(failed_tries=len(post.WAITS))
    with mail_server(settings) as server:
        server.refused |= {"ann@example.com", "bo@example.com"}
        status, out, err = run("send_mails", "--json")
    assert (status, json.loads(out), err) == (
        3,
        {
            "waiting": 1,
            "unreached": 1,
            "this_run": {"sent": 1, "failed": 1, "given_up": 1, "outdated": 0},
            "problems": [],
        },
        "",
    )


def test_where_the_server_is_away_it_says_what_to_look_at(settings: Settings) -> None:
    people("ann")
    with mail_server(settings):
        pass
    words = "The mail server cannot be reached: ConnectionRefusedError. Look at EMAIL_URL."
    assert run("send_mails") == (4, "0 mails sent.\n       1  waiting for a later run\n", f"{words}\n")
    assert json.loads(run("send_mails", "--json")[1])["problems"] == [words]


def test_until_done_waits_for_what_is_due_soon_and_for_nothing_later() -> None:
    people("ann", "bo")
    began = time.monotonic()
    for name, seconds in {"ann": 2, "bo": 600}.items():
        due_at = timezone.now() + timedelta(seconds=seconds)
        Mail.objects.filter(submission__email=f"{name}@example.com").update(due_at=due_at)
    assert run("send_mails", "--until-done", "30")[:2] == (4, "1 mail sent.\n       1  waiting for a later run\n")
    assert [message.to for message in outgoing.outbox] == [["ann@example.com"]]
    assert 1 < time.monotonic() - began < 25


# --- ended on the way -------------------------------------------------------------------------------------------------


@pytest.fixture
def server(settings: Settings, transactional_db: None, tmp_path: Path) -> Iterator[Handler]:
    """A server that takes its time, many mails for it, and a database that other processes can use."""
    with database_for_threads(tmp_path), mail_server(settings, latency_seconds=0.05) as server:
        people(*(f"person{number}" for number in range(MANY)))
        yield server


@pytest.fixture
def running(server: Handler, sandbox: SandboxServer, settings: Settings) -> Iterator[Process]:
    """A run that is at work."""
    with processes(sandbox, EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}") as started:
        process = started.start("manage.py", "send_mails", "--json")
        gives_up_at = time.monotonic() + 100
        while len(server.messages) < 3:
            assert time.monotonic() < gives_up_at, "it sends nothing"
            time.sleep(0.01)
        yield process


def test_the_mails_of_a_run_that_was_killed_are_sent_by_a_later_one_and_one_of_them_twice_at_most(
    server: Handler, running: Process
) -> None:
    running.kill()
    running.wait()
    assert 0 < len(server.taken) < MANY, "it was killed too late"
    post.send(Mail.objects.all())
    assert 0 < post.left().waiting <= 20
    with time_machine.travel(timezone.now() + post.LEASE + timedelta(seconds=1)):
        post.send(Mail.objects.all())
    assert (len(server.taken), server.taken.total() <= MANY + 1) == (MANY, True)
    assert not Mail.objects.filter(sent_at=None).exists()


def test_a_run_that_is_told_to_stop_ends_after_the_mail_under_way_and_leaves_the_rest_due(
    server: Handler, running: Process
) -> None:
    running.terminate()
    out, _ = running.communicate(timeout=100)
    sent = json.loads(out)["this_run"]["sent"]
    assert (running.returncode, sent, 0 < sent < MANY) == (4, server.taken.total(), True)
    assert post.send(Mail.objects.all()) == post.Posted(sent=MANY - sent)
    assert (len(server.taken), server.taken.total()) == (MANY, MANY)
