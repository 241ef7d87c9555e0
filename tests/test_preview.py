"""The dry run is what a push then does: call by call, for what is due and for what is held as if it was released."""

import random
from datetime import timedelta
from io import StringIO
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import Clients
from registration.flow import correct, deliver, preview, release, review
from registration.models import Mail, Meeting, Submission
from registration.sandbox.forms import Form
from registration.sandbox.rows import Status
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

_STATUSES: list[Status] = ["approved", "pending", "rejected"]

everybody = Submission.objects.order_by("pk")


@pytest.fixture
def by() -> User:
    return User.objects.create_user("rita")


def planned(*, is_released: bool) -> list[tuple[str, Any]]:
    """The calls of the dry run: their verbs and bodies."""
    plan = preview.plan(Meeting.objects.all(), at=timezone.now(), is_released=is_released)
    return [(each.verb, each.call().body) for each in plan]


def pushed(sandbox: SandboxServer) -> list[tuple[str, Any]]:
    """The calls that changed anything at Webex when the people were pushed."""
    sandbox.store.forget_calls()
    with Clients() as clients:
        deliver.push(Meeting.objects.all(), clients=clients)
    names = {"bulkInsert", *(verb for verb in ("approve", "reject", "cancel", "bulkDelete"))}
    return [(call.operation, call.body) for call in sandbox.store.calls if call.operation in names]


def meeting_with(sandbox: SandboxServer, **more: Any) -> Meeting:
    meeting: Meeting = MeetingFactory(holds_decisions=True, **more)
    sandbox.store.add_meeting(
        id=meeting.webex_id, form=Form(auto_accept=False), start_at=meeting.start_at, end_at=meeting.end_at
    )
    return meeting


@pytest.mark.parametrize("seed", range(6))
def test_a_push_sends_what_the_preview_showed(sandbox: SandboxServer, settings: Settings, by: User, seed: int) -> None:
    settings.WEBEX_CONCURRENCY, settings.WEBEX_BATCH_SIZE = 1, 4
    chance = random.Random(seed)
    meeting = meeting_with(
        sandbox,
        approves_pending=chance.random() < 0.5,
        withdrawal=chance.choice(["reject", "remove"]),
        send_email=chance.random() < 0.5,
    )
    # Some are at Webex already, in every status, and some were corrected since.
    for number in range(12):
        SubmissionFactory(meeting=meeting, email=f"p{number}@example.com", approved=True)
    pushed(sandbox)
    rows = list(sandbox.store.registrants(meeting.webex_id))
    for row in rows:
        status: Status = chance.choice(_STATUSES)
        sandbox.store.set_status(meeting.webex_id, [row.id], status)
        Submission.objects.filter(registrant_id=row.id).update(webex_status=status)
    for number in range(12, 24):
        SubmissionFactory(meeting=meeting, email=f"p{number}@example.com", approved=chance.random() < 0.3)
    ids = count()
    for person in chance.sample(list(everybody.all()), 4):
        values = {"first_name": f"New {next(ids)}", "last_name": person.last_name}
        correct.correct(person, values=values, answers=(), by=by, at=timezone.now())
    for person in everybody.all():
        one = everybody.filter(pk=person.pk)
        match chance.randrange(5):
            case 0:
                review.approve(one, by=by)
            case 1:
                review.decline(one, by=by, reason="Full.")
            case 2:
                review.reopen(one, by=by)
            case 3 if person.decision == Decision.APPROVED:
                review.decide_now(one, to=Decision.DECLINED, by=by, reason="Now.")
    due, then, letters = planned(is_released=False), planned(is_released=True), preview.letters(meeting)
    assert due != then
    Mail.objects.all().delete()
    release.release(everybody.exclude(held_decision=""), by=by, at=timezone.now(), seen_at=timezone.now())
    assert planned(is_released=False) == then
    assert {kind: sorted(pks) for kind, pks in letters.items()} == written()
    assert pushed(sandbox) == then


def written() -> dict[Mail.Kind, list[int]]:
    found: dict[Mail.Kind, list[int]] = {}
    for kind, pk in Mail.objects.order_by("submission").values_list("kind", "submission"):
        found.setdefault(Mail.Kind(kind), []).append(pk)
    return found


def test_whose_answers_changed_since_is_in_no_call(sandbox: SandboxServer, by: User) -> None:
    person = SubmissionFactory(meeting=meeting_with(sandbox))
    review.approve(everybody, by=by)
    assert [verb for verb, _body in planned(is_released=True)] == ["bulkInsert"]
    values = {"first_name": "Anne", "last_name": "Y"}
    correct.change(person, values=values, answers=(), at=timezone.now(), seen=correct.version(person))
    assert planned(is_released=True) == []


def test_who_was_tried_in_vain_is_shown_with_as_few_beside_them_as_are_sent(
    sandbox: SandboxServer, settings: Settings
) -> None:
    settings.WEBEX_CONCURRENCY = 1
    meeting = meeting_with(sandbox)
    for failed_calls in (0, 5, 5, 0, 10):
        SubmissionFactory(meeting=meeting, approved=True, failed_calls=failed_calls, presence_at=timezone.now())
    shown = planned(is_released=False)
    assert [len(body["items"]) for _verb, body in shown] == [2, 1, 1]
    assert pushed(sandbox) == shown


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        ({}, "approved", "1 of them is approved there by one call more, if Webex leaves them pending."),
        ({}, "pending", ""),
        ({}, "", ""),
        ({"auto_accept_request": True}, "approved", ""),
        (
            {"approves_pending": True, "send_email": True},
            "pending",
            "2 of them are approved there by one call more, if Webex leaves them pending. Webex mails them about that, "
            "too.",
        ),
    ],
)
def test_it_is_said_who_is_approved_once_webex_has_them(
    sandbox: SandboxServer, facts: dict[str, bool], status: str, words: str
) -> None:
    meeting = meeting_with(sandbox, **{"send_email": False, **facts})
    now = timezone.now()
    SubmissionFactory(
        meeting=meeting, approved=True, presence=Presence.REGISTERED, sent_email="old@example.com",
        webex_status=status, registrant_id="r-1", sent_at=now - timedelta(days=1), corrected_at=now,
    )  # fmt: skip
    SubmissionFactory(meeting=meeting, approved=True)
    calls = {call.verb: call for call in preview.calls(Meeting.objects.all(), at=now)}
    assert (calls["bulkInsert"].approved_after, calls["bulkDelete"].approved_after) == (words, "")
    out = StringIO()
    preview.write_text(calls.values(), out)
    assert (words in out.getvalue(), "one call more" in out.getvalue()) == (True, bool(words))


def test_who_has_to_wait_for_an_address_is_not_shown(sandbox: SandboxServer) -> None:
    meeting = meeting_with(sandbox)
    SubmissionFactory(
        meeting=meeting, email="new@example.com", decision=Decision.DECLINED, presence=Presence.REGISTERED,
        sent_email="old@example.com", webex_status="rejected", registrant_id="r-1",
    )  # fmt: skip
    SubmissionFactory(meeting=meeting, email="old@example.com", approved=True)
    assert planned(is_released=False) == pushed(sandbox) == []
