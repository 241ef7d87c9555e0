"""Files of people, uploaded, checked, imported and undone as the pages have it done."""

from typing import Any

from django.contrib.auth.models import User

from registration.flow import enlist, jobs
from registration.models import (
    Job,
    Meeting,
)
from registration.transfer import mapping, run
from tests.transfer.files import comma_separated

HEADER = ["First name", "Last name", "E-mail address"]


def people(count: int, *, start: int = 0) -> list[list[str]]:
    return [[f"First{number}", "Last", f"Guest{number}@Example.com"] for number in range(start, start + count)]


def uploaded(meeting: Meeting, by: User, rows: list[list[str]], *, header: list[str] | None = None) -> Job:
    """A file that was uploaded, and whose columns were said, and checked."""
    content = comma_separated([header or HEADER, *rows])
    job = jobs.prepare(meeting=meeting, by=by, content=[content], file="people.csv")
    names = mapping.guessed(header or HEADER, mapping.targets(meeting))
    assert jobs.ask(job, Job.Work.CHECK, after=jobs.CHECKABLE, mapping=names)
    assert run.run(job.pk)
    job.refresh_from_db()
    return job


def ask_for_import(job: Job, *, decision: str = "waiting", mails: bool = False) -> None:
    total = job.rows.filter(outcome="new").count()
    assert jobs.ask(job, Job.Work.IMPORT, after=jobs.IMPORTABLE, total=total, decision=decision, mails=mails)


def imported(meeting: Meeting, by: User, rows: list[list[str]], **choice: Any) -> Job:
    job = uploaded(meeting, by, rows)
    ask_for_import(job, **choice)
    assert run.run(job.pk)
    job.refresh_from_db()
    return job


def undone(job: Job) -> Job:
    assert jobs.ask(job, Job.Work.UNDO, after=jobs.UNDOABLE, total=job.rows.filter(outcome="imported").count())
    assert run.run(job.pk)
    job.refresh_from_db()
    return job


def counts(job: Job) -> dict[str, int]:
    """Those outcomes that there are."""
    return {outcome: count for outcome, count in enlist.counts(job).items() if count}
