"""The turns of an account, shared by all its workers."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from registration.accounts import settings_account
from registration.accounts.gate import AccountGate
from registration.models import Account, WebexCall
from registration.webex.errors import NotBegun, NotSent, OutcomeUnknown, RateLimited, Rejected, WebexError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def gate(clock: Clock) -> AccountGate:
    """As another worker has it: nothing is remembered but the account's row."""
    return AccountGate(settings_account(), clock=clock)


def test_no_more_calls_begin_in_any_minute_than_are_allowed_whichever_worker_makes_them(
    clock: Clock, settings: Settings
) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 3
    for _ in range(3):
        assert gate(clock).seconds_until_turn() == 0
        gate(clock).enter()
        clock.forward(10)
    # The first was 30 seconds ago; it counts for a minute, and a second for the way to Webex.
    assert gate(clock).seconds_until_turn() == 31
    with pytest.raises(NotBegun) as caught:
        gate(clock).enter()
    assert caught.value.retry_after_seconds == 31
    clock.forward(31)
    gate(clock).enter()
    assert gate(clock).seconds_until_turn() == 10
    assert WebexCall.objects.count() == 4


def test_an_account_has_a_limit_of_its_own_where_staff_gave_it_one(clock: Clock, settings: Settings) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 300
    other = Account.objects.create(name="Other", calls_per_minute=1)
    AccountGate(other, clock=clock).enter()
    assert AccountGate(other, clock=clock).seconds_until_turn() == 61
    assert gate(clock).seconds_until_turn() == 0


@pytest.mark.parametrize("seconds", [0.0, 12.5, 300.0])
def test_a_pause_that_webex_asks_for_holds_for_every_worker_and_after_a_restart(clock: Clock, seconds: float) -> None:
    gate(clock).leave(RateLimited(http_status=429, retry_after_seconds=seconds))
    assert gate(clock).seconds_until_turn() == seconds
    clock.forward(seconds)
    assert gate(clock).seconds_until_turn() == 0


def test_the_longer_of_two_pauses_counts(clock: Clock) -> None:
    for seconds in (100.0, 10.0):
        gate(clock).leave(RateLimited(retry_after_seconds=seconds))
    assert gate(clock).seconds_until_turn() == 100


def test_backing_off_does_not_shorten_the_pause_that_webex_asked_for(clock: Clock) -> None:
    gate(clock).leave(RateLimited(retry_after_seconds=300.0))
    gate(clock).leave(OutcomeUnknown(http_status=503))
    assert gate(clock).seconds_until_turn() == 300


def test_a_pause_that_comes_with_a_failure_counts_too(clock: Clock) -> None:
    gate(clock).leave(OutcomeUnknown(http_status=503, retry_after_seconds=200.0))
    assert gate(clock).seconds_until_turn() == 200


def test_a_pause_of_a_clock_that_was_set_back_does_not_hide_a_new_one(clock: Clock) -> None:
    gate(clock).leave(RateLimited(retry_after_seconds=300.0))
    clock.forward(-86_400)
    gate(clock).leave(RateLimited(retry_after_seconds=100.0))
    assert gate(clock).seconds_until_turn() == 100


def test_a_pause_that_no_clock_of_today_can_have_set_is_not_kept(clock: Clock) -> None:
    gate(clock).leave(RateLimited(retry_after_seconds=300.0))
    clock.forward(-3600)
    assert gate(clock).seconds_until_turn() == 0


def test_calls_from_a_future_that_the_clock_was_set_back_from_do_not_count(clock: Clock, settings: Settings) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 1
    gate(clock).enter()
    clock.forward(-3600)
    assert gate(clock).seconds_until_turn() == 0


def test_too_many_calls_teach_a_lower_limit_once_for_all_that_were_in_flight(clock: Clock, settings: Settings) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 100
    for _ in range(50):
        gate(clock).enter()
    for _ in range(4):
        gate(clock).leave(RateLimited(retry_after_seconds=1.0))
    account = Account.objects.get()
    assert (account.learned_per_minute, account.learned_at) == (40, NOW)
    clock.forward(2)
    assert gate(clock).seconds_until_turn() == 59  # fifty were made, forty are allowed
    clock.forward(59)
    assert gate(clock).seconds_until_turn() == 0


def test_without_a_limit_of_its_own_a_process_learns_from_its_own_calls(clock: Clock, settings: Settings) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 0
    mine = gate(clock)
    for _ in range(50):
        mine.enter()
    mine.leave(RateLimited(retry_after_seconds=1.0))
    assert (Account.objects.get().learned_per_minute, WebexCall.objects.count()) == (40, 0)


def test_a_few_calls_that_were_too_many_teach_nothing_but_the_pause(clock: Clock, settings: Settings) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 100
    gate(clock).enter()
    gate(clock).leave(RateLimited(retry_after_seconds=1.0))
    assert Account.objects.get().learned_per_minute is None
    clock.forward(1)
    assert gate(clock).seconds_until_turn() == 0


@pytest.mark.parametrize("failure", [OutcomeUnknown(http_status=503), NotSent()])
def test_failures_in_a_row_are_backed_off_from_for_longer_each_time_until_one_call_ends_well(
    clock: Clock, failure: OutcomeUnknown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    waits = []
    for _ in range(10):
        gate(clock).leave(failure)
        waits.append(gate(clock).seconds_until_turn())
        clock.forward(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120]
    again = gate(clock)
    again.enter()
    again.leave(Rejected(http_status=400))
    assert Account.objects.get().failures == 0


def test_a_short_wait_is_waited_for_with_the_call_in_hand(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.forward(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    gate(clock).leave(RateLimited(retry_after_seconds=4.0))
    gate(clock).enter()
    assert slept == [4.0]


def test_calls_long_past_are_swept_away(clock: Clock, settings: Settings) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = 1_000
    for _ in range(250):
        gate(clock).enter()
        clock.forward(1)
    assert WebexCall.objects.count() < 250


@pytest.mark.parametrize("error", [OutcomeUnknown("No answer."), NotSent("No connection.")])
def test_that_somebody_hasty_got_no_answer_is_not_held_against_the_account(clock: Clock, error: WebexError) -> None:
    gate(clock).enter()
    gate(clock).leave(error)
    before = settings_account()
    clock.forward(60)
    hasty = AccountGate(before, clock=clock, is_hasty=True)
    hasty.enter()
    hasty.leave(error)
    now = settings_account()
    assert (now.failures, now.blocked_until) == (before.failures, before.blocked_until)
    hasty.leave(RateLimited("Slow down.", retry_after_seconds=7))
    assert hasty.seconds_until_turn() == 7
