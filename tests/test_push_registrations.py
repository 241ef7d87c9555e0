"""The command that cron runs."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import settings_account
from registration.flow import correct, moves, own
from registration.models import Account, Answer, BatchItem, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form, Option, Question
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, Withdrawal
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import delivered

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(sandbox: SandboxServer) -> Meeting:
    meeting = MeetingFactory(title="Launch", approval="automatic")
    times = {"start_at": meeting.start_at, "end_at": meeting.end_at}
    sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True), **times)
    return meeting


def run(command: str, *args: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *args, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_it_says_what_it_did(meeting: Meeting) -> None:
    SubmissionFactory.create_batch(2, meeting=meeting, approved=True)
    assert run("push_registrations") == (
        0,
        "2 people were registered or found at Webex.\nOf all approved people:\n       2  at Webex\n",
        "",
    )


def test_json_is_one_object_with_the_states_as_keys(meeting: Meeting) -> None:
    SubmissionFactory.create_batch(3, meeting=meeting, approved=True)
    status, out, _ = run("push_registrations", "--json")
    assert (status, json.loads(out)) == (
        0,
        {
            "absent": 0,
            "sending": 0,
            "uncertain": 0,
            "refused": 0,
            "registered": 3,
            "this_run": {"registered": 3, "batches": 1},
            "problems": [],
            "warnings": [],
        },
    )


@pytest.mark.parametrize(("status", "exit_status"), [(401, 1), (403, 3), (429, 4), (503, 4)])
def test_the_exit_status_tells_cron_what_to_expect(
    sandbox: SandboxServer, meeting: Meeting, status: int, exit_status: int
) -> None:
    SubmissionFactory(meeting=meeting, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=status))
    ended, _, err = run("push_registrations")
    assert ended == exit_status
    assert err.startswith("Launch: ")


def test_a_dry_run_shows_the_calls_and_sends_nothing(sandbox: SandboxServer, meeting: Meeting) -> None:
    Meeting.objects.update(current=True, host_email_parameter="host@example.com")
    person = SubmissionFactory(meeting=meeting, approved=True, first_name="Ada", last_name="L", email="Ada@example.com")
    status, out, _ = run("push_registrations", "--dry-run")
    line = f"POST /meetings/{meeting.webex_id}/registrants/bulkInsert?current=true&hostEmail=host@example.com"
    assert (status, out.splitlines()) == (
        0,
        [
            f"{line}  (Launch; Webex mails them)",
            f"  {person.reference}  Ada L <Ada@example.com>",
            "1 person would be sent in 1 call. Nothing was sent.",
            "Webex would be asked to mail people about:",
            "       1  their registration (bulkInsert)",
        ],
    )
    status, out, _ = run("push_registrations", "--dry-run", "--json")
    assert json.loads(out) == {
        "calls": [
            {
                "request": line,
                "body": {
                    "items": [{"firstName": "Ada", "lastName": "L", "email": "Ada@example.com", "sendEmail": True}]
                },
            }
        ],
        "mails": {"bulkInsert": 1},
    }
    assert (sandbox.store.calls, Submission.objects.get().presence) == ([], Presence.ABSENT)


def test_a_dry_run_shows_what_would_become_of_people_at_webex(sandbox: SandboxServer, meeting: Meeting) -> None:
    SubmissionFactory(meeting=meeting, approved=True)
    run("push_registrations")
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    person = Submission.objects.get()
    sandbox.store.forget_calls()
    planned = json.loads(run("push_registrations", "--dry-run", "--json")[1])
    assert planned == {
        "calls": [
            {
                "request": f"POST /meetings/{meeting.webex_id}/registrants/reject",
                "body": {"sendEmail": True, "registrants": [{"id": person.registrant_id}]},
            }
        ],
        "mails": {"reject": 1},
    }
    run("push_registrations")
    [call] = [call for call in sandbox.store.calls if call.operation != "query"]
    assert (call.operation, call.body) == ("reject", planned["calls"][0]["body"])


def test_a_dry_run_shows_both_calls_of_a_correction_and_the_mails_they_cause(
    sandbox: SandboxServer, meeting: Meeting, django_user_model: type[User]
) -> None:
    fields = {"meeting": meeting, "approved": True, "last_name": "L"}
    first = SubmissionFactory(first_name="Ada", email="ada@example.com", **fields)
    run("push_registrations")
    by = django_user_model.objects.create_user("dana")
    correct.correct(first, values={"email": "eda@example.com"}, answers=(), by=by, at=timezone.now())
    second = SubmissionFactory(first_name="Bo", email="bo@example.com", **fields)
    silent = MeetingFactory(title="Silent", send_email=False)
    third = SubmissionFactory(first_name="Cy", email="cy@example.com", **fields | {"meeting": silent})
    account = Account.objects.create(name="Berlin", paused_at=timezone.now(), pause_reason="No token.")
    paused = {"paused_at": timezone.now(), "pause_reason": "It is gone."}
    Meeting.objects.filter(pk=silent.pk).update(account=account, **paused)
    base = f"POST /meetings/{meeting.webex_id}/registrants"
    assert run("push_registrations", "--dry-run")[1].splitlines() == [
        f"{base}/bulkDelete  (Launch; Webex mails them)",
        f"  {first.reference}  Ada L <ada@example.com>",
        f"{base}/bulkInsert  (Launch; Webex mails them)",
        f"  {first.reference}  Ada L <eda@example.com>  (again, as corrected)",
        f"  {second.reference}  Bo L <bo@example.com>",
        "  1 of them is approved there by one call more, if Webex leaves them pending. Webex mails them about that, "
        "too.",
        f"POST /meetings/{silent.webex_id}/registrants/bulkInsert  (Silent; Webex does not mail them; paused)",
        f"  {third.reference}  Cy L <cy@example.com>",
        "3 people would be sent in 3 calls. Nothing was sent.",
        "“Silent” is paused: a push makes no call for it before somebody resumes it. It is gone.",
        "“Berlin” is paused: a push makes no call for it before somebody resumes it. No token.",
        "Webex would be asked to mail people about:",
        "       1  their removal (bulkDelete)",
        "       2  their registration (bulkInsert)",
    ]
    planned = json.loads(run("push_registrations", "--dry-run", "--json")[1])
    assert planned["mails"] == {"bulkDelete": 1, "bulkInsert": 2}
    sandbox.store.forget_calls()
    run("push_registrations", "--meeting", meeting.slug)
    changing = [call.body for call in sandbox.store.calls if call.operation.startswith("bulk")]
    assert changing == [call["body"] for call in planned["calls"][:2]]


def test_a_dry_run_does_not_ask_again_for_what_webex_accepted_and_did_not_do(
    sandbox: SandboxServer, meeting: Meeting
) -> None:
    SubmissionFactory(meeting=meeting, approved=True)
    run("push_registrations")
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    sandbox.faults.add(Fault("reject", status=204))
    run("push_registrations")
    assert json.loads(run("push_registrations", "--dry-run", "--json")[1]) == {"calls": [], "mails": {}}


def test_a_dry_run_removes_for_good_whom_we_declined(sandbox: SandboxServer, meeting: Meeting) -> None:
    Meeting.objects.update(withdrawal=Withdrawal.REMOVE)
    SubmissionFactory(meeting=meeting, approved=True)
    run("push_registrations")
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    assert json.loads(run("push_registrations", "--dry-run", "--json")[1])["mails"] == {"bulkDelete": 1}


def test_a_dry_run_needs_no_token(meeting: Meeting, settings: Settings) -> None:
    settings.WEBEX_ACCESS_TOKEN = ""
    assert run("push_registrations", "--dry-run") == (0, "0 people would be sent in 0 calls. Nothing was sent.\n", "")


def test_a_dry_run_sends_exactly_what_the_push_sends(
    sandbox: SandboxServer, meeting: Meeting, settings: Settings
) -> None:
    settings.WEBEX_CONCURRENCY = 1
    SubmissionFactory.create_batch(60, meeting=meeting, approved=True)
    planned = [call["body"] for call in json.loads(run("push_registrations", "--dry-run", "--json")[1])["calls"]]
    run("push_registrations")
    assert [call.body for call in sandbox.store.calls if call.operation == "bulkInsert"] == planned


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--dry-run", "--json"], []])
def test_the_queries_do_not_grow_with_the_people_of_a_call(
    sandbox: SandboxServer, meeting: Meeting, arguments: list[str]
) -> None:
    question = QuestionFactory(meeting=meeting, webex_id="7", type="checkbox", options=["Red", "Green"])
    colours = Question(7, question.text, "checkbox", options=(Option(1, "Red"), Option(2, "Green")))
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=True, questions=(colours,)))
    settings_account()
    asked = []
    for size in (2, 20):
        for person in SubmissionFactory.create_batch(size, meeting=meeting, approved=True):
            for option in question.options.all():
                Answer.objects.create(
                    submission=person, question=question, option=option, question_text="?", text=option.text
                )
        with CaptureQueriesContext(connection) as queries:
            run("push_registrations", *arguments)
        asked.append(len(queries))
        Answer.objects.all().delete()
        BatchItem.objects.all().delete()
        Submission.objects.all().delete()
    assert asked[0] == asked[1]
    assert len(sandbox.store.registrants(meeting.webex_id)) == (0 if arguments else 22)


@pytest.mark.parametrize("command", ["push_registrations", "sync_statuses"])
def test_only_the_named_meetings_are_done(sandbox: SandboxServer, meeting: Meeting, command: str) -> None:
    other = MeetingFactory()
    sandbox.store.add_meeting(id=other.webex_id, form=Form())
    for each in (meeting, other):
        SubmissionFactory(meeting=each, approved=True, presence="registered" if "sync" in command else "absent")
    run(command, "--meeting", other.slug)
    done = {
        "push_registrations": Meeting.objects.filter(submissions__batch__isnull=False),
        "sync_statuses": Meeting.objects.filter(synced_at__isnull=False),
    }
    assert list(done[command]) == [other]


@pytest.mark.parametrize("command", ["push_registrations", "sync_statuses"])
def test_misconfiguration_is_said_in_words(meeting: Meeting, command: str, settings: Settings) -> None:
    with pytest.raises(CommandError) as unknown:
        run(command, "--meeting", "nowhere")
    assert str(unknown.value) == (
        "No meeting has the short name nowhere. The short name is the last part of its address."
    )
    settings.WEBEX_ACCESS_TOKEN = ""
    with pytest.raises(CommandError) as unset:
        run(command)
    assert (str(unset.value), unset.value.returncode) == (
        "WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works.",
        1,
    )


def test_until_done_waits_for_what_is_uncertain(sandbox: SandboxServer, meeting: Meeting, settings: Settings) -> None:
    settings.WEBEX_GRACE_SECONDS = 1
    SubmissionFactory.create_batch(2, meeting=meeting, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=503, after_write=True))
    started_at = timezone.now()
    status, out, _ = run("push_registrations", "--until-done", "20", "--json")
    report: dict[str, Any] = json.loads(out)
    assert (status, report["registered"], report["this_run"]) == (0, 2, {"uncertain": 2, "registered": 2, "batches": 2})
    assert timezone.now() - started_at < timedelta(seconds=10)


def test_an_old_refusal_does_not_end_until_done_early(sandbox: SandboxServer, meeting: Meeting) -> None:
    SubmissionFactory(meeting=meeting, approved=True, presence=Presence.REFUSED)
    SubmissionFactory(meeting=meeting, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="1"))
    status, out, _ = run("push_registrations", "--until-done", "20", "--json")
    assert (status, json.loads(out)["registered"]) == (3, 1)


def test_until_done_begins_no_call_when_the_time_is_up(sandbox: SandboxServer, meeting: Meeting) -> None:
    SubmissionFactory.create_batch(150, meeting=meeting, approved=True)
    sandbox.faults.add(Fault("bulkInsert", delay_seconds=1.2, times=3))
    assert run("push_registrations", "--until-done", "1")[0] == 4
    assert [call.operation for call in sandbox.store.calls] == ["getMeeting", "getRegistration", "bulkInsert"]


@pytest.mark.parametrize("seconds", ["0", "-5", "99999999999999", "soon"])
def test_the_seconds_of_until_done_are_bounded(meeting: Meeting, seconds: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("push_registrations", f"--until-done={seconds}")
    assert str(refused.value).endswith("argument --until-done: give a number of seconds from 1 to 86400")


def test_until_done_gives_up_when_its_time_would_be_over(sandbox: SandboxServer, meeting: Meeting) -> None:
    SubmissionFactory(meeting=meeting, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="100"))
    started_at = timezone.now()
    assert run("push_registrations", "--until-done", "20")[0] == 4
    assert timezone.now() - started_at < timedelta(seconds=5)


def test_sync_says_what_it_saw(sandbox: SandboxServer, meeting: Meeting) -> None:
    SubmissionFactory.create_batch(2, meeting=meeting, approved=True)
    run("push_registrations")
    registrants = sandbox.store.registrants(meeting.webex_id)
    sandbox.store.set_status(meeting.webex_id, [registrants[0].id], "rejected")
    assert run("sync_statuses") == (
        0,
        "2 people seen at Webex, 1 status changed.\n       0  pending\n       1  approved\n       1  rejected\n",
        "1 person was decided differently here and at Webex.\n",
    )
    assert json.loads(run("sync_statuses", "--json")[1]) == {
        "pending": 0,
        "approved": 1,
        "rejected": 1,
        "seen": 2,
        "changed": 0,
        "missing": 0,
        "unknown": 0,
        "decided_differently": 1,
        "alarms": [],
        "problems": [],
    }


def test_sync_reads_only_meetings_that_are_due(sandbox: SandboxServer, meeting: Meeting) -> None:
    assert run("sync_statuses", "--due")[0] == 0
    assert len(sandbox.store.calls) == 1
    assert run("sync_statuses", "--due")[0] == 0
    assert len(sandbox.store.calls) == 1
    assert run("sync_statuses")[0] == 0
    assert len(sandbox.store.calls) == 2


def test_who_was_rejected_for_cancelling_and_registers_again_is_told_that_they_take_part(meeting: Meeting) -> None:
    ann = SubmissionFactory(meeting=meeting, approved=True, email="ann@example.com")
    assert run("push_registrations")[0] == 0
    own.cancel(Submission.objects.get(), at=timezone.now())
    assert run("push_registrations")[0] == 0
    assert Submission.objects.get().webex_status == "rejected"
    own.register_again(Submission.objects.get(), at=timezone.now())
    again = delivered()[-1]
    assert ("Rejected" in str(again.body), "We are passing it on to Webex" in str(again.body)) == (False, True)
    assert run("push_registrations")[0] == 0
    ann.refresh_from_db()
    assert (ann.decision, ann.webex_status) == ("approved", "approved")
