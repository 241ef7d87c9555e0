"""Jobs whose worker is gone: killed, out of memory, or cut off from the database."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from procrastinate import sql
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from registration import queue

LONGEST_JOB_SECONDS = 900
"""No job of ours runs for so long: one that seems to has ended, and could not write that down."""

_CONNECTOR = DjangoConnector()
_MOST_ATTEMPTS = 10

# FOR UPDATE: where two workers look at once, each job is rescued by one of them, and neither waits for the other.
_STALLED = """
    SELECT job.id, job.task_name, (job.args->>'meeting_id')::bigint AS meeting_id, job.queueing_lock, job.attempts
    FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND (
        worker.id IS NULL
        OR worker.last_heartbeat < now() - make_interval(secs => %(stalled_seconds)s)
        OR NOT EXISTS (
            SELECT FROM procrastinate_events event
            WHERE event.job_id = job.id AND event.type = 'started'
                AND event.at > now() - make_interval(secs => %(longest_job_seconds)s)
        )
    )
    ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
"""


@dataclass(frozen=True)
class Rescued:
    """A job that was rescued, and whether it will run again: if not, it is asked for anew, by it or by the clock."""

    job_id: int
    task_name: str
    runs_again: bool


def rescue(*, stalled_seconds: float) -> list[Rescued]:
    """End or repeat the jobs whose workers have given no sign of life for so long, and free their locks.

    A job that stands for itself (a mail) runs again, until it has been tried ten times. Of the others, another may be
    waiting, which Procrastinate could not tell from this one put back: they are ended, and the push of a meeting is
    asked for anew. Whoever was in a call of the dead worker stays claimed until their lease ends, as after any crash.
    """
    bounds = {"stalled_seconds": stalled_seconds, "longest_job_seconds": LONGEST_JOB_SECONDS}
    rescued, meetings = [], set()
    with transaction.atomic():
        for row in _CONNECTOR.execute_query_all(_STALLED, **bounds):
            runs_again = row["queueing_lock"] is None and row["attempts"] < _MOST_ATTEMPTS
            if runs_again:
                JobManager(_CONNECTOR).retry_job_by_id(row["id"], retry_at=timezone.now())
            else:
                status = Status.ABORTED.value
                _CONNECTOR.execute_query(sql.queries["finish_job"], job_id=row["id"], status=status, delete_job=False)
            if row["task_name"] == queue.PUSH:
                meetings.add(row["meeting_id"])
            rescued.append(Rescued(row["id"], row["task_name"], runs_again))
        queue.enqueue_push(meetings)
    return rescued
