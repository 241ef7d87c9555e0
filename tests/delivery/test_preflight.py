"""The look at Webex's meeting and form before anybody is sent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration.accounts import Clients
from registration.flow import correct, form_import, moves
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from registration.states import Decision
from tests.delivery.people import Clock, Push, approve, calls_of, converge, presences, resume, what_is_paused

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(sandbox: SandboxServer) -> Meeting:
    """A meeting with questions of every kind, none of them required, imported and with somebody to send."""
    questions = tuple(replace(question, is_required=False) for question in form_of(sandbox).questions)
    change_form(sandbox, questions=questions, required_fields=frozenset())
    with Clients() as clients:
        meeting = form_import.import_meeting(PRODUCT_LAUNCH_ID, clients=clients, approval="automatic").meeting
    approve(meeting, 1)
    sandbox.store.forget_calls()
    return meeting


def change_form(sandbox: SandboxServer, **changes: Any) -> None:
    stored = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert stored is not None
    assert stored.form is not None
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(stored.form, **changes))


def form_of(sandbox: SandboxServer) -> Form:
    stored = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert stored is not None
    assert stored.form is not None
    return stored.form


def test_a_form_that_is_as_it_was_imported_stops_nobody_and_warns_of_nothing(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    report = push()
    assert (presences(), report.warnings, report.exit_status) == (["registered"], [], 0)
    assert sorted(call.operation for call in sandbox.store.calls) == ["bulkInsert", "getMeeting", "getRegistration"]
    push()
    assert len(sandbox.store.calls) == 3  # nobody to send, nothing to look at


def assert_stopped(sandbox: SandboxServer, push: Push, *reasons: str) -> None:
    """Nobody was sent, staff are told why, and another push does nothing before they resume."""
    report = push()
    assert (presences(), calls_of(sandbox, "bulkInsert"), report.exit_status) == (["absent"], [], 3)
    meeting = Meeting.objects.get()
    assert meeting.pause_reason == " ".join(
        [*reasons, "Read the meeting again from Webex, look at what has changed, and resume."]
    )
    assert meeting.pause_reason in report.problems[0]
    before = len(sandbox.store.calls)
    assert (push().exit_status, len(sandbox.store.calls)) == (3, before)


def test_a_question_that_vanished_stops_the_meeting_until_it_is_imported_and_resumed(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    first, *others = form_of(sandbox).questions
    change_form(sandbox, questions=tuple(others))
    assert_stopped(sandbox, push, f"Webex no longer asks “{first.text}”, or under another id.")
    with Clients() as clients:
        form_import.refresh(Meeting.objects.get(), clients=clients)
    resume()
    assert (push().exit_status, presences()) == (0, ["registered"])


def test_a_question_under_another_id_stops_the_meeting(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    first, *others = form_of(sandbox).questions
    change_form(sandbox, questions=(replace(first, id=999_999, is_required=True), *others))
    assert_stopped(
        sandbox,
        push,
        f"Webex no longer asks “{first.text}”, or under another id.",
        f"Webex has a new required question: “{first.text}”.",
    )


def test_an_option_that_vanished_or_was_reworded_stops_the_meeting(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    questions = form_of(sandbox).questions
    index = next(index for index, question in enumerate(questions) if len(question.options) > 1)
    question = questions[index]
    gone, reworded, *others = question.options
    changed = replace(question, options=(replace(reworded, text="Something else"), *others))
    change_form(sandbox, questions=(*questions[:index], changed, *questions[index + 1 :]))
    assert_stopped(
        sandbox,
        push,
        f"Webex no longer offers “{gone.text}” in “{question.text}”.",
        f"In “{question.text}” the option “{reworded.text}” is “Something else” at Webex now.",
    )


def test_what_hurts_nobody_is_a_warning_that_staff_find_on_the_meeting(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    Meeting.objects.update(approval="manual")
    first, *others = form_of(sandbox).questions
    change_form(sandbox, auto_accept=True, questions=(replace(first, text="Reworded?"), *others))
    report = push()
    warnings = [
        "Webex accepts everybody, also who registers on Webex’s own page; here a person reviews them.",
        f"At Webex “{first.text}” reads “Reworded?”: push the form there, or refresh it from there.",
    ]
    assert (presences(), report.exit_status) == (["registered"], 0)
    assert report.warnings == [f"{meeting}: {words}" for words in warnings]
    assert Meeting.objects.get().warnings == warnings


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"recurrence": "FREQ=DAILY;COUNT=2"},
            "The meeting recurs now: Webex takes no registrations then, and deletes those it had.",
        ),
        (
            {"has_join_before_host": True},
            "Join before host is on now: Webex takes no registrations then, and deletes those it had.",
        ),
    ],
)
def test_what_makes_webex_delete_registrants_stops_the_meeting(
    sandbox: SandboxServer, meeting: Meeting, push: Push, change: dict[str, Any], reason: str
) -> None:
    stored = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert stored is not None
    sandbox.store._meetings[PRODUCT_LAUNCH_ID] = replace(stored, **change)
    assert_stopped(sandbox, push, reason)


def test_a_series_that_is_over_at_webex_stops_the_meeting(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    stored = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert stored is not None
    past = timezone.now() - timedelta(days=1)
    sandbox.store._meetings[PRODUCT_LAUNCH_ID] = replace(stored, start_at=past, end_at=past)
    assert_stopped(sandbox, push, "At Webex this meeting is over.")


def test_registration_that_was_switched_off_stops_the_meeting(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, None)
    report = push()
    assert (presences(), calls_of(sandbox, "bulkInsert"), report.exit_status) == (["absent"], [], 3)
    assert what_is_paused() == "meeting"
    assert Meeting.objects.get().pause_reason.startswith("This meeting has no registration.")


def test_a_look_that_fails_in_passing_sends_nobody_and_pauses_nothing(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    sandbox.faults.add(Fault("getRegistration", status=500))
    report = push()
    assert (presences(), report.exit_status, what_is_paused()) == (["absent"], 4, "")
    assert converge(push, clock).exit_status == 0
    assert presences() == ["registered"]


def test_nobody_who_is_at_webex_already_waits_for_the_look(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    """Whose outcome is unknown is looked up, though the meeting then stops."""
    sandbox.faults.add(Fault("bulkInsert", status=503, after_write=True))
    push()
    approve(meeting, 1)
    change_form(sandbox, questions=())
    clock.ahead += timedelta(hours=1)
    push()
    assert list(Submission.objects.order_by("pk").values_list("presence", flat=True)) == ["registered", "absent"]
    assert what_is_paused() == "meeting"


def test_nobody_is_removed_for_a_correction_where_they_could_not_be_registered_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    push()
    [person] = meeting.submissions.all()
    dana = User.objects.create_user("dana")
    correct.correct(person, values={"first_name": "Anne"}, answers=(), by=dana, at=clock())
    change_form(sandbox, questions=form_of(sandbox).questions[1:])
    sandbox.store.forget_calls()
    report = push()
    assert (report.exit_status, what_is_paused()) == (3, "meeting")
    assert sorted(call.operation for call in sandbox.store.calls) == ["getMeeting", "getRegistration"]
    # Where it is a matter of a decision alone, the form is none.
    resume()
    moves.decide(meeting.submissions.all(), to=Decision.DECLINED, at=clock())
    sandbox.store.forget_calls()
    assert push().exit_status == 0
    assert [call.operation for call in sandbox.store.calls] == ["reject", "query"]
