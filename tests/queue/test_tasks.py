"""What the workers do by the clock, and for how long a push goes on."""

import time
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job
from pytest_django import Settings

from registration import tasks
from registration.accounts import settings_account
from registration.flow import jobs as transfer_jobs
from registration.flow import moves, pushes
from registration.models import AuditEntry, Batch, Meeting, Submission, WebexCall
from registration.models import Job as TransferJob
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, WebexStatus
from tests.cast import MeetingFactory, SubmissionFactory
from tests.queue.rows import jobs, run

pytestmark = pytest.mark.usefixtures("queue")


def context(reason: AbortReason | None = None) -> JobContext:
    """What Procrastinate tells a task of its job."""
    job = Job(id=5, queue="", lock=None, queueing_lock=None, task_name="")
    return JobContext(app=app, job=job, start_timestamp=time.time(), abort_reason=lambda: reason)


def test_a_push_is_asked_for_of_every_meeting_with_something_to_do_and_of_no_other() -> None:
    busy = MeetingFactory()
    SubmissionFactory(meeting=busy, approved=True)
    SubmissionFactory(meeting=MeetingFactory())
    SubmissionFactory(meeting=MeetingFactory(paused_at=timezone.now()), approved=True)
    SubmissionFactory(meeting=MeetingFactory(webex_id=""), approved=True)
    tasks.push_due(0)
    tasks.push_due(60)
    assert jobs("task_name", "args") == [("registration.push", {"meeting_id": busy.pk})]


def test_what_time_alone_brings_about_is_done_by_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="at_once")
    SubmissionFactory(meeting=meeting, confirm_by=timezone.now())
    SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED)
    with caplog.at_level("INFO", logger="registration"):
        tasks.run_periodic(0)
        tasks.run_periodic(60)
    assert sorted(Submission.objects.values_list("decision", flat=True)) == ["cancelled", "waiting"]
    assert jobs("task_name") == [("registration.push",), ("registration.mail",)]
    assert [message for message in caplog.messages if "periodic" in message] == [
        "task=periodic unconfirmed=1 offers=0 moved_up=1 reminders=0 problems=0"
    ]


def test_a_meeting_that_is_over_is_pushed_only_while_somebody_of_it_is_to_be_erased() -> None:
    past = MeetingFactory(start_at=timezone.now() - timedelta(days=1))
    person = SubmissionFactory(meeting=past, presence=Presence.REGISTERED)
    tasks.push_due(0)
    assert jobs("id") == []
    Submission.objects.filter(pk=person.pk).update(erase_asked_at=timezone.now())
    tasks.push_due(60)
    assert jobs("task_name", "args") == [("registration.push", {"meeting_id": past.pk})]


def test_a_push_that_is_through_asks_for_nothing_more(meeting: Meeting) -> None:
    SubmissionFactory.create_batch(3, meeting=meeting, approved=True)
    tasks.push(context(), meeting_id=meeting.pk)
    assert set(Submission.objects.values_list("presence", flat=True)) == {Presence.REGISTERED}
    assert jobs("id") == []


def test_a_push_that_must_wait_long_asks_for_another_then(
    meeting: Meeting, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.WEBEX_GRACE_SECONDS = 40
    sandbox.faults.add(Fault("bulkInsert", drop=True, after_write=True))
    SubmissionFactory(meeting=meeting, approved=True)
    began = time.monotonic()
    tasks.push(context(), meeting_id=meeting.pk)
    assert time.monotonic() - began < 10
    assert jobs("task_name", "args") == [("registration.push_later", {"meeting_id": meeting.pk})]
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs")
        [(seconds,)] = cursor.fetchall()
    assert 20 < seconds <= 40


def test_a_push_waits_itself_for_what_is_due_soon(meeting: Meeting, sandbox: SandboxServer, settings: Settings) -> None:
    settings.WEBEX_GRACE_SECONDS = 1
    sandbox.faults.add(Fault("bulkInsert", drop=True, after_write=True))
    SubmissionFactory(meeting=meeting, approved=True)
    tasks.push(context(), meeting_id=meeting.pk)
    assert (Submission.objects.get().presence, jobs("id")) == (Presence.REGISTERED, [])


def test_a_push_whose_time_is_up_makes_room_and_queues_up_again(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PUSH_SECONDS", 0)
    SubmissionFactory(meeting=meeting, approved=True)
    tasks.push(context(), meeting_id=meeting.pk)
    assert Submission.objects.get().presence == Presence.ABSENT
    assert jobs("task_name", "args") == [("registration.push", {"meeting_id": meeting.pk})]


def test_what_comes_of_a_push_that_staff_asked_for_is_in_the_audit(meeting: Meeting) -> None:
    dana = User.objects.create_user("dana")
    first, second = SubmissionFactory.create_batch(2, meeting=meeting, approved=True)
    entry = pushes.ask([meeting.pk], by=dana)
    tasks.push(context(), meeting_id=meeting.pk)
    batch = Batch.objects.get()
    entry.refresh_from_db()
    assert (batch.requested_by, entry.count, entry.note, entry.after) == (dana, 2, "ended", {"Calls": [str(batch)]})
    told = entry.people.values_list("submission", "before", "after")
    assert list(told) == [(person.pk, "absent", "registered") for person in (first, second)]
    SubmissionFactory(meeting=meeting, approved=True)
    tasks.push(context(), meeting_id=meeting.pk)
    entry.refresh_from_db()
    assert (Batch.objects.latest("pk").requested_by, entry.count) == (None, 2)


def test_what_is_left_of_it_for_the_next_job_is_told_with_the_rest(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = User.objects.create_user("dana")
    SubmissionFactory(meeting=meeting, approved=True)
    entry = pushes.ask([meeting.pk], by=dana)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "PUSH_SECONDS", 0)
        tasks.push(context(), meeting_id=meeting.pk)
    entry.refresh_from_db()
    assert (entry.count, entry.note, entry.after) == (0, "", {})
    tasks.push(context(), meeting_id=meeting.pk)
    entry.refresh_from_db()
    assert (entry.count, entry.note, entry.after) == (1, "ended", {"Calls": [str(Batch.objects.get())]})


def test_each_of_several_who_asked_for_the_same_push_has_its_calls_in_the_audit(meeting: Meeting) -> None:
    dana, rita = (User.objects.create_user(name) for name in ("dana", "rita"))
    person = SubmissionFactory(meeting=meeting, approved=True)
    entries = [pushes.ask([meeting.pk], by=by) for by in (dana, rita)]
    tasks.push(context(), meeting_id=meeting.pk)
    batch = Batch.objects.get()
    assert batch.requested_by == dana
    for entry in entries:
        assert told(entry) == ("ended", [str(batch)], [(person.pk, "absent", "registered")])


def test_who_asked_is_known_where_the_clock_by_which_they_did_is_ahead(meeting: Meeting) -> None:
    dana = User.objects.create_user("dana")
    person = SubmissionFactory(meeting=meeting, approved=True)
    entry = pushes.ask([meeting.pk], by=dana)
    AuditEntry.objects.update(at=timezone.now() + timedelta(seconds=30))
    tasks.push(context(), meeting_id=meeting.pk)
    batch = Batch.objects.get()
    assert batch.requested_by == dana
    assert told(entry) == ("ended", [str(batch)], [(person.pk, "absent", "registered")])


def test_a_push_that_fails_leaves_its_calls_in_the_audit_and_the_next_job_adds_its_own(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = User.objects.create_user("dana")
    person = SubmissionFactory(meeting=meeting, approved=True)
    entry = pushes.ask([meeting.pk], by=dana)
    with monkeypatch.context() as patch:
        patch.setattr(moves, "registered", fail)
        with pytest.raises(RuntimeError, match="The disk is full"):
            tasks.push(context(), meeting_id=meeting.pk)
    calls = [str(batch) for batch in Batch.objects.order_by("pk")]
    assert (len(calls), told(entry)) == (1, ("", calls, [(person.pk, "absent", "sending")]))
    Submission.objects.update(presence=Presence.UNCERTAIN, due_at=timezone.now())
    other = SubmissionFactory(meeting=meeting, approved=True)
    tasks.push(context(), meeting_id=meeting.pk)
    calls = [str(batch) for batch in Batch.objects.order_by("pk")]
    everybody = [(one.pk, "absent", "registered") for one in (person, other)]
    assert (len(calls), told(entry)) == (3, ("ended", calls, everybody))


def fail(*args: Any, **kwargs: Any) -> NoReturn:
    raise RuntimeError("The disk is full")


def told(entry: AuditEntry) -> tuple[str, list[str], list[tuple[int, str, str]]]:
    """How the push stands by its entry in the audit, its calls, and where each of its people had been and are."""
    entry.refresh_from_db()
    people = list(entry.people.order_by("submission").values_list("submission", "before", "after"))
    assert entry.count == len(people)
    return entry.note, entry.after.get("Calls", []), people


def test_a_push_for_later_becomes_one_for_now() -> None:
    tasks.push_later(meeting_id=7)
    assert jobs("task_name", "args") == [("registration.push", {"meeting_id": 7})]


@pytest.mark.parametrize("reason", list(AbortReason))
def test_a_task_learns_that_it_shall_stop(reason: AbortReason) -> None:
    with tasks.stopping(context()) as stop:
        assert not stop.wait(0.5)
    with tasks.stopping(context(reason)) as stop:
        assert stop.wait(5)


def test_a_sync_reads_the_meetings_whose_time_has_come(meeting: Meeting, sandbox: SandboxServer) -> None:
    SubmissionFactory(meeting=meeting, approved=True)
    tasks.push(context(), meeting_id=meeting.pk)
    [registrant] = sandbox.store.registrants(meeting.webex_id)
    sandbox.store.set_status(meeting.webex_id, [registrant.id], "rejected")
    Meeting.objects.update(synced_at=timezone.now())
    tasks.sync_due(context(), 0)
    assert Submission.objects.get().webex_status == WebexStatus.APPROVED
    Meeting.objects.update(synced_at=timezone.now() - timedelta(days=1))
    tasks.sync_due(context(), 60)
    assert Submission.objects.get().webex_status == WebexStatus.REJECTED


def test_what_has_served_its_purpose_is_deleted() -> None:
    account, now = settings_account(), timezone.now()
    for minutes in (10, 50, 70, 600):
        WebexCall.objects.create(account=account, at=now - timedelta(minutes=minutes))
    tasks.push_later(meeting_id=7)
    run("UPDATE procrastinate_jobs SET status = 'failed'")
    run("UPDATE procrastinate_events SET at = now() - interval '8 days'")
    tasks.purge_old(0)
    assert (WebexCall.objects.count(), jobs("id")) == (2, [])


def test_a_rescue_is_made_by_the_clock_too(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    tasks.push_later(meeting_id=7)
    run("UPDATE procrastinate_jobs SET status = 'doing'")
    [(job,)] = jobs("id")
    tasks.rescue_stalled(0)
    assert jobs("status") == [("aborted",), ("todo",)]
    assert [record.getMessage() for record in caplog.records if record.name == "registration.tasks"] == [
        f"Its worker is gone: job={job} task=registration.push runs_again=False"
    ]


def test_every_periodic_task_waits_at_most_once_and_none_takes_the_rescue_with_it() -> None:
    periodic = {task.task.name: task.task for task in app.periodic_registry.periodic_tasks.values()}
    names = ("jobs_left", "push_due", "mails_due", "sync", "periodic", "purge", "rescue")
    assert set(periodic) == {f"registration.{name}" for name in names}
    assert all(task.queueing_lock for task in periodic.values())
    assert periodic["registration.rescue"].lock is None


def test_an_import_is_done_by_a_worker_and_what_a_killed_one_left_is_asked_for_again() -> None:
    meeting, dana = MeetingFactory(), User.objects.create_superuser("dana")
    content = b"First name,Last name,E-mail\nAnn,Lee,ann@example.com\n"
    job = transfer_jobs.prepare(meeting=meeting, by=dana, content=[content], file="x.csv")
    mapping = ["first_name", "last_name", "email"]
    assert transfer_jobs.ask(job, TransferJob.Work.CHECK, after=transfer_jobs.CHECKABLE, mapping=mapping)
    assert jobs("task_name", "args") == [("registration.job", {"job_id": job.pk})]
    tasks.do_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows.get().outcome) == ("done", "new")
    run("DELETE FROM procrastinate_jobs")
    tasks.jobs_left(0)
    assert jobs("task_name") == []
    TransferJob.objects.update(state="running", beat_at=timezone.now() - timedelta(minutes=2))
    tasks.jobs_left(60)
    tasks.jobs_left(120)
    assert jobs("task_name", "args") == [("registration.job", {"job_id": job.pk})]
