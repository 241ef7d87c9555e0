"""Exports and imports that go on in the background: asked for, taken up, told of, ended; each step once.

Whoever runs a job shows signs of life, in the transactions of its work and beside them. A job without one for a minute
was left by a killed process, and whoever looks next takes it up (transfer/run.py); the one that was taken for dead and
is not finds that out with its next sign, and stops.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from threading import Event, Thread
from typing import IO, Any

from django.contrib.auth.models import User
from django.db import DatabaseError, connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registration import audit, queue
from registration.models import Job, JobPart, JobRow, Meeting
from registration.models.job import new_runner

IS_DEAD_AFTER = timedelta(minutes=1)
IS_FORGOTTEN_AFTER = timedelta(seconds=30)
"""A job that nobody has begun by then was to be run by a process that is gone."""

MOST_RUNS = 5
FILES_ARE_KEPT = timedelta(hours=24)
UNDO_IS_KEPT = timedelta(days=30)
JOBS_ARE_KEPT = timedelta(days=90)

_ENDED = Q(state__in=[Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
CHECKABLE = Q(work=Job.Work.CHECK) & (Q(state=Job.State.PREPARED) | _ENDED)
IMPORTABLE = Q(work=Job.Work.CHECK, state=Job.State.DONE)
UNDOABLE = (Q(work=Job.Work.IMPORT) & _ENDED) | Q(work=Job.Work.UNDO, state__in=[Job.State.FAILED, Job.State.CANCELLED])
"""Of which imports the next step can be asked for."""

_BEAT_SECONDS = 10.0
_PIECE = 512 * 1024


class Stopped(Exception):
    """The job is no longer this run's: it was cancelled, or somebody else has taken it up."""


class Failed(Exception):
    """The job cannot be done; the words say why, to staff."""


@dataclass(frozen=True)
class Run:
    """One run of a job by one process."""

    job: Job
    runner: str

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Show a sign of life every few seconds, also where a step takes long: as long as this process is there."""
        has_ended = Event()

        def beat() -> None:
            try:
                while not has_ended.wait(_BEAT_SECONDS):
                    # Where the database is away for a moment, the next one will do.
                    with suppress(DatabaseError):
                        self._ours().update(beat_at=timezone.now())
            finally:
                connections.close_all()

        heart = Thread(target=beat, name=f"heart of job {self.job.pk}", daemon=True)
        heart.start()
        try:
            yield
        finally:
            has_ended.set()
            heart.join()

    def beat(self, *, done: int, total: int | None = None, **result: Any) -> None:
        """Show a sign of life, and how far it is; in the transaction of what was done.

        Raises ``Stopped`` where the job is no longer ours: then nothing of that transaction may hold.
        """
        changes: dict[str, Any] = {"beat_at": timezone.now(), "done": done}
        if total is not None:
            changes["total"] = self.job.total = total
        if result:
            changes["result"] = self.job.result = {**self.job.result, **result}
        if not self._ours().update(**changes):
            raise Stopped
        self.job.done = done

    def finish(self, **result: Any) -> None:
        """Note that it is done. Raises ``Stopped`` as ``beat`` does."""
        self._end(Job.State.DONE, result={**self.job.result, **result})

    def fail(self, words: str) -> None:
        """Note that it cannot be done, and why. Raises ``Stopped`` as ``beat`` does."""
        self._end(Job.State.FAILED, failure=words[:500])

    def _end(self, state: Job.State, **changes: Any) -> None:
        now = timezone.now()
        if not self._ours().update(state=state, finished_at=now, beat_at=now, runner="", **changes):
            raise Stopped
        self.job.refresh_from_db()

    def _ours(self) -> QuerySet[Job]:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, runner=self.runner)


# --- asking -----------------------------------------------------------------------------------------------------------


def prepare(*, meeting: Meeting, by: User, content: Iterable[bytes], **parameters: Any) -> Job:
    """Keep an uploaded file, to be imported into the meeting once it is said what its columns are; and note it."""
    with transaction.atomic():
        job = Job.objects.create(
            work=Job.Work.CHECK, by=by, meeting=meeting, asked_at=timezone.now(), parameters=parameters
        )
        write_parts(job, JobPart.Kind.UPLOAD, content)
        words = job.parameters.get("file", "")
        audit.note(by, audit.Action.ADDED, meeting=meeting, thing=_thing(job), count=0, words=words)
    return job


def ask_for_export(*, by: User, chosen: bytes, total: int, **parameters: Any) -> Job:
    """Ask for an export of the people with these keys."""
    with transaction.atomic():
        job = Job.objects.create(
            work=Job.Work.EXPORT,
            state=Job.State.WAITING,
            by=by,
            asked_at=timezone.now(),
            parameters=parameters,
            total=total,
        )
        write_parts(job, JobPart.Kind.CHOSEN, [chosen])
        queue.enqueue_job(job.pk)
    return job


def ask(job: Job, work: Job.Work, *, after: Q, by: User | None = None, total: int = 0, **parameters: Any) -> bool:
    """Ask for the next step of an import. Returns whether it was asked for now: a second click finds it so already.

    ``after`` must hold of the job as it is. ``by`` is who of the staff does it from now on.
    """
    with transaction.atomic():
        found = Job.objects.select_for_update().filter(after, pk=job.pk).first()
        if found is None:
            return False
        found.work, found.state, found.asked_at = work, Job.State.WAITING, timezone.now()
        found.started_at = found.finished_at = found.beat_at = None
        found.parameters = found.parameters | parameters
        found.done, found.total, found.runs, found.failure, found.by = 0, total, 0, "", by or found.by
        found.save()
        queue.enqueue_job(found.pk)
    job.refresh_from_db()
    return True


def cancel(job: Job, *, by: User) -> bool:
    """Stop it, and note that; what was done is done. Returns whether it was going on."""
    going_on = Q(state__in=[Job.State.WAITING, Job.State.RUNNING])
    ended: dict[str, Any] = {"state": Job.State.CANCELLED, "finished_at": timezone.now(), "runner": ""}
    with transaction.atomic():
        found = Job.objects.select_for_update().filter(going_on, pk=job.pk).first()
        if found is None:
            return False
        Job.objects.filter(pk=job.pk).update(**ended)
        if job.work == Job.Work.EXPORT:
            job.parts.all().delete()
        _note_end(found, by=by)
    return True


def _note_end(job: Job, *, by: User) -> None:
    """Note in the audit of each meeting of the job that it was stopped."""
    name = capfirst(str(Job._meta.get_field("state").verbose_name))
    before, after = {name: str(Job.State(job.state).label)}, {name: str(Job.State.CANCELLED.label)}
    keys = job.parameters.get("meetings", []) if job.meeting_id is None else [job.meeting_id]
    counts = dict.fromkeys(Meeting.objects.filter(pk__in=keys).values_list("pk", flat=True), 0)
    audit.note_meetings(by, audit.Action.EDITED, counts, thing=_thing(job), before=before, after=after)


def _thing(job: Job) -> str:
    """What the audit calls it."""
    return f"{'export' if job.work == Job.Work.EXPORT else 'import'} {job.pk}"


# --- running ----------------------------------------------------------------------------------------------------------


def take(pk: int, *, at: datetime) -> Run | None:
    """Begin the job, or take it up where a killed process left it; ``None`` where there is nothing to take.

    One that was begun too often is given up.
    """
    runner = new_runner()
    mine = Job.objects.filter(_is_to_be_taken(at=at), pk=pk)
    if mine.filter(runs__gte=MOST_RUNS).update(
        state=Job.State.FAILED,
        finished_at=at,
        runner="",
        failure=_("It was begun %d times, and never got to its end.") % MOST_RUNS,
    ):
        return None
    job = mine.first()
    if job is None or not mine.filter(runs=job.runs, runner=job.runner).update(
        state=Job.State.RUNNING, runner=runner, runs=job.runs + 1, beat_at=at, started_at=job.started_at or at
    ):
        return None
    job.refresh_from_db()
    return Run(job, runner)


def left(*, at: datetime) -> list[int]:
    """The keys of the jobs that nobody runs, though they are to be run."""
    is_forgotten = Q(state=Job.State.WAITING, asked_at__lt=at - IS_FORGOTTEN_AFTER)
    found = Job.objects.filter(is_forgotten | _is_dead(at=at)).order_by("asked_at", "pk")
    return list(found.values_list("pk", flat=True))


def _is_to_be_taken(*, at: datetime) -> Q:
    return Q(state=Job.State.WAITING) | _is_dead(at=at)


def _is_dead(*, at: datetime) -> Q:
    # A sign from the future was written by a clock that has been set back since.
    has_no_sign = Q(beat_at__lt=at - IS_DEAD_AFTER) | Q(beat_at__gt=at + IS_DEAD_AFTER)
    return Q(state=Job.State.RUNNING) & has_no_sign


# --- files ------------------------------------------------------------------------------------------------------------


def write_parts(job: Job, kind: JobPart.Kind, pieces: Iterable[bytes]) -> int:
    """Keep a file in place of the one that is kept. Returns of how many parts it is."""
    job.parts.filter(kind=kind).delete()
    number = 0
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            content = piece[start : start + _PIECE]
            JobPart.objects.create(job=job, kind=kind, number=number, content=content)
            number += 1
    return number


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """A file, piece by piece."""
    while piece := file.read(_PIECE):
        yield piece


def read_parts(job: Job, kind: JobPart.Kind) -> Iterator[bytes]:
    """A file that is kept, part by part, with a query for each."""
    number = 0
    while (part := JobPart.objects.filter(job=job, kind=kind, number=number).first()) is not None:
        yield bytes(part.content)
        number += 1


def has_file(job: Job, kind: JobPart.Kind) -> bool:
    """Whether it is still kept."""
    return JobPart.objects.filter(job=job, kind=kind, number=0).exists()


# --- the end of it ----------------------------------------------------------------------------------------------------


def forget(job: Job) -> None:
    """Delete the file of an import, and what its rows say of people: it is over."""
    job.parts.all().delete()
    job.rows.update(email_key="", values={}, answers=[], problems=[])


def purge(*, at: datetime) -> int:
    """Delete the files and rows whose time is over, and old jobs. Returns how many files."""
    ended = Job.objects.filter(
        Q(state__in=[Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED], finished_at__lt=at - FILES_ARE_KEPT)
        | Q(state=Job.State.PREPARED, asked_at__lt=at - FILES_ARE_KEPT)
    )
    with_files = list(ended.filter(parts__isnull=False).distinct().values_list("pk", flat=True))
    for pk in with_files:
        JobPart.objects.filter(job=pk).delete()
    over = ended.exclude(work__in=[Job.Work.IMPORT, Job.Work.UNDO])
    JobRow.objects.filter(job__in=over.values("pk")).delete()
    undoable = Job.objects.filter(work__in=[Job.Work.IMPORT, Job.Work.UNDO])
    _forget_rows(ended.filter(pk__in=undoable.values("pk")))
    JobRow.objects.filter(job__in=undoable.filter(finished_at__lt=at - UNDO_IS_KEPT).values("pk")).delete()
    Job.objects.filter(asked_at__lt=at - JOBS_ARE_KEPT).exclude(
        state__in=[Job.State.WAITING, Job.State.RUNNING]
    ).delete()
    return len(with_files)


def _forget_rows(jobs: QuerySet[Job]) -> None:
    rows = JobRow.objects.filter(job__in=jobs.values("pk"))
    rows.exclude(email_key="", values={}, problems=[]).update(email_key="", values={}, answers=[], problems=[])


def in_chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The rows, so many at a time."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk
