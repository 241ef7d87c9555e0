"""Says whether the portal can work with Webex, and with each meeting there."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.accounts import Clients, settings_account
from registration.flow import probe
from registration.flow.probe import Finding
from registration.management.delivery import WebexCommand
from registration.models import Account, Meeting, Submission
from registration.models.submission import BEING_ERASED


class Command(WebexCommand):
    """``manage.py check_webex``: see its help."""

    help = _(
        "Tries each Webex account’s token and, for each meeting named (otherwise each that has a Webex id and is not "
        "over, or where somebody is still to be erased), the meeting and its registration form. Says what works, what "
        "is wrong and what to do. Changes nothing."
    )

    def handle(self, **options: Any) -> None:
        """Probe and print. Raises ``CommandError`` with the exit status where something is wrong."""
        meetings = self.meetings(options).select_related("account")
        if not options["slugs"]:
            erasing = Submission.objects.filter(BEING_ERASED).order_by().values("meeting")
            is_of_use = Q(end_at__gt=timezone.now()) | Q(pk__in=erasing)
            meetings = meetings.filter(is_of_use).exclude(webex_id="")
        accounts = _accounts(list(meetings), is_about_all=not options["slugs"])
        findings = []
        with Clients() as clients:
            for finding in probe.run(accounts, meetings, clients=clients):
                findings.append(finding)
                if not options["json"]:
                    self._tell(finding)
        if options["json"]:
            self.stdout.write(json.dumps({"findings": [_as_json(finding) for finding in findings]}))
        if status := probe.exit_status(findings):
            wrong = sum(not finding.is_good for finding in findings)
            words = ngettext("%d thing is wrong; see above.", "%d things are wrong; see above.", wrong)
            raise CommandError(words % wrong, returncode=status)

    def _tell(self, finding: Finding) -> None:
        mark = self.style.SUCCESS(_("ok")) if finding.is_good else self.style.ERROR(_("wrong"))
        self.stdout.write(f"{mark}  {finding.subject or _named(finding.account)}: {finding.words}")


def _accounts(meetings: list[Meeting], *, is_about_all: bool) -> list[Account]:
    """The meetings' accounts; with ``is_about_all`` those that have no meeting yet as well.

    The account of the settings is among them where a meeting needs it, where it has credentials, or if there is none.
    """
    accounts = {meeting.account.pk: meeting.account for meeting in meetings if meeting.account is not None}
    if is_about_all:
        accounts |= {account.pk: account for account in Account.objects.filter(is_from_settings=False)}
    has_credentials = bool(settings.WEBEX_ACCESS_TOKEN or settings.WEBEX_REFRESH_TOKEN)
    needs_settings = any(meeting.account is None for meeting in meetings) or (is_about_all and has_credentials)
    if needs_settings or not accounts:
        return [settings_account(), *accounts.values()]
    return list(accounts.values())


def _named(account: Account) -> str:
    return _("account") if account.is_from_settings else _("account “%s”") % account


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "account": finding.account.name,
        "meeting": finding.subject,
        "words": finding.words,
        "status": finding.status.value,
    }
