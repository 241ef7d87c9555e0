"""Calls to Webex that staff ask for: bounded in time, and told to them as messages, whatever happens."""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import audit
from registration.accounts import Clients
from registration.admin.base import acting_user, tell
from registration.admin.push_progress import begin
from registration.errors import PortalError
from registration.flow import deliver, pushes, queries, sync
from registration.flow.review import Reviewed
from registration.importing import advice
from registration.models import AuditEntry, BatchItem, Meeting, Submission
from registration.models.submission import IN_FLIGHT
from registration.report import Report
from registration.states import Decision, Presence, Step, WebexStatus
from registration.webex.errors import WebexError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

T = TypeVar("T")

SECONDS = 20.0
"""After so long no further call is begun: somebody waits in front of a browser."""

MOST_PEOPLE = 5_000
"""So many can be chosen one by one; more than a database takes in one question need the meeting's own button."""


def with_webex(request: HttpRequest, call: Callable[[Clients], T]) -> T | None:
    """What ``call`` returns for clients of the accounts; nothing where it failed, which a message says."""
    found, why = tried(call)
    if why:
        messages.error(request, why)
    return found


def tried(call: Callable[[Clients], T], *, is_hasty: bool = False) -> tuple[T | None, str]:
    """What ``call`` returns for clients of the accounts; or nothing, and why it failed, in words.

    ``is_hasty``: Webex is given a short time, since whoever waits has not asked for it.
    """
    try:
        with Clients(is_hasty=is_hasty) as clients:
            return call(clients), ""
    except PortalError as error:
        return None, str(error.words)
    except WebexError as error:
        return None, advice.with_hint(error)


def push(request: HttpRequest, meetings: QuerySet[Meeting]) -> HttpResponse:
    """Have all that is due at Webex for people of the meetings done, and go to the page that shows how it goes on."""
    # Where these are all of them, the page says it of each.
    if meetings.exclude(pk__in=_passed_over(meetings).values("pk")).exists():
        _tell_passed_over(request, meetings)
    return begin(request, list(meetings.order_by("pk").values_list("pk", flat=True)))


def push_people(request: HttpRequest, submissions: QuerySet[Submission]) -> None:
    """Do what is due at Webex for the submissions, and say what came of it."""
    only = _chosen(request, submissions)
    if only is not None:
        _push(request, Meeting.objects.filter(submissions__in=only).distinct(), only)


def sync_statuses(request: HttpRequest, meetings: QuerySet[Meeting]) -> None:
    """Read back the Webex statuses of all people of the meetings, and say what changed."""
    _sync(request, meetings)


def sync_people(request: HttpRequest, submissions: QuerySet[Submission]) -> None:
    """Read back the Webex statuses of the submissions, and say what changed."""
    only = _chosen(request, submissions)
    if only is not None:
        _sync(request, Meeting.objects.filter(submissions__in=only).distinct(), only=only)


def _chosen(request: HttpRequest, submissions: QuerySet[Submission]) -> set[int] | None:
    """The primary keys of the chosen; nothing where they are too many, which a message says."""
    pks = set(submissions.order_by().values_list("pk", flat=True)[: MOST_PEOPLE + 1])
    if len(pks) > MOST_PEOPLE:
        words = _("Choose at most %d people, or use the button on the page of their meeting.")
        messages.error(request, words % MOST_PEOPLE)
        return None
    return pks


def _push(request: HttpRequest, meetings: QuerySet[Meeting], only: Collection[int]) -> None:
    _tell_passed_over(request, meetings)
    by, began_at = acting_user(request), timezone.now()
    is_time = queries.is_time_to_look(at=began_at, latest_due_at=began_at + deliver.horizon())
    in_flight = Submission.objects.filter(IN_FLIGHT, pk__in=list(only))
    resting = set(in_flight.exclude(is_time).values_list("pk", flat=True))
    left_out = _left_out(meetings, only, partial(_why_not_pushed, resting=resting))
    # Before it begins: the calls are no transaction, and whatever ends them, somebody asked for them.
    entries = _note(by, audit.Action.PUSHED, meetings, only=only)
    calls = deliver.Calls()
    run = partial(deliver.push, meetings, requested_by=by, only=only, seconds=SECONDS, watch=calls)
    try:
        report = with_webex(request, lambda clients: run(clients=clients))
    finally:
        pushes.note_calls(entries, calls.batches)
    if report is not None:
        left, became = _left_of(meetings, only), _what_became(calls.batches)
        _tell_push(request, report, became=became, left=left)
        if not became and not report.batches and not report.problems and not left:
            messages.warning(request, _("No call was made."))
        _tell_left_out(request, report, left_out)


def _note(
    by: User, action: AuditEntry.Action, meetings: QuerySet[Meeting], *, only: Collection[int] | None
) -> dict[int, AuditEntry]:
    """An entry for each of the meetings, or for those of the people who were chosen: each has an audit of its own."""
    if only is None:
        return audit.note_meetings(by, action, dict.fromkeys(meetings.order_by().values_list("pk", flat=True), 0))
    return audit.begin(by, action, audit.meetings_of(only), at=timezone.now())


def _what_became(calls: Collection[int]) -> Counter[str]:
    """How many of those about whom the calls, by primary key, told anything are where now: by presence, or rejected.

    The report's own numbers count a person once a call, and whom Webex holds as rejected like everybody else there.
    """
    items = BatchItem.objects.filter(batch__in=calls)
    people = Submission.objects.filter(pk__in=items.exclude(outcome=BatchItem.Outcome.POSTPONED).values("submission"))
    became = Counter[str]()
    rows = people.order_by().values_list("presence", "webex_status").annotate(Count("pk"))
    for presence, status, count in rows:
        is_rejected = presence == Presence.REGISTERED and status == WebexStatus.REJECTED
        became[WebexStatus.REJECTED if is_rejected else presence] += count
    return became


def _left_of(meetings: QuerySet[Meeting], only: Collection[int]) -> int:
    """How many of the chosen are still to be sent; the report's own number is that of the whole meetings."""
    deliverable = queries.deliverable_meetings(meetings, at=timezone.now()).order_by()
    to_send = Submission.objects.filter(decision=Decision.APPROVED, presence=Presence.ABSENT, pk__in=only)
    return to_send.filter(meeting__in=deliverable.values("pk")).count()


def _sync(request: HttpRequest, meetings: QuerySet[Meeting], *, only: Collection[int] | None = None) -> None:
    _tell_passed_over(request, meetings)
    statuses, left_out = _statuses(only), _left_out(meetings, only, _why_not_read)
    entries = _note(acting_user(request), audit.Action.SYNCED, meetings, only=only)
    report = with_webex(request, lambda clients: sync.statuses(meetings, clients=clients, only=only, seconds=SECONDS))
    audit.add_people(entries, audit.meetings_of(statuses), before=statuses, after=_statuses(only))
    if report is not None:
        _tell_sync(request, report)
        _tell_left_out(request, report, left_out)


def _left_out(
    meetings: QuerySet[Meeting], only: Collection[int] | None, why_not: Callable[[Submission], "StrOrPromise"]
) -> Counter[str]:
    """How many of the chosen there is nothing to be done about, by the reason."""
    if only is None:
        return Counter()
    at = timezone.now()
    served, erasing = (
        set(found(meetings, at=at).order_by().values_list("pk", flat=True))
        for found in (queries.deliverable_meetings, queries.erasing_meetings)
    )
    people = Submission.objects.filter(pk__in=list(only)).select_related("meeting").order_by("pk")
    reasons = Counter[str]()
    for person in people:
        is_served = person.meeting_id in served or (person.erase_asked_at is not None and person.meeting_id in erasing)
        reasons[str(why_not(person) or ("" if is_served else _("their meeting is passed over")))] += 1
    del reasons[""]
    return reasons


def _why_not_pushed(person: Submission, *, resting: Collection[int]) -> "StrOrPromise":
    """Why nothing is done about the person, where that is so. ``resting`` are those, by primary key, about whom a call
    is under way, or has ended too short a time ago for its outcome to be looked up.
    """
    decision, presence = Decision(person.decision), Presence(person.presence)
    if person.pk in resting:
        words = _("being sent") if presence is Presence.SENDING else _("Webex was asked a moment ago")
        return _("%(words)s: looked up from %(time)s UTC on") % {"words": words, "time": _minute_after(person.due_at)}
    if person.next_step is not Step.NOTHING or presence is Presence.SENDING:
        if person.meeting.is_paused:
            return _("their meeting is paused")
        # This push only notes that the call is over: what it did may land yet.
        return _("their call never ended: one of the next pushes looks them up") if presence is Presence.SENDING else ""
    if person.erase_asked_at is not None:
        return _("erased")
    if person.missing_at is not None:
        return _("missing at Webex")
    if decision is not Decision.APPROVED:
        return decision.label
    if presence is not Presence.REGISTERED:
        return presence.label
    return _("rejected there") if person.webex_status == WebexStatus.REJECTED else _("at Webex already")


def _minute_after(at: datetime | None) -> str:
    return f"{at + timedelta(minutes=1):%H:%M}" if at is not None else ""


def _why_not_read(person: Submission) -> "StrOrPromise":
    """Why the person's status is not read, where that is so."""
    presence = Presence(person.presence)
    return "" if presence is Presence.REGISTERED else presence.label


def _tell_left_out(request: HttpRequest, report: Report | sync.Report, reasons: Counter[str]) -> None:
    if reasons and not report.is_misconfigured:
        why = tuple(f"{count}: {words}" for words, count in reasons.items())
        tell(request, "", Reviewed(0, reasons.total(), why))


def _statuses(only: Collection[int] | None) -> dict[int, str]:
    return dict(Submission.objects.filter(pk__in=list(only or ())).order_by().values_list("pk", "webex_status"))


def _tell_passed_over(request: HttpRequest, meetings: QuerySet[Meeting]) -> None:
    if titles := list(_passed_over(meetings).values_list("title", flat=True)):
        words = _("Passed over, because without a Webex id, cancelled or over already: %s.")
        messages.warning(request, words % ", ".join(titles))


def _passed_over(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Those of them for which Webex is never called."""
    deliverable = queries.deliverable_meetings(meetings, at=timezone.now()).order_by()
    erasing = queries.erasing_meetings(meetings, at=timezone.now()).order_by()
    return meetings.exclude(pk__in=deliverable.values("pk")).exclude(pk__in=erasing.values("pk"))


def _tell_push(request: HttpRequest, report: Report, *, became: Counter[str], left: int) -> None:
    labels = {**dict(Presence.choices), WebexStatus.REJECTED: _("rejected there")}
    if told := [f"{became[where]} {label}" for where, label in labels.items() if became[where]]:
        is_in_doubt = became[Presence.REFUSED] or became[Presence.UNCERTAIN]
        level = messages.WARNING if is_in_doubt else messages.SUCCESS
        messages.add_message(request, level, _("Webex was called: %s.") % ", ".join(told))
    for words in report.warnings:
        messages.warning(request, words)
    for words in report.problems:
        messages.error(request, words)
    if left and not report.is_misconfigured:
        words = ngettext(
            "%d is left: run again, or let the scheduled command do it.",
            "%d are left: run again, or let the scheduled command do it.",
            left,
        )
        messages.warning(request, words % left)


def _tell_sync(request: HttpRequest, report: sync.Report) -> None:
    if seen := report.counts["seen"]:
        words = ngettext(
            "%(seen)d status read, %(changed)d changed.", "%(seen)d statuses read, %(changed)d changed.", seen
        )
        messages.success(request, words % {"seen": seen, "changed": report.counts["changed"]})
    elif not report.problems and not report.alarms:
        messages.info(request, _("Nobody of these is at Webex, as far as we know."))
    for words in report.drift_words():
        messages.warning(request, words)
    for problem in (*report.alarms, *report.problems):
        messages.error(request, problem)
