"""What stands in a calendar about a registration."""

from itertools import product

import pytest

from registration.calendars import entry
from registration.calendars.entry import Standing
from registration.models import Meeting
from registration.states import Decision, Presence, WebexStatus

STATUSES = (None, *WebexStatus)


def standings(decision: Decision, *, is_cancelled: bool = False) -> set[Standing]:
    return {
        entry.standing(decision, presence, status, is_cancelled=is_cancelled)
        for presence, status in product(Presence, STATUSES)
    }


@pytest.mark.parametrize("decision", Decision)
def test_nothing_of_a_cancelled_meeting_takes_place(decision: Decision) -> None:
    assert standings(decision, is_cancelled=True) == {Standing.CANCELLED}


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision.WAITING, Standing.TENTATIVE),
        (Decision.WAITLISTED, Standing.TENTATIVE),
        (Decision.DECLINED, Standing.CANCELLED),
        (Decision.CANCELLED, Standing.CANCELLED),
    ],
)
def test_without_approval_the_decision_alone_counts(decision: Decision, expected: Standing) -> None:
    assert standings(decision) == {expected}


@pytest.mark.parametrize("presence", Presence)
@pytest.mark.parametrize("status", STATUSES)
def test_the_approved_take_part_unless_webex_says_otherwise(presence: Presence, status: WebexStatus | None) -> None:
    at_webex = {WebexStatus.PENDING: Standing.TENTATIVE, WebexStatus.REJECTED: Standing.CANCELLED}
    expected = Standing.CONFIRMED
    if presence is Presence.REGISTERED and status is not None:
        expected = at_webex.get(status, Standing.CONFIRMED)
    assert entry.standing(Decision.APPROVED, presence, status, is_cancelled=False) is expected


@pytest.mark.parametrize("status", [WebexStatus.REJECTED, WebexStatus.PENDING])
def test_whose_status_there_our_approval_is_still_to_change_takes_part(status: WebexStatus) -> None:
    facts = Decision.APPROVED, Presence.REGISTERED, status
    assert entry.standing(*facts, is_cancelled=False, is_overruled=True) is Standing.CONFIRMED
    assert entry.standing(*facts, is_cancelled=True, is_overruled=True) is Standing.CANCELLED


def test_what_it_is_about_is_shortened_and_followed_by_where_the_link_comes_from() -> None:
    meeting = Meeting(
        title="Launch\r\n party", intro="Welcome!\r\n", agenda="First\x00\rSecond " * 100, webex_id="a" * 32
    )
    assert entry.title(meeting) == "Launch party"
    assert entry.description(meeting, longest=29, is_approved=True) == (
        "Welcome!\n\nFirst\nSecond First…\n\nYour own link for joining comes from Webex by mail."
    )


def test_a_meeting_without_words_has_only_the_way_to_the_link() -> None:
    assert entry.description(Meeting(), longest=30, is_approved=False) == (
        "Once you are approved, the organisers send you the link for joining."
    )
