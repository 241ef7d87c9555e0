"""What the commands that talk to Webex have in common."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from registration.accounts import Clients, settings_account
from registration.errors import NotConfigured
from registration.models import Account, Meeting


class WebexCommand(BaseCommand):
    """A command for some or all meetings that ends with an exit status for cron.

    0: nothing is left to do; 1: misconfigured; 3: something waits for a person; 4: something will be tried again.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--meeting`` and ``--json``."""
        parser.add_argument(
            "--meeting",
            action="append",
            dest="slugs",
            metavar="SLUG",
            help=_("Only the meeting with this short name; may be given several times."),
        )
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object."))

    def meetings(self, options: dict[str, Any]) -> QuerySet[Meeting]:
        """The meetings that were named, or all. Raises ``CommandError`` for a name that no meeting has."""
        slugs = options["slugs"]
        if not slugs:
            return Meeting.objects.all()
        unknown = set(slugs) - set(Meeting.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        if unknown:
            raise CommandError(
                _("No meeting has the short name %(slugs)s. The short name is the last part of its address.")
                % {"slugs": ", ".join(sorted(unknown))}
            )
        return Meeting.objects.filter(slug__in=slugs)

    def clients(self, meetings: QuerySet[Meeting]) -> Clients:
        """Clients for the meetings' accounts. Raises ``CommandError`` (exit status 1) where none has a token."""
        in_use = Account.objects.filter(meetings__in=meetings).distinct()
        accounts = list(in_use) if not meetings.filter(account=None).exists() else [*in_use, settings_account()]
        clients = Clients()
        missing = []
        for account in accounts or [settings_account()]:
            try:
                clients.of(account)
            except NotConfigured as error:
                missing.append(str(error.words))
        if len(missing) == max(1, len(accounts)):
            raise CommandError(" ".join(missing))
        return clients
