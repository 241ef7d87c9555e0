"""Reads back from Webex who is registered, and with which status."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import sync
from registration.management.delivery import WebexCommand
from registration.management.progress import stopping
from registration.states import WebexStatus


class Command(WebexCommand):
    """``manage.py sync_statuses``: see the class's help."""

    help = _("Reads from Webex who is registered there, and whether they are approved, pending or rejected.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--due``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--due",
            action="store_true",
            help=_("Only meetings whose time has come: every five minutes near their start, daily far from it."),
        )

    def handle(self, **options: Any) -> None:
        """Sync, print what was seen, and exit with the status for cron."""
        meetings = self.meetings(options)
        with self.clients(meetings) as clients, stopping() as stop:
            report = sync.statuses(meetings, clients=clients, only_due=options["due"], stop=stop)
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json()))
        else:
            self._tell(report)
        if report.exit_status:
            sys.exit(report.exit_status)

    def _tell(self, report: sync.Report) -> None:
        seen, changed = report.counts["seen"], report.counts["changed"]
        self.stdout.write(
            ngettext("%(count)d person seen at Webex", "%(count)d people seen at Webex", seen) % {"count": seen}
            + ", "
            + ngettext("%(count)d status changed.", "%(count)d statuses changed.", changed) % {"count": changed}
        )
        for status in WebexStatus:
            self.stdout.write(f"  {report.statuses[status]:>6}  {status.label}")
        for words in (*report.drift_words(), *report.alarms, *report.problems):
            self.stderr.write(words)
