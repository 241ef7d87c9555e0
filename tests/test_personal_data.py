"""Every table and field is known to hold an attendee's data or not, and what holds them is empty after an erasure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Field, Model
from django.utils import timezone

from registration import personal_data
from registration.flow import erase, purge
from registration.models import (
    Answer,
    AuditedPerson,
    AuditEntry,
    Batch,
    BatchItem,
    Job,
    JobPart,
    JobRow,
    Mail,
    Move,
    Note,
    SecondSignUp,
    Submission,
    Tag,
    UnknownRegistrant,
)
from registration.personal_data import BY_MODEL, TABLES, Fate, Stage, Table
from registration.states import Decision, Presence
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db
MARK = "zqmark"
LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


def fields_of(model: type[Model]) -> "list[Field[Any, Any]]":
    return [field for field in model._meta.get_fields() if isinstance(field, Field) and field.concrete]


def test_every_table_is_listed_and_every_listed_table_is_there() -> None:
    there = {model._meta.label for model in apps.get_models(include_auto_created=False)}
    others = {
        label for label in BY_MODEL if apps.is_installed("procrastinate.contrib.django") or "procrast" not in label
    }
    assert there == others
    assert len(BY_MODEL) == len(TABLES)


def to_do(table: Table) -> str:
    """What is to be done about fields that are there and not listed, or listed and not there; empty where there are
    none.
    """
    there, listed = {field.name for field in fields_of(table.model_class)}, set(table.fields)
    if new := sorted(there - listed):
        return (
            f"{table.model} has {', '.join(new)}, which registration/personal_data.py does not name. Say there whether "
            "that holds an attendee's data, what becomes of it when they are erased, and whether they are told it."
        )
    gone = sorted(listed - there)
    return f"registration/personal_data.py names {', '.join(gone)}, which {table.model} no longer has." if gone else ""


OURS = [table for table in TABLES if table.model.startswith("registration.")]


@pytest.mark.parametrize(
    "table", [table for table in TABLES if table in OURS or table.fields], ids=lambda table: table.model
)
def test_every_field_is_listed_and_every_listed_field_is_there(table: Table) -> None:
    assert to_do(table) == ""


@pytest.mark.parametrize("table", OURS, ids=lambda table: table.model)
def test_a_new_field_of_any_table_of_ours_says_what_to_do(table: Table) -> None:
    name = fields_of(table.model_class)[-1].name
    with_a_new_one = {listed: holding for listed, holding in table.fields.items() if listed != name}
    assert to_do(replace(table, fields=with_a_new_one)) == (
        f"{table.model} has {name}, which registration/personal_data.py does not name. Say there whether "
        "that holds an attendee's data, what becomes of it when they are erased, and whether they are told it."
    )
    assert to_do(replace(table, fields={**table.fields, "former": table.fields[name]})) == (
        f"registration/personal_data.py names former, which {table.model} no longer has."
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.model)
def test_what_is_not_emptied_and_what_nobody_is_told_has_a_reason(table: Table) -> None:
    assert table.why or table.fields
    without = [
        name
        for name, holding in table.fields.items()
        if not holding.why and (holding.fate in (Fate.NOTHING_OF_THEM, Fate.STAYS) or not holding.is_told)
    ]
    assert without == []
    assert bool(table.told_as) is any(personal_data.told(table))


def marked(field: "Field[Any, Any]") -> Any:
    """A value that tells where it is from: in text the mark, and a time that is nobody's else."""
    match field.get_internal_type():
        case "JSONField":
            return {MARK: [MARK]}
        case "DateTimeField":
            return LONG_AGO
        case "PositiveSmallIntegerField":
            return 7
        case "BinaryField":
            return MARK.encode()
        case "CharField" | "EmailField" | "TextField":
            return f"{MARK}@{MARK}.example"[: field.max_length or 100]
    raise AssertionError(f"What does {field} hold?")


def mark(row: Model, table: Table) -> None:
    """Fill every field of the row that holds a person's data and is emptied, or goes."""
    values = {
        field.attname: marked(field)
        for field in fields_of(type(row))
        if table.fields[field.name].fate in (Fate.EMPTY, Fate.ROW_GOES, Fate.REPLACED) and not field.is_relation
        if not field.choices and field.get_internal_type() != "BooleanField"
    }
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def everything_about(person: Submission) -> list[Model]:
    """A row of each table that holds data of a person."""
    staff, now = User.objects.create_user("dana"), timezone.now()
    batch = Batch.objects.create(meeting=person.meeting, action="register", size=1, started_at=now)
    job = Job.objects.create(work=Job.Work.CHECK, by=staff, meeting=person.meeting, asked_at=now)
    return [
        person,
        Answer.objects.create(submission=person, question_text="?", text="!"),
        SecondSignUp.objects.create(submission=person, at=now, values={}, answers=[]),
        Mail.objects.create(submission=person, kind=Mail.Kind.RECEIVED, queued_at=now, due_at=now),
        Move.objects.create(submission=person, subject=Move.Subject.DECISION, at=now, by=staff),
        BatchItem.objects.create(batch=batch, submission=person, outcome=BatchItem.Outcome.REGISTERED),
        batch,
        Note.objects.create(submission=person, by=staff, at=now, text="!"),
        Tag.objects.create(submission=person, name="!"),
        (entry := AuditEntry.objects.create(at=now, by=staff, action="edited", submission=person)),
        AuditedPerson.objects.create(entry=entry, submission=person),
        JobPart.objects.create(job=job, kind=JobPart.Kind.UPLOAD, number=0, content=b"!"),
        JobRow.objects.create(job=job, number=2, outcome=JobRow.Outcome.NEW, submission=person),
        UnknownRegistrant.objects.create(meeting=person.meeting, registrant_id="x", email="y", seen_at=now),
        LogEntry.objects.create(
            user=staff,
            content_type=ContentType.objects.get_for_model(Submission),
            object_id=str(person.pk),
            object_repr="",
            action_flag=CHANGE,
            change_message="",
        ),
    ]


def database() -> Iterator[tuple[str, str]]:
    """Every value in every column of every table, and where it is."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((f"{table}.{name}", words_of(value)) for name, value in zip(names, row, strict=True))


def words_of(value: Any) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def places_with(*words: str) -> set[str]:
    return {place for place, value in database() if any(word in value for word in words)}


@pytest.mark.parametrize("is_bystander", [False, True])
def test_after_an_erasure_the_whole_database_holds_nothing_of_the_person(is_bystander: bool) -> None:
    person = SubmissionFactory(presence=Presence.ABSENT, meeting=MeetingFactory(webex_id=""))
    secrets = [person.token, person.reference]
    rows = everything_about(person)
    assert {type(row)._meta.label for row in rows} == {table.model for table in TABLES if table.rows is not None}
    for row in rows:
        mark(row, BY_MODEL[type(row)._meta.label])
    # The mark stands in all of it, so that the search would find it.
    assert places_with(MARK) == {
        f"{row._meta.db_table}.{field.column}"
        for row in rows
        for field in fields_of(type(row))
        if BY_MODEL[row._meta.label].fields[field.name].fate not in (Fate.NOTHING_OF_THEM, Fate.STAYS)
        if not field.choices and not field.is_relation
        if field.get_internal_type() in ("JSONField", "CharField", "EmailField", "TextField", "BinaryField")
    }
    if is_bystander:
        # Found by nothing but their own erasure.
        assert erase.ask(Submission.objects.filter(pk=SubmissionFactory().pk), at=timezone.now())
        assert places_with(MARK)
        return
    assert erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now()) == [person.pk]
    assert places_with(MARK, *secrets, str(LONG_AGO)[:19]) == set()


def test_every_emptied_field_of_the_rows_that_stay_is_empty() -> None:
    person = SubmissionFactory(meeting=MeetingFactory(webex_id=""))
    for row in everything_about(person):
        mark(row, BY_MODEL[type(row)._meta.label])
    erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now())
    for table in filter(lambda table: table.rows is not None, TABLES):
        for row in table.about([person.pk]):
            for name, value in personal_data.emptied(table, stage=Stage.REMOVED).items():
                is_own_words = table.model == "registration.Move" and getattr(row, "subject", "") == "erasure"
                if table.fields[name].fate is Fate.EMPTY and not is_own_words:
                    assert getattr(row, name) == value, (table.model, name)
    person.refresh_from_db()
    assert (person.email_key, person.token, person.reference) == (
        f"erased-{person.pk}",
        f"erased-{person.pk}",
        f"~{person.pk}",
    )


def test_what_counts_stays() -> None:
    sent = timezone.now() - timedelta(days=3)
    meeting = MeetingFactory(webex_id="", start_at=sent, end_at=sent + timedelta(hours=1))
    person = SubmissionFactory(meeting=meeting, decision=Decision.APPROVED, decided_at=sent, submitted_at=sent)
    erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now())
    stays = Submission.objects.values_list("meeting", "decision", "decided_at", "submitted_at").get()
    assert stays == (meeting.pk, Decision.APPROVED, sent, sent)


def test_what_was_written_at_the_very_moment_goes_with_the_next_purge() -> None:
    """A sign-up under their address that had been let in when they were erased, say."""
    person, other = SubmissionFactory.create_batch(2)
    erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now())
    for each in (person, other):
        SecondSignUp.objects.create(submission=each, at=timezone.now(), values={"city": MARK}, answers=[])
    purge.purge(at=timezone.now())
    assert list(SecondSignUp.objects.values_list("submission", flat=True)) == [other.pk]


def test_files_and_rows_in_which_the_erased_may_be_go_and_others_stay() -> None:
    person = SubmissionFactory(email="Ann@Example.com")
    elsewhere = MeetingFactory()
    staff, now = User.objects.create_user("dana"), timezone.now()
    for meeting, exported in (
        (person.meeting, []),
        (elsewhere, []),
        (None, [elsewhere.pk]),
        (None, [elsewhere.pk, person.meeting_id]),
    ):
        job = Job.objects.create(
            work=Job.Work.EXPORT if exported else Job.Work.CHECK,
            by=staff,
            meeting=meeting,
            asked_at=now,
            parameters={"meetings": exported} if exported else {},
        )
        for kind in JobPart.Kind:
            JobPart.objects.create(job=job, kind=kind, number=0, content=b"!")
        for number, key in enumerate(["ann@example.com", "bo@example.com"], start=2):
            JobRow.objects.create(job=job, number=number, outcome=JobRow.Outcome.NEW, email_key=key)
    erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now())
    assert list(JobRow.objects.filter(job__meeting=person.meeting).values_list("email_key", flat=True)) == [
        "bo@example.com"
    ]
    assert JobRow.objects.count() == 7
    kept = [
        JobPart.objects.filter(job=job).order_by("pk").values_list("kind", flat=True)
        for job in Job.objects.order_by("pk")
    ]
    everything = [kind.value for kind in JobPart.Kind]
    assert list(map(list, kept)) == [["chosen"], everything, everything, ["chosen"]]
