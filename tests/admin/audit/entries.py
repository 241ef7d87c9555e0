"""Reading the audit: the entry for what the administrator did, and what its page tells."""

from django.test import Client

from registration.models import AuditEntry
from tests.admin.pages import page_of, soup, text

LIST = "/admin/registration/auditentry/"
Action = AuditEntry.Action


def the_entry(action: str) -> AuditEntry:
    # That of a push which goes on after the answer has another, of its end.
    entries = AuditEntry.objects.exclude(action=Action.LISTED).exclude(thing__startswith="push ")
    return entries.get(by__username="dana", action=action)


def before_and_after(client: Client, entry: AuditEntry) -> list[list[str]]:
    page = soup(client.get(page_of(entry)))
    return [[text(cell) for cell in row.select("th, td")] for row in page.select(".wide-table tbody tr")]
