"""`manage.py webex_sandbox`: run the Webex sandbox until it is told to stop."""

import argparse
import os
import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from registration.sandbox import seed
from registration.sandbox.server import SandboxServer


class Command(BaseCommand):
    """Serves until SIGTERM or SIGINT, and then exits with 0. Needs no database."""

    help = "Run a stand-in for Webex, with sample meetings, for trying the portal. It keeps nothing."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; all have defaults."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=_port, default=8001, help="port; 0 takes a free one (default: %(default)s)")
        parser.add_argument("--latency", type=_seconds, default=0.0, metavar="SECONDS", help="wait before every answer")
        parser.add_argument(
            "--auto-accept",
            action="store_true",
            help="approve everybody whom no approval rule decides on, whatever the form says",
        )
        parser.add_argument(
            "--rate-limit",
            type=_positive,
            metavar="PER_MINUTE",
            help="answer 429 when there are more calls than this in a minute",
        )
        parser.add_argument("--token", help="the only good access token (default: any is)")

    def handle(self, **options: Any) -> None:
        """Serve; raises `CommandError` where the address cannot be had."""
        ended = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())
        server = SandboxServer(
            host=options["host"],
            port=options["port"],
            latency_seconds=options["latency"],
            auto_accept=options["auto_accept"] or None,
            rate_limit_per_minute=options["rate_limit"],
            token=options["token"],
        )
        try:
            server.start()
        except OSError as error:
            raise CommandError(
                _(
                    "The sandbox cannot listen on %(host)s, port %(port)s: %(reason)s. "
                    "Choose another with --host and --port."
                )
                % {"host": options["host"], "port": options["port"], "reason": _reason(error)}
            ) from None
        try:
            self._announce(server)
            ended.wait()
        finally:
            server.stop()
        self.stdout.write(_("The Webex sandbox has stopped."))

    def _announce(self, server: SandboxServer) -> None:
        samples = {
            seed.PRODUCT_LAUNCH_ID: _("webinar with every field and type of question"),
            seed.OPEN_HOUR_ID: _("meeting that accepts everybody"),
            seed.TEAM_MEETING_ID: _("meeting without registration"),
            seed.PERSONAL_ROOM_ID: _("personal room"),
        }
        lines = [
            _("The Webex sandbox is running. It is no Webex: nobody is registered and no mail is sent."),
            _("Its page:    %(url)s") % {"url": server.page_url},
            _("The portal:  WEBEX_BASE_URL=%(url)s") % {"url": server.url},
            _("Meetings:"),
            *(f"  {meeting_id}  {words}" for meeting_id, words in samples.items()),
            _("Stop it with Ctrl-C."),
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _reason(error: OSError) -> str:
    """The system's own words, without the address that Python puts behind them."""
    # Name look-ups have numbers of their own below zero.
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)


def _port(text: str) -> int:
    return _within(text, lowest=0, highest=65535)


def _positive(text: str) -> int:
    return _within(text, lowest=1, highest=10**9)


def _within(text: str, *, lowest: int, highest: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = lowest - 1
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"must be a whole number from {lowest} to {highest}")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 600:
        raise argparse.ArgumentTypeError("must be a number of seconds from 0 to 600")
    return seconds
