"""Who is gone from Webex is missing, for a person to look at, and never registered again by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.flow import correct, drift, moves
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Step
from tests.cast import SubmissionFactory
from tests.delivery.people import calls_of
from tests.sync.conftest import Registered, Sync
from tests.sync.people import PAST_GRACE, SleepingClock, missing, operations, sign_up_at_webex, states

pytestmark = pytest.mark.django_db
SWITCHED_OFF = "Registration was switched off at Webex, which deletes everybody who was registered there."
WHAT_NOW = (
    "The meeting is paused, and nobody is registered again by itself. See what happened at Webex, "
    "then resume the meeting, and have whoever is missing looked up again."
)


def delete_first(sandbox: SandboxServer, meeting: Meeting, count: int) -> None:
    """The host deletes the first so many of our people."""
    ids = meeting.submissions.order_by("pk").values_list("registrant_id", flat=True)[:count]
    sandbox.store.delete(meeting.webex_id, list(ids))


def test_who_is_on_neither_answer_is_missing_and_stays_so_until_seen_again(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any]
) -> None:
    meeting = registered(2)
    delete_first(sandbox, meeting, 1)
    gone = Submission.objects.earliest("pk")

    report = run()
    assert (report.counts["missing"], report.exit_status, report.alarms) == (1, 3, [])
    assert report.problems == [
        f"{meeting}: not found at Webex any more: {gone.reference}. Has the host removed them there?"
    ]
    gone.refresh_from_db()
    since = gone.missing_at
    assert (gone.presence, gone.next_step, since is not None) == ("registered", Step.NOTHING, True)
    push()
    assert operations(sandbox) == ["listRegistrants", "listRegistrants", "query"]

    assert (run().counts["missing"], Submission.objects.get(pk=gone.pk).missing_at) == (1, since)

    new_id = sign_up_at_webex(sandbox, meeting, gone.email)
    report = run()
    assert (report.counts["missing"], report.exit_status, missing()) == (0, 0, [])
    assert Submission.objects.get(pk=gone.pk).registrant_id == new_id


def test_who_is_not_on_the_list_but_found_by_e_mail_is_not_missing(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(3)
    sandbox.faults.add(Fault("listRegistrants", body='{"items": []}', times=2))
    report = run()
    assert operations(sandbox) == ["listRegistrants", "query"]
    assert (report.counts["seen"], report.counts["missing"], report.exit_status) == (3, 0, 0)


def test_who_was_recorded_within_the_grace_is_not_missing_yet(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    meeting = registered(1)
    Submission.objects.update(presence_at=clock() - timedelta(seconds=30))
    delete_first(sandbox, meeting, 1)
    assert (run().exit_status, missing()) == (0, [])
    clock.ahead += timedelta(seconds=40)
    assert (run().exit_status, len(missing())) == (3, 1)


def test_who_was_recorded_by_a_clock_that_has_been_set_back_is_read_and_missed_like_anybody(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    clock.ahead += timedelta(days=2)
    meeting = registered(2)
    clock.ahead -= timedelta(days=2)
    gone, there = Submission.objects.order_by("pk")
    sandbox.store.set_status(meeting.webex_id, [there.registrant_id], "rejected")
    sandbox.store.delete(meeting.webex_id, [gone.registrant_id])
    report = run()
    assert (report.counts["seen"], missing(), states("webex_status")) == (
        1,
        [gone.reference],
        [("pending",), ("rejected",)],
    )


def test_who_is_sent_again_while_they_are_asked_for_is_not_missing(
    registered: Registered, clock: SleepingClock
) -> None:
    registered(3)
    people = list(Submission.objects.order_by("pk"))
    Submission.objects.filter(pk=people[0].pk).update(presence="sending", due_at=clock())
    Submission.objects.filter(pk=people[1].pk).update(synced_at=clock())
    lost = moves.lose(
        [person.pk for person in people],
        unseen_since=clock() - timedelta(seconds=5),
        settled_before=clock() - timedelta(seconds=60),
        at=clock(),
        latest_at=clock(),
    )
    assert (lost, missing()) == (1, [people[2].reference])


@pytest.mark.parametrize("decision", [Decision.DECLINED, Decision.CANCELLED])
def test_who_was_declined_and_is_gone_is_no_drift_and_ends_absent(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    push: Callable[[], Any],
    clock: SleepingClock,
    decision: Decision,
) -> None:
    meeting = registered(1)
    push()
    moves.decide(Submission.objects.all(), to=decision, at=timezone.now())
    delete_first(sandbox, meeting, 1)
    report = run()
    assert (report.exit_status, missing(), states("presence")) == (0, [], [("uncertain",)])
    push()
    clock.ahead += PAST_GRACE
    push()
    assert states("presence", "decision") == [("absent", decision)]
    assert sandbox.store.registrants(meeting.webex_id) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("bulkDelete", status=204),
        Fault("bulkDelete", status=400),
        Fault("bulkDelete", status=404),
        Fault("bulkDelete", status=429, retry_after="1"),
        Fault("bulkDelete", drop=True),
    ],
    ids=str,
)
def test_a_removal_that_was_not_made_before_it_was_called_off_is_not_why_somebody_is_gone_later(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    push: Callable[[], Any],
    clock: SleepingClock,
    fault: Fault,
) -> None:
    meeting = registered(1, withdrawal="remove")
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    sandbox.faults.add(fault)
    push()
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    clock.ahead += PAST_GRACE
    push()
    clock.ahead += timedelta(days=2)
    delete_first(sandbox, meeting, 1)
    run()
    assert (len(calls_of(sandbox, "bulkDelete")), len(missing()), states("presence")) == (1, 1, [("registered",)])


def test_who_was_removed_for_a_correction_and_is_still_there_at_first_is_registered_anew_once_gone(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any], clock: SleepingClock
) -> None:
    meeting = registered(1)
    person = Submission.objects.get()
    dana = User.objects.create_user("dana")
    correct.correct(person, values={"first_name": "Anne"}, answers=(), by=dana, at=clock())
    sandbox.faults.add(Fault("bulkDelete", status=204))
    push()
    assert states("presence") == [("registered",)]
    clock.ahead += PAST_GRACE
    delete_first(sandbox, meeting, 1)  # the removal lands
    run()
    push()
    names = [row.row.fields["firstName"] for row in sandbox.store.registrants(meeting.webex_id)]
    assert (names, missing(), states("presence")) == (["Anne"], [], [("registered",)])


def test_whose_removal_webex_refuses_because_they_are_gone_is_missing(
    sandbox: SandboxServer, registered: Registered, push: Callable[[], Any], clock: SleepingClock
) -> None:
    meeting = registered(1)
    person = Submission.objects.get()
    dana = User.objects.create_user("dana")
    correct.correct(person, values={"first_name": "Anne"}, answers=(), by=dana, at=clock())
    delete_first(sandbox, meeting, 1)
    sandbox.faults.add(Fault("bulkDelete", status=404))
    push()
    assert (missing(), calls_of(sandbox, "bulkInsert")) == ([person.reference], [])


def test_the_address_that_was_sent_is_asked_for_not_a_corrected_one(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(1)
    person = Submission.objects.get()
    person.email = "corrected@example.com"
    person.save()
    report = run()
    assert (report.counts["seen"], report.counts["unknown"], report.exit_status) == (1, 0, 0)
    assert operations(sandbox) == ["listRegistrants", "listRegistrants"]


def test_who_was_missing_and_is_there_as_before_is_no_longer(registered: Registered, run: Sync) -> None:
    registered(1)
    Submission.objects.update(missing_at=timezone.now())
    report = run()
    assert (report.counts["missing"], report.counts["changed"], missing()) == (0, 0, [])


def test_who_is_left_as_at_webex_is_told_of_no_more(registered: Registered, run: Sync, sandbox: SandboxServer) -> None:
    meeting = registered(2)
    delete_first(sandbox, meeting, 1)
    assert (run().exit_status, len(missing())) == (3, 1)
    drift.leave(Submission.objects.all(), at=timezone.now() + PAST_GRACE, by=User.objects.create_user("rita"))
    report = run()
    assert (report.exit_status, report.counts["missing"], report.problems, len(missing())) == (0, 0, [], 1)


def test_only_ten_of_the_missing_are_named(sandbox: SandboxServer, registered: Registered, run: Sync) -> None:
    meeting = registered(60)
    delete_first(sandbox, meeting, 12)
    [problem] = run().problems
    assert problem == (
        f"{meeting}: not found at Webex any more: {', '.join(missing()[:10])}. "
        "Has the host removed them there? (And 2 more.)"
    )


# --- a sudden drop ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "gone", "is_alarm"), [(10, 4, False), (25, 5, False), (24, 5, True), (5, 5, True)])
def test_many_who_are_gone_at_once_are_an_alarm_and_pause_the_meeting(
    sandbox: SandboxServer, registered: Registered, run: Sync, count: int, gone: int, is_alarm: bool
) -> None:
    meeting = registered(count)
    delete_first(sandbox, meeting, gone)
    report = run()
    words = f"{gone} of {count} people are gone from Webex at once. {WHAT_NOW}"
    assert report.alarms == ([f"{meeting}: {words}"] if is_alarm else [])
    meeting.refresh_from_db()
    assert (meeting.is_paused, meeting.pause_reason) == (is_alarm, words if is_alarm else "")
    assert (report.exit_status, report.counts["missing"], len(missing())) == (3, gone, gone)


def test_those_who_were_missing_before_are_no_news(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    meeting = registered(30)
    for _ in range(3):
        ids = meeting.submissions.filter(missing_at=None).order_by("pk").values_list("registrant_id", flat=True)[:3]
        sandbox.store.delete(meeting.webex_id, list(ids))
        assert run().alarms == []
    assert len(missing()) == 9


def test_the_alarm_says_what_deletes_registrants(sandbox: SandboxServer, registered: Registered, run: Sync) -> None:
    meeting = registered(5)
    theirs = sandbox.store._meetings[meeting.webex_id]
    sandbox.store._meetings[meeting.webex_id] = replace(theirs, has_join_before_host=True)
    delete_first(sandbox, meeting, 5)
    assert run().alarms == [
        f"{meeting}: 5 of 5 people are gone from Webex at once. People may join before the host now: "
        f"turning that on deletes the registrants. {WHAT_NOW}"
    ]


def test_an_alarm_is_raised_also_where_webex_tells_nothing_about_the_meeting(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(5)
    delete_first(sandbox, meeting, 5)
    sandbox.faults.add(Fault("getMeeting", status=500))
    assert run().alarms == [f"{meeting}: 5 of 5 people are gone from Webex at once. {WHAT_NOW}"]


def test_an_alarm_is_raised_also_where_not_everybody_could_be_asked_for(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(130)
    sandbox.store.delete(meeting.webex_id, [each.id for each in sandbox.store.registrants(meeting.webex_id)])
    sandbox.faults.add(Fault("query", times=1))
    sandbox.faults.add(Fault("query", status=403))
    report = run()
    assert (len(report.alarms), len(report.problems), len(missing())) == (1, 1, 100)


def test_registration_that_was_switched_off_is_an_alarm(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any]
) -> None:
    meeting = registered(2)
    sandbox.store.set_form(meeting.webex_id, None)
    report = run()
    assert (report.exit_status, report.problems) == (3, [])
    assert report.alarms == [f"{meeting}: {SWITCHED_OFF} {WHAT_NOW}"]
    meeting.refresh_from_db()
    assert (meeting.pause_reason, meeting.synced_at is not None) == (f"{SWITCHED_OFF} {WHAT_NOW}", True)

    # Switched on again, the meeting stays paused, and the people missing, until a person acts.
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=True))
    report = run()
    push()
    assert (report.counts["missing"], sandbox.store.registrants(meeting.webex_id)) == (2, [])


def test_registration_that_was_never_switched_on_is_no_alarm(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(0)
    sandbox.store.set_form(meeting.webex_id, None)
    report = run()
    assert (report.exit_status, report.alarms, len(report.problems)) == (3, [], 1)
    assert not Meeting.objects.get().is_paused


def test_a_meeting_that_webex_no_longer_has_is_not_taken_for_one_without_registration(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(1)
    del sandbox.store._meetings[meeting.webex_id]
    report = run()
    assert (report.exit_status, report.alarms, len(report.problems)) == (3, [], 1)
    assert Meeting.objects.get().pause_reason.startswith("Webex does not know a meeting with this id")


def test_the_queries_do_not_grow_with_the_missing_of_a_call(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    asked = []
    for count in (6, 90):
        meeting = registered(count)
        SubmissionFactory(meeting=meeting)
        delete_first(sandbox, meeting, count)
        with CaptureQueriesContext(connection) as queries:
            run()
        asked.append(len(queries))
        Meeting.objects.update(webex_id="")
    assert asked[0] == asked[1]
