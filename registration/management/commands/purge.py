"""Deletes what has served its purpose."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.flow import purge


class Command(BaseCommand):
    """``manage.py purge``: see the class's help."""

    help = _(
        "Deletes expired logins, old marks of calls to Webex, the records of old mails, old jobs, and files of exports "
        "and imports. Registrations and batches are kept."
    )

    def handle(self, **options: Any) -> None:
        """Purge, and print how much it was."""
        purged = purge.purge(at=timezone.now())
        words = _(
            "Deleted: %(sessions)d expired logins, %(calls)d marks of calls, %(mails)d mails, %(jobs)d jobs, "
            "%(files)d files of exports and imports."
        )
        self.stdout.write(words % asdict(purged))
