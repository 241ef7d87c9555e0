"""`manage.py webex_sandbox`, as a process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from registration.sandbox.server import SandboxServer

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
# A database that cannot be reached: the command must not need one.
ENVIRONMENT = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"}


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The running command and the lines that it printed when it was ready."""
    process = subprocess.Popen(
        [sys.executable, str(MANAGE), "webex_sandbox", *options],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, [process.stdout.readline().strip() for _ in range(9)]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(MANAGE), "webex_sandbox", *options],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_says_where_and_ends_cleanly(how: signal.Signals) -> None:
    with running("--port", "0", "--token", "secret") as (process, lines):
        base_url = lines[2].partition("WEBEX_BASE_URL=")[2]
        answers = [
            requests.get(f"{base_url}/meetings", headers={"Authorization": f"Bearer {token}"}, timeout=20).status_code
            for token in ("secret", "other")
        ]
        process.send_signal(how)
        out, errors = process.communicate(timeout=20)
    page_url = base_url.removesuffix("v1")
    assert lines == [
        "The Webex sandbox is running. It is no Webex: nobody is registered and no mail is sent.",
        f"Its page:    {page_url}",
        f"The portal:  WEBEX_BASE_URL={base_url}",
        "Meetings:",
        "5f0c2a9be1d74c3f8a6b9d2e4f701c35  webinar with every field and type of question",
        "a3d17e5c90b842f6b1c4e8f2d6073a9b  meeting that accepts everybody",
        "c81e4b70f25d49a3960d7b1f3e5a2c68  meeting without registration",
        "e94b6d03a7f14c58b2e05c9a1d8f7362  personal room",
        "Stop it with Ctrl-C.",
    ]
    assert answers == [200, 401]
    assert (process.returncode, out, errors) == (0, "The Webex sandbox has stopped.\n", "")


def test_a_port_that_is_taken_is_said_so() -> None:
    with SandboxServer() as server:
        port = server.port
        done = run("--port", str(port))
    words = (
        f"CommandError: The sandbox cannot listen on 127.0.0.1, port {port}: "
        "Address already in use. Choose another with --host and --port.\n"
    )
    assert (done.returncode, done.stderr) == (1, words)


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "70000"),
        ("--port", "x"),
        ("--latency", "-1"),
        ("--latency", "nan"),
        ("--rate-limit", "0"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options: tuple[str, str]) -> None:
    done = run(*options)
    assert (done.returncode, done.stderr.splitlines()[-1].partition("must be")[1]) == (2, "must be")
