"""Jobs as rows of Procrastinate's tables, written through Django's own connection.

Procrastinate's app would do, but for one thing: inside a worker it writes through connections of its own, where a job
would not be part of our transaction.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from procrastinate import exceptions, sql
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import DEFAULT_QUEUE, Job, Status
from procrastinate.manager import JobManager

from registration import queue

logger = logging.getLogger(__name__)

MAIL_PRIORITY = 10
"""A person waits for it, and it is short: a mail goes before a push."""

_MANAGER = JobManager(DjangoConnector())
_ATTEMPTS = 5
_ENDED = [status.value for status in (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.ABORTED)]

# KEY SHARE keeps workers, who skip what is locked, from starting the job before our transaction has ended: it would
# not see our rows, and nobody would ask again. Several transactions may hold it at once.
_HOLD_WAITING = """
    SELECT queueing_lock FROM procrastinate_jobs
    WHERE status = 'todo' AND queueing_lock = ANY(%s) ORDER BY id FOR KEY SHARE
"""


def push(meeting_ids: Collection[int]) -> None:
    """See ``queue.enqueue_push``."""
    wanted = {_push_lock(pk): pk for pk in sorted(meeting_ids)}
    with transaction.atomic():
        for _attempt in range(_ATTEMPTS):
            waiting = _hold_waiting(wanted)
            # In the order of their keys: two transactions that ask for the same meetings never wait for each other.
            missing = [_push_job(pk) for lock, pk in wanted.items() if lock not in waiting]
            if not missing or _defer(missing):
                return
    # Workers take jobs as fast as others write them: each of them looks at the meeting anyway.
    logger.warning("A push was not asked for, the periodic one will do it: meetings=%s", sorted(meeting_ids))


def push_later(meeting_id: int, *, seconds: float) -> None:
    """See ``queue.enqueue_push_later``.

    It is a job of its own, which asks for the push when its time has come: a push that waits for its time would be in
    the way of one that is asked for now.
    """
    job = Job(
        queue=DEFAULT_QUEUE,
        task_name=queue.PUSH_LATER,
        lock=None,
        queueing_lock=f"push-later-{meeting_id}",
        task_kwargs={"meeting_id": meeting_id},
        scheduled_at=timezone.now() + timedelta(seconds=seconds),
    )
    _defer([job])


def mail(mail_id: int) -> None:
    """See ``queue.enqueue_mail``."""
    job = Job(
        queue=DEFAULT_QUEUE,
        task_name=queue.MAIL,
        priority=MAIL_PRIORITY,
        lock=None,
        queueing_lock=None,
        task_kwargs={"mail_id": mail_id},
    )
    _MANAGER.defer_job(job)


def job(job_id: int) -> None:
    """See ``queue.enqueue_job``. Where one is waiting to be taken up already, that one will do."""
    lock = f"job-{job_id}"
    _defer(
        [
            Job(
                queue=DEFAULT_QUEUE,
                task_name=queue.JOB,
                lock=None,
                queueing_lock=lock,
                task_kwargs={"job_id": job_id},
            )
        ]
    )


def delete_finished(*, hours: int) -> int:
    """See ``queue.delete_finished``."""
    with connection.cursor() as cursor:
        cursor.execute(sql.queries["delete_old_jobs"], {"nb_hours": hours, "queue": None, "statuses": _ENDED})
        return int(cursor.rowcount)


def _push_lock(meeting_id: int) -> str:
    """The lock of a meeting: one push of it is under way at most, and one more may be waiting."""
    return f"meeting-{meeting_id}"


def _push_job(meeting_id: int) -> Job:
    lock = _push_lock(meeting_id)
    return Job(
        queue=DEFAULT_QUEUE,
        task_name=queue.PUSH,
        lock=lock,
        queueing_lock=lock,
        task_kwargs={"meeting_id": meeting_id},
    )


def _hold_waiting(locks: Iterable[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_WAITING, [list(locks)])
        return {lock for (lock,) in cursor.fetchall()}


def _defer(jobs: list[Job]) -> bool:
    """Write the jobs down; all or, where one of them is waiting already, none of them. Returns which."""
    try:
        with transaction.atomic():
            _MANAGER.batch_defer_jobs(jobs)
    except exceptions.AlreadyEnqueued:
        return False
    return True
