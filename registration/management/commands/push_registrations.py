"""Registers approved people at Webex."""

import json
import sys
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.errors import ExitStatus
from registration.flow import deliver, preview
from registration.management.delivery import WebexCommand
from registration.report import Report
from registration.states import Presence


class Command(WebexCommand):
    """``manage.py push_registrations``: see the class's help."""

    help = _(
        "Sends approved people to Webex, looks up those whose outcome is unknown, and carries out other decisions "
        "there. Safe to run at any time, also several times at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--dry-run`` and ``--until-done``."""
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help=_("Print what would be sent, and send nothing."))
        parser.add_argument(
            "--until-done",
            type=int,
            metavar="SECONDS",
            help=_("Go on until nothing is left to do, for at most so many seconds."),
        )

    def handle(self, **options: Any) -> None:
        """Run the delivery loop, print what it did, and exit with the status for cron."""
        meetings = self.meetings(options)
        if options["dry_run"]:
            calls = preview.calls(meetings, at=timezone.now())
            if options["json"]:
                preview.write_json(calls, self.stdout)
            else:
                preview.write_text(calls, self.stdout)
            return
        with self.client() as client:
            ends_at = timezone.now() + timedelta(seconds=options["until_done"] or 0)
            report = deliver.push(meetings, client=client)
            while report.exit_status is ExitStatus.TRY_AGAIN_LATER:
                pause = deliver.pause(meetings, report, ends_at=ends_at)
                if pause is None:
                    break
                time.sleep(pause)
                report = deliver.push(meetings, client=client).after(report)
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json()))
        else:
            self._tell(report)
        if report.exit_status:
            sys.exit(report.exit_status)

    def _tell(self, report: Report) -> None:
        sent = report.counts[Presence.REGISTERED]
        words = ngettext(
            "%(count)d person was registered or found at Webex.",
            "%(count)d people were registered or found at Webex.",
            sent,
        )
        self.stdout.write(words % {"count": sent})
        endings = {
            Presence.REGISTERED: _("at Webex"),
            Presence.REFUSED: _("refused by Webex: the reasons are in the admin"),
            Presence.UNCERTAIN: _("with an unknown outcome: looked up by a later run"),
            Presence.SENDING: _("being sent"),
            Presence.ABSENT: _("left to be sent"),
        }
        if any(report.states.values()):
            self.stdout.write(_("Of all approved people:"))
        for presence, text in endings.items():
            if count := report.states.get(presence, 0):
                self.stdout.write(f"  {count:>6}  {text}")
        for problem in report.problems:
            self.stderr.write(problem)
