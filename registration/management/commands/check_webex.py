"""Says whether the portal can work with Webex, and with each meeting there."""

import json
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import probe
from registration.flow.probe import Finding
from registration.management.delivery import WebexCommand


class Command(WebexCommand):
    """``manage.py check_webex``: see its help."""

    help = _(
        "Tries the access token and, for each meeting named (otherwise each upcoming one that has a Webex id), the "
        "meeting and its registration form. Says what works, what is wrong and what to do. Changes nothing."
    )

    def handle(self, **options: Any) -> None:
        """Probe and print. Raises ``CommandError`` with the exit status where something is wrong."""
        meetings = self.meetings(options)
        if not options["slugs"]:
            meetings = meetings.filter(end_at__gt=timezone.now()).exclude(webex_id="")
        findings = []
        with self.client() as client:
            for finding in probe.run(meetings, client=client):
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
        self.stdout.write(f"{mark}  {finding.subject or _('account')}: {finding.words}")


def _as_json(finding: Finding) -> dict[str, object]:
    return {"meeting": finding.subject, "words": finding.words, "status": finding.status.value}
