"""Sends the mails that wait."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.errors import ExitStatus
from registration.flow import post
from registration.management.arguments import seconds
from registration.management.progress import MAILS, progress, stopping
from registration.models import Mail, Submission

_SERVER_IS_AWAY_SECONDS = 10.0
_MOST_NAMED = 20


class Command(BaseCommand):
    """``manage.py send_mails``: see the class's help.

    It ends with an exit status for cron. 0: no mail waits; 3: somebody's mail was given up, and a person must look;
    4: a mail will be tried again.
    """

    help = _("Sends attendees the mails that are due. Safe to run at any time, also several times at once.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--until-done`` and ``--json``."""
        parser.add_argument(
            "--until-done",
            type=seconds,
            metavar="SECONDS",
            help=_("Go on until no mail is left, for at most so many seconds."),
        )
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object."))

    def handle(self, **options: Any) -> None:
        """Send what is due, print what that was, and exit with the status for cron."""
        done, left = _send(until_done=options["until_done"], is_quiet=options["json"])
        unreached = post.unreached(at=timezone.now())
        count = unreached.count()
        if options["json"]:
            self.stdout.write(json.dumps(_facts(done, left, unreached=count)))
        else:
            self._tell(done, left)
            if count:
                self.stderr.write(_look_at(unreached, count))
        if count:
            sys.exit(ExitStatus.NEEDS_A_PERSON)
        if left.waiting:
            sys.exit(ExitStatus.TRY_AGAIN_LATER)

    def _tell(self, done: post.Posted, left: post.Left) -> None:
        self.stdout.write(ngettext("%(count)d mail sent.", "%(count)d mails sent.", done.sent) % {"count": done.sent})
        if left.waiting:
            self.stdout.write(_("  %(count)6d  waiting for a later run") % {"count": left.waiting})
        if done.failed:
            failed = ngettext(
                "%(count)d mail could not be sent, and is tried again later.",
                "%(count)d mails could not be sent, and are tried again later.",
                done.failed,
            )
            self.stderr.write(failed % {"count": done.failed})
        if done.outdated:
            outdated = ngettext(
                "%(count)d mail was not sent: it is no longer true.",
                "%(count)d mails were not sent: they are no longer true.",
                done.outdated,
            )
            self.stdout.write(outdated % {"count": done.outdated})
        if done.problem:
            self.stderr.write(_away(done.problem))


def _send(*, until_done: int | None, is_quiet: bool) -> tuple[post.Posted, post.Left]:
    """Send once, or again and again until nothing is due soon, the time is up, or the process is asked to end."""
    mails = Mail.objects.all()
    count = post.due(mails, at=timezone.now()).count()
    with stopping() as stop, progress(count, is_quiet=is_quiet, words=MAILS) as watch:
        ends_at = None if until_done is None else time.monotonic() + until_done
        done = post.send(mails, seconds=until_done, stop=stop, settled=watch.settled)
        while (left := post.left()).waiting and ends_at is not None and not stop.is_set():
            pause = _pause(done, left)
            if time.monotonic() + pause >= ends_at:
                break
            watch.waits(pause)
            stop.wait(pause)
            done += post.send(mails, seconds=ends_at - time.monotonic(), stop=stop, settled=watch.settled)
    return done, left


def _pause(done: post.Posted, left: post.Left) -> float:
    """So many seconds until another run may send something."""
    if done.problem or left.next_due_at is None:
        return _SERVER_IS_AWAY_SECONDS
    return max(1.0, (left.next_due_at - timezone.now()).total_seconds())


def _facts(done: post.Posted, left: post.Left, *, unreached: int) -> dict[str, object]:
    """For scripts."""
    return {
        "waiting": left.waiting,
        "unreached": unreached,
        "this_run": {"sent": done.sent, "failed": done.failed, "given_up": done.given_up, "outdated": done.outdated},
        "problems": [_away(done.problem)] if done.problem else [],
    }


def _away(problem: str) -> str:
    return _("The mail server cannot be reached: %(problem)s. Look at EMAIL_URL.") % {"problem": problem}


def _look_at(unreached: QuerySet[Submission], count: int) -> str:
    references = list(unreached.order_by("pk").values_list("reference", flat=True)[:_MOST_NAMED])
    words = ngettext(
        "%(count)d person’s mail is given up. In the admin, correct the address or send the mail again:",
        "%(count)d people’s mails are given up. In the admin, correct the addresses or send the mails again:",
        count,
    )
    named = ", ".join(references) + (", …" if count > len(references) else "")
    return f"{words % {'count': count}} {named}"
