"""What the commands that talk to Webex have in common."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from registration.account import webex_client
from registration.errors import NotConfigured
from registration.models import Meeting
from registration.webex.client import WebexClient


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

    def client(self) -> WebexClient:
        """A client for the configured account. Raises ``CommandError`` (exit status 1) without a token."""
        try:
            return webex_client()
        except NotConfigured as error:
            raise CommandError(error.words) from error
