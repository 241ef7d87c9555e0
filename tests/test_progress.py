"""What is seen of a push while it runs: on a terminal, and elsewhere."""

import json
import os
import pty
import re
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from registration.management import progress
from registration.models import Meeting
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory
from tests.delivery.people import approve
from tests.delivery.processes import surroundings

PEOPLE, BATCH_SIZE = 20, 5
ROWS, COLUMNS = 24, 150
LOG_LINE = r"\d{4}-\d\d-\d\d [\d:,]+ INFO registration\.\S+ .+"


@pytest.fixture
def committed(tmp_path: Path) -> Iterator[None]:
    """A database that other processes can use."""
    with database_for_threads(tmp_path):
        yield


def enrol(sandbox: SandboxServer, people: int) -> None:
    """A meeting with so many people to register, about which there is nothing to warn of."""
    meeting: Meeting = MeetingFactory(approval="automatic")
    sandbox.store.add_meeting(
        id=meeting.webex_id, start_at=meeting.start_at, end_at=meeting.end_at, form=Form(auto_accept=True)
    )
    approve(meeting, people)


class Terminal:
    """A terminal of its own, and all that was written to it."""

    def __init__(self) -> None:
        self._master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (ROWS, COLUMNS))
        self._written: list[bytes] = []
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # Linux's way to say that everybody has closed it
            while piece := os.read(self._master, 4096):
                self._written.append(piece)

    def end(self) -> str:
        """What was written, once nobody writes any more."""
        os.close(self.slave)
        self._reader.join()
        os.close(self._master)
        return b"".join(self._written).decode()


def push(sandbox: SandboxServer, *arguments: str, stderr: int) -> tuple[int, str, str]:
    """Exit status, standard output and, where it is a pipe, standard error of a process."""
    environment = os.environ | surroundings(sandbox) | {"WEBEX_BATCH_SIZE": str(BATCH_SIZE), "LOG_LEVEL": "INFO"}
    command = [sys.executable, "manage.py", "push_registrations", *arguments]
    ended = subprocess.run(
        command, cwd=django_settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=stderr, timeout=200
    )
    return ended.returncode, ended.stdout.decode(), (ended.stderr or b"").decode()


@pytest.mark.django_db(transaction=True)
def test_a_terminal_shows_a_bar_and_whole_log_lines_above_it(sandbox: SandboxServer, committed: None) -> None:
    enrol(sandbox, PEOPLE)
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="2"))
    terminal = Terminal()
    status, out, _ = push(sandbox, "--until-done", "30", "--json", stderr=terminal.slave)
    shown = terminal.end()
    assert (status, json.loads(out)["registered"]) == (0, PEOPLE)
    assert f"{PEOPLE}/{PEOPLE} [" in shown
    assert "people/s" in shown
    assert re.search(r"waiting \d s for Webex", shown)
    # What a person sees of a line is what was written after the last return to its beginning.
    *lines, _last = shown.replace("\r\n", "\n").split("\n")
    seen = [line.rpartition("\r")[2] for line in lines]
    assert [line for line in seen if not re.fullmatch(LOG_LINE, line)] == []
    assert sum("action=register" in line for line in seen) == PEOPLE / BATCH_SIZE + 1


@pytest.mark.django_db(transaction=True)
def test_without_a_terminal_there_is_no_bar_and_a_short_run_tells_nothing(
    sandbox: SandboxServer, committed: None
) -> None:
    enrol(sandbox, PEOPLE)
    status, out, err = push(sandbox, stderr=subprocess.PIPE)
    assert (status, out.splitlines()[0]) == (0, f"{PEOPLE} people were registered or found at Webex.")
    assert [line for line in err.splitlines() if not re.fullmatch(LOG_LINE, line)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_long_run_without_a_terminal_tells_now_and_then_how_it_stands_but_not_to_scripts(
    sandbox: SandboxServer,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.3)
    enrol(sandbox, 2)
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="2"))
    call_command("push_registrations", "--until-done", "20", *arguments)
    out, err = capsys.readouterr()
    told = {re.sub(r"\d s", "… s", line) for line in err.splitlines() if not re.fullmatch(LOG_LINE, line)}
    if arguments:
        assert (json.loads(out)["registered"], told) == (2, set())
    else:
        assert "0 of 2 people; waiting … s for Webex" in told
        assert told <= {f"{done} of 2 people{rest}" for done in (0, 2) for rest in ("", "; waiting … s for Webex")}


def wait_for(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Return once a line that is told matches the pattern. Fails where none does."""
    told = ""
    gives_up_at = time.monotonic() + 30
    while not re.search(f"^{line}$", told, re.MULTILINE):
        assert time.monotonic() < gives_up_at, told
        time.sleep(0.02)
        told += capsys.readouterr().err


def test_a_line_says_how_many_and_what_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.1)
    with progress.progress(10_000) as watch:
        watch.settled(1_150)
        watch.settled(50)
        watch.waits(26.9)
        wait_for(r"1,200 of 10,000 people; waiting 2[0-6] s for Webex", capsys)
        watch.settled(8_900)
        wait_for("10,100 of 10,100 people", capsys)


def test_a_line_is_about_mails_where_mails_are_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.1)
    with progress.progress(3, words=progress.MAILS) as watch:
        watch.settled(1)
        watch.waits(29.9)
        wait_for(r"1 of 3 mails; waiting 2\d s for the mail server", capsys)
