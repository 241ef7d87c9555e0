"""Whoever deletes what others hold at that moment waits for them, and not they for it: nothing ends in a deadlock."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from registration.flow import correct, drift, erase, news, post, submit
from registration.models import Mail, Meeting, Submission, UnknownRegistrant
from registration.states import Decision, Presence
from tests.at_once import at_once, database_for_threads
from tests.cast import SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "ann@example.com"


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Submission]:
    """She has signed up twice."""
    person = SubmissionFactory(email=EMAIL)
    sign_up_again(person.meeting)
    with database_for_threads(tmp_path):
        yield person


def sign_up_again(meeting: Meeting) -> None:
    values = {"first_name": f"Ann {Mail.objects.count()}", "last_name": "Lee", "email": EMAIL}
    submit.register(meeting, values=values, answers=(), language="en", now=timezone.now())


@contextmanager
def while_under_way(deed: Callable[[], Any], *, then: Callable[[], Any] = lambda: None) -> Iterator[None]:
    """The deed is done in another transaction, which goes on once this one has had the time to come to wait for it."""
    is_done = Event()

    def do() -> None:
        try:
            with transaction.atomic():
                deed()
                is_done.set()
                time.sleep(0.5)
                then()
        finally:
            is_done.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(do)
        is_done.wait(timeout=30)
        yield
        under_way.result(timeout=30)


def erased(person: Submission) -> list[int]:
    return erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now())


def test_somebody_is_erased_while_they_sign_up_again(ann: Submission) -> None:
    with while_under_way(partial(sign_up_again, ann.meeting)):
        assert erased(ann) == [ann.pk]


def test_an_address_is_corrected_while_somebody_signs_up_under_it(ann: Submission) -> None:
    dana = User.objects.create_user("dana")
    with while_under_way(partial(sign_up_again, ann.meeting)):
        correct.correct(ann, values={"email": "anne@example.com"}, answers=(), by=dana, at=timezone.now())
    ann.refresh_from_db()
    assert ann.email == "anne@example.com"


def test_somebody_is_erased_while_staff_adopt_them(ann: Submission) -> None:
    dana, now = User.objects.create_user("dana"), timezone.now()
    UnknownRegistrant.objects.create(meeting=ann.meeting, registrant_id="x", email=EMAIL, seen_at=now, details={})
    at_webex_only = UnknownRegistrant.objects.all()
    adopt = partial(drift.adopt, at_webex_only, by=dana, at=now)
    with while_under_way(lambda: list(at_webex_only.select_for_update()), then=adopt):
        erased(ann)
    ann.refresh_from_db()
    assert (ann.email, UnknownRegistrant.objects.count(), ann.presence) == ("", 0, Presence.UNCERTAIN)


def test_somebody_is_erased_while_staff_have_their_mail_sent_again(ann: Submission) -> None:
    Mail.objects.create(
        submission=ann, kind="received", queued_at=timezone.now(), due_at=timezone.now(), failed_tries=1
    )
    both = [ann.pk, SubmissionFactory().pk]
    people = Submission.objects.filter(pk__in=both)
    with while_under_way(partial(post.again, people, at=timezone.now())):
        assert erase.ask(people, at=timezone.now()) == both


def test_many_are_erased_of_whom_some_are_cancelled_already_while_somebody_locks_all_of_them(ann: Submission) -> None:
    Submission.objects.filter(pk=ann.pk).update(decision=Decision.CANCELLED)
    both = [ann.pk, SubmissionFactory(meeting=ann.meeting).pk]
    first, second = (Submission.objects.filter(pk=pk).select_for_update() for pk in both)
    with while_under_way(first.get, then=second.get):
        assert erase.ask(Submission.objects.filter(pk__in=both), at=timezone.now()) == both


def test_their_mail_is_sent_again_once_however_often_staff_ask_for_it(ann: Submission) -> None:
    people = Submission.objects.filter(pk=ann.pk)
    assert sum(at_once(4, lambda _number: post.again(people.all(), at=timezone.now()))) == 1


def test_everybody_is_told_the_news_once_however_often_staff_ask_for_it(ann: Submission) -> None:
    meetings = Meeting.objects.filter(pk=ann.meeting_id)
    assert sum(at_once(4, lambda _number: news.write(meetings.all(), at=timezone.now()))) == 1
