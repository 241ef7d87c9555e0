"""Shows the whole main job on this machine, without a Webex account."""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import gettext as _

from registration.demo import run, surroundings
from registration.errors import PortalError
from registration.models import Submission
from registration.sandbox.server import SandboxServer


class Command(BaseCommand):
    """``manage.py demo``: see the class's help."""

    help = _("Shows the main job with a Webex sandbox and made-up people, then serves the portal to try it.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--once``."""
        parser.add_argument("--once", action="store_true", help=_("End when everything was shown, instead of serving."))

    def handle(self, **options: Any) -> None:
        """Run the demonstration in settings of its own. Ends with 1 and the reason if anything falls short."""
        folder = settings.BASE_DIR / "var" / "demo"
        if surroundings.MARK not in os.environ:
            _begin(folder, is_once=options["once"])
        signal.signal(signal.SIGTERM, _end)
        try:
            with surroundings.only_one(folder):
                self._show(options["once"])
        except surroundings.PortTaken:
            # Another one was started at the same moment, say: with other ports.
            _begin(folder, is_once=options["once"])
        except PortalError as error:
            raise CommandError(error.words) from error
        except KeyboardInterrupt:
            self.stdout.write(_("\nThe demonstration has ended. The next one starts clean."))

    def _show(self, is_once: bool) -> None:
        folder, port = settings.BASE_DIR / "var" / "demo", int(os.environ[surroundings.MARK])
        with (
            surroundings.listening(settings.SITE_URL) as listener,
            surroundings.sandbox_on(port, token=settings.WEBEX_ACCESS_TOKEN) as sandbox,
        ):
            if surroundings.start_clean(folder):
                self.stdout.write(_("Starting clean: what an earlier demonstration left in var/demo is gone."))
            demo = run.Demo(self.stdout, folder, sandbox)
            demo.prepare()
            with run.portal_serving(listener):
                demo.run()
                if not is_once:
                    self._invite(demo, sandbox)
                    self.stdout.write(_("\nServing. End with Ctrl+C."))
                    demo.keep_up_for_ever()

    def _invite(self, demo: run.Demo, sandbox: SandboxServer) -> None:
        somebody = Submission.objects.earliest("pk")
        places = [
            (_("The portal"), settings.SITE_URL + "/"),
            (_("Sign up yourself"), settings.SITE_URL + somebody.meeting.get_absolute_url()),
            (_("An attendee’s own page"), run.own_page_of(somebody)),
            (_("The staff’s side"), f"{settings.SITE_URL}/admin/"),
            (_("    user, password"), f"{run.STAFF}, {demo.password}"),
            (_("The sandbox, where you are the Webex host"), sandbox.page_url),
            (_("    the access token that it takes"), settings.WEBEX_ACCESS_TOKEN),
            (_("Mails, to read in the browser"), settings.SITE_URL + reverse("admin:registration_mail_kept")),
            (_("    and as files"), str(demo.folder / "mail")),
        ]
        self.stdout.write("")
        for label, place in places:
            self.stdout.write(f"  {label:<44}{place}")
        self.stdout.write(
            _(
                "\nTry: sign up, approve yourself in the admin, press “Push to Webex now”, approve yourself at the "
                "sandbox as its host, press “Sync statuses now”, and look at your own page (its link is in the mail, "
                "which the staff’s side shows under “Kept mails”). Then give the meeting places and a waiting list, "
                "or have addresses confirmed, and sign up some more."
            )
        )


def _begin(folder: Path, *, is_once: bool) -> NoReturn:
    """This very command, anew, in the settings of the demonstration."""
    arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", *(["--once"] if is_once else [])]
    os.execve(sys.executable, arguments, surroundings.environment(folder))  # noqa: S606


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
