"""What the next push would send: the dry run. Writes nothing and calls nobody."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import queries
from registration.models import Meeting, Submission
from registration.registrant import registrant_of
from registration.states import CHANGES, Step
from registration.webex import client


class Writer(Protocol):
    """Where the preview is written: a command's standard output."""

    def write(self, text: str) -> object:
        """Write a line."""


@dataclass(frozen=True)
class Call:
    """One call that would be made: what it asks of Webex for whom, and its body."""

    meeting: Meeting
    verb: str
    people: list[Submission]
    body: dict[str, object]

    @property
    def line(self) -> str:
        """The request line, with Webex's parameters."""
        parameters = []
        if self.meeting.current:
            parameters.append("current=true")
        if self.meeting.host_email_parameter:
            parameters.append(f"hostEmail={self.meeting.host_email_parameter}")
        query = f"?{'&'.join(parameters)}" if parameters else ""
        return f"POST /meetings/{self.meeting.webex_id}/registrants/{self.verb}{query}"


def calls(meetings: QuerySet[Meeting], *, at: datetime) -> Iterator[Call]:
    """The calls that change something at Webex which a push at ``at`` would make, as the data is now, one at a time.

    People whose outcome is unknown are looked up first by a real push, which may make more calls due.
    """
    for meeting in queries.deliverable_meetings(meetings, at=at):
        for step in CHANGES:
            for people in _batches(meeting, step):
                registrants = [{"id": person.registrant_id} for person in people]
                body: dict[str, object] = {"sendEmail": meeting.send_email, "registrants": registrants}
                yield Call(meeting, client.CHANGES[step.name.lower()], people, body)
        for people in _batches(meeting, Step.REGISTER):
            items = [registrant_of(person, send_email=meeting.send_email).to_json() for person in people]
            yield Call(meeting, "bulkInsert", people, {"items": items})


def _batches(meeting: Meeting, step: Step) -> Iterator[list[Submission]]:
    due = meeting.submissions.filter(queries.needing(step, meeting.policy)).order_by("pk")
    due = due.prefetch_related("answers__question", "answers__option")
    last = 0
    while people := list(due.filter(pk__gt=last)[: settings.WEBEX_BATCH_SIZE]):
        yield people
        last = people[-1].pk


def write_text(planned: Iterable[Call], out: Writer) -> None:
    """Tell a person what would be sent."""
    count = people_count = 0
    for call in planned:
        count, people_count = count + 1, people_count + len(call.people)
        mails = _("Webex mails them") if call.meeting.send_email else _("Webex does not mail them")
        out.write(f"{call.line}  ({call.meeting}; {mails})")
        for person in call.people:
            out.write(f"  {person.reference}  {person.full_name} <{person.email}>")
    people = ngettext("%(count)d person would be sent", "%(count)d people would be sent", people_count)
    requests = ngettext("in %(count)d call.", "in %(count)d calls.", count)
    out.write(f"{people % {'count': people_count}} {requests % {'count': count}} {_('Nothing was sent.')}")


def write_json(planned: Iterable[Call], out: Writer) -> None:
    """Tell a script what would be sent: one JSON object, ``{"calls": [{"request": …, "body": …}]}``."""
    out.write(json.dumps({"calls": [{"request": call.line, "body": call.body} for call in planned]}))
