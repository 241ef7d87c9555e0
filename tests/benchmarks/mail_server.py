"""A real mail server in a process of its own: ``python -m tests.benchmarks.mail_server``.

It prints its port, and at the end of its standard input one JSON object: how many mails it was given, to how many
addresses, how many of them had a calendar file, and how many bytes that was.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller

from registration.demo.surroundings import free_port
from tests.benchmarks.surroundings import ROOT


class Counting:
    """Takes every mail and keeps none."""

    def __init__(self) -> None:
        self.mails = self.bytes = self.calendars = 0
        self.addresses: set[str] = set()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails += 1
        self.bytes += len(envelope.content)
        self.calendars += b"text/calendar" in envelope.content
        self.addresses.update(envelope.rcpt_tos)
        return "250 OK"


@dataclass
class MailServer:
    """The server, as seen from outside. ``got`` is filled once it has ended."""

    port: int
    got: dict[str, int] = field(default_factory=dict)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A running server."""
    command = [sys.executable, "-m", "tests.benchmarks.mail_server"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            server = MailServer(int(process.stdout.readline()))
            yield server
            process.stdin.close()
            server.got.update(json.loads(process.stdout.read()))
        except BaseException:
            process.kill()
            raise


def main() -> None:
    """Serve until standard input ends."""
    handler = Counting()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(0))
    controller.start()
    try:
        sys.stdout.write(f"{controller.port}\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        controller.stop()
    facts = {"mails": handler.mails, "addresses": len(handler.addresses), "calendars": handler.calendars}
    sys.stdout.write(json.dumps(facts | {"bytes": handler.bytes}))


if __name__ == "__main__":
    main()
