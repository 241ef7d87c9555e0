"""What the next push would send: the dry run. Writes nothing and calls nobody."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.flow import moving_up as line_ahead
from registration.flow import pauses, places, queries, regions, telling
from registration.flow.as_if import once_decided, once_released
from registration.flow.moving_up import Change, Next
from registration.models import Mail, Meeting, Submission
from registration.models.submission import TO_ERASE
from registration.registrant import answers_of, registrant_of
from registration.states import CHANGES, DECIDED_THERE, Decision, Presence, Step
from registration.webex import client

_BULK_INSERT = "bulkInsert"
_MAILED_ABOUT = {
    client.CHANGES["approve"]: gettext_lazy("their approval"),
    client.CHANGES["reject"]: gettext_lazy("their rejection"),
    client.CHANGES["move_to_pending"]: gettext_lazy("being moved back to pending"),
    client.CHANGES["remove"]: gettext_lazy("their removal"),
    _BULK_INSERT: gettext_lazy("their registration"),
}


_PAUSED = gettext_lazy("“%(paused)s” is paused: a push makes no call for it before somebody resumes it. %(reason)s")


class Writer(Protocol):
    """Where the preview is written: a command's standard output."""

    def write(self, text: str) -> object:
        """Write a line."""


_Row = tuple[int, int]
"""The failed calls of a person, and their primary key: in this order people are taken for a call."""

_NEVER_PUT_OFF = timedelta(hours=1)
"""What is put off for longer was put off by a clock that has been set back since."""


@dataclass(frozen=True)
class Planned:
    """One call that would be made, by the primary keys of its people."""

    meeting: Meeting
    verb: str
    pks: list[int]

    def call(self) -> "Call":
        """The call itself: reads its people, and what is sent of them."""
        found = Submission.objects.in_bulk(self.pks)
        people = [found[pk] for pk in self.pks if pk in found]
        return Call(self.meeting, self.verb, people, self._body(people))

    def _body(self, people: list[Submission]) -> dict[str, object]:
        send_email = self.meeting.send_email
        if self.verb != _BULK_INSERT:
            return {"sendEmail": send_email, "registrants": [{"id": person.registrant_id} for person in people]}
        answers = answers_of(people)
        return {"items": [registrant_of(p, answers=answers[p.pk], send_email=send_email).to_json() for p in people]}


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

    def email_of(self, person: Submission) -> str:
        """The address with which the call is about the person: the one that they have there, or are to have."""
        return person.email if self.verb == _BULK_INSERT else person.sent_email or person.email

    def is_again(self, person: Submission) -> bool:
        """Whether the person is registered anew by this call, once another has removed them."""
        return self.verb == _BULK_INSERT and person.presence == Presence.REGISTERED

    @property
    def approved_after(self) -> str:
        """What follows for those whom Webex may leave pending: a call more that approves them. Empty for nobody."""
        count = sum(map(self._is_approved_after, self.people))
        if not count or self.meeting.auto_accept_request:
            return ""
        words = ngettext(
            "%(count)d of them is approved there by one call more, if Webex leaves them pending.",
            "%(count)d of them are approved there by one call more, if Webex leaves them pending.",
            count,
        )
        if self.meeting.send_email:
            words = f"{words} {_('Webex mails them about that, too.')}"
        return words % {"count": count}

    def _is_approved_after(self, person: Submission) -> bool:
        if self.verb != _BULK_INSERT:
            return False
        is_as_before = self.is_again(person) and person.webex_status in DECIDED_THERE
        return self.meeting.approves_pending or person.is_moved_back or is_as_before


def calls(meetings: QuerySet[Meeting], *, at: datetime) -> Iterator[Call]:
    """The calls that change something at Webex which a push at ``at`` would make, as the data is now, one at a time.

    People whose outcome is unknown are looked up first by a real push, which may make more calls due. Whoever was
    corrected is in two calls: the one that removes them, and the one that registers them anew. What is held is not
    released by a push, and so in none of them.
    """
    return (planned.call() for planned in plan(meetings, at=at))


def plan(
    meetings: QuerySet[Meeting], *, at: datetime, is_released: bool = False, moving_up: Collection[Next] = ()
) -> Iterator[Planned]:
    """The same calls, without reading more of their people than their keys.

    ``is_released``: as they would be if all that is held, and can be, was released first; ``moving_up`` are those who
    move up from the waiting list then.
    """
    # To the others, Webex is told what it is told of whoever waits in line: nothing else.
    decided = [each for each in moving_up if each.decision in (Decision.APPROVED, Decision.DECLINED)]
    for meeting in queries.deliverable_meetings(meetings, at=at):
        due = _Due(meeting, at, is_released, decided)
        for step in CHANGES:
            for condition in regions.parts(step, meeting.policy):
                yield from _changes(meeting, step, due.changed(step, condition))
        for pks in _batches(due.registered()):
            yield Planned(meeting, _BULK_INSERT, pks)
    for meeting in queries.erasing_meetings(meetings, at=at):
        yield from _changes(meeting, Step.REMOVE, _Due(meeting, at, is_released=False).changed(Step.REMOVE, TO_ERASE))


def moving_up(meeting: Meeting, *, at: datetime) -> list[Next]:
    """Who moves up from the waiting list if all that is held, and can be, was released: in the order of the line."""
    change, is_filled = Change(), False
    held = meeting.submissions.filter(queries.releasable())
    for pk, before, after in (
        held.values_list("pk", "decision", "held_decision") if meeting.capacity is not None else ()
    ):
        is_filled |= after == Decision.DECLINED
        change.taken += (after != Decision.DECLINED) - (before in places.WITH_PLACE)
        if before == Decision.WAITLISTED:
            change.leaving.add(pk)
    return line_ahead.of({meeting.pk: change}, at=at) if is_filled else []


def letters(meeting: Meeting) -> dict[Mail.Kind, list[int]]:
    """The mails that the portal would write if all that is held, and can be, was released: to whom, by kind."""
    found: dict[Mail.Kind, list[int]] = {}
    held = meeting.submissions.filter(queries.releasable()).order_by("pk")
    approved = held.filter(held_decision=Decision.APPROVED).values_list("pk", flat=True)
    if ours := telling.approvals_of_ours(list(approved)):
        found[Mail.Kind.APPROVED] = ours
    for pk, before, after in held.values_list("pk", "decision", "held_decision"):
        if after == Decision.DECLINED:
            found.setdefault(Mail.Kind.DECLINED, []).append(pk)
        elif after == Decision.WAITING and before in (Decision.WAITLISTED, Decision.OFFERED):
            found.setdefault(Mail.Kind.MOVED_UP, []).append(pk)
    return found


def queued(meeting: Meeting) -> dict[Mail.Kind, int]:
    """How many mails of each kind are written already, and wait to be sent."""
    waiting = Mail.objects.filter(due_at__isnull=False, submission__meeting=meeting)
    return {
        Mail.Kind(kind): count for kind, count in waiting.order_by("kind").values_list("kind").annotate(Count("pk"))
    }


def mailed(planned: Iterable[Planned]) -> list[tuple[int, str, str]]:
    """How many people Webex would be asked to mail, about what, and by which verb."""
    counts: Counter[str] = Counter()
    for each in planned:
        if each.meeting.send_email:
            counts[each.verb] += len(each.pks)
    return [(counts[verb], str(words), verb) for verb, words in _MAILED_ABOUT.items() if counts[verb]]


def _changes(meeting: Meeting, step: Step, rows: list[_Row]) -> Iterator[Planned]:
    for pks in _batches(rows):
        yield Planned(meeting, client.CHANGES[step.name.lower()], pks)


@dataclass(frozen=True)
class _Due:
    """Who of a meeting is due for what, now or once what is held is released."""

    meeting: Meeting
    at: datetime
    is_released: bool
    moving_up: Collection[Next] = ()

    def changed(self, step: Step, condition: Q) -> list[_Row]:
        """Those for whom the step is due; whom Webex was asked to change, and did not, it is not asked about again."""
        now = self._undecided().filter(condition).exclude(queries.was_asked(step, at=self.at))
        return sorted([*_rows(now), *_rows(self._decided(condition)), *self._moved(condition)])

    def registered(self) -> list[_Row]:
        """Who is to be registered, and who is to be registered anew once they have been removed."""
        latest = self.at + _NEVER_PUT_OFF
        rows: list[_Row] = []
        for condition in regions.parts(Step.REGISTER, self.meeting.policy):
            is_time = queries.is_worth_trying(at=self.at, latest_due_at=latest)
            for people in (self._undecided().filter(condition), self._decided(condition)):
                rows += _rows(people.filter(is_time).exclude(queries.is_held_back()))
            rows += self._moved(condition, is_time, ~Q(queries.is_held_back()))
        for condition in regions.parts(Step.REMOVE, self.meeting.policy):
            anew = condition & Q(decision=Decision.APPROVED, erase_asked_at=None)
            rows += self.changed(Step.REMOVE, anew)
        return sorted(rows)

    def _undecided(self) -> QuerySet[Submission]:
        """Those whose decision stays as it is."""
        people = self.meeting.submissions.all()
        if self.moving_up:
            people = people.exclude(pk__in=[each.pk for each in self.moving_up])
        return people.exclude(queries.releasable()) if self.is_released else people

    def _decided(self, condition: Q) -> QuerySet[Submission]:
        """Those of whom the condition holds once what is held of them is released."""
        if not self.is_released:
            return Submission.objects.none()
        return self.meeting.submissions.filter(queries.releasable(), once_released(condition))

    def _moved(self, *conditions: Q) -> list[_Row]:
        """Those of whom the conditions hold once they have moved up, by what is decided of them then."""
        rows: list[_Row] = []
        for decision in sorted({each.decision for each in self.moving_up}):
            pks = [each.pk for each in self.moving_up if each.decision is decision]
            asked = [once_decided(condition, decision) for condition in conditions]
            rows += _rows(self.meeting.submissions.filter(*asked, pk__in=pks))
        return rows


def _rows(people: QuerySet[Submission]) -> list[_Row]:
    return list(people.order_by().values_list("failed_calls", "pk"))


def _batches(rows: list[_Row]) -> Iterator[list[int]]:
    """The primary keys, a call's worth at a time: whose calls failed before have fewer beside them."""
    for failed_calls, group in groupby(rows, key=itemgetter(0)):
        pks = [pk for _failed_calls, pk in group]
        size = max(1, settings.WEBEX_BATCH_SIZE >> failed_calls)
        yield from (pks[start : start + size] for start in range(0, len(pks), size))


def write_text(planned: Iterable[Call], out: Writer) -> None:
    """Tell a person what would be sent, and at the end how many people Webex would be asked to mail about what."""
    count = people_count = 0
    mailed: Counter[str] = Counter()
    accounts = pauses.paused_accounts()
    paused: dict[pauses.Stop, None] = {}
    for call in planned:
        count, people_count = count + 1, people_count + len(call.people) - call.people_again
        mailed += _mailed(call)
        mails = _("Webex mails them") if call.meeting.send_email else _("Webex does not mail them")
        stops = pauses.stops(call.meeting, accounts)
        paused |= dict.fromkeys(stops)
        pause = f"; {_('paused')}" if stops else ""
        out.write(f"{call.line}  ({call.meeting}; {mails}{pause})")
        for person in call.people:
            note = f"  ({_('again, as corrected')})" if call.is_again(person) else ""
            out.write(f"  {person.reference}  {person.full_name} <{call.email_of(person)}>{note}")
        if call.approved_after:
            out.write(f"  {call.approved_after}")
    people = ngettext("%(count)d person would be sent", "%(count)d people would be sent", people_count)
    requests = ngettext("in %(count)d call.", "in %(count)d calls.", count)
    out.write(f"{people % {'count': people_count}} {requests % {'count': count}} {_('Nothing was sent.')}")
    for stop in paused:
        out.write(_PAUSED % {"paused": stop, "reason": stop.pause_reason})
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
