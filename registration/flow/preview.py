"""What the next push would send: the dry run. Writes nothing and calls nobody."""

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Protocol

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.flow import queries, regions
from registration.models import Meeting, Submission
from registration.models.submission import TO_ERASE
from registration.registrant import answers_of, registrant_of
from registration.states import CHANGES, Decision, Presence, Step
from registration.webex import client

_BULK_INSERT = "bulkInsert"
_MAILED_ABOUT = {
    client.CHANGES["approve"]: gettext_lazy("their approval"),
    client.CHANGES["reject"]: gettext_lazy("their rejection"),
    client.CHANGES["move_to_pending"]: gettext_lazy("being moved back to pending"),
    client.CHANGES["remove"]: gettext_lazy("their removal"),
    _BULK_INSERT: gettext_lazy("their registration"),
}


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

    @property
    def people_again(self) -> int:
        """How many of its people an earlier call of the same push removes: those who were corrected."""
        return sum(map(self.is_again, self.people))

    def is_again(self, person: Submission) -> bool:
        """Whether the person is registered anew by this call, once another has removed them."""
        return self.verb == _BULK_INSERT and person.presence == Presence.REGISTERED


def calls(meetings: QuerySet[Meeting], *, at: datetime) -> Iterator[Call]:
    """The calls that change something at Webex which a push at ``at`` would make, as the data is now, one at a time.

    People whose outcome is unknown are looked up first by a real push, which may make more calls due. Whoever was
    corrected is in two calls: the one that removes them, and the one that registers them anew.
    """
    for meeting in queries.deliverable_meetings(meetings, at=at):
        for step in CHANGES:
            for condition in regions.parts(step, meeting.policy):
                yield from _changes(meeting, step, condition)
        for people in _batches(_registered(meeting)):
            answers, send_email = answers_of(people), meeting.send_email
            items = [registrant_of(p, answers=answers[p.pk], send_email=send_email).to_json() for p in people]
            yield Call(meeting, _BULK_INSERT, people, {"items": items})
    for meeting in queries.erasing_meetings(meetings, at=at):
        yield from _changes(meeting, Step.REMOVE, TO_ERASE)


def _changes(meeting: Meeting, step: Step, condition: Q) -> Iterator[Call]:
    for people in _batches(_changed(meeting, step, condition)):
        registrants = [{"id": person.registrant_id} for person in people]
        body: dict[str, object] = {"sendEmail": meeting.send_email, "registrants": registrants}
        yield Call(meeting, client.CHANGES[step.name.lower()], people, body)


def write_text(planned: Iterable[Call], out: Writer) -> None:
    """Tell a person what would be sent, and at the end how many people Webex would be asked to mail about what."""
    count = people_count = 0
    mailed: Counter[str] = Counter()
    for call in planned:
        count, people_count = count + 1, people_count + len(call.people) - call.people_again
        mailed += _mailed(call)
        mails = _("Webex mails them") if call.meeting.send_email else _("Webex does not mail them")
        pause = f"; {_('paused')}" if call.meeting.is_paused else ""
        out.write(f"{call.line}  ({call.meeting}; {mails}{pause})")
        for person in call.people:
            email = person.email if call.verb == _BULK_INSERT else person.sent_email or person.email
            note = f"  ({_('again, as corrected')})" if call.is_again(person) else ""
            out.write(f"  {person.reference}  {person.full_name} <{email}>{note}")
    people = ngettext("%(count)d person would be sent", "%(count)d people would be sent", people_count)
    requests = ngettext("in %(count)d call.", "in %(count)d calls.", count)
    out.write(f"{people % {'count': people_count}} {requests % {'count': count}} {_('Nothing was sent.')}")
    if mailed:
        out.write(_("Webex would be asked to mail people about:"))
    for verb, words in _MAILED_ABOUT.items():
        if mailed[verb]:
            out.write(f"  {mailed[verb]:>6}  {words} ({verb})")


def write_json(planned: Iterable[Call], out: Writer) -> None:
    """Tell a script what would be sent: one JSON object, ``{"calls": [{"request": …, "body": …}], "mails": {…}}``.

    ``mails``: how many people Webex would be asked to mail, by the verb of the call.
    """
    mailed: Counter[str] = Counter()
    shown = []
    for call in planned:
        mailed += _mailed(call)
        shown.append({"request": call.line, "body": call.body})
    out.write(json.dumps({"calls": shown, "mails": mailed}))


def _mailed(call: Call) -> Counter[str]:
    return Counter({call.verb: len(call.people)} if call.meeting.send_email else {})


def _changed(meeting: Meeting, step: Step, condition: Q) -> Iterator[Submission]:
    """Those for whom the step is due; whom Webex was asked to change, and did not, it is not asked about again."""
    return _in_order(meeting.submissions.filter(condition).exclude(queries.was_asked(step)))


def _registered(meeting: Meeting) -> Iterator[Submission]:
    """Who is to be registered, and who is to be registered anew once they have been removed."""
    new = [
        _in_order(meeting.submissions.filter(condition)) for condition in regions.parts(Step.REGISTER, meeting.policy)
    ]
    anew = [
        _changed(meeting, Step.REMOVE, condition & Q(decision=Decision.APPROVED, erase_asked_at=None))
        for condition in regions.parts(Step.REMOVE, meeting.policy)
    ]
    return heapq.merge(*new, *anew, key=attrgetter("pk"))


def _in_order(due: QuerySet[Submission]) -> Iterator[Submission]:
    """The people in the order of their keys, read a batch at a time."""
    due = due.order_by("pk")
    last = 0
    while people := list(due.filter(pk__gt=last)[: settings.WEBEX_BATCH_SIZE]):
        yield from people
        last = people[-1].pk


def _batches(people: Iterator[Submission]) -> Iterator[list[Submission]]:
    while batch := list(islice(people, settings.WEBEX_BATCH_SIZE)):
        yield batch
