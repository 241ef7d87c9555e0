"""People of a file become registrations, some hundred at a time, each whole or not at all; and that is undone again.

What a killed process leaves is gone on with by the next: a row is imported with the person it becomes, in one
transaction.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import audit, mail
from registration.flow import jobs, moves, places
from registration.flow.moves.locking import in_order
from registration.form_design.design import design_of
from registration.models import (
    Answer,
    BatchItem,
    Job,
    JobRow,
    Mail,
    Meeting,
    Move,
    Note,
    Option,
    Question,
    SecondSignUp,
    Submission,
    Tag,
)
from registration.states import Decision, Presence, WaitingList

Outcome = JobRow.Outcome

AT_ONCE = 200
"""So many people are one transaction, during which nobody else gets a place of the meeting."""

_TRIES = 5
_EMPTIED: dict[str, Any] = {"email_key": "", "values": {}, "answers": [], "problems": []}

_UNTOUCHED = Q(
    ~Exists(BatchItem.objects.filter(submission=OuterRef("pk"))),
    ~Exists(Note.objects.filter(submission=OuterRef("pk"))),
    ~Exists(Tag.objects.filter(submission=OuterRef("pk"))),
    ~Exists(SecondSignUp.objects.filter(submission=OuterRef("pk"))),
    presence=Presence.ABSENT,
    batch=None,
    sent_at=None,
    sent_email="",
    corrected_at=None,
    confirmed_at=None,
    erase_asked_at=None,
    assigned_to=None,
    review_note="",
) & (Q(held_decision="") | Q(held_at=F("submitted_at")))
"""Nobody has sent them to Webex or changed them, as far as their own rows tell; their moves are counted besides.

What the import itself decided and the meeting holds is held since they are registered.
"""


def without_place(meeting: Meeting, people: int) -> int:
    """How many of so many people more would find no place free, were they registered now."""
    if meeting.capacity is None:
        return 0
    return max(0, people - _free(meeting))


def against_people(meeting: Meeting, *, at: datetime) -> str:
    """Why nobody can be imported into the meeting, in words; empty where people can."""
    if meeting.is_cancelled:
        return _("This meeting has been cancelled: nobody can be imported.")
    return _("This meeting is over: nobody can be imported.") if meeting.end_at <= at else ""


def against_rows(job: Job, *, at: datetime) -> str:
    """Why its rows cannot be imported as they were checked, in words; empty where they can."""
    assert job.meeting is not None, "an import has a meeting"  # noqa: S101
    if words := against_people(job.meeting, at=at):
        return words
    if job.result.get("form") != design_of(job.meeting).digest:
        return _("The form has changed since the rows were checked: check them again.")
    return ""


def enlist(run: jobs.Run) -> None:
    """Import the people of the job's rows who are new, and end the job.

    Where all places are taken they go on the waiting list, if the meeting has one. ``parameters``: ``decision``,
    whether those with a place are approved at once, in the name of who imports them, or wait for review; ``mails``,
    whether they are told. Their addresses count as confirmed: staff vouch for them.

    Raises ``jobs.Failed`` where nobody can be imported any more; before the first of them also where the form has
    changed. Who was imported until then stays.
    """
    job = run.job
    done = job.total - job.rows.filter(outcome=Outcome.NEW).count()
    while some := _in_one_go(job, lambda done=done: _enlist_some(run, done=done)):  # type: ignore[misc]
        done += some
    with transaction.atomic():
        meeting = Meeting.objects.get(pk=_meeting_pk(job))
        run.finish(**counts(job), overbooked=places.overbooked([meeting]).get(meeting.pk, 0))
        jobs.forget(job)


def undo(run: jobs.Run) -> None:
    """Remove the people whom the job imported, and end it. Whom anybody has sent to Webex or changed since, stays."""
    job = run.job
    done = job.total - job.rows.filter(outcome=Outcome.IMPORTED).count()
    while some := _in_one_go(job, lambda done=done: _undo_some(run, done=done)):  # type: ignore[misc]
        done += some
    run.finish(**counts(job))


def counts(job: Job) -> dict[str, int]:
    """How many rows have come to which outcome; each is a key."""
    found = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}


def _meeting_pk(job: Job) -> int:
    assert job.meeting_id is not None, "an import has a meeting"  # noqa: S101
    return job.meeting_id


def _in_one_go(job: Job, work: Callable[[], int]) -> int:
    """Do it in a transaction; again where somebody signed up under one of the addresses at the same moment.

    Each try begins with the job's result as it is stored: what was noted of one that failed never happened.
    """
    for _try in range(_TRIES - 1):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError):
            job.refresh_from_db(fields=["result"])
    with transaction.atomic():
        return work()


# --- importing --------------------------------------------------------------------------------------------------------


def _enlist_some(run: jobs.Run, *, done: int) -> int:
    job, now = run.job, timezone.now()
    rows = list(job.rows.filter(outcome=Outcome.NEW).order_by("number")[:AT_ONCE])
    if not rows:
        return 0
    # It locks the job: who has taken it up meanwhile, or cancels it, waits for the end of this transaction.
    run.beat(done=done + len(rows))
    # As it is now: the job may have waited since it was asked for.
    job.meeting = meeting = Meeting.objects.select_for_update(no_key=True).get(pk=_meeting_pk(job))
    if words := against_people(meeting, at=now) if done else against_rows(job, at=now):
        raise jobs.Failed(words)
    people = meeting.submissions.filter(email_key__in=[row.email_key for row in rows])
    known = set(people.values_list("email_key", flat=True))
    fresh = [row for row in rows if row.email_key not in known]
    _register(job, meeting, fresh, at=now)
    for row in rows:
        row.outcome = Outcome.KNOWN if row.email_key in known else Outcome.IMPORTED
    for row in rows:
        for name, value in _EMPTIED.items():
            setattr(row, name, value)
    JobRow.objects.bulk_update(rows, ["outcome", "moves", "submission", *_EMPTIED])
    return len(rows)


def _register(job: Job, meeting: Meeting, rows: Sequence[JobRow], *, at: datetime) -> None:
    if not rows:
        return
    places_left = len(rows) if meeting.waiting_list == WaitingList.NONE else _free(meeting)
    people = [
        Submission(
            meeting=meeting,
            **row.values,
            email_key=row.email_key,
            language=settings.LANGUAGE_CODE,
            submitted_at=at,
            decision=Decision.WAITING if place < places_left else Decision.WAITLISTED,
            in_line_since=None if place < places_left else at,
        )
        for place, row in enumerate(rows)
    ]
    Submission.objects.bulk_create(people)
    Answer.objects.bulk_create(_answers(meeting, rows, people), batch_size=1000)
    placed = [person.pk for person in people[:places_left]]
    waitlisted = [person.pk for person in people[places_left:]]
    is_to_approve = job.parameters.get("decision") == Decision.APPROVED
    if is_to_approve:
        _approve(job, meeting, placed, at=at)
    # What is held is none yet: it moves nobody.
    is_approved = is_to_approve and not meeting.holds_decisions
    if job.parameters.get("mails"):
        _write(meeting, placed, waitlisted, is_approved=is_approved, at=at)
    for row, person in zip(rows, people, strict=True):
        row.submission = person
        row.moves = int(is_approved and person.decision == Decision.WAITING)
    entry = _audit_entry(job, audit.Action.IMPORTED)
    audit.add_more_people(entry, placed, after=Decision.APPROVED if is_approved else Decision.WAITING)
    audit.add_more_people(entry, waitlisted, after=Decision.WAITLISTED)


def _answers(meeting: Meeting, rows: Sequence[JobRow], people: Sequence[Submission]) -> list[Answer]:
    """The answers; what has been deleted of the form since the file was checked is no longer pointed to."""
    questions = set(Question.objects.filter(meeting=meeting).values_list("pk", flat=True))
    options = set(Option.objects.filter(question__meeting=meeting).values_list("pk", flat=True))
    return [
        Answer(
            submission=person,
            question_id=question if question in questions else None,
            option_id=option if option in options else None,
            question_text=question_text,
            text=text,
            position=position,
        )
        for row, person in zip(rows, people, strict=True)
        for position, (question, question_text, option, text) in enumerate(row.answers)
    ]


def _approve(job: Job, meeting: Meeting, pks: Collection[int], *, at: datetime) -> None:
    """Approve them; where the meeting holds its decisions, that waits to be released."""
    people = Submission.objects.filter(pk__in=pks)
    decide = moves.hold if meeting.holds_decisions else moves.decide
    decide(people, to=Decision.APPROVED, at=at, by=job.by)


def _write(
    meeting: Meeting, placed: Collection[int], waitlisted: Collection[int], *, is_approved: bool, at: datetime
) -> None:
    """Tell them how they stand; of an approval where it is we who do, and of one that is held that they are in."""
    if not is_approved:
        mail.write_all(placed, Mail.Kind.RECEIVED, at=at)
    elif meeting.is_approval_mailed_by_us:
        mail.write_all(placed, Mail.Kind.APPROVED, at=at)
    mail.write_all(waitlisted, Mail.Kind.WAITLISTED, at=at)


def _free(meeting: Meeting) -> int:
    """How many people would get a place now: a free one for which somebody is in line is theirs."""
    if meeting.capacity is None:
        return 2**31
    taken, line = places.taken([meeting]).get(meeting.pk, (0, 0))
    return 0 if line and meeting.waiting_list != WaitingList.NONE else max(0, meeting.capacity - taken)


def _audit_entry(job: Job, action: audit.Action) -> int:
    """The key of the one entry for the import, or for its undoing, which is written with its first people."""
    name = f"{action.value}_entry"
    pk = job.result.get(name)
    if pk is None:
        words = job.parameters.get("file", "")
        entry = audit.note(job.by, action, meeting=job.meeting, thing=f"import {job.pk}", count=0, words=words)
        pk = entry.pk
        job.result = {**job.result, name: pk}
        Job.objects.filter(pk=job.pk).update(result=job.result)
    return int(pk)


# --- undoing ----------------------------------------------------------------------------------------------------------


def _undo_some(run: jobs.Run, *, done: int) -> int:
    job, now = run.job, timezone.now()
    # The last first: who is in line would move up else, as soon as whoever has a place is removed.
    rows = list(job.rows.filter(outcome=Outcome.IMPORTED).order_by("-number")[:AT_ONCE])
    if not rows:
        return 0
    run.beat(done=done + len(rows))
    Meeting.objects.select_for_update(no_key=True).get(pk=_meeting_pk(job))
    pks = [row.submission_id for row in rows if row.submission_id is not None]
    list(in_order(Submission.objects.filter(pk__in=pks)).values_list("pk", flat=True))
    untouched = set(Submission.objects.filter(_UNTOUCHED, pk__in=pks).values_list("pk", flat=True))
    moved = dict(Move.objects.filter(submission__in=pks).order_by().values_list("submission").annotate(Count("pk")))
    going = {
        row.submission_id
        for row in rows
        if row.submission_id in untouched and moved.get(row.submission_id, 0) == row.moves
    }
    for row in rows:
        row.outcome = (
            Outcome.KEPT if row.submission_id is not None and row.submission_id not in going else Outcome.REMOVED
        )
    JobRow.objects.bulk_update(rows, ["outcome"])
    entry, references = _audit_entry(job, audit.Action.UNDONE), audit.outlive(going)
    Submission.objects.filter(pk__in=going).delete()
    audit.add_count(entry, len(going))
    audit.add_references(entry, references)
    places.fill_once_committed([_meeting_pk(job)], at=now)
    return len(rows)
