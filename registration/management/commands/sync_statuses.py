"""Reads back the status of registered people from Webex."""

import json
import sys
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import sync
from registration.management.delivery import WebexCommand
from registration.states import WebexStatus


class Command(WebexCommand):
    """``manage.py sync_statuses``: see the class's help."""

    help = _("Reads from Webex whether registered people are approved, pending or rejected there.")

    def handle(self, **options: Any) -> None:
        """Sync, print what was seen, and exit with the status for cron."""
        with self.client() as client:
            report = sync.statuses(self.meetings(options), client=client)
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
        for problem in report.problems:
            self.stderr.write(problem)
