"""Who is at Webex and not with us is shown to staff, however long ago they registered, until they are gone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.accounts import settings_account
from registration.flow import drift
from registration.models import Meeting, Submission, UnknownRegistrant
from registration.sandbox.faults import Fault
from registration.sandbox.rows import Answer, Choice
from registration.sandbox.server import SandboxServer
from tests.cast import SubmissionFactory
from tests.sync.conftest import Registered, Sync
from tests.sync.people import SleepingClock, operations, sign_up_at_webex, unknown

pytestmark = pytest.mark.django_db


def test_who_registered_on_webex_own_page_is_kept_with_all_they_told(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    meeting = registered(1)
    answer = Answer(330521, (Choice("green", 1), Choice("red", 2)))
    registrant_id = sign_up_at_webex(
        sandbox, meeting, "Eve@Example.com", answer, companyName="Example Ltd", zipCode=10001
    )
    report = run()
    assert (report.counts["unknown"], report.counts["seen"], report.exit_status) == (1, 1, 3)
    eve = UnknownRegistrant.objects.get()
    assert (eve.meeting, eve.registrant_id, eve.email, eve.webex_status) == (
        meeting, registrant_id, "eve@example.com", "pending",
    )  # fmt: skip
    assert (eve.first_name, eve.last_name, eve.seen_at <= clock()) == ("Eve", "Stranger", True)
    assert eve.registration_time == sandbox.store.registrants(meeting.webex_id)[1].registered_at
    assert eve.details == {
        "fields": {"company_name": "Example Ltd", "zip_code": "10001"},
        "answers": [
            {"questionId": 330521, "answers": [{"answer": "green", "optionId": 1}, {"answer": "red", "optionId": 2}]}
        ],
        "registration_id": "",
    }


def test_who_changes_is_kept_up_to_date_and_who_is_gone_is_forgotten(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(0)
    eve = sign_up_at_webex(sandbox, meeting, "eve@example.com")
    mallory = sign_up_at_webex(sandbox, meeting, "mallory@example.com")
    run()
    sandbox.store.set_status(meeting.webex_id, [eve], "approved")
    sandbox.store.delete(meeting.webex_id, [mallory])
    run()
    assert list(UnknownRegistrant.objects.values_list("email", "webex_status")) == [("eve@example.com", "approved")]


def test_whom_a_person_ignores_stays_ignored_and_is_reported_no_more(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(0)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    assert drift.ignore(UnknownRegistrant.objects.all()) == 1
    report = run()
    assert (report.counts["unknown"], report.exit_status, unknown()) == (0, 0, ["eve@example.com"])
    assert drift.stop_ignoring(UnknownRegistrant.objects.all()) == 1
    assert run().counts["unknown"] == 1


@pytest.mark.parametrize(
    ("presence", "is_unknown"),
    [("absent", True), ("refused", True), ("sending", False), ("uncertain", False), ("registered", False)],
)
def test_whose_submission_says_that_they_are_elsewhere_is_unknown(
    sandbox: SandboxServer, registered: Registered, run: Sync, presence: str, is_unknown: bool
) -> None:
    meeting = registered(0)
    SubmissionFactory(meeting=meeting, email="Eve@Example.com", presence=presence)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    assert run().counts["unknown"] == int(is_unknown)


def test_who_was_recorded_as_absent_a_moment_ago_is_not_unknown_yet(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    meeting = registered(0)
    SubmissionFactory(meeting=meeting, email="eve@example.com", presence_at=clock() - timedelta(seconds=30))
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    assert run().counts["unknown"] == 0
    clock.ahead += timedelta(seconds=40)
    assert run().counts["unknown"] == 1


def test_what_a_clock_that_has_been_set_back_recorded_hides_no_stranger_and_keeps_none(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    clock.ahead += timedelta(days=2)
    meeting = registered(0)
    mallory = sign_up_at_webex(sandbox, meeting, "mallory@example.com")
    run()
    SubmissionFactory(meeting=meeting, email="eve@example.com", presence_at=clock())
    clock.ahead -= timedelta(days=2)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    sandbox.store.delete(meeting.webex_id, [mallory])
    run()
    assert unknown() == ["eve@example.com"]


def test_a_clock_that_is_set_back_during_a_sync_makes_it_forget_nobody(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = registered(0)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    drift.ignore(UnknownRegistrant.objects.all())
    sandbox.faults.add(Fault("listRegistrants", times=1))
    sandbox.faults.add(Fault("listRegistrants", status=429, retry_after="1"))
    monkeypatch.setattr(clock, "sleep", lambda _seconds: setattr(clock, "ahead", -timedelta(hours=5)))
    run()
    assert list(UnknownRegistrant.objects.values_list("email", "is_ignored")) == [("eve@example.com", True)]


def test_who_is_there_under_the_corrected_address_of_somebody_is_no_stranger(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(1)
    person = Submission.objects.get()
    person.email = "corrected@example.com"
    person.save()
    sign_up_at_webex(sandbox, meeting, "corrected@example.com")
    assert (run().counts["unknown"], Submission.objects.get().registrant_id) == (0, person.registrant_id)


def test_whoever_takes_an_address_that_was_corrected_away_does_not_make_its_row_a_strangers(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    """Before the correction was carried out, and whether or not Webex has anybody under the new address."""
    meeting = registered(1)
    person = Submission.objects.get()
    newcomer = SubmissionFactory(meeting=meeting, approved=True, email="newcomer@example.com")
    old, person.email = person.email, "corrected@example.com"
    person.save()
    newcomer.email = old
    newcomer.save()
    assert (run().counts["unknown"], run().counts["seen"]) == (0, 1)
    sign_up_at_webex(sandbox, meeting, "corrected@example.com")
    assert (run().counts["unknown"], run().counts["seen"]) == (0, 1)


def test_a_row_that_webex_shows_under_another_address_stays_its_persons(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    registered(1)
    Submission.objects.update(sent_email="bob@xn--bcher-kva.example", email_key="bob@bücher.example")
    report = run()
    assert (report.counts["unknown"], report.counts["seen"], report.exit_status) == (0, 1, 0)


def test_a_second_row_of_one_person_makes_no_stranger_and_the_known_row_is_believed(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    sandbox.store.duplicates = "second_row"
    meeting = registered(1)
    person = Submission.objects.get()
    second = sign_up_at_webex(sandbox, meeting, person.email)
    sandbox.store.set_status(meeting.webex_id, [second], "approved")
    for _ in range(2):
        report = run()
        assert (report.counts["unknown"], report.counts["changed"]) == (0, 0)
    sandbox.store.delete(meeting.webex_id, [person.registrant_id])
    run()
    person.refresh_from_db()
    assert (person.registrant_id, person.webex_status) == (second, "approved")


# --- the walk ---------------------------------------------------------------------------------------------------------


def test_the_walk_goes_back_to_before_the_meeting_was_made_in_windows_without_gap_or_overlap(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    meeting = registered(0, start_at=clock() + timedelta(days=500))
    Meeting.objects.update(created_at=clock() - timedelta(days=200))
    run()
    edges = [(call.query["registrationTimeFrom"], call.query["registrationTimeTo"]) for call in sandbox.store.calls]
    assert len(edges) == 3
    assert [since for since, _until in edges[:-1]] == [until for _since, until in edges[1:]]
    assert meeting.created_at > clock() - timedelta(days=1)


def test_who_registered_long_ago_is_found(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    # Two people, 100 and 190 days before the portal's meeting was made: the walk goes on while it finds anybody.
    meeting = registered(0)
    sandbox.store.clock = lambda: clock() - timedelta(days=190)
    sign_up_at_webex(sandbox, meeting, "first@example.com")
    sandbox.store.clock = lambda: clock() - timedelta(days=100)
    sign_up_at_webex(sandbox, meeting, "second@example.com")
    sandbox.store.clock = clock
    sign_up_at_webex(sandbox, meeting, "third@example.com")
    run()
    assert unknown() == ["first@example.com", "second@example.com", "third@example.com"]
    assert operations(sandbox) == ["listRegistrants"] * 4


def test_the_walk_back_has_an_end(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    registered(0)
    Meeting.objects.update(created_at=clock() - timedelta(days=365 * 40))
    run()
    assert operations(sandbox) == ["listRegistrants"] * 20


def test_a_walk_that_breaks_off_forgets_nobody(sandbox: SandboxServer, registered: Registered, run: Sync) -> None:
    meeting = registered(0)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    sandbox.faults.add(Fault("listRegistrants", status=403))
    run()
    assert unknown() == ["eve@example.com"]


def test_the_queries_do_not_grow_with_the_strangers_of_a_page(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    settings_account()  # made on first use
    asked = []
    for count in (2, 95):
        meeting = registered(0)
        for number in range(count):
            sign_up_at_webex(sandbox, meeting, f"stranger{number}@example.com")
        with CaptureQueriesContext(connection) as queries:
            run()
        asked.append(len(queries))
        Meeting.objects.update(webex_id="")
    assert asked[0] == asked[1]
    assert UnknownRegistrant.objects.count() == 97
