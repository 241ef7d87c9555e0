"""Imports a meeting and its registration form from Webex."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.accounts import Clients
from registration.errors import ExitStatus, ImportRefused, NotConfigured
from registration.flow import form_import
from registration.flow.form_import import Imported
from registration.importing import advice
from registration.models import Account, Meeting


class Command(BaseCommand):
    """``manage.py import_meeting``: see its help. Exit status 0 done, 1 misconfigured, 3 refused, 4 try again later."""

    help = _(
        "Imports a meeting and its registration form from Webex, or brings one that was imported up to date. "
        "Submissions are never touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The id, how Webex is asked for it, and the choices for our side of the meeting."""
        parser.add_argument("webex_id", metavar="WEBEX_ID", help=_("The id of the meeting series, 32 characters."))
        parser.add_argument(
            "--account",
            default="",
            metavar="NAME",
            help=_("The Webex account in whose name Webex is called for this meeting, now and later."),
        )
        parser.add_argument(
            "--host-email", default="", metavar="E", help=_("Act for this host; needs a token with admin scopes.")
        )
        parser.add_argument(
            "--current", action="store_true", help=_("Only the current meeting of the series, in every call.")
        )
        parser.add_argument(
            "--slug", default="", metavar="S", help=_("The short name in the address; otherwise made of the title.")
        )
        parser.add_argument(
            "--approval",
            choices=Meeting.Approval.values,
            help=_("Who approves: a person (the default for a new meeting), nobody, or the approval rules."),
        )
        parser.add_argument("--publish", action="store_true", help=_("Show the sign-up page to visitors at once."))

    def handle(self, **options: Any) -> None:
        """Import, and print what happened. Raises ``CommandError`` with the exit status for cron and scripts."""
        try:
            with Clients() as clients:
                imported = form_import.import_meeting(
                    options["webex_id"],
                    clients=clients,
                    account=_account(options["account"]),
                    host_email=options["host_email"],
                    current=options["current"],
                    slug=options["slug"],
                    approval=options["approval"],
                    publish=options["publish"],
                )
        except NotConfigured as error:
            raise CommandError(error.words, returncode=ExitStatus.MISCONFIGURED) from error
        except ImportRefused as refusal:
            raise CommandError(refusal.words, returncode=advice.exit_status(refusal.__cause__)) from refusal
        self._tell(imported)

    def _tell(self, imported: Imported) -> None:
        meeting = imported.meeting
        words = _("Imported: %s") if imported.is_new else _("Brought up to date: %s")
        self.stdout.write(self.style.SUCCESS(words % meeting.title))
        questions = meeting.questions.filter(is_retired=False).count()
        self.stdout.write(
            ngettext("The form asks %d customized question.", "The form asks %d customized questions.", questions)
            % questions
        )
        if retired := meeting.questions.filter(is_retired=True).count():
            self.stdout.write(
                ngettext("%d question is no longer asked.", "%d questions are no longer asked.", retired) % retired
            )
        for note in imported.notes:
            self.stdout.write(f"- {note}")
        self.stdout.write(_("Sign-up page: %s") % f"{settings.SITE_URL}{meeting.get_absolute_url()}")
        self.stdout.write(_next_thing(meeting))


def _account(name: str) -> Account | None:
    """The account with this name; none where none was named. Raises ``CommandError`` (1) for a name that none has."""
    if not name:
        return None
    if account := Account.objects.filter(name=name).first():
        return account
    names = ", ".join(Account.objects.values_list("name", flat=True)) or _("none")
    words = _("No Webex account has the name “%(name)s”. There are: %(names)s. Add one in the admin.")
    raise CommandError(words % {"name": name, "names": names}, returncode=ExitStatus.MISCONFIGURED)


def _next_thing(meeting: Meeting) -> str:
    if not meeting.is_published:
        return _("Next: look at the meeting in the admin and publish it, or run this again with --publish.")
    return _("Next: give people the address of the sign-up page, and have push_registrations run regularly.")
