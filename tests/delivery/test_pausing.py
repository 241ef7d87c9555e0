"""What is paused by which error, while everything else goes on."""

import time
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import credentials, settings_account, webex_client
from registration.flow import pauses
from registration.flow.deliver.endings import Endings
from registration.flow.deliver.run import Run, StopAccount
from registration.models import Account, Meeting
from registration.report import Report
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.webex.client import WebexClient
from registration.webex.errors import OutcomeUnknown
from registration.webex.records import Answered, MeetingInfo
from tests.accounts.cast import KEY, an_account_with_a_token
from tests.cast import MeetingFactory
from tests.delivery.people import (
    Clock,
    Push,
    approve,
    calls_of,
    converge,
    emails_at_webex,
    everybody,
    presences,
    resume,
    what_is_paused,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(sandbox: SandboxServer, meeting: Meeting) -> Meeting:
    """A later meeting of the same account, with somebody to send."""
    other = MeetingFactory(start_at=meeting.start_at + timedelta(days=1))
    sandbox.store.add_meeting(id=other.webex_id, form=Form())
    approve(meeting, 1)
    approve(other, 1)
    return other


def test_the_wrong_host_pauses_the_meeting_and_others_go_on(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push
) -> None:
    sandbox.faults.add(Fault("bulkInsert", status=403, message="Not the host of this meeting"))
    assert push().exit_status == 3
    assert (presences(), what_is_paused()) == (["absent", "registered"], "meeting")
    assert "Webex says: Not the host of this meeting" in Meeting.objects.get(pk=meeting.pk).pause_reason
    resume()
    assert (push().exit_status, presences()) == (0, ["registered"] * 2)


def test_a_missing_scope_pauses_the_account(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push
) -> None:
    sandbox.faults.add(Fault("bulkInsert", status=403, message="Missing required scope: meeting:schedules_write"))
    assert push().exit_status == 3
    assert (presences(), what_is_paused()) == (["absent"] * 2, "account")
    assert "meeting:schedules_write" in Account.objects.get().pause_reason
    before = len(sandbox.store.calls)
    assert (push().exit_status, len(sandbox.store.calls)) == (3, before)
    resume()
    assert (push().exit_status, presences()) == (0, ["registered"] * 2)


def test_an_account_that_may_not_even_list_its_meetings_is_paused(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push
) -> None:
    sandbox.faults.add(Fault("bulkInsert", status=403))
    sandbox.faults.add(Fault("listMeetings", status=403))
    push()
    assert what_is_paused() == "account"


def test_where_webex_does_not_say_what_it_forbids_nothing_is_paused(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=403))
    sandbox.faults.add(Fault("listMeetings", status=429, retry_after="1"))
    push()
    assert (presences(), what_is_paused()) == (["absent"], "")
    assert (converge(push, clock).exit_status, presences()) == (0, ["registered"])


def test_another_account_goes_on_when_one_is_paused(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push, settings: Settings
) -> None:
    settings.WEBEX_ACCESS_TOKEN = "a-token-that-is-over"
    sandbox.faults.add(Fault("getMeeting", status=401))
    push()
    assert (presences(), what_is_paused()) == (["absent"] * 2, "account")
    settings.WEBEX_ACCESS_TOKEN = "a-new-token"
    assert (push().exit_status, presences(), what_is_paused()) == (0, ["registered"] * 2, "")


def test_a_pause_that_webex_asks_for_is_kept_by_the_next_run_too(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push, clock: Clock
) -> None:
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="200"))
    report = push()
    assert (report.exit_status, report.retry_after_seconds, presences()) == (4, 200, ["absent"] * 2)
    before = len(sandbox.store.calls)
    report = push()
    assert (report.exit_status, len(sandbox.store.calls), report.is_worth_another) == (4, before, True)
    assert 190 < (report.retry_after_seconds or 0) <= 200
    clock.ahead += timedelta(seconds=201)
    assert (push().exit_status, presences()) == (0, ["registered"] * 2)


def test_a_run_with_little_time_does_not_wait_for_its_turn(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push
) -> None:
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="20"))
    push()
    before = len(sandbox.store.calls)
    report = push(seconds=10)
    assert (report.exit_status, len(sandbox.store.calls)) == (4, before)


@pytest.mark.parametrize(
    "retry_after", ["soon", "rand(30),add(30)", None, "999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
)
def test_a_pause_of_any_spelling_ends(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, retry_after: str | None
) -> None:
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=423, retry_after=retry_after))
    report = push()
    assert 0 < (report.retry_after_seconds or 0) <= 300
    assert (converge(push, clock).exit_status, presences()) == (0, ["registered"])


def test_where_webex_refuses_everybody_the_meeting_is_paused(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings
) -> None:
    settings.WEBEX_BATCH_SIZE = 2
    approve(meeting, 6)
    sandbox.faults.add(Fault("bulkInsert", status=400, message="Full", times=3))
    report = push()
    assert presences() == ["refused"] * 2 + ["absent"] * 4
    assert (report.exit_status, len(calls_of(sandbox, "bulkInsert")), what_is_paused()) == (3, 3, "meeting")
    resume()
    push()
    assert presences() == ["refused"] * 2 + ["registered"] * 4


def test_two_bad_rows_are_no_reason_to_pause(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 2, last_name="")
    push()
    assert (presences(), what_is_paused()) == (["refused"] * 2, "")


def test_a_scope_that_only_another_hosts_meeting_needs_pauses_that_meeting(
    sandbox: SandboxServer, meeting: Meeting, other: Meeting, push: Push
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(host_email_parameter="boss@example.com")
    sandbox.faults.add(Fault("getMeeting", status=403, message="Missing scope meeting:admin_schedule_read"))
    push()
    assert (presences(), what_is_paused()) == (["absent", "registered"], "meeting")


def test_a_pause_reaches_a_run_that_is_under_way(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBEX_BATCH_SIZE = 1
    approve(meeting, 3)
    insert = WebexClient.bulk_insert

    def insert_and_pause(client: WebexClient, *args: Any, **kwargs: Any) -> Answered:
        pauses.pause_meeting(Meeting.objects.get(), reason="Somebody saw an alarm.", at=timezone.now())
        return insert(client, *args, **kwargs)

    monkeypatch.setattr(WebexClient, "bulk_insert", insert_and_pause)
    push()
    assert (presences(), len(calls_of(sandbox, "bulkInsert"))) == (["registered", "absent", "absent"], 1)


def test_a_meeting_that_is_cancelled_reaches_a_run_that_is_under_way(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBEX_BATCH_SIZE = 1
    approve(meeting, 3)
    insert = WebexClient.bulk_insert

    def insert_and_cancel(client: WebexClient, *args: Any, **kwargs: Any) -> Answered:
        Meeting.objects.update(is_cancelled=True)
        return insert(client, *args, **kwargs)

    monkeypatch.setattr(WebexClient, "bulk_insert", insert_and_cancel)
    push()
    assert (presences(), len(calls_of(sandbox, "bulkInsert"))) == (["registered", "absent", "absent"], 1)


def test_who_was_under_way_when_the_meeting_was_cancelled_is_looked_up_once_it_takes_place_after_all(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    people = approve(meeting, 2)
    sandbox.faults.add(Fault("bulkInsert", drop=True, after_write=True))
    push()
    Meeting.objects.update(is_cancelled=True)
    report = converge(push, clock)
    assert (report.exit_status, report.left, presences()) == (0, 0, ["uncertain"] * 2)
    Meeting.objects.update(is_cancelled=False)
    assert (converge(push, clock).exit_status, presences()) == (0, ["registered"] * 2)
    assert emails_at_webex(sandbox, meeting) == everybody(people)


def test_a_new_token_that_is_entered_while_a_run_uses_the_old_one_is_used_by_the_next(
    sandbox: SandboxServer, push: Push, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TOKEN_KEYS = [KEY]
    meeting = MeetingFactory(account=an_account_with_a_token(token="old"))
    sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
    approve(meeting, 1)
    sandbox.faults.add(Fault("getMeeting", status=401))
    get = WebexClient.get_meeting

    def enter_and_get(client: WebexClient, *args: Any, **kwargs: Any) -> MeetingInfo:
        monkeypatch.undo()
        account = Account.objects.get(pk=meeting.account_id)
        credentials.take_access_token(account, access_token="new", expires_at=None)
        account.save()
        return get(client, *args, **kwargs)

    monkeypatch.setattr(WebexClient, "get_meeting", enter_and_get)
    push()
    assert (presences(), what_is_paused()) == (["absent"], "account")
    assert (push().exit_status, presences(), what_is_paused()) == (0, ["registered"], "")


def test_registration_that_is_off_is_found_out_by_a_look_up_too(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 2)
    sandbox.faults.add(Fault("bulkInsert", status=503))
    push()
    sandbox.store.set_form(meeting.webex_id, None)
    clock.ahead += timedelta(hours=1)
    push()
    assert (presences(), what_is_paused()) == (["uncertain"] * 2, "meeting")


def test_two_whose_calls_had_failed_are_no_reason_to_pause_either(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 2, failed_calls=2, last_name="")
    approve(meeting, 3, failed_calls=3)
    push()
    assert (presences(), what_is_paused()) == (["refused"] * 2 + ["registered"] * 3, "")


def test_one_meeting_that_gets_no_usable_answers_does_not_end_the_run_of_the_others(
    meeting: Meeting, clock: Clock
) -> None:
    run = Run(Report(), None, Q(), None, clock, Event())
    with webex_client() as client:
        endings = Endings(run, settings_account(), client)
    other, error = MeetingFactory(), OutcomeUnknown(http_status=500)
    for _ in range(5):
        endings.count_unknowns(meeting, error)
        endings.complain(meeting, error)
    endings.count_unknowns(other, error)
    with pytest.raises(StopAccount):
        endings.complain(other, error)


def test_a_run_does_not_wait_for_a_turn_that_nobody_needs(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings
) -> None:
    settings.WEBEX_BATCH_SIZE = 2
    settings.WEBEX_CALLS_PER_MINUTE = 4
    approve(meeting, 4)  # two calls, after two to look at the meeting and its form
    began_at = time.monotonic()
    report = push(seconds=30)
    assert (report.exit_status, report.problems, presences()) == (0, [], ["registered"] * 4)
    assert time.monotonic() - began_at < 20


def test_a_single_call_a_minute_is_enough_to_get_there(
    meeting: Meeting, push: Push, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(run: Run, seconds: float) -> None:
        clock.ahead += timedelta(seconds=seconds)

    monkeypatch.setattr(Run, "sleep", sleep)
    settings.WEBEX_CALLS_PER_MINUTE = 1
    approve(meeting, 1)
    push()
    assert presences() == ["registered"]
