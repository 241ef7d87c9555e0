"""Work that goes on after the answer begins once what it is about is there, and its failure is no one else's."""

import logging
from threading import Event

import pytest
from django.db import transaction

from registration import background
from registration.models import Submission
from tests.cast import SubmissionFactory


@pytest.mark.django_db(transaction=True)
def test_it_begins_once_the_transaction_is_over_and_sees_what_was_written() -> None:
    found: list[int] = []
    has_ended = Event()

    def work() -> None:
        found.append(Submission.objects.count())
        has_ended.set()

    with transaction.atomic():
        background.start_once_committed(work, name="counting")
        SubmissionFactory()
        assert not has_ended.wait(0.1)
    assert has_ended.wait(10)
    assert found == [1]


@pytest.mark.django_db(transaction=True)
def test_what_fails_is_logged_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    has_begun = Event()

    def work() -> None:
        has_begun.set()
        raise ValueError("ann@example.com")

    with caplog.at_level(logging.ERROR, logger="registration.background"):
        background.start_once_committed(work, name="failing")
        assert has_begun.wait(10)
        for _ in range(100):
            if caplog.messages:
                break
            Event().wait(0.05)
    assert caplog.messages == ["Work in the background ended with an error: failing (ValueError)"]
