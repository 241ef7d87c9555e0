"""A push that goes on after the answer, and the page on which staff see it to its end."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from registration import audit, queue
from registration.admin import meeting_outbox, outbox, push_progress
from registration.flow import review
from registration.models import (
    Account,
    AuditedPerson,
    AuditEntry,
    Batch,
    BatchItem,
    Meeting,
    RoleAssignment,
    Submission,
)
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.seed import OPEN_HOUR_ID
from registration.sandbox.server import SandboxServer
from tests.admin.conftest import _signed_in
from tests.admin.pages import page_of, soup, text
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory, SubmissionFactory

everybody = Submission.objects.order_by("pk")


def push(client: Client, meeting: Meeting, deed: str = "push") -> Any:
    address = reverse(f"admin:{meeting_outbox.PAGE}", args=[meeting.pk])
    return client.post(address, {"do": deed, "seen_at": timezone.now().isoformat()})


def state_of(client: Client, entry: AuditEntry) -> Any:
    return client.get(reverse(f"admin:{push_progress.STATE}", args=[entry.pk]))


def begun() -> AuditEntry:
    return AuditEntry.objects.filter(action=audit.Action.PUSHED, thing="push").earliest("at", "pk")


def said(response: Any) -> str:
    return text(soup(response).select_one("[data-said]"))


def tally(response: Any) -> list[str]:
    return [text(item) for item in soup(response).select(".tally li")]


def cautions(response: Any) -> list[str]:
    return [text(words) for words in soup(response).select(".caution")]


def cells(response: Any, label: str) -> list[list[str]]:
    found = soup(response).select(f'[aria-label="{label}"] tbody tr')
    return [[text(cell) for cell in row.select("th, td")] for row in found]


def test_release_and_push_leads_to_the_progress_and_does_it(
    as_rita: Client, rita: User, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    Meeting.objects.update(holds_decisions=True)
    SubmissionFactory.create_batch(3, meeting=open_hour, first_name="Ann", last_name="Lee")
    review.approve(everybody, by=rita)
    response = push(as_rita, open_hour, "release_all_push")
    entry = begun()
    assert response.headers["Location"] == reverse(f"admin:{push_progress.PROGRESS}", args=[entry.pk])
    called = {"Calls": [str(Batch.objects.get())]}
    assert (entry.by, entry.meeting, entry.count, entry.after) == (rita, open_hour, 3, called)
    assert len(sandbox.store.registrants(OPEN_HOUR_ID)) == 3
    batch = Batch.objects.get()
    assert batch.requested_by == rita
    page = as_rita.get(response.headers["Location"])
    looked = AuditEntry.objects.get(action=audit.Action.LISTED)
    assert (looked.meeting, looked.thing, looked.count) == (open_hour, f"push {entry.pk}", 3)
    assert said(page) == "Done."
    assert tally(page) == [
        "3 at Webex, or as decided there", "0 left", "0 outcome not known yet", "0 refused by Webex",
    ]  # fmt: skip
    assert cells(page, "Calls") == [[str(batch), "3", "✓ done", "200", f"{batch.tracking_id} Copy", "–"]]
    assert cells(page, "People") == [["Ann Lee", str(batch), "✓ at Webex", "✓ approved", "–"]] * 3
    state = state_of(as_rita, entry)
    assert (state.headers["X-Poll"], said(state)) == ("done", "Done.")


def test_while_it_is_under_way_the_page_is_read_again(as_rita: Client, rita: User, open_hour: Meeting) -> None:
    SubmissionFactory.create_batch(2, meeting=open_hour, approved=True)
    push(as_rita, open_hour)
    entry = begun()
    page = soup(as_rita.get(reverse(f"admin:{push_progress.PROGRESS}", args=[entry.pk])))
    (area,) = page.select("[data-poll]")
    assert area["data-poll"] == reverse(f"admin:{push_progress.STATE}", args=[entry.pk])
    assert [str(tag) for tag in page.select("head noscript meta")] == ['<meta content="5" http-equiv="refresh"/>']
    state = state_of(as_rita, entry)
    assert ("X-Poll" in state.headers, said(state), tally(state)[1]) == (False, "Under way.", "2 left")


def test_one_that_was_broken_off_says_so_and_who_goes_on(as_rita: Client, open_hour: Meeting) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    push(as_rita, open_hour)
    entry = begun()
    AuditEntry.objects.update(at=timezone.now() - timedelta(hours=1))
    state = state_of(as_rita, entry)
    assert (state.headers["X-Poll"], said(state)) == (
        "done",
        "Ended before all was done. What is left is done by the scheduled command or the workers; or push again from "
        "the outbox.",
    )


def test_whom_webex_refuses_is_named_with_its_words_and_where_to_mend_it(
    as_rita: Client, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    person = SubmissionFactory(meeting=open_hour, approved=True, first_name="Ann", last_name="Lee")
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is <b>not</b> accepted."))
    push(as_rita, open_hour)
    state = state_of(as_rita, begun())
    assert said(state) == "Done. 1 waits for a person: Webex refused them."
    refusal = Submission.objects.get().refusal
    (item,) = soup(state).select(".people li")
    assert text(item) == f"Ann Lee : {refusal} Correct the answers"
    assert item.select("a")[1]["href"] == reverse("admin:registration_submission_correct", args=[person.pk])
    assert cells(state, "People")[0][-1] == refusal


def test_what_holds_it_up_is_said(as_rita: Client, open_hour: Meeting, here: None, settings: Settings) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    Meeting.objects.update(paused_at=timezone.now(), pause_reason="It is gone.")
    push(as_rita, open_hour)
    state = state_of(as_rita, begun())
    assert said(state) == "Ended. No call was made. What is left waits until somebody resumes what is paused."
    assert cautions(state) == [
        "Still paused: The page of “Open hour”",
        "Open hour is paused: It is gone. Resume it in the admin once that is put right.",
    ]
    Meeting.objects.update(paused_at=None, pause_reason="")
    assert cautions(state_of(as_rita, begun())) == [
        "Open hour is paused: It is gone. Resume it in the admin once that is put right."
    ]


@pytest.fixture
def workers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are some, and none of them has come to it yet."""
    settings.QUEUE = True
    monkeypatch.setattr(queue, "enqueue_push", lambda meetings: None)


PAUSED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
NO_CALL = "Ended. No call was made. What is left waits until somebody resumes what is paused."


def test_with_workers_it_is_over_where_the_meeting_is_paused_and_says_so(
    as_dana: Client, as_rita: Client, open_hour: Meeting, workers: None
) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    SubmissionFactory(meeting=open_hour, approved=True, presence="uncertain")
    Meeting.objects.update(paused_at=PAUSED_AT, pause_reason="It is gone.")
    push(as_rita, open_hour)
    state = state_of(as_rita, begun())
    assert (state.headers["X-Poll"], said(state), tally(state)[1]) == ("done", NO_CALL, "1 left")
    why = "“Open hour” is paused since 2026-11-01 09:30 UTC: no call is made for it until somebody resumes it. "
    assert cautions(state) == [f"{why}It is gone. The page of “Open hour”"]
    assert cautions(state_of(as_dana, begun())) == [f"{why}It is gone. Resume “Open hour” on its page"]
    assert soup(state).select(".caution a")[0]["href"] == page_of(open_hour)
    Meeting.objects.update(paused_at=None)
    assert (said(state_of(as_rita, begun())), cautions(state_of(as_rita, begun()))) == ("Under way.", [])


def test_with_workers_it_is_over_where_the_account_is_paused_and_why_is_for_those_who_see_accounts(
    as_dana: Client, as_rita: Client, open_hour: Meeting, workers: None
) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    account = Account.objects.create(name="Berlin", paused_at=PAUSED_AT, pause_reason="The token is void.")
    Meeting.objects.update(account=account)
    push(as_rita, open_hour)
    state = state_of(as_rita, begun())
    assert said(state) == NO_CALL
    assert cautions(state) == [
        "The Webex account of “Open hour” is paused since 2026-11-01 09:30 UTC: no call is made for it until an "
        "administrator resumes the account."
    ]
    state = state_of(as_dana, begun())
    assert cautions(state) == [
        "The Webex account “Berlin” is paused since 2026-11-01 09:30 UTC: no call is made in its name until somebody "
        "resumes it. The token is void. Resume “Berlin” on its page"
    ]
    assert soup(state).select(".caution a")[0]["href"] == page_of(account)
    Account.objects.update(credentials_mark="new")
    assert said(state_of(as_rita, begun())) == "Under way."


def test_with_workers_others_go_on_where_one_meeting_is_paused(
    as_rita: Client, open_hour: Meeting, workers: None
) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    paused = [MeetingFactory(title=title, paused_at=PAUSED_AT, pause_reason="No.") for title in ("Launch", "Idle")]
    SubmissionFactory(meeting=paused[0], approved=True)
    as_rita.post(reverse(f"admin:{outbox.OUTBOX}"))
    assert said(state_of(as_rita, begun())) == "Under way."
    AuditEntry.objects.update(at=timezone.now() - timedelta(hours=1))
    state = state_of(as_rita, begun())
    assert said(state).startswith("Ended before all was done.")
    Submission.objects.filter(meeting=open_hour).update(presence="registered", webex_status="approved")
    state = state_of(as_rita, begun())
    assert (said(state), len(cautions(state))) == (NO_CALL, 1)


def test_who_is_given_up_is_not_left_but_waits_for_a_person(as_rita: Client, open_hour: Meeting, workers: None) -> None:
    SubmissionFactory(meeting=open_hour, approved=True, failed_calls=10)
    push(as_rita, open_hour)
    state = state_of(as_rita, begun())
    assert (state.headers["X-Poll"], tally(state)[1]) == ("done", "0 left")
    assert said(state) == (
        "Done. No call was made. 1 person waits for somebody to look: Stuck on the way to Webex. Needs attention"
    )


def test_that_nobody_can_be_sent_is_no_nothing_to_do(as_rita: Client, here: None) -> None:
    meeting = MeetingFactory(title="Launch", webex_id="")
    SubmissionFactory(meeting=meeting, approved=True)
    push(as_rita, meeting)
    state = state_of(as_rita, begun())
    assert said(state) == "Done. No call was made. “Launch” has no Webex id, so nobody can be sent."


def test_who_waits_for_a_person_is_told_where_no_call_was_made(as_rita: Client, open_hour: Meeting, here: None) -> None:
    SubmissionFactory(meeting=open_hour, approved=True, presence="refused")
    push(as_rita, open_hour)
    assert said(state_of(as_rita, begun())) == (
        "Done. No call was made. 1 person waits for somebody to look: Refused by Webex. Needs attention"
    )


def test_the_page_stays_that_of_its_own_calls_whatever_is_pushed_later(
    as_rita: Client, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True, first_name="Ann", last_name="Lee")
    push(as_rita, open_hour)
    first = begun()
    SubmissionFactory(meeting=open_hour, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is not accepted."))
    push(as_rita, open_hour)
    SubmissionFactory(meeting=open_hour, approved=True)
    Submission.objects.filter(pk=ann.pk).update(decision="declined", decided_at=timezone.now())
    state = state_of(as_rita, first)
    assert said(state) == "Done."
    assert tally(state) == [
        "1 at Webex, or as decided there", "0 left", "0 outcome not known yet", "0 refused by Webex",
    ]  # fmt: skip
    assert [row[1] for row in cells(state, "Calls")] == ["1"]
    assert [row[0] for row in cells(state, "People")] == ["Ann Lee"]
    assert soup(state).select(".people li") == []
    (now,) = soup(state).select("[data-now]")
    assert text(now) == (
        "It has gone on since. How the meeting stands now: 2 left, 0 outcome not known yet, 1 refused by Webex. "
        "The meeting’s outbox"
    )
    assert now.select("a")[0]["href"] == reverse(f"admin:{meeting_outbox.PAGE}", args=[open_hour.pk])


def test_what_was_left_is_told_as_of_its_end(as_rita: Client, open_hour: Meeting, here: None) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    Meeting.objects.update(paused_at=timezone.now(), pause_reason="It is gone.")
    push(as_rita, open_hour)
    SubmissionFactory(meeting=open_hour, approved=True)
    state = state_of(as_rita, begun())
    assert said(state) == ("Ended. Not everything could be done then: what was left is for the pushes after it.")
    assert tally(state)[1] == "1 left"
    assert text(soup(state).select("[data-now]")[0]).startswith(
        "It has gone on since. How the meeting stands now: 2 left"
    )


@pytest.mark.parametrize("has_workers", [False, True])
def test_one_that_told_of_no_end_and_was_followed_tells_nothing_of_what_was_left(
    as_rita: Client, open_hour: Meeting, settings: Settings, monkeypatch: pytest.MonkeyPatch, has_workers: bool
) -> None:
    settings.QUEUE = has_workers
    monkeypatch.setattr(queue, "enqueue_push", lambda meetings: None)
    push(as_rita, open_hour)
    first = begun()
    called(open_hour, "registered")
    ago = timedelta(seconds=30) if has_workers else timedelta(hours=1)
    for rows, name in ((AuditEntry.objects, "at"), (Batch.objects, "started_at")):
        rows.update(**{name: F(name) - ago})
    push(as_rita, open_hour)
    called(open_hour, "unknown")
    SubmissionFactory(meeting=open_hour, approved=True)
    state = state_of(as_rita, first)
    assert (state.headers["X-Poll"], said(state)) == ("done", "Ended.")
    assert tally(state) == ["1 at Webex, or as decided there", "0 outcome not known yet", "0 refused by Webex"]
    assert len(cells(state, "Calls")) == 1


def called(meeting: Meeting, outcome: str) -> None:
    """A call about one person, and what became of them."""
    presence = {"registered": "registered", "unknown": "uncertain"}[outcome]
    person = SubmissionFactory(meeting=meeting, approved=True, presence=presence, webex_status="approved")
    batch = Batch.objects.create(meeting=meeting, action="register", size=1, started_at=timezone.now(), outcome="done")
    BatchItem.objects.create(batch=batch, submission=person, outcome=outcome)


def test_with_workers_they_are_asked(
    as_rita: Client, open_hour: Meeting, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(queue, "enqueue_push", asked.append)
    SubmissionFactory(meeting=open_hour, approved=True)
    settings.QUEUE = True
    push(as_rita, open_hour)
    assert asked == [[open_hour.pk]]
    assert said(state_of(as_rita, begun())) == "Under way."
    Submission.objects.update(presence="registered", webex_status="approved")
    assert said(state_of(as_rita, begun())) == "Done. Nothing had to be done at Webex."


def test_all_that_is_due_is_pushed_for_the_meetings_that_one_reviews(
    open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    eve = User.objects.create_user("eve", is_staff=True)
    RoleAssignment.objects.create(user=eve, meeting=open_hour, role="reviewer")
    SubmissionFactory(meeting=open_hour, approved=True)
    SubmissionFactory(meeting=MeetingFactory(), approved=True)
    client = _signed_in(eve)
    response = client.post(reverse(f"admin:{outbox.OUTBOX}"))
    assert begun().meeting == open_hour
    assert said(client.get(response.headers["Location"])) == "Done."
    assert list(everybody.values_list("presence", flat=True)) == ["registered", "absent"]


def test_of_a_push_of_several_meetings_each_has_its_calls_and_people_in_its_audit(
    as_rita: Client, rita: User, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    other, idle = MeetingFactory(), MeetingFactory(webex_id="")
    sandbox.store.add_meeting(id=other.webex_id, form=Form(auto_accept=True))
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    bo, cy = SubmissionFactory.create_batch(2, meeting=other, approved=True)
    SubmissionFactory(meeting=idle, approved=True)
    as_rita.post(reverse(f"admin:{outbox.OUTBOX}"))
    entries = list(AuditEntry.objects.filter(action=audit.Action.PUSHED, thing="push").order_by("pk"))
    called = {batch.meeting: {"Calls": [str(batch)]} for batch in Batch.objects.select_related("meeting")}
    assert [(entry.by, entry.meeting, entry.count, entry.note, entry.after) for entry in entries] == [
        (rita, open_hour, 1, "ended", called[open_hour]),
        (rita, other, 2, "ended", called[other]),
    ]
    people = AuditedPerson.objects.order_by("pk").values_list("entry", "submission", "before", "after")
    assert list(people) == [
        (entry.pk, person.pk, "absent", "registered")
        for entry, person in ((entries[0], ann), (entries[1], bo), (entries[1], cy))
    ]
    (page,) = {said(state_of(as_rita, entry)) for entry in entries}
    assert page == "Done."
    as_rita.get(reverse(f"admin:{push_progress.PROGRESS}", args=[entries[1].pk]))
    looked = AuditEntry.objects.filter(action=audit.Action.LISTED).order_by("pk").values_list("meeting", "count")
    assert list(looked) == [(open_hour.pk, 1), (other.pk, 2)]


def test_eve_sees_nothing_of_a_push_of_other_meetings(as_rita: Client, open_hour: Meeting) -> None:
    push(as_rita, open_hour)
    eve = User.objects.create_user("eve", is_staff=True)
    RoleAssignment.objects.create(user=eve, meeting=MeetingFactory(), role="manager")
    client = _signed_in(eve)
    for name in (push_progress.PROGRESS, push_progress.STATE):
        assert client.get(reverse(f"admin:{name}", args=[begun().pk])).status_code == 404
        assert client.get(reverse(f"admin:{name}", args=[10**9])).status_code == 404


@pytest.mark.parametrize("size", [2, 20])
def test_as_many_queries_for_twenty_people_and_calls_as_for_two(
    as_rita: Client, open_hour: Meeting, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    push(as_rita, open_hour)
    for person in SubmissionFactory.create_batch(size, meeting=open_hour, approved=True, presence="refused"):
        started = {"meeting": open_hour, "action": "register", "size": 1, "started_at": timezone.now()}
        batch = Batch.objects.create(**started, outcome="refused", tracking_id="T-1")
        BatchItem.objects.create(batch=batch, submission=person, outcome="refused")
    # Two for the push: the entry of the address, and those of all its meetings.
    with django_assert_num_queries(25):
        assert len(cells(state_of(as_rita, begun()), "Calls")) == size


# --- for real ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def wendy(transactional_db: None) -> Iterator[Client]:
    """She reviews, and her push goes on in a thread of its own."""
    ContentType.objects.clear_cache()
    wendy = User.objects.create_user("wendy", is_staff=True)
    wendy.user_permissions.set(Permission.objects.filter(codename__in=["view_meeting", "change_submission"]))
    yield _signed_in(wendy)


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_in_the_background_and_notes_its_end(
    wendy: Client, open_hour: Meeting, sandbox: SandboxServer, tmp_path: Path
) -> None:
    SubmissionFactory.create_batch(2, meeting=open_hour, approved=True)
    with database_for_threads(tmp_path):
        push(wendy, open_hour)
        entry = begun()
        for _ in range(200):
            state = state_of(wendy, entry)
            if "X-Poll" in state.headers:
                break
            time.sleep(0.1)
        assert said(state) == "Done."
        assert (
            AuditEntry.objects.filter(action=audit.Action.PUSHED, thing=f"push {entry.pk}", note="ended").count() == 1
        )
    assert len(sandbox.store.registrants(OPEN_HOUR_ID)) == 2
