"""A Webex that answers without somebody whom it was sent: it knows them under another address, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from registration.accounts import Clients
from registration.flow import correct, deliver, review, sync
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.report import Report
from registration.sandbox.server import SandboxServer
from registration.webex.client import WebexClient
from registration.webex.records import Answered, Registrant
from registration.webex.tokens import StaticToken
from tests.delivery.people import Clock, OneClient, Push, approve, emails_at_webex, presences

pytestmark = pytest.mark.django_db

WORDS = (
    "Webex took the call that was to register them, twice, and has nobody under this address. Look for them at Webex "
    "under another spelling of it; correct the address here, or send them again."
)


class WillfulWebex(WebexClient):
    """A Webex that makes of the people of a call what it likes."""

    taken: Callable[[Sequence[Registrant]], list[Registrant]]

    def bulk_insert(self, meeting_id: str, registrants: Sequence[Registrant], **kwargs: Any) -> Answered:
        """Register the changed people."""
        changed = self.taken(registrants)
        return super().bulk_insert(meeting_id, changed, **kwargs) if changed else Answered(http_status=200)


@pytest.fixture
def willful(sandbox: SandboxServer) -> Iterator[WillfulWebex]:
    sandbox.store.duplicates = "second_row"
    with WillfulWebex(base_url=sandbox.url, token=StaticToken("t"), concurrency=1) as client:
        yield client


def push_for_an_hour(client: WebexClient, clock: Clock) -> Report:
    """A push a minute."""
    for _ in range(60):
        report = deliver.push(Meeting.objects.all(), clients=OneClient(client), clock=clock)
        clock.ahead += timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 1)
    return report


def without_tags(registrants: Sequence[Registrant]) -> list[Registrant]:
    """Without what stands between a "+" and the "@"."""
    return [replace(each, email=each.email.replace("+news", "")) for each in registrants]


def test_whom_webex_knows_under_another_spelling_is_taken_for_who_they_are(
    sandbox: SandboxServer, meeting: Meeting, willful: WillfulWebex, clock: Clock
) -> None:
    approve(meeting, 1, email="ann+news@example.com", last_name="Lee")
    approve(meeting, 1, email="bob@example.com", last_name="Ray")
    willful.taken = without_tags
    report = push_for_an_hour(willful, clock)
    assert (report.exit_status, presences()) == (0, ["registered"] * 2)
    assert emails_at_webex(sandbox, meeting) == ["ann@example.com", "bob@example.com"]
    ids = {each.email: each.id for each in sandbox.store.registrants(meeting.webex_id)}
    person = Submission.objects.get(email_key="ann+news@example.com")
    assert (person.registrant_id, person.sent_email) == (ids["ann@example.com"], "ann@example.com")
    # A sync finds them there, and nobody whom we do not know.
    with Clients(clock=clock) as clients:
        assert sync.statuses(Meeting.objects.all(), clients=clients, clock=clock).problems == []


def test_people_of_one_name_are_not_mistaken_for_each_other(
    sandbox: SandboxServer, meeting: Meeting, willful: WillfulWebex, clock: Clock
) -> None:
    for number in range(2):
        approve(meeting, 1, email=f"p{number}+news@example.com", first_name="Ann", last_name="Lee")
    willful.taken = without_tags
    report = push_for_an_hour(willful, clock)
    assert (report.exit_status, presences()) == (3, ["refused"] * 2)


def test_whom_webex_takes_twice_and_has_not_is_for_a_person_and_not_sent_for_ever(
    sandbox: SandboxServer, meeting: Meeting, willful: WillfulWebex, clock: Clock
) -> None:
    approve(meeting, 1, email="lost@example.com")
    approve(meeting, 2)
    willful.taken = lambda registrants: [each for each in registrants if each.email != "lost@example.com"]
    report = push_for_an_hour(willful, clock)
    assert (report.exit_status, presences()) == (3, ["refused", "registered", "registered"])
    calls = Batch.objects.filter(action="register")
    assert calls.count() == 2
    person = Submission.objects.get(email_key="lost@example.com")
    assert person.refusal == WORDS
    told = list(BatchItem.objects.filter(submission=person, batch__action="register").values_list("outcome", flat=True))
    assert told == ["left_out", "left_out"]

    # Once more, because a person says so; and corrected, as anybody.
    review.send_again(Submission.objects.all())
    assert (push_for_an_hour(willful, clock).exit_status, calls.count()) == (3, 3)
    by = User.objects.create_user("dana")
    correct.correct(person, values={"email": "found@example.com"}, answers=(), by=by, at=clock())
    omissions = ["found@example.com"]
    willful.taken = lambda registrants: [each for each in registrants if each.email != (omissions and omissions.pop())]
    # What was left out before the correction was somebody else, as far as Webex can tell.
    assert (push_for_an_hour(willful, clock).exit_status, presences()) == (0, ["registered"] * 3)
    assert calls.count() == 5


def test_an_answer_that_leaves_somebody_out_once_is_made_good(
    sandbox: SandboxServer, meeting: Meeting, willful: WillfulWebex, clock: Clock
) -> None:
    approve(meeting, 2)
    omissions = [1]
    willful.taken = lambda registrants: list(registrants)[: -omissions.pop()] if omissions else list(registrants)
    assert (push_for_an_hour(willful, clock).exit_status, presences()) == (0, ["registered"] * 2)
    assert len(emails_at_webex(sandbox, meeting)) == 2


def test_an_internationalized_domain_is_sent_in_ascii_and_found_in_either_spelling(
    sandbox: SandboxServer, meeting: Meeting, push: Push, willful: WillfulWebex, clock: Clock
) -> None:
    approve(meeting, 1, email="Ann@Bücher.example")
    push()
    assert (emails_at_webex(sandbox, meeting), presences()) == (["ann@xn--bcher-kva.example"], ["registered"])
    assert Submission.objects.get().email == "Ann@Bücher.example"
    approve(meeting, 1, email="bob@bücher.example")
    willful.taken = lambda registrants: [replace(each, email="bob@BÜCHER.example") for each in registrants]
    assert (push_for_an_hour(willful, clock).exit_status, presences()) == (0, ["registered"] * 2)
