"""Statuses come back from Webex."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import settings_account
from registration.accounts.credentials import take_access_token
from registration.flow import moves, pauses
from registration.models import Account, Meeting, Move, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision
from registration.webex.client import WebexClient
from tests.cast import SubmissionFactory
from tests.delivery.people import what_is_paused
from tests.sync.conftest import Registered, Sync
from tests.sync.people import SleepingClock, operations, sign_up_at_webex, states

pytestmark = pytest.mark.django_db


def test_a_status_that_changed_is_stored_with_its_time(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    meeting = registered(3)
    people = list(Submission.objects.order_by("pk"))
    sandbox.store.set_status(meeting.webex_id, [people[0].registrant_id], "approved")
    sandbox.store.set_status(meeting.webex_id, [people[1].registrant_id], "rejected")
    Move.objects.all().delete()
    before = clock()

    report = run()

    assert states("webex_status") == [("approved",), ("rejected",), ("pending",)]
    assert (dict(+report.counts), dict(report.statuses)) == (
        {"seen": 3, "changed": 2, "decided_differently": 1},
        {"approved": 1, "rejected": 1, "pending": 1},
    )
    assert list(Move.objects.order_by("pk").values_list("submission", "before", "after")) == [
        (people[0].pk, "pending", "approved"),
        (people[1].pk, "pending", "rejected"),
    ]
    assert all(before <= move.at <= clock() for move in Move.objects.all())
    assert not Submission.objects.exclude(synced_at__gte=before).exists()
    assert (report.exit_status, Meeting.objects.filter(synced_at__gte=before).count()) == (0, 1)


@pytest.mark.parametrize("asked_with", ["GET", "POST"])
def test_a_decision_that_is_made_while_webex_answers_is_newer_than_its_answer(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    push: Callable[[], Any],
    clock: SleepingClock,
    monkeypatch: pytest.MonkeyPatch,
    asked_with: str,
) -> None:
    """On a page of the list, and where they were not on the list and are asked for by e-mail."""
    meeting = registered(1)
    ids = [Submission.objects.get().registrant_id]
    sandbox.store.set_status(meeting.webex_id, ids, "rejected")
    if asked_with == "POST":
        sandbox.faults.add(Fault("listRegistrants", body='{"items": []}', times=2))
    read, decisions = WebexClient._read, [Decision.DECLINED, Decision.APPROVED]

    def decide_meanwhile(client: WebexClient, method: str, *args: Any, **kwargs: Any) -> Any:
        answer = read(client, method, *args, **kwargs)
        while decisions and method == asked_with:
            moves.decide(Submission.objects.all(), to=decisions.pop(0), at=clock())
        return answer

    monkeypatch.setattr(WebexClient, "_read", decide_meanwhile)
    run()
    assert states("webex_status") == [("rejected",)]
    push()
    assert states("webex_status") == [("approved",)]


def test_a_decision_that_was_made_before_webex_was_asked_is_older_than_its_answer(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    push: Callable[[], Any],
    clock: SleepingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though the sync had begun."""
    meeting = registered(1)
    ids = [Submission.objects.get().registrant_id]

    def decide_and_then_the_host_does(_seconds: float) -> None:
        clock.ahead += timedelta(seconds=2)
        moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
        moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
        sandbox.store.set_status(meeting.webex_id, ids, "rejected")

    monkeypatch.setattr(clock, "sleep", decide_and_then_the_host_does)
    sandbox.faults.add(Fault("listRegistrants", status=429, retry_after="1"))
    run()
    push()
    assert states("webex_status") == [("rejected",)]


def test_everybody_is_read_from_the_list_a_hundred_at_a_time(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(230)
    report = run()
    # Three pages of the last 90 days, and one of those before, where nobody is.
    assert [(call.operation, call.query["max"]) for call in sandbox.store.calls] == [("listRegistrants", "100")] * 4
    assert (report.counts["seen"], report.counts["changed"]) == (230, 0)


def test_only_the_chosen_are_asked_for_and_by_e_mail(sandbox: SandboxServer, registered: Registered, run: Sync) -> None:
    registered(3)
    chosen = Submission.objects.order_by("pk")[1]
    report = run(only={chosen.pk})
    assert [(call.operation, call.body) for call in sandbox.store.calls] == [("query", {"emails": [chosen.email_key]})]
    assert (report.counts["seen"], Meeting.objects.filter(synced_at=None).count()) == (1, 1)


@pytest.mark.parametrize("operation", ["listRegistrants", "query"])
@pytest.mark.parametrize(
    ("status", "exit_status", "paused"),
    [(401, 1, "account"), (403, 3, "meeting"), (404, 3, "meeting"), (400, 3, ""), (500, 4, "")],
)
def test_an_error_ends_in_the_report_pauses_what_a_person_must_put_right_and_changes_nobody(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    operation: str,
    status: int,
    exit_status: int,
    paused: str,
) -> None:
    meeting = registered(1)
    sandbox.store.delete(meeting.webex_id, [Submission.objects.get().registrant_id])
    sandbox.faults.add(Fault(operation, status=status))
    report = run()
    assert (report.exit_status, len(report.problems), report.counts["seen"]) == (exit_status, 1, 0)
    assert states("presence", "webex_status", "missing_at") == [("registered", "pending", None)]
    # Where only a person can put it right, it is not asked for again at once, either.
    assert (Meeting.objects.get().synced_at is None) is (exit_status != 3)
    assert what_is_paused() == paused


def test_a_missing_scope_pauses_the_account_which_is_called_no_more(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(1)
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", status=403, message="The scope meeting:schedules_read is missing."))
    assert (run().exit_status, what_is_paused(), operations(sandbox)) == (3, "account", ["listRegistrants"])
    assert Meeting.objects.filter(synced_at=None).count() == 2
    assert (run().exit_status, operations(sandbox)) == (3, ["listRegistrants"])


def test_an_error_of_one_meeting_leaves_the_others_going(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(1)
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", status=403))
    report = run()
    assert (report.exit_status, report.counts["seen"]) == (3, 1)


def test_an_account_whose_token_is_refused_is_left_alone_and_others_go_on(
    sandbox: SandboxServer, registered: Registered, run: Sync, settings: Settings
) -> None:
    meetings = [registered(1) for _ in range(3)]
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    other = Account(name="Other")
    take_access_token(other, access_token="another-token", expires_at=None)
    other.save()
    Meeting.objects.filter(pk=meetings[2].pk).update(account=other)
    sandbox.faults.add(Fault("listRegistrants", status=401))
    report = run()
    assert (report.exit_status, report.counts["seen"], len(report.problems)) == (1, 1, 1)
    assert operations(sandbox) == ["listRegistrants"] * 3


def test_an_account_without_usable_answers_is_given_up_after_three_meetings(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    for _ in range(4):
        registered(1)
    sandbox.faults.add(Fault("listRegistrants", body='{"items": "none"}', times=4))
    report = run()
    assert (report.exit_status, len(report.problems), operations(sandbox)) == (4, 3, ["listRegistrants"] * 3)


@pytest.mark.parametrize("status", [400, 401, 500])
def test_an_address_in_webexs_words_is_not_in_the_report(
    sandbox: SandboxServer, registered: Registered, run: Sync, status: int
) -> None:
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", status=status, message="No: ann@example.com"))
    [problem] = run().problems
    assert (problem.count("No: …@…"), problem.count("ann")) == (1, 0)


def test_an_account_that_is_paused_is_not_called_and_said_once(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(1)
    registered(1)
    pauses.pause_account(settings_account(), reason="The scope is missing for ann@example.com.", at=timezone.now())
    report = run()
    assert (report.exit_status, operations(sandbox)) == (3, [])
    assert report.problems == [
        "Account of the settings is paused, and its meetings are not read: The scope is missing for …@…"
    ]


def test_an_account_without_a_token_is_told_and_others_go_on(registered: Registered, run: Sync) -> None:
    meetings = [registered(1), registered(1)]
    Meeting.objects.filter(pk=meetings[0].pk).update(account=Account.objects.create(name="Empty"))
    report = run()
    assert (report.exit_status, report.counts["seen"], len(report.problems)) == (1, 1, 1)


def test_a_paused_meeting_is_read(registered: Registered, run: Sync) -> None:
    meeting = registered(1)
    pauses.pause_meeting(meeting, reason="The form has changed.", at=timezone.now())
    assert run().counts["seen"] == 1


def test_meetings_that_are_over_are_not_asked_about(sandbox: SandboxServer, registered: Registered, run: Sync) -> None:
    registered(1)
    past = timezone.now() - timedelta(days=1)
    Meeting.objects.update(start_at=past, end_at=past)
    run()
    assert sandbox.store.calls == []


def test_a_call_that_webex_puts_off_is_made_again_after_the_pause(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", status=429, retry_after="40"))
    report = run()
    assert (report.exit_status, report.counts["seen"]) == (0, 1)
    assert clock.slept == [40.0]


def test_the_sync_waits_for_its_turn(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    registered(1)
    Account.objects.update(blocked_until=clock() + timedelta(seconds=150))
    assert run().counts["seen"] == 1
    assert [round(seconds) for seconds in clock.slept] == [65, 65, 20]


def test_whoever_waits_in_front_of_a_browser_does_not_wait_for_a_turn(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    registered(1)
    Account.objects.update(blocked_until=clock() + timedelta(seconds=150))
    report = run(seconds=20.0)
    assert (report.problems, clock.slept, sandbox.store.calls) == (
        ["There was not enough time for everybody: run the sync again."],
        [],
        [],
    )
    assert Meeting.objects.get().synced_at is None


def test_a_clock_that_is_put_forward_takes_nobodys_time(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", status=429, retry_after="1"))
    sleep = clock.sleep
    monkeypatch.setattr(clock, "sleep", lambda _seconds: sleep(5 * 3600))
    report = run(seconds=20.0)
    assert (report.exit_status, report.counts["seen"], clock.slept) == (0, 1, [5 * 3600])


def test_an_account_that_stays_limited_is_left_for_a_later_run(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(1)
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", status=429, retry_after="3", times=100))
    report = run()
    assert (report.exit_status, len(report.problems), len(sandbox.store.calls)) == (4, 1, 11)


def test_the_queries_do_not_grow_with_the_people_of_a_page(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    asked = []
    for count in (3, 93):
        registered(count)
        with CaptureQueriesContext(connection) as queries:
            run()
        asked.append(len(queries))
        Meeting.objects.update(webex_id="")
    assert asked[0] == asked[1]


def test_who_is_claimed_while_the_list_is_read_is_left_to_the_push(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(1)
    claimed = SubmissionFactory(meeting=meeting, approved=True, presence="sending", sent_email="new@example.com")
    sign_up_at_webex(sandbox, meeting, "new@example.com")
    report = run()
    claimed.refresh_from_db()
    assert (claimed.presence, claimed.synced_at, claimed.missing_at) == ("sending", None, None)
    assert (report.exit_status, report.counts["unknown"], report.counts["seen"]) == (0, 0, 1)
