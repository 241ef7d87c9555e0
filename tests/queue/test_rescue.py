"""Jobs of workers that are gone are run by others, and hold up nobody."""

from typing import Any

import pytest
from django.db import connection

from registration import queue as queued
from registration.queue.rescue import LONGEST_JOB_SECONDS, Rescued, rescue
from tests.at_once import at_once
from tests.queue.rows import fetch, jobs, run

pytestmark = pytest.mark.usefixtures("queue")

PUSH, MAIL = "registration.push", "registration.mail"


def begun() -> int:
    """The next job, taken by a worker of its own."""
    job = fetch()
    assert job is not None
    return job


def dies(seconds_ago: float = 60) -> None:
    """All workers have given no sign of life since."""
    run("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)", seconds_ago)


def rescued(**bounds: Any) -> list[Rescued]:
    return rescue(**{"stalled_seconds": 30} | bounds)


def test_the_push_of_a_dead_worker_is_ended_and_asked_for_anew() -> None:
    queued.enqueue_push([7])
    job = begun()
    dies()
    assert rescued() == [Rescued(job, PUSH, runs_again=False)]
    assert jobs("status", "args") == [("aborted", {"meeting_id": 7}), ("todo", {"meeting_id": 7})]
    assert begun() != job


def test_where_another_push_waits_it_is_free_to_go() -> None:
    queued.enqueue_push([7])
    job = begun()
    queued.enqueue_push([7])
    dies()
    assert fetch() is None
    assert rescued() == [Rescued(job, PUSH, runs_again=False)]
    assert jobs("status") == [("aborted",), ("todo",)]
    assert begun() != job


def test_the_mail_of_a_dead_worker_runs_again_but_not_for_ever() -> None:
    queued.enqueue_mail(3)
    job = begun()
    for _time in range(10):
        dies()
        assert rescued() == [Rescued(job, MAIL, runs_again=True)]
        assert begun() == job
    dies()
    assert rescued() == [Rescued(job, MAIL, runs_again=False)]
    assert jobs("status") == [("aborted",)]


def test_a_job_of_a_worker_that_is_deleted_is_rescued_too() -> None:
    queued.enqueue_push([7])
    begun()
    run("DELETE FROM procrastinate_workers")
    assert len(rescued()) == 1


def test_the_job_of_a_living_worker_is_left_alone() -> None:
    queued.enqueue_push([7])
    begun()
    dies(seconds_ago=20)
    assert (rescued(), jobs("status")) == ([], [("doing",)])
    assert len(rescued(stalled_seconds=10)) == 1


@pytest.mark.parametrize(("seconds", "count"), [(LONGEST_JOB_SECONDS - 60, 0), (LONGEST_JOB_SECONDS + 60, 1)])
def test_a_job_that_ended_and_could_not_write_it_down_does_not_hold_its_lock_for_ever(seconds: int, count: int) -> None:
    queued.enqueue_push([7])
    begun()
    run("UPDATE procrastinate_events SET at = now() - make_interval(secs => %s)", seconds)
    assert len(rescued()) == count


def test_two_who_rescue_at_once_share_the_jobs() -> None:
    for number in range(40):
        queued.enqueue_mail(number)
        begun()
    dies()
    found = at_once(4, lambda _number: [job.job_id for job in rescued()])
    assert sorted(job for each in found for job in each) == sorted(pk for (pk,) in jobs("id"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_events WHERE type = 'deferred_for_retry'")
        assert cursor.fetchone() == (40,)
