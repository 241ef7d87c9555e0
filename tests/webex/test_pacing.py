"""The rules of pacing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registration.webex import pacing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(st.integers(0, 10_000))
def test_backing_off_is_bounded_and_anything_from_nothing_on(failures: int) -> None:
    bound = min(pacing.LONGEST_BACKOFF_SECONDS, 2.0 ** min(failures, 30))
    assert 0 <= pacing.backoff_seconds(failures) <= bound


def test_backing_off_has_full_jitter() -> None:
    tries = [pacing.backoff_seconds(5) for _ in range(200)]
    assert min(tries) < 8 < 24 < max(tries) <= 32


@given(st.integers(pacing.FEWEST_TO_LEARN_FROM, 100_000))
def test_a_learned_limit_is_less_than_what_was_too_much(calls: int) -> None:
    learned = pacing.learned_limit(calls)
    assert learned is not None
    assert 1 <= learned <= calls * pacing.LEARNED_SHARE


def test_a_few_calls_teach_nothing() -> None:
    assert pacing.learned_limit(pacing.FEWEST_TO_LEARN_FROM - 1) is None


def limit(configured: int, learned: int | None, *, after: timedelta = timedelta()) -> int | None:
    return pacing.limit_now(configured, learned, learned_at=NOW, now=NOW + after)


def test_the_limit_is_the_configured_one_until_something_lower_was_learned() -> None:
    assert [limit(300, None), limit(0, None), limit(300, 100), limit(0, 100), limit(50, 100)] == [
        300,
        None,
        100,
        100,
        50,
    ]


def test_a_learned_limit_grows_back_by_a_tenth_every_ten_minutes() -> None:
    grown = [limit(300, 100, after=pacing.RECOVERY * periods) for periods in (0, 1, 2, 11, 12)]
    assert grown == [100, 110, 121, 285, 300]


def test_without_a_configured_limit_a_learned_one_is_forgotten_after_a_day() -> None:
    assert limit(0, 30, after=timedelta(hours=23)) is not None
    assert limit(0, 30, after=timedelta(days=1)) is None


def test_a_clock_that_was_set_back_leaves_the_limit_as_it_is() -> None:
    assert limit(300, 100, after=timedelta(days=-1)) == 100
