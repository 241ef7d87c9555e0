"""Asks the workers for work, where there are workers: the setting ``QUEUE``. Without it every function is a no-op.

A job is a row of Procrastinate's, written in the caller's own transaction: it comes and goes with it. It says only
*when* to look, and at which meeting, mail or export, by primary key; what is to be done there is in our own rows. So a
job that is lost, or runs twice, or comes too late, does no harm: the next one finds the same work.

Procrastinate is imported below, by functions that run only where it is in use.
"""

from collections.abc import Collection

from django.conf import settings

PUSH = "registration.push"
PUSH_LATER = "registration.push_later"
MAIL = "registration.mail"
JOB = "registration.job"
"""The names under which registration/tasks.py has the tasks."""


def enqueue_push(meeting_ids: Collection[int]) -> None:
    """Ask for a push of each meeting, in the caller's transaction; where one is waiting already, that one will do.

    A constant number of statements, unless somebody else asks for the same meeting at the same moment. It may then wait
    for their transaction to end. No worker starts before the caller's transaction has ended, so that it sees all of it.
    """
    if settings.QUEUE and meeting_ids:
        from registration.queue import jobs

        jobs.push(meeting_ids)


def enqueue_push_later(meeting_id: int, *, seconds: float) -> None:
    """Ask for a push of the meeting after so many seconds; where that has been asked already, it stays as it is."""
    if settings.QUEUE:
        from registration.queue import jobs

        jobs.push_later(meeting_id, seconds=seconds)


def enqueue_mail(mail_id: int) -> None:
    """Ask for the mail to be sent, in the caller's transaction."""
    if settings.QUEUE:
        from registration.queue import jobs

        jobs.mail(mail_id)


def enqueue_job(job_id: int) -> None:
    """Ask for an export or import to be gone on with, in the caller's transaction."""
    if settings.QUEUE:
        from registration.queue import jobs

        jobs.job(job_id)


def delete_finished(*, hours: int) -> int:
    """Delete the jobs that ended so many hours ago, however they ended. Returns how many."""
    if not settings.QUEUE:
        return 0
    from registration.queue import jobs

    return jobs.delete_finished(hours=hours)
