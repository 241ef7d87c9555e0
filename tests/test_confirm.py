"""Addresses that must be confirmed before anybody decides, from the sign-up to the own page."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from registration.flow import confirm
from registration.models import Meeting, Submission
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.pages import HOUR, read, sign_up, texts

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def meeting_with(**facts: Any) -> Meeting:
    return MeetingFactory(**{"start_at": NOW + timedelta(days=9), "confirms_address": True, "confirm_hours": 4} | facts)


def unconfirmed(meeting: Meeting | None = None, **facts: Any) -> Submission:
    about = {"confirm_by": NOW + 4 * HOUR, "email": "ann@example.com"} | facts
    return SubmissionFactory(meeting=meeting or meeting_with(), **about)


def page_of(submission: Submission) -> str:
    return f"{submission.get_absolute_url()}confirm/"


def state(submission: Submission) -> tuple[str, datetime | None, datetime | None]:
    submission.refresh_from_db()
    return submission.decision, submission.confirm_by, submission.confirmed_at


@pytest.mark.parametrize(
    ("facts", "decision"),
    [({}, "waiting"), ({"approval": "automatic"}, "waiting"), ({"capacity": 0, "waiting_list": "offer"}, "waitlisted")],
)
def test_a_sign_up_asks_for_the_address_to_be_confirmed_first(
    client: Client, facts: dict[str, Any], decision: str
) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_up(client, meeting_with(**facts))
    assert (state(Submission.objects.get()), written()) == (
        (decision, NOW + 4 * HOUR, None),
        [("ann@example.com", "confirm")],
    )


def test_the_place_counts_from_the_first_moment(client: Client) -> None:
    meeting = meeting_with(capacity=1, waiting_list="at_once")
    with time_machine.travel(NOW, tick=False):
        sign_up(client, meeting)
        sign_up(client, meeting, email="bo@example.com")
    assert list(Submission.objects.order_by("pk").values_list("decision", flat=True)) == ["waiting", "waitlisted"]


# --- the link in the mail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_mail_scanner_that_opens_the_link_confirms_nothing(client: Client, method: str) -> None:
    ann = unconfirmed()
    with time_machine.travel(NOW, tick=False):
        for _time in range(3):
            assert getattr(client, method)(page_of(ann)).status_code == 200
    assert (state(ann), ann.moves.count(), written()) == (("waiting", NOW + 4 * HOUR, None), 0, [])


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_else_can_be_done_at_its_address(client: Client, method: str) -> None:
    assert getattr(client, method)(page_of(unconfirmed())).status_code == 405


def test_the_page_has_one_button_and_works_with_no_cookie_but_its_own(settings: Any) -> None:
    ann = unconfirmed()
    device = Client(enforce_csrf_checks=True)
    with time_machine.travel(NOW, tick=False):
        page = read(device.get(page_of(ann)))
        assert (texts(page, "h1"), texts(page, "form button")) == (["Confirm your address"], ["Confirm the address"])
        assert (
            texts(page, "form p")[0]
            == "We send our mails to ann@example.com. Press the button if that is your address."
        )
        token = page.select_one("input[name=csrfmiddlewaretoken]")
        assert token is not None
        response = device.post(page_of(ann), {"csrfmiddlewaretoken": str(token["value"])}, follow=True)
    assert (state(ann), texts(read(response), "h1")) == (("waiting", None, NOW), ["Your address is confirmed"])
    assert set(device.cookies) == {settings.CSRF_COOKIE_NAME}
    move = ann.moves.get()
    assert (move.subject, move.by, move.reason) == ("confirmation", None, "its owner followed the link in our mail")


@pytest.mark.parametrize(
    ("facts", "decision", "kind"),
    [
        ({}, "waiting", "received"),
        ({"approval": "automatic"}, "approved", "received"),
        ({"approval": "automatic", "send_email": False}, "approved", "approved"),
        ({"approval": "automatic", "webex_id": ""}, "approved", "approved"),
        ({"approval": "rules"}, "declined", "declined"),
    ],
)
def test_who_confirms_is_decided_about_as_the_meeting_says_and_gets_one_mail(
    client: Client, facts: dict[str, Any], decision: str, kind: str
) -> None:
    meeting = meeting_with(**facts)
    ApprovalRuleFactory(meeting=meeting, result="reject")
    ann = unconfirmed(meeting)
    with time_machine.travel(NOW, tick=False):
        client.post(page_of(ann))
    assert (state(ann), written()) == ((decision, None, NOW), [("ann@example.com", kind)])


def test_who_confirms_in_line_stays_there(client: Client) -> None:
    ann = unconfirmed(meeting_with(capacity=0, waiting_list="offer"), decision=Decision.WAITLISTED)
    with time_machine.travel(NOW, tick=False):
        page = read(client.post(page_of(ann), follow=True))
    assert (state(ann), written()) == (("waitlisted", None, NOW), [("ann@example.com", "waitlisted")])
    assert texts(page, ".sheet p")[0] == (
        "Your registration stands like this: On the waiting list. All places are taken. You are number 1 on the "
        "waiting list and will hear from us when a place becomes free."
    )


def test_who_confirms_while_a_place_is_offered_to_them_still_has_to_take_it() -> None:
    ann = unconfirmed(decision=Decision.OFFERED, confirm_by=NOW - HOUR)
    assert confirm.by_owner(ann.pk, at=NOW) is True
    assert (state(ann), written()) == (("offered", None, NOW), [])


def test_once_more_does_nothing_more_and_says_that_it_is_confirmed(client: Client) -> None:
    ann = unconfirmed()
    with time_machine.travel(NOW, tick=False):
        client.post(page_of(ann))
        again = client.post(page_of(ann), follow=True)
        opened = client.get(page_of(ann))
    assert [texts(read(response), "h1") for response in (again, opened)] == [["Your address is confirmed"]] * 2
    assert (ann.moves.count(), written()) == (1, [("ann@example.com", "received")])


@pytest.mark.parametrize(
    ("facts", "heading"),
    [
        ({"confirm_by": None}, "There is nothing to confirm"),
        ({"confirm_by": None, "decision": "declined"}, "There is nothing to confirm"),
        ({"confirm_by": None, "decision": "cancelled"}, "This registration has ended"),
        ({"confirm_by": NOW}, "This registration has ended"),
        ({"confirm_by": None, "confirmed_at": NOW, "decision": "cancelled"}, "Your address is confirmed"),
    ],
)
def test_the_page_says_what_is_so_where_nothing_can_be_confirmed(
    client: Client, facts: dict[str, Any], heading: str
) -> None:
    with time_machine.travel(NOW, tick=False):
        page = read(client.get(page_of(unconfirmed(**facts))))
    assert (texts(page, "h1"), page.select("form")) == ([heading], [])


@pytest.mark.parametrize(
    ("facts", "heading"),
    [
        ({"is_cancelled": True}, "This meeting has been cancelled"),
        ({"start_at": NOW - 2 * HOUR}, "This meeting is over"),
    ],
)
def test_nothing_is_confirmed_for_a_meeting_that_is_not_to_come(
    client: Client, facts: dict[str, Any], heading: str
) -> None:
    ann = unconfirmed(meeting_with(**facts))
    with time_machine.travel(NOW, tick=False):
        shown = [texts(read(getattr(client, method)(page_of(ann))), "h1") for method in ("get", "post")]
    assert (shown, state(ann)) == ([[heading]] * 2, ("waiting", NOW + 4 * HOUR, None))


def test_nothing_is_asked_of_whoever_is_being_erased(client: Client) -> None:
    ann = unconfirmed(erase_asked_at=NOW)
    with time_machine.travel(NOW, tick=False):
        shown = [texts(read(getattr(client, method)(page_of(ann))), "h1") for method in ("get", "post")]
    assert (shown, state(ann)) == ([["Your data are being erased"]] * 2, ("waiting", NOW + 4 * HOUR, None))


def test_the_page_is_kept_from_caches_and_search_engines_and_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    ann = unconfirmed()
    with caplog.at_level(logging.DEBUG), time_machine.travel(NOW, tick=False):
        responses = [client.get(page_of(ann)), client.post(page_of(ann)), client.get(page_of(ann))]
    names = ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
    assert [[response.headers[name] for name in names] for response in responses] == [
        ["no-store", "noindex, nofollow", "strict-origin"]
    ] * 3
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("registration")]
    assert [line for line in ours if ann.token in line or ann.email in line] == []


# --- in time ----------------------------------------------------------------------------------------------------------


def test_at_the_last_moment_it_is_confirmed_and_at_the_next_it_is_not() -> None:
    in_time, late = unconfirmed(), unconfirmed()
    assert confirm.by_owner(in_time.pk, at=NOW + 4 * HOUR - timedelta.resolution) is True
    assert confirm.by_owner(late.pk, at=NOW + 4 * HOUR) is False
    assert [state(in_time)[0], state(late)] == ["waiting", ("cancelled", None, None)]


def test_what_was_not_confirmed_in_time_ends_without_a_mail_and_frees_its_place() -> None:
    meeting = meeting_with(capacity=2, waiting_list="at_once")
    ann, later = unconfirmed(meeting), unconfirmed(meeting, email="later@example.com", confirm_by=NOW + 9 * HOUR)
    bo = SubmissionFactory(meeting=meeting, email="bo@example.com", decision=Decision.WAITLISTED)
    at = NOW + 4 * HOUR
    assert confirm.expire(at=at - timedelta.resolution) == (0, 0)
    assert confirm.expire(at=at) == (1, 1)
    assert confirm.expire(at=at) == (0, 0)
    assert [state(each)[0] for each in (ann, later, bo)] == ["cancelled", "waiting", "waiting"]
    assert (ann.decision_reason, written()) == (
        "the address was not confirmed in time",
        [("bo@example.com", "moved_up")],
    )


def test_who_waits_in_line_must_confirm_in_time_too_and_whom_a_place_is_offered_has_until_the_offer_ends() -> None:
    in_line = unconfirmed(decision=Decision.WAITLISTED)
    offered = unconfirmed(decision=Decision.OFFERED)
    assert confirm.expire(at=NOW + 4 * HOUR).ended == 1
    assert [state(in_line)[0], state(offered)[0]] == ["cancelled", "offered"]


def test_what_is_dealt_with_elsewhere_is_left_alone() -> None:
    unconfirmed(erase_asked_at=NOW)
    unconfirmed(meeting_with(is_cancelled=True))
    assert confirm.expire(at=NOW + 4 * HOUR) == (0, 0)


# --- staff ------------------------------------------------------------------------------------------------------------


def test_staff_may_take_an_address_as_confirmed_at_any_time() -> None:
    dana = User.objects.create_user("dana")
    meeting = meeting_with(approval="automatic")
    late, settled = unconfirmed(meeting, confirm_by=NOW), SubmissionFactory(meeting=meeting)
    assert confirm.by_staff(Submission.objects.all(), by=dana, at=NOW + HOUR) == 1
    assert (state(late), state(settled)[0]) == (("approved", None, NOW + HOUR), "waiting")
    assert list(late.moves.order_by("pk").values_list("subject", "by")) == [
        ("confirmation", dana.pk),
        ("decision", None),
    ]
    assert written() == [("ann@example.com", "received")]


def test_whom_a_rule_declines_once_they_confirm_makes_room_for_the_next(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    meeting = meeting_with(capacity=1, waiting_list="at_once", approval="rules")
    ApprovalRuleFactory(meeting=meeting, value="ann@", condition="beginsWith", result="reject")
    ann = unconfirmed(meeting)
    bo = SubmissionFactory(meeting=meeting, email="bo@example.com", decision=Decision.WAITLISTED)
    with django_capture_on_commit_callbacks(execute=True):
        confirm.by_owner(ann.pk, at=NOW)
    assert [state(ann)[0], state(bo)[0]] == ["declined", "waiting"]


# --- the own page -----------------------------------------------------------------------------------------------------


def test_the_own_page_leads_there_as_long_as_it_is_due(client: Client) -> None:
    ann = unconfirmed()
    with time_machine.travel(NOW, tick=False):
        page = read(client.get(ann.get_absolute_url()))
        assert next((link["href"], link.text) for link in page.select("a.btn")) == (page_of(ann), "Confirm the address")
        confirm.by_owner(ann.pk, at=NOW)
        assert page_of(ann) not in client.get(ann.get_absolute_url()).content.decode()
