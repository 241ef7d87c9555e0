"""Whatever is killed on the way, an import goes on, and nobody is registered twice."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils import timezone

from registration import audit
from registration.flow import enlist, jobs
from registration.models import (
    Answer,
    AuditEntry,
    Job,
    JobRow,
    Submission,
)
from registration.transfer import run, writing
from tests.cast import MeetingFactory, QuestionFactory
from tests.transfer.files import comma_separated
from tests.transfer.imports import HEADER, ask_for_import, counts, people, undone, uploaded

pytestmark = pytest.mark.django_db


# --- what is killed ---------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As a process ends that is killed: nothing of ours is asked."""


def killed_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, times: int) -> None:
    """Let a function be called so often, and then the process be killed."""
    real: Callable[..., Any] = getattr(module, name)
    calls = iter(range(times))

    def call(*args: Any, **kwargs: Any) -> Any:
        if next(calls, None) is None:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, call)


@pytest.mark.parametrize("name", ["_enlist_some", "_register", "_answers", "_audit_entry"])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_an_import_that_is_killed_goes_on_where_it_was(
    dana: User, monkeypatch: pytest.MonkeyPatch, name: str, times: int
) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, text="Why?")
    rows = [[*person, "so"] for person in people(7)]
    job = uploaded(meeting, dana, rows, header=[*HEADER, "Why?"])
    ask_for_import(job)
    with monkeypatch.context() as patched:
        killed_after(patched, enlist, name, times)
        with pytest.raises(Killed):
            run.run(job.pk)
    done = meeting.submissions.count()
    assert (done, Answer.objects.filter(question=question).count()) == (times * 2, times * 2)
    now = timezone.now()
    assert jobs.left(at=now + timedelta(seconds=50)) == []
    assert jobs.left(at=now + timedelta(seconds=70)) == [job.pk]
    Job.objects.update(beat_at=now - timedelta(seconds=70))
    assert run.take_up(at=now) == {"jobs": 1}
    job.refresh_from_db()
    assert (job.state, job.done, counts(job), meeting.submissions.count()) == ("done", 7, {"imported": 7}, 7)
    assert (Answer.objects.count(), AuditEntry.objects.get(action="imported").count) == (7, 7)


@pytest.mark.parametrize("step", ["imported", "undone"])
def test_what_fails_once_is_tried_again_and_noted(dana: User, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    job = uploaded(MeetingFactory(), dana, people(3))
    if step == "undone":
        ask_for_import(job)
        run.run(job.pk)
    real: Callable[..., None] = audit.add_count
    failures = iter(["deadlock detected"])

    def fails_once(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        if failure := next(failures, ""):
            raise OperationalError(failure)

    monkeypatch.setattr(audit, "add_count", fails_once)
    if step == "undone":
        undone(job)
    else:
        ask_for_import(job)
        run.run(job.pk)
    job.refresh_from_db()
    entry = AuditEntry.objects.get(action=step)
    assert (job.state, entry.count, job.result[f"{step}_entry"]) == ("done", 3, entry.pk)


def test_what_killed_processes_left_on_the_disk_goes_and_what_others_write_to_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far the clock of the run is ahead of the disk's."""
    monkeypatch.setattr(writing, "gettempdir", lambda: str(tmp_path))
    left, used, foreign = (tmp_path / name for name in (f"{writing.SCRATCH}1", f"{writing.SCRATCH}2", "other"))
    for folder in (left, used, foreign):
        folder.mkdir()
        (folder / "export.xlsx").touch()
    for folder in (left, foreign):
        os.utime(folder, times=(time.time() - 7 * 60 * 60,) * 2)
    run.take_up(at=timezone.now() + timedelta(days=1))
    assert sorted(tmp_path.iterdir()) == sorted([used, foreign])


def test_a_check_that_is_killed_begins_anew(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_CHECKED_AT_ONCE", 2)
    job = jobs.prepare(meeting=MeetingFactory(), by=dana, content=[comma_separated([HEADER, *people(5)])], file="x.csv")
    jobs.ask(job, Job.Work.CHECK, after=jobs.CHECKABLE, mapping=["first_name", "last_name", "email"])
    with monkeypatch.context() as patched:
        killed_after(patched, run, "_tell_apart", 2)
        with pytest.raises(Killed):
            run.run(job.pk)
    assert job.rows.count() == 4
    Job.objects.update(beat_at=timezone.now() - timedelta(seconds=70))
    run.take_up(at=timezone.now())
    assert counts(job) == {"new": 5}


def test_a_run_that_was_taken_for_dead_and_is_not_changes_nothing_any_more(
    dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    meeting = MeetingFactory()
    job = uploaded(meeting, dana, people(5))
    ask_for_import(job)
    slow = jobs.take(job.pk, at=timezone.now())
    assert slow is not None
    assert enlist._enlist_some(slow, done=0) == 2
    Job.objects.update(beat_at=timezone.now() - timedelta(seconds=70))
    assert run.run(job.pk)
    Job.objects.update(state="running", runner="another")
    JobRow.objects.filter(outcome="imported").update(outcome="new")
    with pytest.raises(jobs.Stopped):
        enlist.enlist(slow)
    assert meeting.submissions.count() == 5


def test_what_never_gets_to_its_end_is_given_up_in_words(dana: User) -> None:
    job = uploaded(MeetingFactory(), dana, people(1))
    ask_for_import(job)
    for _ in range(jobs.MOST_RUNS):
        assert jobs.take(job.pk, at=timezone.now()) is not None
        Job.objects.update(beat_at=timezone.now() - timedelta(seconds=70))
    assert jobs.take(job.pk, at=timezone.now()) is None
    job.refresh_from_db()
    assert (job.state, job.failure) == ("failed", "It was begun 5 times, and never got to its end.")


def test_an_error_is_logged_by_its_kind_and_tried_again(
    dana: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job = uploaded(MeetingFactory(), dana, people(1))
    ask_for_import(job)

    def fail(*_: Any) -> None:
        raise ValueError("guest0@example.com")

    with monkeypatch.context() as patched:
        patched.setitem(run._WORKS, "import", fail)
        assert not run.run(job.pk)
    assert caplog.messages == [f"job={job.pk} work=import ended with an error: ValueError"]
    assert run.take_up(at=timezone.now() + timedelta(seconds=70)) == {"jobs": 0}
    Job.objects.update(beat_at=timezone.now() - timedelta(seconds=70))
    assert run.take_up(at=timezone.now()) == {"jobs": 1}
    assert counts(job) == {"imported": 1}


def test_an_import_that_is_stopped_keeps_what_was_done_and_that_can_be_undone(
    dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    job = uploaded(MeetingFactory(), dana, people(5))
    ask_for_import(job)
    taken = jobs.take(job.pk, at=timezone.now())
    assert taken is not None
    enlist._enlist_some(taken, done=0)
    assert jobs.cancel(job, by=dana)
    assert not jobs.cancel(job, by=dana)
    with pytest.raises(jobs.Stopped):
        enlist.enlist(taken)
    job.refresh_from_db()
    assert (job.state, counts(job)) == ("cancelled", {"imported": 2, "new": 3})
    undone(job)
    assert (counts(job), Submission.objects.count()) == ({"removed": 2, "new": 3}, 0)
