"""A sign-up asks for its mail in its own transaction; a worker sends it then, or by the clock, as its row says."""

from datetime import timedelta

import pytest
from django.core import mail as outgoing
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from registration import mail, tasks
from registration.flow import submit
from registration.models import Mail
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.queue.rows import jobs
from tests.queue.test_tasks import context

pytestmark = pytest.mark.usefixtures("queue")

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "Ann@Example.com"}


def sign_up(**facts: object) -> int:
    meeting = MeetingFactory(**facts)
    return submit.register(meeting, values=ANN, answers=(), language="en", now=timezone.now())


def a_mail(kind: Mail.Kind = Mail.Kind.RECEIVED) -> Mail:
    # Only whoever is approved is reminded.
    person = SubmissionFactory(approved=kind is Mail.Kind.REMINDER)
    mail.write(person.pk, kind, at=timezone.now())
    return Mail.objects.latest("pk")


def test_a_sign_up_asks_for_its_mail_and_names_nobody() -> None:
    sign_up()
    assert jobs("task_name", "lock", "queueing_lock", "args") == [
        ("registration.mail", None, None, {"mail_id": Mail.objects.get().pk})
    ]
    assert outgoing.outbox == []


def test_a_sign_up_that_rolls_back_asks_for_none() -> None:
    with transaction.atomic():
        sign_up()
        assert len(jobs("id")) == 1
        transaction.set_rollback(True)
    assert (jobs("id"), written()) == ([], [])


def test_whoever_is_known_already_costs_the_same_jobs() -> None:
    """Else how long the answer takes would tell a stranger who is registered."""
    person = SubmissionFactory(email=ANN["email"], decision=Decision.DECLINED)
    submit.register(person.meeting, values=ANN, answers=(), language="en", now=timezone.now())
    assert written() == [(person.email, "known")]
    assert jobs("task_name", "args") == [("registration.mail", {"mail_id": Mail.objects.get().pk})]


@pytest.mark.parametrize("kind", list(Mail.Kind))
def test_a_worker_sends_that_mail_and_no_other(kind: Mail.Kind) -> None:
    a_mail()
    wanted = a_mail(kind)
    tasks.send_mail(mail_id=wanted.pk)
    [message] = outgoing.outbox
    assert (message.to, wanted.submission.reference in message.body) == ([wanted.submission.email], True)


def test_a_job_that_runs_twice_sends_it_once() -> None:
    wanted = a_mail()
    for _time in range(2):
        tasks.send_mail(mail_id=wanted.pk)
    assert len(outgoing.outbox) == 1


def test_nobody_is_mailed_who_is_gone() -> None:
    tasks.send_mail(mail_id=1)
    assert outgoing.outbox == []


def test_a_mail_that_failed_is_tried_again_by_the_clock_when_its_row_says(settings: Settings) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_post.BrokenBackend"
    tasks.send_mail(mail_id=a_mail().pk)
    settings.EMAIL_BACKEND = working
    assert Mail.objects.values_list("failed_tries", "failure").get() == (1, "ValueError")
    tasks.mails_due(context(), 0)
    assert outgoing.outbox == []
    Mail.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    tasks.mails_due(context(), 60)
    assert len(outgoing.outbox) == 1


def test_a_mail_of_which_no_job_knows_is_sent_by_the_clock_and_the_log_names_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = timezone.now()
    Mail.objects.create(submission=SubmissionFactory(), kind=Mail.Kind.RECEIVED, queued_at=now, due_at=now)
    tasks.mails_due(context(), 0)
    tasks.mails_due(context(), 60)
    assert len(outgoing.outbox) == 1
    assert [record.getMessage() for record in caplog.records if record.name == "registration.tasks"] == [
        "job=5 task=mails sent=1 failed=0 given_up=0 problem=none"
    ]
