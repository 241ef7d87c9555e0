"""A sign-up asks for its mail in its own transaction; a worker sends it, and tries again where it cannot be sent."""

import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail as outgoing
from django.db import transaction
from django.utils import timezone
from procrastinate.jobs import Job
from pytest_django import Settings

from registration import mail, tasks
from registration.errors import MailNotSent
from registration.flow import submit
from registration.models import Submission
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory
from tests.queue.rows import jobs

pytestmark = pytest.mark.usefixtures("queue")

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "Ann@Example.com"}


def sign_up(**facts: object) -> Submission:
    meeting = MeetingFactory(**facts)
    return submit.register(meeting, values=ANN, answers=(), language="en", now=timezone.now())


@pytest.fixture(autouse=True)
def _nothing_is_mailed_but_by_a_worker() -> Iterator[None]:
    yield
    assert len(outgoing.outbox) <= 1


def test_a_sign_up_asks_for_its_mail_and_names_nobody() -> None:
    person = sign_up()
    assert jobs("task_name", "lock", "queueing_lock", "args") == [
        ("registration.mail", None, None, {"submission_id": person.pk, "kind": "received"})
    ]
    assert outgoing.outbox == []


def test_a_sign_up_that_rolls_back_asks_for_none() -> None:
    with transaction.atomic():
        sign_up()
        assert len(jobs("id")) == 1
        transaction.set_rollback(True)
    assert jobs("id") == []


def test_whoever_is_known_already_costs_the_same_jobs() -> None:
    """Else how long the answer takes would tell a stranger who is registered."""
    person = SubmissionFactory(email=ANN["email"], decision=Decision.DECLINED)
    submit.register(person.meeting, values=ANN, answers=(), language="en", now=timezone.now())
    assert jobs("task_name", "args") == [("registration.mail", {"submission_id": person.pk, "kind": "known"})]


@pytest.mark.parametrize("kind", list(mail.Kind))
def test_a_worker_sends_it(kind: mail.Kind) -> None:
    person = SubmissionFactory()
    tasks.send_mail(submission_id=person.pk, kind=str(kind))
    [message] = outgoing.outbox
    assert (message.to, person.reference in message.subject) == ([person.email], True)


def test_nobody_is_mailed_who_is_gone() -> None:
    tasks.send_mail(submission_id=1, kind="received")
    assert outgoing.outbox == []


def test_a_mail_that_fails_is_tried_again_for_about_a_day_and_its_error_names_nobody(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.test_mail.BrokenBackend"
    person = SubmissionFactory(reference="K7QX-93MP")
    with pytest.raises(MailNotSent) as failure:
        tasks.send_mail(submission_id=person.pk, kind="received")
    assert str(failure.value) == "The mail “received” to K7QX-93MP was not sent: ValueError"
    assert "@" not in "".join(traceback.format_exception(failure.value))

    waits = []
    for attempts in range(8):
        job = Job(queue="", lock=None, queueing_lock=None, task_name="registration.mail", attempts=attempts)
        again = tasks.send_mail.get_retry_exception(failure.value, job)
        if again is not None and again.retry_decision.retry_at is not None:
            waits.append(again.retry_decision.retry_at - timezone.now())
    assert len(waits) == 7
    assert waits == sorted(waits)
    assert (waits[0] < timedelta(seconds=6), timedelta(hours=20) < sum(waits, timedelta()) < timedelta(hours=30)) == (
        True,
        True,
    )
