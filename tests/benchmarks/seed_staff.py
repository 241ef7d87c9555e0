"""What staff have before them, very many of all: meetings, people in every state, answers, calls, mails, an audit."""

from datetime import datetime, timedelta
from itertools import cycle, islice, product
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from registration.models import (
    AuditEntry,
    Batch,
    BatchItem,
    Mail,
    Meeting,
    Note,
    Option,
    Question,
    Submission,
    Tag,
    UnknownRegistrant,
)
from registration.states import Decision, Presence, WebexStatus
from tests.benchmarks.seed import SETTLED, meeting_to_come, multiply, tidy_up

MEETINGS = 1000
OPTIONS = ("Red", "Green", "Blue")
NEEDY = 300
"""So many people of each kind that a person must look at."""

# The host rejects few of those whom staff approved.
_REJECTED = (Decision.APPROVED, Presence.REGISTERED, WebexStatus.REJECTED)
STATES = [*[states for states in SETTLED if states != _REJECTED] * 2, _REJECTED]

# Webex accepted that they are rejected, and left them as they were.
_UNCHANGED = (Decision.DECLINED, Presence.REGISTERED, WebexStatus.APPROVED)

_BATCH = 2000
_LAST_NAMES = "CASE WHEN n % 5 = 0 THEN 'Lovelace' WHEN n % 50000 = 7 THEN 'Zuse' ELSE 'Number ' || n END"
_FIRST_NAMES = "CASE WHEN n % 20000 = 3 THEN 'Li' ELSE 'Ada' END"


def staff_day(count: int) -> dict[str, int]:
    """So many people in a thousand meetings, half of them over, in every settled state side by side; some who need a
    person; and the traces of what was done. Returns keys of rows to look at.
    """
    now = timezone.now()
    meetings = [meeting_to_come(number, days=-MEETINGS // 2) for number in range(MEETINGS)]
    _first_people(meetings, now=now)
    multiply(count, first_name=_FIRST_NAMES, last_name=_LAST_NAMES)
    _ask_and_answer(meetings)
    coming = [meeting for meeting in meetings if meeting.end_at > now]
    _people_who_need_a_person(coming, now=now)
    batch = _traces(coming, now=now)
    tidy_up()
    busy = coming[5]
    asked = busy.questions.get()
    person = busy.submissions.filter(decision=Decision.WAITING).order_by("-pk")[0]
    keys = {"meeting": busy.pk, "question": asked.pk, "option": asked.options.order_by("pk")[0].pk}
    return keys | {"person": person.pk, "batch": batch.pk}


def _first_people(meetings: list[Meeting], *, now: datetime) -> None:
    people = [
        _person(meeting, number, decision, presence, status, now=now)
        for number, (meeting, (decision, presence, status)) in enumerate(product(meetings, STATES))
    ]
    Submission.objects.bulk_create(people, batch_size=_BATCH // 10)


def _person(
    meeting: Meeting, number: int, decision: Decision, presence: Presence, status: str, *, now: datetime, **more: Any
) -> Submission:
    submitted_at = now - timedelta(minutes=10 * number)
    is_there = presence is Presence.REGISTERED
    known_at = submitted_at + timedelta(hours=1)
    return Submission(
        meeting=meeting,
        first_name="Ada",
        last_name="Template",
        company_name="Company",
        email=f"Template{number}@Example.com",
        email_key=f"template{number}@example.com",
        submitted_at=submitted_at,
        decision=decision,
        decided_at=submitted_at,
        in_line_since=submitted_at if decision is Decision.WAITLISTED else None,
        presence=presence,
        presence_at=known_at if is_there else None,
        sent_at=known_at if is_there else None,
        sent_email=f"template{number}@example.com" if is_there else "",
        registrant_id=f"registrant-{number}" if is_there else "",
        webex_status=status,
        webex_status_at=known_at if is_there else None,
        **more,
    )


def _ask_and_answer(meetings: list[Meeting]) -> None:
    """One question in each meeting, which everybody has answered with one of its options."""
    questions = Question.objects.bulk_create(
        [
            Question(meeting=meeting, text="Which colour?", type=Question.Type.DROPDOWN, webex_id=str(number))
            for number, meeting in enumerate(meetings)
        ]
    )
    Option.objects.bulk_create(
        [
            Option(question=question, text=text, webex_id=str(number), position=number)
            for question in questions
            for number, text in enumerate(OPTIONS)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO registration_answer (submission_id, question_id, option_id, question_text, text, position)
            SELECT submission.id, question.id, option.id, question.text, option.text, 0
            FROM registration_submission AS submission
            JOIN registration_question AS question ON question.meeting_id = submission.meeting_id
            JOIN registration_option AS option
                ON option.question_id = question.id AND option.position = submission.id % {len(OPTIONS)}
            """
        )


def _people_who_need_a_person(meetings: list[Meeting], *, now: datetime) -> None:
    kinds: list[tuple[Decision, Presence, str, dict[str, Any]]] = [
        (Decision.APPROVED, Presence.REFUSED, "", {"refusal": "The value of workPhone is not accepted."}),
        (Decision.APPROVED, Presence.UNCERTAIN, "", {"due_at": now - timedelta(hours=3)}),
        (Decision.APPROVED, Presence.REGISTERED, WebexStatus.APPROVED, {"missing_at": now - timedelta(hours=3)}),
        (Decision.WAITING, Presence.ABSENT, "", {"held_decision": Decision.APPROVED, "held_at": now}),
        (*_UNCHANGED, {}),
    ]
    people = [
        _person(meeting, 1_000_000 + number, decision, presence, status, now=now - timedelta(days=1), **more)
        for number, (meeting, (decision, presence, status, more)) in enumerate(
            product(islice(cycle(meetings), NEEDY), kinds)
        )
    ]
    for number, person in enumerate(people):
        person.submitted_at = now - timedelta(minutes=number)
    Submission.objects.bulk_create(people, batch_size=_BATCH // 10)
    UnknownRegistrant.objects.bulk_create(
        UnknownRegistrant(
            meeting=meeting, registrant_id=f"unknown-{number}", email=f"Unknown{number}@Example.com", seen_at=now
        )
        for number, meeting in enumerate(meetings)
    )


def _traces(meetings: list[Meeting], *, now: datetime) -> Batch:
    """Calls, mails, notes, tags and an audit."""
    staff = User.objects.create_user("sam", is_staff=True)
    _calls()
    _calls_in_vain(now)
    people = list(Submission.objects.order_by("pk").values_list("pk", flat=True)[: 50 * _BATCH])
    Mail.objects.bulk_create(
        (
            Mail(
                submission_id=pk,
                kind=Mail.Kind.RECEIVED,
                queued_at=now - timedelta(seconds=number),
                sent_at=now if number % 500 else None,
                failed_tries=0 if number % 500 else 30,
                failure="" if number % 500 else "550",
            )
            for number, pk in enumerate(people)
        ),
        batch_size=_BATCH,
    )
    Tag.objects.bulk_create([Tag(submission_id=pk, name="VIP") for pk in people[::50]], batch_size=_BATCH)
    Note.objects.bulk_create(
        [Note(submission_id=pk, by=staff, at=now, text="Called") for pk in people[::100]], batch_size=_BATCH
    )
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                at=now - timedelta(seconds=number),
                by=staff,
                action=AuditEntry.Action.APPROVED,
                submission_id=pk,
                meeting=meetings[number % len(meetings)],
            )
            for number, pk in enumerate(people)
        ),
        batch_size=_BATCH,
    )
    return Batch.objects.filter(meeting=meetings[5]).order_by("-size", "-pk")[0]


def _calls() -> None:
    """The calls that registered whoever is at Webex, fifty of a meeting at a time."""
    registered = """
        SELECT id, meeting_id, registrant_id, submitted_at, webex_status,
            meeting_id || '-' || ((ROW_NUMBER() OVER (PARTITION BY meeting_id ORDER BY id) - 1) / 50) AS tracking_id
        FROM registration_submission WHERE presence = 'registered'
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO registration_batch
                (meeting_id, action, size, started_at, finished_at, outcome, http_status, tracking_id, error)
            SELECT meeting_id, 'register', COUNT(*), MIN(submitted_at), MIN(submitted_at), 'done', 200, tracking_id, ''
            FROM ({registered}) AS registered GROUP BY meeting_id, tracking_id
            """
        )
        cursor.execute(
            f"""
            INSERT INTO registration_batchitem
                (batch_id, submission_id, outcome, webex_status, registrant_id, registration_id)
            SELECT batch.id, registered.id, 'registered', webex_status, registrant_id, ''
            FROM ({registered}) AS registered
            JOIN registration_batch AS batch ON batch.tracking_id = registered.tracking_id
            """
        )


def _calls_in_vain(now: datetime) -> None:
    decision, presence, status = _UNCHANGED
    people = Submission.objects.filter(decision=decision, presence=presence, webex_status=status)
    calls = Batch.objects.bulk_create(
        Batch(
            meeting=person.meeting,
            action=Batch.Action.REJECT,
            size=1,
            started_at=now,
            finished_at=now,
            outcome=Batch.Outcome.DONE,
            http_status=200,
        )
        for person in people.select_related("meeting").order_by("pk")
    )
    BatchItem.objects.bulk_create(
        BatchItem(batch=call, submission=person, outcome="registered", registrant_id=person.registrant_id)
        for call, person in zip(calls, people.order_by("pk"), strict=True)
    )
