"""An import is undone again, and its file is kept for no longer than it is needed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration import audit
from registration.flow import enlist, erase, jobs, review
from registration.models import (
    AuditEntry,
    Job,
    JobPart,
    Note,
    SecondSignUp,
    Submission,
    Tag,
)
from registration.transfer import mapping, reading, run
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory, SubmissionFactory
from tests.transfer.files import xlsx
from tests.transfer.imports import HEADER, ask_for_import, counts, imported, people, undone, uploaded

pytestmark = pytest.mark.django_db


# --- undo -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_nobody_of_an_import_moves_up_while_it_is_undone(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    meeting = MeetingFactory(capacity=3, waiting_list="at_once")
    job = undone(imported(meeting, dana, people(7), decision="approved"))
    assert (job.result["removed"], job.result["kept"]) == (7, 0)
    assert not Submission.objects.exists()


def test_undo_removes_exactly_whom_the_import_made(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    meeting = MeetingFactory()
    stays = SubmissionFactory(meeting=meeting)
    other = imported(meeting, dana, people(2, start=10))
    job = undone(imported(meeting, dana, people(5), decision="approved", mails=True))
    assert list(meeting.submissions.order_by("pk").values_list("email_key", flat=True)) == [
        stays.email_key, "guest10@example.com", "guest11@example.com",
    ]  # fmt: skip
    assert (job.state, counts(job), counts(other)) == ("done", {"removed": 5}, {"imported": 2})
    entry = AuditEntry.objects.get(action="undone")
    assert (entry.by, entry.meeting, entry.count) == (dana, meeting, 5)
    assert AuditEntry.objects.filter(action="imported").count() == 2
    assert not jobs.ask(job, Job.Work.UNDO, after=jobs.UNDOABLE)


def test_what_staff_did_and_saw_of_them_stays_in_the_audit(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under their references: nothing else of them is left."""
    monkeypatch.setattr(enlist, "AT_ONCE", 1)
    meeting = MeetingFactory()
    job = imported(meeting, dana, people(3))
    ann, bo, _cy = everybody = list(meeting.submissions.order_by("pk"))
    stays, other = SubmissionFactory(meeting=meeting), SubmissionFactory()
    audit.note_people(dana, audit.Action.VIEWED, [ann.pk])
    audit.note(dana, audit.Action.VIEWED, meeting=meeting, submission=bo, thing="mail 7", words="Bo's mail.")
    audit.note(dana, audit.Action.EDITED, submission=bo, before={"city": ["Paris"]}, after={"city": ["Rome"]})
    audit.note_people(dana, audit.Action.MAILED, [ann.pk, bo.pk, stays.pk])
    audit.note_people(dana, audit.Action.VIEWED, [ann.pk, other.pk])
    entries = AuditEntry.objects.order_by("pk")
    undone(job)
    [one, two, three] = [person.reference for person in everybody]
    assert list(entries.values_list("action", "meeting", "thing", "count", "before", "after", "note")) == [
        ("added", meeting.pk, f"import {job.pk}", 0, {}, {}, "people.csv"),
        ("imported", meeting.pk, f"import {job.pk}", 3, {"References": [three, two, one]}, {}, "people.csv"),
        ("viewed", meeting.pk, f"submission: {one}", 1, {}, {}, ""),
        ("viewed", meeting.pk, f"mail 7: {two}", 1, {}, {}, ""),
        ("edited", meeting.pk, f"submission: {two}", 1, {}, {}, ""),
        ("mailed", meeting.pk, "", 3, {"References": [two, one]}, {}, ""),
        ("viewed", meeting.pk, f"submission: {one}", 1, {}, {}, ""),
        ("viewed", other.meeting_id, "", 1, {}, {}, ""),
        ("undone", meeting.pk, f"import {job.pk}", 3, {"References": [three, two, one]}, {}, "people.csv"),
    ]  # fmt: skip


def test_an_entry_has_room_for_the_first_of_the_references(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_MOST_REFERENCES", 3)
    entry = audit.note(dana, audit.Action.UNDONE)
    for references, named in [("ab", "ab"), ("c", "abc"), ("de", "abc…"), ("f", "abc…")]:
        audit.add_references(entry.pk, references)
        entry.refresh_from_db()
        assert entry.before == {"References": list(named)}


def _answered_again(person: Submission) -> None:
    SecondSignUp.objects.create(submission=person, at=timezone.now(), values={}, answers=[])


def _reviewed(person: Submission) -> None:
    review.decline(Submission.objects.filter(pk=person.pk), by=User.objects.get(), reason="")


def _noted(person: Submission) -> None:
    Note.objects.create(submission=person, by=User.objects.get(), at=timezone.now(), text="!")


@pytest.mark.parametrize(
    "touch",
    [
        lambda person: Submission.objects.filter(pk=person.pk).update(presence="registered"),
        lambda person: Submission.objects.filter(pk=person.pk).update(sent_at=timezone.now()),
        lambda person: Submission.objects.filter(pk=person.pk).update(corrected_at=timezone.now()),
        lambda person: Submission.objects.filter(pk=person.pk).update(assigned_to=User.objects.get()),
        lambda person: Tag.objects.create(submission=person, name="vip"),
        _answered_again,
        _reviewed,
        _noted,
    ],
)
@pytest.mark.parametrize("decision", ["waiting", "approved"])
def test_whom_anybody_has_touched_stays(dana: User, touch: Callable[[Submission], object], decision: str) -> None:
    meeting = MeetingFactory()
    job = imported(meeting, dana, people(3), decision=decision)
    touched = meeting.submissions.get(email_key="guest1@example.com")
    touch(touched)
    undone(job)
    assert counts(job) == {"removed": 2, "kept": 1}
    assert [row.submission for row in job.rows.filter(outcome="kept")] == [touched]
    assert list(meeting.submissions.all()) == [touched]


def test_who_was_erased_since_is_no_row_any_more(dana: User) -> None:
    job = imported(MeetingFactory(), dana, people(2))
    erase.ask(Submission.objects.filter(email_key="guest1@example.com"), at=timezone.now())
    undone(job)
    assert counts(job) == {"removed": 1}
    assert Submission.objects.filter(erased_at__isnull=False).count() == 1


def test_a_place_that_becomes_free_by_it_goes_to_who_is_next(
    dana: User, django_capture_on_commit_callbacks: Any
) -> None:
    meeting = MeetingFactory(capacity=2, waiting_list="at_once")
    job = imported(meeting, dana, people(2))
    waits = SubmissionFactory(meeting=meeting, decision="waitlisted")
    with django_capture_on_commit_callbacks(execute=True):
        undone(job)
    waits.refresh_from_db()
    assert waits.decision == "waiting"


# --- what is kept, and for how long -----------------------------------------------------------------------------------


def test_files_go_after_a_day_undo_after_a_month_and_the_job_after_three(dana: User) -> None:
    meeting = MeetingFactory()
    job, left = imported(meeting, dana, people(1)), uploaded(meeting, dana, people(1, start=5))
    unsaid = jobs.prepare(meeting=meeting, by=dana, content=[b"a\nb\n"], file="x.csv")
    ages = [
        (timedelta(hours=23), [1, 1, 0], 2),
        (timedelta(hours=25), [1, 0, 0], 0),
        (timedelta(days=31), [0, 0, 0], 0),
    ]
    for age, rows, files in ages:
        jobs.purge(at=timezone.now() + age)
        assert [each.rows.count() for each in (job, left, unsaid)] == rows, age
        assert JobPart.objects.count() == files, age
    assert Job.objects.count() == 3
    jobs.purge(at=timezone.now() + timedelta(days=91))
    assert (Job.objects.count(), Submission.objects.count()) == (0, 1)


def test_fifty_thousand_rows_are_checked_chunk_by_chunk_with_few_queries(
    dana: User, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    """As many for a chunk of ten as for one of forty, but that SQLite takes about a thousand values a statement."""
    spent = []
    for size in (10, 40):
        monkeypatch.setattr(run, "_CHECKED_AT_ONCE", size)
        monkeypatch.setattr(enlist, "AT_ONCE", size)
        meeting = MeetingFactory()
        job = uploaded(meeting, dana, people(size))
        ask_for_import(job, decision="approved", mails=True)
        with django_assert_max_num_queries(80) as queries:
            run.run(job.pk)
        spent.append(len(queries))
    assert spent[0] <= spent[1] <= spent[0] + 4


def test_a_workbook_is_imported_like_csv(dana: User) -> None:
    meeting = MeetingFactory()
    content = xlsx([HEADER, *people(2)])
    job = jobs.prepare(meeting=meeting, by=dana, content=[content], file="people.xlsx")
    header, _sample = reading.header_of(content)
    jobs.ask(job, Job.Work.CHECK, after=jobs.CHECKABLE, mapping=mapping.guessed(header.cells, mapping.targets(meeting)))
    run.run(job.pk)
    assert counts(job) == {"new": 2}


def test_a_large_file_is_kept_in_pieces(dana: User) -> None:
    content = bytes(range(256)) * 8_000
    job = jobs.prepare(meeting=MeetingFactory(), by=dana, content=[content[:700_000], content[700_000:]], file="x")
    assert b"".join(jobs.read_parts(job, JobPart.Kind.UPLOAD)) == content
    assert job.parts.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_long_step_is_not_taken_for_a_dead_process(
    dana: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(jobs, "_BEAT_SECONDS", 0.02)
    with database_for_threads(tmp_path):
        user = User.objects.create_superuser("eve")
        job = jobs.ask_for_export(by=user, chosen=b"", total=0)
        taken = jobs.take(job.pk, at=timezone.now())
        assert taken is not None
        long_ago = timezone.now() - timedelta(minutes=5)
        Job.objects.update(beat_at=long_ago)
        with taken.kept_alive():
            for _ in range(200):
                if Job.objects.get().beat_at != long_ago:
                    break
                sleep(0.05)
        assert jobs.left(at=timezone.now()) == []
        Job.objects.update(beat_at=long_ago)
        assert jobs.left(at=timezone.now()) == [job.pk]
