"""Does what time alone brings about."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.errors import ExitStatus
from registration.flow import periodic
from registration.transfer import run as transfer


class Command(BaseCommand):
    """``manage.py run_periodic``: see the class's help.

    It ends with an exit status for cron. 0: nothing is left to do; 4: something failed, and will be tried again.
    """

    help = _(
        "Ends registrations whose addresses were not confirmed in time and offers that nobody took, moves the waiting "
        "lists up, writes reminders, and goes on with exports and imports whose process was killed. Safe to run at any "
        "time, also several times at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--json``."""
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object."))

    def handle(self, **options: Any) -> None:
        """Do what is due, print what that was, and exit with the status for cron."""
        also = {} if settings.QUEUE else {"exports and imports": transfer.take_up}
        done = periodic.run(at=timezone.now(), also=also)
        problems = [
            _("Not done: %(what)s (%(problem)s).") % {"what": what, "problem": kind}
            for what, kind in done.problems.items()
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"this_run": dict(done.counts), "problems": problems}))
        else:
            for line in _lines(done):
                self.stdout.write(line)
            for problem in problems:
                self.stderr.write(problem)
        if problems:
            sys.exit(ExitStatus.TRY_AGAIN_LATER)


def _lines(done: periodic.Done) -> list[str]:
    words = {
        "unconfirmed": ngettext(
            "%(count)d registration ended: its address was not confirmed in time.",
            "%(count)d registrations ended: their addresses were not confirmed in time.",
            done.counts["unconfirmed"],
        ),
        "offers": ngettext(
            "%(count)d offered place was not taken in time.",
            "%(count)d offered places were not taken in time.",
            done.counts["offers"],
        ),
        "moved_up": ngettext(
            "%(count)d person moved up from the waiting list.",
            "%(count)d people moved up from the waiting list.",
            done.counts["moved_up"],
        ),
        "reminders": ngettext("%(count)d reminder written.", "%(count)d reminders written.", done.counts["reminders"]),
        "jobs": ngettext(
            "%(count)d export or import gone on with.",
            "%(count)d exports or imports gone on with.",
            done.counts["jobs"],
        ),
    }
    told = [words[key] % {"count": done.counts[key]} for key in words if done.counts[key]]
    return told or ([] if done.problems else [_("Nothing was due.")])
