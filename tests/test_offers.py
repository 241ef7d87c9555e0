"""A place that is offered: taken, left to others, or lost. Each offer has one of these ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from registration.flow import offers
from registration.models import Mail, Meeting, Submission
from registration.states import Decision
from tests.at_once import at_once, database_for_threads
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.pages import HOUR, read, texts

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
END = NOW + 3 * HOUR


def meeting_with(**facts: Any) -> Meeting:
    about = {"start_at": NOW + timedelta(days=9), "capacity": 1, "waiting_list": "offer", "offer_hours": 3}
    return MeetingFactory(**about | facts)


def offered(meeting: Meeting | None = None, **facts: Any) -> Submission:
    about = {"decision": Decision.OFFERED, "offer_ends_at": END, "in_line_since": NOW, "email": "ann@example.com"}
    return SubmissionFactory(meeting=meeting or meeting_with(), **about | facts)


def next_in_line(submission: Submission) -> Submission:
    bo: Submission = SubmissionFactory(
        meeting=submission.meeting, email="bo@example.com", decision=Decision.WAITLISTED, in_line_since=NOW
    )
    return bo


def page_of(submission: Submission) -> str:
    return f"{submission.get_absolute_url()}place/"


def state(submission: Submission) -> str:
    submission.refresh_from_db()
    return submission.decision


# --- taken ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "decision", "kind"),
    [
        ({}, "waiting", "moved_up"),
        ({"approval": "automatic"}, "approved", "moved_up"),
        ({"approval": "automatic", "send_email": False}, "approved", "approved"),
        ({"approval": "rules"}, "declined", "declined"),
    ],
)
def test_who_takes_the_place_is_decided_about_as_the_meeting_says_and_gets_one_mail(
    facts: dict[str, Any], decision: str, kind: str
) -> None:
    meeting = meeting_with(**facts)
    ApprovalRuleFactory(meeting=meeting, result="reject")
    ann = offered(meeting)
    assert offers.take(ann.pk, at=NOW) is True
    assert (state(ann), ann.offer_ends_at, written()) == (decision, None, [("ann@example.com", kind)])
    move = ann.moves.order_by("pk")[0]
    assert (move.before, move.after, move.by, move.reason) == (
        "offered",
        "waiting",
        None,
        "they took the place that was offered",
    )


def test_taking_it_confirms_the_address_since_they_have_read_the_mail() -> None:
    ann = offered(meeting_with(approval="automatic"), confirm_by=NOW - HOUR)
    assert offers.take(ann.pk, at=NOW) is True
    assert (state(ann), ann.confirm_by, ann.confirmed_at) == ("approved", None, NOW)


def test_it_is_taken_once() -> None:
    ann = offered()
    assert [offers.take(ann.pk, at=NOW), offers.take(ann.pk, at=NOW), offers.leave(ann.pk, at=NOW)] == [
        True,
        False,
        False,
    ]
    assert (state(ann), ann.moves.count(), written()) == ("waiting", 1, [("ann@example.com", "moved_up")])


def test_whom_a_rule_declines_makes_room_for_the_next(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    meeting = meeting_with(approval="rules")
    ApprovalRuleFactory(meeting=meeting, result="reject")
    ann = offered(meeting)
    bo = next_in_line(ann)
    with django_capture_on_commit_callbacks(execute=True):
        offers.take(ann.pk, at=NOW)
    assert [state(ann), state(bo)] == ["declined", "offered"]


# --- left and lost ----------------------------------------------------------------------------------------------------


def test_who_leaves_it_ends_their_registration_and_it_is_offered_to_the_next(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    ann = offered()
    bo = next_in_line(ann)
    with django_capture_on_commit_callbacks(execute=True):
        assert offers.leave(ann.pk, at=NOW) is True
    assert [state(ann), state(bo)] == ["cancelled", "offered"]
    assert written() == [("ann@example.com", "cancelled"), ("bo@example.com", "offered")]
    assert ann.decision_reason == "they left the place that was offered to others"


def test_at_the_last_moment_it_is_taken_and_at_the_next_it_is_lost() -> None:
    in_time, late = offered(), offered()
    bo = next_in_line(late)
    assert offers.take(in_time.pk, at=END - timedelta.resolution) is True
    assert offers.take(late.pk, at=END) is False
    assert [state(in_time), state(late), state(bo)] == ["waiting", "cancelled", "offered"]
    assert written() == [
        ("ann@example.com", "moved_up"),
        ("ann@example.com", "place_lost"),
        ("bo@example.com", "offered"),
    ]


def test_offers_whose_time_is_up_go_to_the_next_in_line_one_after_the_other() -> None:
    ann = offered()
    bo = next_in_line(ann)
    assert offers.expire(at=END - timedelta.resolution) == (0, 0)
    assert offers.expire(at=END) == (1, 1)
    assert [state(ann), state(bo)] == ["cancelled", "offered"]
    assert ann.decision_reason == "the offered place was not taken in time"
    assert bo.offer_ends_at == END + 3 * HOUR
    Mail.objects.update(due_at=None, sent_at=END)
    assert offers.expire(at=END + 3 * HOUR) == (1, 0)
    assert written() == [
        ("ann@example.com", "place_lost"),
        ("bo@example.com", "offered"),
        ("bo@example.com", "place_lost"),
    ]


def test_offers_still_end_where_the_waiting_list_was_given_up_meanwhile() -> None:
    ann = offered(meeting_with(waiting_list="none"))
    bo = next_in_line(ann)
    assert offers.expire(at=END) == (1, 0)
    assert [state(ann), state(bo)] == ["cancelled", "waitlisted"]


def test_nobody_is_mailed_about_an_offer_once_the_meeting_is_over() -> None:
    ann = offered(meeting_with(start_at=END - HOUR, end_at=END))
    offers.expire(at=END)
    assert (state(ann), written()) == ("cancelled", [])


def test_offers_for_a_cancelled_meeting_and_of_whoever_is_to_be_erased_are_left_alone() -> None:
    offered(meeting_with(is_cancelled=True))
    offered(erase_asked_at=NOW)
    assert offers.expire(at=END) == (0, 0)


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_asks_and_has_two_buttons_and_opening_it_changes_nothing(client: Client) -> None:
    ann = offered()
    with time_machine.travel(NOW, tick=False):
        client.head(page_of(ann))
        page = read(client.get(page_of(ann)))
    assert (texts(page, "h1"), texts(page, "form button")) == (
        ["Do you want the place?"],
        ["Take the place", "Leave it to others"],
    )
    assert texts(page, "form > p")[:2] == [
        "A place has become free. It is kept for you until Tuesday, 1 December 2026, 16:00 (Europe/Berlin). "
        "After that it goes to the next in line.",
        "If you leave it to others, your registration ends, and you are no longer on the waiting list.",
    ]
    assert (state(ann), ann.moves.count(), written()) == ("offered", 0, [])


@pytest.mark.parametrize(
    ("answer", "decision", "done", "words"),
    [
        ("take", "waiting", "taken", "The place is yours"),
        ("leave", "cancelled", "left", "You have left the place to others"),
    ],
)
def test_each_button_leads_to_the_own_page_which_says_what_was_done(
    client: Client, answer: str, decision: str, done: str, words: str
) -> None:
    ann = offered()
    with time_machine.travel(NOW, tick=False):
        response = client.post(page_of(ann), {"answer": answer})
        page = read(client.get(response.headers["Location"]))
    assert (response.headers["Location"], state(ann)) == (f"{ann.get_absolute_url()}?done={done}", decision)
    assert texts(page, ".notice") == [words]


def test_the_own_page_calls_no_place_theirs_whom_a_rule_declined(client: Client) -> None:
    meeting = meeting_with(approval="rules")
    ApprovalRuleFactory(meeting=meeting, result="reject")
    ann = offered(meeting)
    with time_machine.travel(NOW, tick=False):
        page = read(client.post(page_of(ann), {"answer": "take"}, follow=True))
    assert (texts(page, "#status"), texts(page, ".notice"), state(ann)) == (["Declined"], [], "declined")


@pytest.mark.parametrize(
    ("first", "second", "heading"),
    [
        ("take", "take", "The place is yours"),
        ("take", "leave", "The place is yours"),
        ("leave", "take", "The place is no longer offered to you"),
        ("leave", "leave", "The place is no longer offered to you"),
    ],
)
def test_the_second_answer_changes_nothing_and_says_what_is_so(
    client: Client, first: str, second: str, heading: str
) -> None:
    ann = offered()
    with time_machine.travel(NOW, tick=False):
        client.post(page_of(ann), {"answer": first})
        decided = state(ann)
        response = client.post(page_of(ann), {"answer": second}, follow=True)
    assert (texts(read(response), "h1"), state(ann), len(written())) == ([heading], decided, 1)


def test_who_comes_too_late_reads_so_before_and_after_the_next_run(client: Client) -> None:
    ann = offered()
    with time_machine.travel(END, tick=False):
        shown = [client.get(page_of(ann)), client.post(page_of(ann), {"answer": "take"}, follow=True)]
    assert [texts(read(response), "h1") for response in shown] == [["The place is no longer offered to you"]] * 2
    assert texts(read(shown[1]), "main .sheet p") == [
        "The time for taking it is over, or you have left it to others.",
        "Register again",
        "See your registration",
    ]
    assert state(ann) == "cancelled"


@pytest.mark.parametrize(
    ("facts", "heading"),
    [
        ({"decision": "waitlisted", "offer_ends_at": None}, "No place is offered to you at the moment"),
        ({"decision": "declined", "offer_ends_at": None}, "No place is offered to you at the moment"),
        ({"decision": "approved", "offer_ends_at": None}, "The place is yours"),
        ({"meeting__is_cancelled": True}, "This meeting has been cancelled"),
    ],
)
def test_the_page_says_what_is_so_where_nothing_is_offered(client: Client, facts: dict[str, Any], heading: str) -> None:
    about = {"decision": "offered", "offer_ends_at": END, "meeting__start_at": NOW + timedelta(days=1)}
    ann = SubmissionFactory(**about | facts, in_line_since=NOW)
    with time_machine.travel(NOW, tick=False):
        shown = [getattr(client, method)(page_of(ann), follow=True) for method in ("get", "post")]
    assert [texts(read(response), "h1") for response in shown] == [[heading]] * 2
    assert ann.moves.count() == 0


def test_the_own_page_leads_there_as_long_as_the_offer_holds(client: Client) -> None:
    ann = offered(confirm_by=END)
    with time_machine.travel(NOW, tick=False):
        page = read(client.get(ann.get_absolute_url()))
        # Taking it confirms the address, too: that is not asked for beside it.
        links = [(link["href"], link.text) for link in page.select("a.btn")]
        assert links[0] == (page_of(ann), "Take the place or leave it")
        assert f"{ann.get_absolute_url()}confirm/" not in [address for address, _words in links]
        offers.take(ann.pk, at=NOW)
        assert page_of(ann) not in client.get(ann.get_absolute_url()).content.decode()


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.fixture
def threads_may_write(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads can write to at the same moment."""
    with database_for_threads(tmp_path):
        yield


@pytest.mark.usefixtures("threads_may_write")
def test_an_offer_that_is_taken_left_and_lost_at_the_same_moment_has_one_end() -> None:
    ends = ["moved_up", "cancelled", "place_lost"]
    for round_ in range(5):
        ann = offered(email=f"ann{round_}@example.com")

        def end(number: int, pk: int = ann.pk) -> object:
            if number < 3:
                return offers.take(pk, at=END - timedelta.resolution)
            if number < 6:
                return offers.leave(pk, at=END)
            return offers.expire(at=END).ended == 1

        assert sorted(at_once(8, end), key=str) == [False] * 7 + [True]
        [(_email, kind)] = [mail for mail in written() if mail[0] == ann.email]
        assert kind in ends
        assert (state(ann), ann.moves.count()) == ("waiting" if kind == "moved_up" else "cancelled", 1)
