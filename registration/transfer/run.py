"""Does what staff asked for in the background: in a thread, by a worker, or by ``run_periodic`` after a kill."""

import logging
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import background
from registration.flow import enlist, jobs
from registration.form_design.design import design_of
from registration.models import Job, JobPart, JobRow, Meeting, Submission
from registration.transfer import reading, writing
from registration.transfer.checking import Checker
from registration.transfer.columns import Cell, columns_for
from registration.transfer.writing import Chosen

logger = logging.getLogger(__name__)

_CHECKED_AT_ONCE = 250


def ask_for_export(chosen: Chosen, *, by: User, format_name: str) -> Job:
    """Have the people exported in the background."""
    packed = zlib.compress(chosen.pks.tobytes())
    job = jobs.ask_for_export(
        by=by, chosen=packed, total=len(chosen.pks), format=format_name, meetings=sorted(chosen.meetings)
    )
    start(job)
    return job


def start(job: Job) -> None:
    """Have the job begun once the transaction is over, where no worker does it."""
    pk = job.pk
    if not settings.QUEUE:
        background.start_once_committed(lambda: run(pk), name=f"job {pk}")


def take_up(*, at: datetime) -> Mapping[str, int]:
    """Go on with what killed processes left. Returns how many jobs, as a concern of ``periodic``."""
    writing.clear_scratch()
    return {"jobs": sum(run(pk) for pk in jobs.left(at=at))}


def run(pk: int) -> bool:
    """Do the job, if nobody else does it. Returns whether it was done here, as far as it can be.

    An error that is nobody's fault leaves it to be taken up again.
    """
    taken = jobs.take(pk, at=timezone.now())
    if taken is None:
        return False
    try:
        with override(settings.LANGUAGE_CODE), taken.kept_alive():
            try:
                _WORKS[taken.job.work](taken)
            except (reading.NotReadable, jobs.Failed) as error:
                taken.fail(str(error))
    except jobs.Stopped:
        logger.info("job=%d work=%s stopped", pk, taken.job.work)
        return False
    except Exception as error:
        # Its kind and not its words: they may hold an address.
        logger.error("job=%d work=%s ended with an error: %s", pk, taken.job.work, type(error).__name__)
        return False
    return True


# --- exports ----------------------------------------------------------------------------------------------------------


def _export(taken: jobs.Run) -> None:
    """Write the workbook to the disk, then into the database, from where its owner downloads it."""
    job = taken.job
    pks = array("q")
    pks.frombytes(zlib.decompress(b"".join(jobs.read_parts(job, JobPart.Kind.CHOSEN))))
    chosen, meetings = Chosen(pks, Counter()), set(job.parameters["meetings"])
    columns = columns_for(job.by, meetings)
    if words := writing.against_xlsx(columns.header):
        raise jobs.Failed(words)
    with TemporaryDirectory(prefix=writing.SCRATCH) as folder:
        path = Path(folder) / "export.xlsx"
        with path.open("wb") as file:
            writing.write_xlsx(file, columns.header, _beating(taken, writing.rows_of(chosen, columns)))
        # Not in one transaction: on SQLite nobody else could write all the while. Until the end nobody reads them.
        with path.open("rb") as file:
            parts = jobs.write_parts(job, JobPart.Kind.DOWNLOAD, jobs.pieces(file))
        with transaction.atomic():
            taken.finish(parts=parts, bytes=path.stat().st_size, private_of=columns.sees_private_of(meetings))
            job.parts.filter(kind=JobPart.Kind.CHOSEN).delete()


def _beating(taken: jobs.Run, rows: Iterator[list[list[Cell]]]) -> Iterator[list[list[Cell]]]:
    done = 0
    for some in rows:
        done += len(some)
        yield some
        taken.beat(done=done)


def is_outdated(job: Job) -> bool:
    """Whether somebody of its meetings has asked to be erased since the export began: they may be in it."""
    erased = Submission.objects.filter(erase_asked_at__gte=job.started_at).order_by()
    return not set(erased.values_list("meeting_id", flat=True)).isdisjoint(job.parameters["meetings"])


# --- imports ----------------------------------------------------------------------------------------------------------


def _check(taken: jobs.Run) -> None:
    """Check each row, and keep what will be stored of it, or what is wrong with it. A second run begins anew."""
    job = taken.job
    content = b"".join(jobs.read_parts(job, JobPart.Kind.UPLOAD))
    if not content:
        raise jobs.Failed(_gone())
    # First of all whether it can be read to its end.
    total = sum(1 for _row in reading.rows_of(content)) - 1
    meeting = Meeting.objects.get(jobs=job)
    with transaction.atomic():
        taken.beat(done=0, total=total, form=design_of(meeting).digest)
        job.rows.all().delete()
    rows = reading.rows_of(content)
    checker = Checker(meeting, header=next(rows).cells, mapping=job.parameters["mapping"])
    seen: set[str] = set()
    done = 0
    for some in jobs.in_chunks(rows, _CHECKED_AT_ONCE):
        checked = [_job_row(job, row, checker) for row in some]
        done += len(some)
        with transaction.atomic():
            taken.beat(done=done)
            _tell_apart(meeting, checked, seen)
            JobRow.objects.bulk_create(checked)
    with transaction.atomic():
        if not jobs.has_file(job, JobPart.Kind.UPLOAD):
            job.rows.all().delete()
            taken.fail(_gone())
        else:
            taken.finish(**enlist.counts(job))


def _job_row(job: Job, row: reading.Row, checker: Checker) -> JobRow:
    checked = checker.check(row)
    outcome = JobRow.Outcome.BAD if checked.problems else JobRow.Outcome.NEW
    return JobRow(job=job, number=row.number, outcome=outcome, **checked._asdict())


def _tell_apart(meeting: Meeting, rows: list[JobRow], seen: set[str]) -> None:
    """Find out who is registered already, and who stands in the file a second time: nothing of them is kept."""
    keys = [row.email_key for row in rows if row.outcome == JobRow.Outcome.NEW]
    known = set(meeting.submissions.filter(email_key__in=keys).values_list("email_key", flat=True))
    for row in rows:
        if row.outcome != JobRow.Outcome.NEW:
            continue
        if row.email_key in seen:
            row.outcome = JobRow.Outcome.TWICE
        elif row.email_key in known:
            row.outcome = JobRow.Outcome.KNOWN
        seen.add(row.email_key)
        if row.outcome != JobRow.Outcome.NEW:
            row.email_key, row.values, row.answers = "", {}, []


def _gone() -> str:
    return _("The file is no longer here: somebody of this meeting was erased, or a day has passed. Upload it again.")


_WORKS: Mapping[str, Callable[[jobs.Run], None]] = {
    Job.Work.EXPORT: _export,
    Job.Work.CHECK: _check,
    Job.Work.IMPORT: enlist.enlist,
    Job.Work.UNDO: enlist.undo,
}
