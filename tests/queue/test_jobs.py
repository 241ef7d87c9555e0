"""A change asks for a push in its own transaction, once for each meeting."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import queue as queued
from registration.accounts import settings_account
from registration.flow import moves, pauses, review
from registration.models import Account, Meeting, Submission
from registration.queue import jobs as queue_jobs
from registration.states import Decision, Presence
from tests.at_once import at_once
from tests.cast import MeetingFactory, SubmissionFactory
from tests.queue.rows import fetch, jobs, run

pytestmark = pytest.mark.usefixtures("queue")


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("staff")


def people(*meetings: Meeting) -> "list[Submission]":
    return [SubmissionFactory(meeting=meeting) for meeting in meetings for _person in range(2)]


def test_approving_asks_for_one_push_of_each_meeting(staff: User) -> None:
    people(first := MeetingFactory(), second := MeetingFactory())
    SubmissionFactory(decision=Decision.APPROVED)
    review.approve(Submission.objects.all(), by=staff)
    assert jobs("task_name", "lock", "queueing_lock", "args", "scheduled_at") == [
        ("registration.push", f"meeting-{m.pk}", f"meeting-{m.pk}", {"meeting_id": m.pk}, None) for m in (first, second)
    ]


def test_a_change_that_rolls_back_asks_for_nothing(staff: User) -> None:
    people(MeetingFactory())
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        review.approve(Submission.objects.all(), by=staff)
        assert len(jobs("id")) == 1
        _ = 1 / 0
    assert jobs("id") == []


def test_a_change_of_nobody_asks_for_nothing(staff: User) -> None:
    SubmissionFactory(decision=Decision.APPROVED)
    review.approve(Submission.objects.all(), by=staff)
    review.send_again(Submission.objects.all())
    assert jobs("id") == []


def test_sending_again_asks_for_a_push() -> None:
    refused = SubmissionFactory(approved=True, presence=Presence.REFUSED)
    review.send_again(Submission.objects.all())
    assert jobs("args") == [({"meeting_id": refused.meeting_id},)]


def test_resuming_a_meeting_or_an_account_asks_for_pushes_of_what_can_go_on_and_has_anything_to_do(
    staff: User,
) -> None:
    at = timezone.now()
    accounts = [settings_account(), Account.objects.create(name="Other"), Account.objects.create(name="Third")]
    first, paused, _idle, *others = (MeetingFactory(account=account) for account in (None, None, None, *accounts))
    for meeting in (first, paused, *others):
        SubmissionFactory(meeting=meeting, approved=True)
    for account in accounts[:2]:
        pauses.pause_account(account, reason="No.", at=at)
    pauses.pause_meeting(paused, reason="Gone.", at=at)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        pauses.resume_accounts(Account.objects.all(), by=staff)
        _ = 1 / 0
    assert jobs("id") == []
    assert pauses.resume_accounts(Account.objects.filter(name="Other"), by=staff) == 1
    assert meetings_asked_for() == [others[1].pk]
    assert pauses.resume_accounts(Account.objects.all(), by=staff) == 1
    assert meetings_asked_for() == [others[1].pk, first.pk, others[0].pk]
    assert pauses.resume_meetings(Meeting.objects.all(), by=staff) == 1
    assert meetings_asked_for() == [others[1].pk, first.pk, others[0].pk, paused.pk]


def meetings_asked_for() -> list[int]:
    return [job["meeting_id"] for (job,) in jobs("args")]


def test_what_waits_already_is_not_asked_for_again_and_the_transaction_goes_on(staff: User) -> None:
    ann, bob = people(MeetingFactory())
    with transaction.atomic():
        review.approve(Submission.objects.filter(pk=ann.pk), by=staff)
        review.approve(Submission.objects.filter(pk=bob.pk), by=staff)
    assert len(jobs("id")) == 1
    assert set(Submission.objects.values_list("decision", flat=True)) == {Decision.APPROVED}


def test_a_push_that_has_begun_does_not_stand_for_a_new_one() -> None:
    meeting = MeetingFactory()
    queued.enqueue_push([meeting.pk])
    assert fetch() is not None
    queued.enqueue_push([meeting.pk])
    assert jobs("status") == [("doing",), ("todo",)]
    assert fetch() is None, "two pushes of one meeting at once"


def test_many_meetings_cost_no_more_statements_than_one() -> None:
    meetings = MeetingFactory.create_batch(20)
    counts = []
    for chosen in (meetings[:1], meetings[1:], meetings):
        with CaptureQueriesContext(connection) as queries:
            queued.enqueue_push([meeting.pk for meeting in chosen])
        counts.append(len(queries))
    assert (counts[0] == counts[1], counts[2] < counts[1], len(jobs("id"))) == (True, True, 20)


def test_no_worker_starts_a_waiting_push_before_the_change_that_relies_on_it_is_committed(staff: User) -> None:
    """It would look at the meeting too early, see nothing, and nobody would ask again."""
    meeting = MeetingFactory()
    people(meeting)
    queued.enqueue_push([meeting.pk])
    with transaction.atomic():
        review.approve(Submission.objects.all(), by=staff)
        assert at_once(1, lambda _number: fetch()) == [None]
    assert at_once(1, lambda _number: fetch()) == [(jobs("id")[0][0])]


def test_jobs_are_written_in_one_order_so_that_two_transactions_never_wait_for_each_other() -> None:
    queued.enqueue_push([30, 10, 20])
    assert jobs("args") == [({"meeting_id": 10},), ({"meeting_id": 20},), ({"meeting_id": 30},)]


def test_eight_who_ask_at_once_in_any_order_leave_one_push_for_each_meeting() -> None:
    pks = [meeting.pk for meeting in MeetingFactory.create_batch(5)]

    def ask(number: int) -> None:
        for turn in range(5):
            with transaction.atomic():
                queued.enqueue_push(pks if (number + turn) % 2 else pks[::-1])

    at_once(8, ask)
    assert sorted(job["meeting_id"] for (job,) in jobs("args")) == pks


def test_whoever_waits_for_another_transaction_asks_itself_when_that_rolls_back() -> None:
    meeting = MeetingFactory()

    def ask(number: int) -> None:
        if number:
            queued.enqueue_push([meeting.pk])
            return
        with transaction.atomic():
            queued.enqueue_push([meeting.pk])
            wait_for_a_waiter()
            transaction.set_rollback(True)

    def wait_for_a_waiter() -> None:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        with connection.cursor() as cursor:
            for _attempt in range(100):
                cursor.execute(waiting + " AND pg_sleep(0.02) IS NOT NULL")
                if cursor.fetchone() != (0,):
                    return

    at_once(2, ask)
    assert jobs("args") == [({"meeting_id": meeting.pk},)]


def test_a_push_for_later_is_in_nobody_s_way() -> None:
    meeting = MeetingFactory()
    queued.enqueue_push_later(meeting.pk, seconds=60)
    queued.enqueue_push_later(meeting.pk, seconds=30)
    assert fetch() is None
    queued.enqueue_push([meeting.pk])
    assert jobs("task_name", "scheduled_at IS NULL") == [
        ("registration.push_later", False),
        ("registration.push", True),
    ]
    assert fetch() == jobs("id")[1][0]


def test_jobs_that_ended_long_ago_are_deleted_however_they_ended() -> None:
    for number, (status, age) in enumerate(
        [("succeeded", 8), ("failed", 8), ("aborted", 8), ("failed", 6), ("todo", 8)]
    ):
        queued.enqueue_mail(number)
        run("UPDATE procrastinate_jobs SET status = %s WHERE args->>'mail_id' = %s", status, str(number))
        run(
            "UPDATE procrastinate_events SET at = now() - make_interval(days => %s)"
            " WHERE job_id = (SELECT max(id) FROM procrastinate_jobs)",
            age,
        )
    assert queued.delete_finished(hours=7 * 24) == 3
    assert jobs("status") == [("failed",), ("todo",)]


def test_a_mail_goes_before_a_push() -> None:
    queued.enqueue_push([MeetingFactory().pk])
    queued.enqueue_mail(1)
    assert fetch() == jobs("id")[1][0]
    assert jobs("priority") == [(0,), (queue_jobs.MAIL_PRIORITY,)]


def test_a_decision_by_rule_or_at_once_asks_as_well() -> None:
    person = SubmissionFactory()
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=person.submitted_at)
    assert jobs("args") == [({"meeting_id": person.meeting_id},)]
