"""Registers approved people at Webex."""

import json
import sys
import time
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import deliver, preview
from registration.management.arguments import seconds
from registration.management.delivery import WebexCommand
from registration.management.progress import progress, stopping
from registration.models import Meeting, Submission
from registration.models.submission import TO_REGISTER
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
            type=seconds,
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
        report = self._push(meetings, until_done=options["until_done"], is_quiet=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json()))
        else:
            self._tell(report)
        if report.exit_status:
            sys.exit(report.exit_status)

    def _push(self, meetings: QuerySet[Meeting], *, until_done: int | None, is_quiet: bool) -> Report:
        """Push once, or again and again until nothing gets further, the time is up, or the process is asked to end."""
        people = Submission.objects.filter(TO_REGISTER, meeting__in=meetings).count()
        with self.clients(meetings) as clients, stopping() as stop, progress(people, is_quiet=is_quiet) as watch:
            run = partial(deliver.push, meetings, clients=clients, stop=stop, watch=watch)
            if until_done is None:
                return run()
            ends_at = time.monotonic() + until_done
            report = run(seconds=until_done)
            while report.is_worth_another and not stop.is_set():
                pause = deliver.pause(report, at=timezone.now())
                if time.monotonic() + pause >= ends_at:
                    break
                watch.waits(pause)
                stop.wait(pause)
                report = run(seconds=ends_at - time.monotonic()).after(report)
            return report

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
        for words in [*report.warnings, *report.problems]:
            self.stderr.write(words)
