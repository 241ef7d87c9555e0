"""Mails that are due are sent once; what fails is tried again."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.message import MIMEPart
from pathlib import Path
from threading import Event
from typing import ClassVar

import pytest
import time_machine
from django.core import mail as outgoing
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from registration import mail
from registration.flow import post
from registration.models import Mail, Meeting, Submission
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import delivered, written
from tests.smtp import mail_server

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
FACTS = ("failed_tries", "failure", "due_at", "sent_at")


class BrokenBackend(BaseEmailBackend):
    """A mail server that refuses everybody, and says whom."""

    def send_messages(self, messages: object) -> int:
        raise ValueError("refused: ann@example.com")


class NotingBackend(BaseEmailBackend):
    """Notes how long the mail that is being sent will be the run's own."""

    leases: ClassVar[list[timedelta]] = []

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        [message] = messages
        due_at = Mail.objects.get(submission__email=message.to[0]).due_at
        assert due_at is not None
        self.leases.append(due_at - timezone.now())
        return 1


@pytest.fixture
def broken(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.test_post.BrokenBackend"


@pytest.fixture
def for_threads(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads can write to at the same moment."""
    with database_for_threads(tmp_path):
        yield


def people(*names: str) -> list[Submission]:
    """People with these names, each with a mail that is due."""
    meeting = MeetingFactory()
    found: list[Submission] = [SubmissionFactory(meeting=meeting, email=f"{name}@example.com") for name in names]
    for person in found:
        mail.write(person.pk, Mail.Kind.RECEIVED, at=timezone.now())
    return found


def send(**bounds: object) -> post.Posted:
    return post.send(Mail.objects.all(), **bounds)  # type: ignore[arg-type]


def whom() -> list[str]:
    return [message.to[0] for message in outgoing.outbox]


# --- what is due ------------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_and_that_is_noted_down() -> None:
    people("ann")
    began = timezone.now()
    assert (send(), send()) == (post.Posted(sent=1), post.Posted())
    assert whom() == ["ann@example.com"]
    sent = Mail.objects.get()
    assert (sent.due_at, sent.failed_tries, sent.failure) == (None, 0, "")
    assert sent.sent_at is not None
    assert began <= sent.sent_at <= timezone.now()


def test_the_first_that_became_due_goes_first_and_what_is_not_due_yet_waits() -> None:
    people("ann", "bo", "cy")
    for name, minutes in {"ann": -1, "bo": -2, "cy": 60}.items():
        due_at = timezone.now() + minutes * MINUTE
        Mail.objects.filter(submission__email=f"{name}@example.com").update(due_at=due_at)
    assert send() == post.Posted(sent=2)
    assert whom() == ["bo@example.com", "ann@example.com"]
    assert post.left().waiting == 1


def test_what_a_clock_put_off_that_has_been_set_back_since_is_due() -> None:
    people("ann", "bo")
    Mail.objects.filter(submission__email="ann@example.com").update(due_at=timezone.now() + timedelta(hours=8))
    Mail.objects.filter(submission__email="bo@example.com").update(due_at=timezone.now() + timedelta(hours=10))
    send()
    assert whom() == ["bo@example.com"]


def test_it_goes_to_the_address_that_is_theirs_when_it_is_sent() -> None:
    ann, bo = people("ann", "bo")

    def correct(_mails: int) -> None:
        Submission.objects.filter(pk=bo.pk).update(email="bob@example.com")

    send(settled=correct)
    assert whom() == [ann.email, "bob@example.com"]


def test_nobody_is_mailed_who_is_gone() -> None:
    _ann, bo = people("ann", "bo")
    assert send(settled=lambda _mails: Submission.objects.filter(pk=bo.pk).delete()) == post.Posted(sent=1)
    assert whom() == ["ann@example.com"]


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_send_inside_a_transaction() -> None:
    people("ann")
    with transaction.atomic(), pytest.raises(RuntimeError):
        send()
    assert whom() == []


# --- several runs -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("for_threads")
def test_four_runs_at_once_send_each_mail_exactly_once_and_share_them(settings: Settings) -> None:
    found = people(*(f"person{number}" for number in range(100)))
    with mail_server(settings, latency_seconds=0.005) as server:
        runs = at_once(4, lambda _number: send().sent)
    assert server.taken == {person.email: 1 for person in found}
    assert (sum(runs), min(runs) > 0) == (100, True)
    assert not Mail.objects.filter(sent_at=None).exists()


def test_what_another_run_has_taken_meanwhile_is_left_to_it() -> None:
    _ann, bo = people("ann", "bo")
    lease_ends_at = timezone.now() + 2 * post.LEASE
    send(settled=lambda _mails: Mail.objects.filter(submission=bo).update(due_at=lease_ends_at))
    assert whom() == ["ann@example.com"]
    assert Mail.objects.get(submission=bo).due_at == lease_ends_at


def test_no_mail_is_begun_near_the_end_of_the_time_for_which_it_is_the_run_s_own(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.test_post.NotingBackend"
    NotingBackend.leases.clear()
    people("ann", "bo", "cy")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        done = send(settled=lambda _mails: clock.shift(post.LEASE / 2 + MINUTE), seconds=3600)
    assert (done, NotingBackend.leases) == (post.Posted(sent=3), [post.LEASE] * 3)


def test_a_run_that_is_asked_to_stop_ends_between_two_mails_and_gives_the_rest_back() -> None:
    people("ann", "bo", "cy")
    stop = Event()
    assert send(stop=stop, settled=lambda _mails: stop.set()) == post.Posted(sent=1)
    assert whom() == ["ann@example.com"]
    assert post.due(Mail.objects.all(), at=timezone.now()).count() == 2
    assert send(seconds=0) == post.Posted()
    assert send() == post.Posted(sent=2)


# --- what fails -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("broken")
def test_a_mail_that_fails_is_tried_again_ever_later_for_about_a_day_and_then_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    [ann] = people("ann")
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock, caplog.at_level(logging.WARNING):
        while send() == post.Posted(failed=1):
            due_at = Mail.objects.get().due_at
            assert due_at is not None
            waits.append(due_at - timezone.now())
            clock.shift(waits[-1] - timedelta(seconds=1))
            assert send() == post.Posted()
            clock.shift(timedelta(seconds=1))
    assert (waits[0], waits == sorted(waits), sum(waits, timedelta())) == (MINUTE, True, 1401 * MINUTE)
    assert list(Mail.objects.values_list(*FACTS)) == [(len(waits) + 1, "ValueError", None, None)]
    assert [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("WARNING", f"The mail “received” to {ann.reference} is tried again later: ValueError", None)
    ] * len(waits) + [("ERROR", f"The mail “received” to {ann.reference} is given up: ValueError", None)]


def test_a_mail_that_comes_through_at_last_has_no_failure_any_more() -> None:
    people("ann")
    Mail.objects.update(failed_tries=3, failure="TimeoutError")
    send()
    assert Mail.objects.values_list("failed_tries", "failure", "due_at").get() == (3, "", None)


@pytest.mark.parametrize(
    ("code", "done", "state"),
    [
        (450, post.Posted(sent=2, failed=1), Mail.State.RETRIED),
        (550, post.Posted(sent=2, given_up=1), Mail.State.UNSENT),
    ],
)
def test_one_whom_the_server_refuses_holds_up_nobody_and_is_given_up_where_it_is_for_good(
    settings: Settings, code: int, done: post.Posted, state: Mail.State, caplog: pytest.LogCaptureFixture
) -> None:
    people("ann", "bo", "cy")
    with mail_server(settings) as server:
        server.refused.add("bo@example.com")
        server.code = code
        assert send() == done
    assert server.taken == {"ann@example.com": 1, "cy@example.com": 1}
    mail = Mail.objects.select_related("submission").get(sent_at=None)
    assert (mail.submission.email, mail.failure, mail.state) == (
        "bo@example.com",
        f"SMTPRecipientsRefused {code}",
        state,
    )
    assert [record.getMessage() for record in caplog.records if "example.com" in record.getMessage()] == []


def test_where_the_server_is_away_no_mail_is_to_blame(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    people("ann", "bo")
    with mail_server(settings):
        pass
    assert send() == post.Posted(problem="ConnectionRefusedError")
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "The mail server cannot be reached: ConnectionRefusedError"
    ]
    assert post.due(Mail.objects.filter(failed_tries=0), at=timezone.now()).count() == 2


def test_a_mail_that_may_have_arrived_is_handed_back_as_one_that_was_begun(settings: Settings) -> None:
    """The server took it, hung up before it said so, and is away since."""
    people("ann", "bo", "cy", "dee")
    with mail_server(settings, most_at_all=2) as server:
        began = timezone.now()
        assert send() == post.Posted(sent=1, problem="ConnectionRefusedError")
    assert server.taken == {"ann@example.com": 1, "bo@example.com": 1}
    _ann, bo, *others = Mail.objects.order_by("pk")
    assert bo.due_at is not None
    assert (began <= bo.due_at <= timezone.now(), bo.state, bo.failed_tries) == (True, Mail.State.QUEUED, 0)
    assert [each.due_at == each.queued_at for each in others] == [True, True]


# --- a real server ----------------------------------------------------------------------------------------------------


def test_a_server_gets_text_and_html_in_one_mail(settings: Settings) -> None:
    [ann] = people("ann")
    with mail_server(settings) as server:
        send()
    [message] = server.messages
    assert (message["To"], message["From"], message.get_content_type()) == (
        "ann@example.com",
        "registration@testserver",
        "multipart/mixed",
    )
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(text, MIMEPart) and isinstance(html, MIMEPart)
    assert [ann.get_absolute_url() in part.get_content() for part in (text, html)] == [True, True]
    [attached] = message.iter_attachments()
    assert (attached.get_content_type(), attached.get_param("method"), attached.get_content_charset()) == (
        "text/calendar",
        "PUBLISH",
        "utf-8",
    )


@pytest.mark.parametrize(
    ("bounces_to", "sender"), [("", "registration@testserver"), ("bounces@example.org", "bounces@example.org")]
)
def test_what_cannot_be_delivered_goes_to_the_bounce_address_and_answers_go_to_the_organisers(
    settings: Settings, bounces_to: str, sender: str
) -> None:
    settings.BOUNCE_EMAIL = bounces_to
    [ann] = people("ann")
    Meeting.objects.update(host_email="host@example.com", reply_to="events@example.com")
    with mail_server(settings) as server:
        send()
    [message] = server.messages
    assert (server.senders, message["From"], message["Reply-To"], message["Auto-Submitted"], message["To"]) == (
        [sender],
        "registration@testserver",
        "events@example.com",
        "auto-generated",
        ann.email,
    )


@pytest.mark.parametrize(("most_in_a_connection", "connections"), [(None, 1), (10, 3)])
def test_mails_share_a_connection_until_the_server_ends_it_and_then_the_next(
    settings: Settings, most_in_a_connection: int | None, connections: int
) -> None:
    found = people(*(f"person{number}" for number in range(25)))
    with mail_server(settings, most_in_a_connection=most_in_a_connection) as server:
        assert send() == post.Posted(sent=25)
    assert (server.connections, server.taken) == (connections, {person.email: 1 for person in found})


# --- whom nothing reached, and once more ------------------------------------------------------------------------------


def test_whose_newest_mail_was_given_up_is_for_a_person_until_the_meeting_is_over() -> None:
    ann, bo, cy, dee = people("ann", "bo", "cy", "dee")
    now = timezone.now()
    Mail.objects.update(due_at=None)
    Mail.objects.filter(submission=bo).update(sent_at=now)
    mail.write(cy.pk, Mail.Kind.RECEIVED, at=now)
    over = MeetingFactory(start_at=now - 60 * MINUTE, end_at=now - MINUTE)
    Submission.objects.filter(pk=dee.pk).update(meeting=over)
    assert list(post.unreached(at=now)) == [ann]


def test_a_mail_is_written_once_more_unless_one_is_on_its_way() -> None:
    people("ann", "bo", "cy")
    Mail.objects.filter(submission__email="ann@example.com").update(due_at=None, sent_at=timezone.now())
    later = timezone.now() + 60 * MINUTE
    Mail.objects.filter(submission__email="bo@example.com").update(due_at=later, failed_tries=4)
    SubmissionFactory(email="dee@example.com")
    everybody = Submission.objects.exclude(email="dee@example.com")
    assert (post.again(everybody, at=timezone.now()), post.again(everybody, at=timezone.now())) == (2, 0)
    assert written() == [(f"{name}@example.com", "received") for name in ("ann", "bo", "cy", "ann")]
    assert set(Mail.objects.filter(sent_at=None).values_list("failed_tries", flat=True)) == {0}
    assert sorted(message.to[0] for message in delivered()) == ["ann@example.com", "bo@example.com", "cy@example.com"]
