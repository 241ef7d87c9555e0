"""What the workers do, where there are any (the setting ``QUEUE``): the verbs of flow/, each when a job says so.

Procrastinate finds this module by its name. Jobs name meetings, mails, exports and imports by primary key, and a log
line says no more of them. Each task ends within ``queue.rescue.LONGEST_JOB_SECONDS``.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from registration import queue
from registration.accounts import Clients
from registration.flow import deliver, jobs, periodic, post, purge, pushes, queries, sync
from registration.models import Mail, Meeting
from registration.queue import rescue
from registration.report import Report
from registration.transfer import run as transfer

logger = logging.getLogger(__name__)

PUSH_SECONDS = 120
"""After so long a push makes room for the job of another meeting, and queues up again."""

SYNC_SECONDS = 600
"""After so long a sync leaves the other meetings to the next one."""

MAIL_SECONDS = 120
"""After so long the mails that are due are left to the next job, of which there is one each minute."""

_SHORT_PAUSE_SECONDS = 5.0


@app.task(name=queue.PUSH, pass_context=True)
def push(context: JobContext, *, meeting_id: int) -> None:
    """Push the meeting until nothing gets further; what is left then and worth it is asked for again."""
    began, ends_at = time.monotonic(), time.monotonic() + PUSH_SECONDS
    asked = pushes.asked_for(meeting_id, at=timezone.now())
    by, calls, words = asked[0].by if asked else None, deliver.Calls(), ""
    try:
        with stopping(context) as stop, Clients() as clients:
            run = partial(_push, meeting_id, clients, stop, ends_at, by=by, watch=calls)
            report, pause = run(), 0.0
            while report.is_worth_another and not stop.is_set():
                pause = deliver.pause(report, at=timezone.now())
                if pause > _SHORT_PAUSE_SECONDS or time.monotonic() + pause >= ends_at:
                    break
                stop.wait(pause)
                report = run().after(report)
        words = "" if report.is_worth_another else pushes.ENDED
    finally:
        # The calls are for all of them, though made in the name of the first.
        for entry in asked:
            pushes.note_calls({meeting_id: entry}, calls.batches, words=words)
    logger.info(
        "job=%s task=push meeting=%d batches=%d left=%d in_flight=%d outcome=%s seconds=%.1f",
        context.job.id, meeting_id, report.batches, report.left, report.in_flight, report.exit_status.name,
        time.monotonic() - began,
    )  # fmt: skip
    if not report.is_worth_another:
        return
    if pause > _SHORT_PAUSE_SECONDS:
        queue.enqueue_push_later(meeting_id, seconds=pause)
    else:
        queue.enqueue_push([meeting_id])


@app.task(name=queue.PUSH_LATER)
def push_later(*, meeting_id: int) -> None:
    """Ask for a push, now that its time has come."""
    queue.enqueue_push([meeting_id])


@app.task(name=queue.MAIL)
def send_mail(*, mail_id: int) -> None:
    """Send the mail, if it is due. When it is tried again, where that fails, its row says."""
    post.send(Mail.objects.filter(pk=mail_id))


@app.task(name=queue.JOB)
def do_job(*, job_id: int) -> None:
    """Go on with an export or import; what is left of one by a killed worker, ``jobs_left`` asks for."""
    transfer.run(job_id)


@app.periodic(cron="* * * * *")
@app.task(name="registration.jobs_left", queueing_lock="jobs-left")
def jobs_left(timestamp: int) -> None:
    """Ask for the exports and imports that nobody goes on with."""
    for job_id in jobs.left(at=timezone.now()):
        queue.enqueue_job(job_id)


@app.periodic(cron="* * * * *")
@app.task(name="registration.push_due", queueing_lock="push-due")
def push_due(timestamp: int) -> None:
    """Ask for a push of every meeting about whose people anything is to be done, whoever forgot to ask."""
    at, running = timezone.now(), Meeting.objects.filter(paused_at=None)
    meetings = list(queries.deliverable_meetings(running, at=at))
    erasing = queries.erasing_meetings(running, at=at).values_list("pk", flat=True)
    queue.enqueue_push(queries.busy(meetings) | set(erasing))


@app.periodic(cron="* * * * *")
@app.task(name="registration.mails_due", queueing_lock="mails-due", pass_context=True)
def mails_due(context: JobContext, timestamp: int) -> None:
    """Send the mails that are due: tries again what failed, and does what was forgotten."""
    with stopping(context) as stop:
        done = post.send(Mail.objects.all(), seconds=MAIL_SECONDS, stop=stop)
    if done != post.Posted():
        logger.info(
            "job=%s task=mails sent=%d failed=%d given_up=%d problem=%s",
            context.job.id, done.sent, done.failed, done.given_up, done.problem or "none",
        )  # fmt: skip


@app.periodic(cron="* * * * *")
@app.task(name="registration.sync", lock="sync", queueing_lock="sync", pass_context=True)
def sync_due(context: JobContext, timestamp: int) -> None:
    """Read back from Webex who is there, for the meetings whose time has come. One sync at a time."""
    with stopping(context) as stop, Clients() as clients:
        report = sync.statuses(Meeting.objects.all(), clients=clients, only_due=True, seconds=SYNC_SECONDS, stop=stop)
    if report.counts["seen"] or report.exit_status:
        logger.info(
            "job=%s task=sync seen=%d changed=%d missing=%d unknown=%d alarms=%d outcome=%s",
            context.job.id, *(report.counts[key] for key in ("seen", "changed", "missing", "unknown")),
            len(report.alarms), report.exit_status.name,
        )  # fmt: skip


@app.periodic(cron="* * * * *")
@app.task(name="registration.periodic", queueing_lock="periodic")
def run_periodic(timestamp: int) -> None:
    """End what was not confirmed or taken in time, move the waiting lists up, write reminders."""
    done = periodic.run(at=timezone.now())
    if not done.is_idle:
        counts = " ".join(f"{what}={count}" for what, count in done.counts.items())
        logger.info("task=periodic %s problems=%d", counts, len(done.problems))


@app.periodic(cron="17 * * * *")
@app.task(name="registration.purge", queueing_lock="purge")
def purge_old(timestamp: int) -> None:
    """Delete what has served its purpose."""
    purged = purge.purge(at=timezone.now())
    logger.info(
        "task=purge sessions=%d calls=%d mails=%d jobs=%d", purged.sessions, purged.calls, purged.mails, purged.jobs
    )


# The sixth column is seconds. It has no lock that a worker could take with it when it is killed, and goes first.
@app.periodic(cron="* * * * * */10")
@app.task(name="registration.rescue", queueing_lock="rescue", priority=100)
def rescue_stalled(timestamp: int) -> None:
    """Free the jobs of workers that are gone."""
    for job in rescue.rescue(stalled_seconds=settings.QUEUE_STALLED_SECONDS):
        logger.warning("Its worker is gone: job=%d task=%s runs_again=%s", job.job_id, job.task_name, job.runs_again)


@contextmanager
def stopping(context: JobContext) -> Iterator[Event]:
    """An event that is set once the worker is to stop, or the job to be aborted: Procrastinate only tells who asks."""
    stop, has_ended = Event(), Event()

    def watch() -> None:
        while not has_ended.wait(0.2):
            if context.should_abort():
                stop.set()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield stop
    finally:
        has_ended.set()
        watcher.join()


def _push(
    meeting_id: int, clients: Clients, stop: Event, ends_at: float, *, by: User | None, watch: deliver.Watch
) -> Report:
    meeting, seconds = Meeting.objects.filter(pk=meeting_id), ends_at - time.monotonic()
    return deliver.push(meeting, clients=clients, requested_by=by, seconds=seconds, stop=stop, watch=watch)
