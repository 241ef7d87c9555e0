"""Seals the stored secrets of all Webex accounts with the first of the TOKEN_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.accounts import seal
from registration.errors import ExitStatus, NotConfigured
from registration.models import Account

_SEALED = ("client_secret_sealed", "access_token_sealed", "refresh_token_sealed")


class Command(BaseCommand):
    """``manage.py rotate_token_keys``: see its help. Exit status 0 done, 1 misconfigured, 3 some cannot be read."""

    help = _(
        "Seals the stored secrets of all Webex accounts with the first of the TOKEN_KEYS. To replace a key, put the "
        "new one first, restart everything that runs, run this, and take the old one out."
    )

    def handle(self, **options: Any) -> None:
        """Seal anew. What is renewed at the same moment stays as the renewal stores it: with the first key, too."""
        if problem := seal.keys_problem():
            raise CommandError(problem, returncode=ExitStatus.MISCONFIGURED)
        secrets, unreadable = 0, []
        for account in Account.objects.order_by("pk"):
            try:
                secrets += sum(_reseal(account, column) for column in _SEALED)
            except NotConfigured as error:
                unreadable.append(f"{account}: {error.words}")
        if unreadable:
            raise CommandError("\n".join(unreadable), returncode=ExitStatus.NEEDS_A_PERSON)
        self.stdout.write(ngettext("Sealed anew: %d secret.", "Sealed anew: %d secrets.", secrets) % secrets)


def _reseal(account: Account, column: str) -> int:
    """Seal one secret anew, unless it is another one by now. Returns how many were: one, or none."""
    before = getattr(account, column)
    if not before:
        return 0
    return Account.objects.filter(pk=account.pk, **{column: before}).update(**{column: seal.resealed(before)})
