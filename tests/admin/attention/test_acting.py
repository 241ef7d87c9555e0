"""Resolving what waits: in its row, several at once, and all of a kind."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.flow import pauses
from registration.models import (
    AuditedPerson,
    AuditEntry,
    Batch,
    BatchItem,
    Mail,
    Meeting,
    RoleAssignment,
    Submission,
    UnknownRegistrant,
)
from registration.roles import Role
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.admin.attention import people
from tests.admin.attention.people import PHONE, address, buttons, counted, do, names, staff
from tests.admin.pages import SUBMISSIONS, answer_of, press, said, soup, states, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def entries() -> list[tuple[str, str, int, int]]:
    """The audit: what was done, by whom, to how many, and of how many people each state is kept; without the looks."""
    rows = AuditEntry.objects.exclude(action__in=["listed", "viewed"]).order_by("pk").select_related("by")
    return [(entry.action, entry.by.username, entry.count, entry.people.count()) for entry in rows]


def do_all(client: Client, kind: str, verb: str, **more: Any) -> Any:
    """Press the button for all, and then the one on the page that asks."""
    asked = do(client, kind, verb, [], all="1", **more)
    return do(client, kind, verb, [], **answer_of(asked))


def question(response: Any) -> tuple[str, list[str]]:
    """What the page between asks, and what it warns of."""
    page = soup(response)
    return text(page.select_one("h1")), [text(each) for each in page.select(".caution li")]


# --- accounts and meetings --------------------------------------------------------------------------------------------


def test_meetings_and_accounts_are_resumed_several_at_once(as_dana: Client) -> None:
    meetings, account = [people.paused() for _number in range(2)], people.paused_account()
    response = do(as_dana, "meetings", "resume", [meeting.pk for meeting in meetings])
    assert said(response) == ["success: 2 were resumed."]
    assert response["Location"] == f"{address()}#meetings"
    assert said(do(as_dana, "accounts", "resume", [account.pk]))[-1] == "success: 1 was resumed."
    assert counted(as_dana.get(address())) == {}
    assert entries() == [("resumed", "dana", 1, 0)] * 3


def test_a_meeting_that_is_resumed_twice_is_resumed_once(as_dana: Client) -> None:
    meeting = people.paused()
    do(as_dana, "meetings", "resume", [meeting.pk])
    gone = "1 is no longer on this list: somebody else, or the portal itself, has resolved it meanwhile."
    assert said(do(as_dana, "meetings", "resume", [meeting.pk]))[-1] == f"warning: {gone}"
    assert len(entries()) == 1


def test_a_manager_resumes_her_meeting_and_not_that_of_others() -> None:
    hers, other = people.paused(), people.paused()
    mary = staff("mary", Role.MANAGER, hers)
    do(mary, "meetings", "resume", [hers.pk, other.pk])
    assert list(Meeting.objects.filter(paused_at=None)) == [hers]


def test_a_meeting_whose_form_is_being_written_stays_paused_and_it_is_said_why(as_dana: Client) -> None:
    written, other = people.paused(title="Launch", pause_reason=str(pauses.FORM_IS_WRITTEN)), people.paused()
    assert said(do(as_dana, "meetings", "resume", [written.pk, other.pk])) == [
        "success: 1 was resumed.",
        "warning: Left as they were: 1 (“Launch” stays paused, since its form was being written: in some minutes "
        "refresh it from Webex first).",
    ]
    assert list(Meeting.objects.filter(paused_at=None)) == [other]


# --- the refused ------------------------------------------------------------------------------------------------------


def test_one_is_sent_again_from_its_row_and_one_is_back_where_one_was(as_rita: Client) -> None:
    first, second = people.refused(), people.refused()
    response = do(as_rita, "refused", "send_again", [first.pk], next=str(second.pk))
    assert said(response) == ["success: 1 goes again with the next push."]
    assert response["Location"] == f"{address()}#refused-{second.pk}"
    assert states() == [("approved", "absent", ""), ("approved", "refused", "")]
    assert entries() == [("retried", "rita", 1, 1)]
    person = AuditedPerson.objects.get()
    assert (person.submission_id, person.before, person.after) == (first.pk, "refused", "absent")


def test_the_way_back_keeps_the_page_that_one_was_on(as_rita: Client) -> None:
    person = people.refused()
    where = reverse("admin:registration_attention_do", args=["refused", "send_again"], query={"after_missing": "1-2"})
    response = as_rita.post(where, {"_selected_action": person.pk, "next": "<script>"})
    assert response["Location"] == f"{address(after_missing='1-2')}#refused"


def test_several_are_sent_again_and_who_was_resolved_meanwhile_is_told(as_rita: Client) -> None:
    chosen = [people.refused() for _number in range(3)]
    Submission.objects.filter(pk=chosen[0].pk).update(presence="absent", refusal="")
    response = do(as_rita, "refused", "send_again", [person.pk for person in chosen])
    assert said(response) == [
        "warning: 1 is no longer on this list: somebody else, or the portal itself, has resolved it meanwhile.",
        "success: 2 go again with the next push.",
    ]


def test_of_several_those_are_left_whose_meeting_one_may_only_look_at() -> None:
    hers, looked_at = (MeetingFactory(work_phone_use="optional") for _number in range(2))
    chosen = [people.refused(meeting).pk for meeting in (hers, looked_at)]
    mixed = staff("rosa", Role.REVIEWER, hers)
    RoleAssignment.objects.create(user=User.objects.get(), role=Role.VIEWER, meeting=looked_at)
    assert said(do(mixed, "refused", "send_again", chosen)) == [
        "warning: Left as it was: 1, since you may only look at its meeting.",
        "success: 1 goes again with the next push.",
    ]
    assert states() == [("approved", "absent", ""), ("approved", "refused", "")]


def test_all_are_sent_again_once_the_exact_number_was_confirmed(as_rita: Client) -> None:
    meeting = MeetingFactory()
    for _number in range(60):
        people.refused(meeting)
    asked = do(as_rita, "refused", "send_again", [], all="1")
    warning = "What was refused as it was will be refused again, unless something was mended."
    assert question(asked) == ("Send 60 people again?", [warning])
    assert Submission.objects.filter(presence="refused").count() == 60
    response = do(as_rita, "refused", "send_again", [], **answer_of(asked))
    assert said(response) == ["success: 60 go again with the next push."]
    assert entries() == [("retried", "rita", 60, 60)]


def test_that_people_are_named_before_something_is_done_is_noted(as_rita: Client) -> None:
    meeting = MeetingFactory()
    chosen = [people.refused(meeting) for _number in range(12)]
    asked = do(as_rita, "refused", "send_again", [], all="1")
    shown = [text(each) for each in soup(asked).select(".names bdi")]
    assert shown == [str(person) for person in chosen[:10]]
    entry = AuditEntry.objects.get()
    assert (entry.by.username, entry.action, entry.meeting, entry.count) == ("rita", "viewed", meeting, 10)
    assert {person.submission_id for person in entry.people.all()} == {person.pk for person in chosen[:10]}


def test_that_strangers_are_named_before_something_is_done_is_noted(as_rita: Client) -> None:
    meeting = MeetingFactory()
    for number in range(2):
        people.stranger(meeting, number)
    do(as_rita, "strangers", "ignore", [], all="1")
    people.stranger(MeetingFactory())
    do(as_rita, "strangers", "ignore", [], all="1")
    assert [(entry.action, entry.meeting, entry.count) for entry in AuditEntry.objects.order_by("pk")] == [
        ("listed", meeting, 2),
        ("listed", None, 3),
    ]


def test_before_meetings_are_resumed_nobody_is_named_and_nothing_noted(as_dana: Client) -> None:
    people.paused()
    do(as_dana, "meetings", "resume", [], all="1")
    assert not AuditEntry.objects.exists()


def test_who_comes_to_be_refused_after_the_question_is_not_sent_unseen(as_rita: Client) -> None:
    people.refused()
    asked = do(as_rita, "refused", "send_again", [], all="1")
    people.refused()
    again = do(as_rita, "refused", "send_again", [], **answer_of(asked))
    assert question(again)[0] == "Send 2 people again?"
    assert "others match your choice now" in text(soup(again).select_one(".errornote"))
    assert {presence for _decision, presence, _status in states()} == {"refused"}


def test_exactly_those_with_the_same_words_are_sent_again(as_rita: Client) -> None:
    for words in ("Same.", "Same.", "Other."):
        people.refused(words=words)
    response = do_all(as_rita, "refused", "send_again", words="Same.")
    assert said(response) == ["success: 2 go again with the next push."]
    assert [presence for _decision, presence, _status in states()] == ["absent", "absent", "refused"]
    nobody = do(as_rita, "refused", "send_again", [], all="1", words="\0=cmd")
    assert said(nobody)[-1] == "warning: Nothing was done: what you chose is no longer on this list."


# --- in doubt, and stuck ----------------------------------------------------------------------------------------------


def test_who_is_in_doubt_for_long_is_looked_up_now(as_rita: Client, open_hour: Meeting, sandbox: SandboxServer) -> None:
    person = people.uncertain(open_hour)
    response = do(as_rita, "uncertain", "look_up", [person.pk])
    assert (states(), response["Location"]) == ([("approved", "uncertain", "")], f"{address()}#uncertain")
    assert entries() == [("pushed", "rita", 1, 1)]
    assert said(response) == ["warning: Webex was called: 1 outcome unknown."]


def test_whom_calls_failed_over_and_over_is_tried_with_the_next_push(as_rita: Client) -> None:
    meeting = MeetingFactory()
    tired, erased = (
        people.given_up(meeting),
        SubmissionFactory(meeting=meeting, presence="registered", erase_asked_at=timezone.now() - people.LONG_AGO),
    )
    page = as_rita.get(address())
    assert names(page, "stuck") == [tired.full_name, erased.reference]
    response = do(as_rita, "stuck", "try_at_once", [tired.pk, erased.pk])
    assert said(response) == [
        "warning: Left as it was: 1, for which “Try with the next push” is of no use.",
        "success: 1 is tried with the next push.",
    ]
    tired.refresh_from_db()
    assert (tired.failed_calls, entries()) == (0, [("retried", "rita", 1, 1)])


def test_of_all_who_are_stuck_those_are_tried_who_can_be(as_rita: Client) -> None:
    meeting = MeetingFactory()
    tired = people.given_up(meeting)
    there = {"presence": "registered", "webex_status": "rejected", "email": "new@example.com"}
    SubmissionFactory(meeting=meeting, approved=True, sent_email="old@example.com", **there)
    SubmissionFactory(meeting=meeting, approved=True, email="old@example.com", failed_calls=3)
    assert counted(as_rita.get(address()))["stuck"] == "2"
    asked = do(as_rita, "stuck", "try_at_once", [], all="1")
    assert question(asked)[0] == "Try 1 person with the next push?"
    response = do(as_rita, "stuck", "try_at_once", [], **answer_of(asked))
    assert said(response) == ["success: 1 is tried with the next push."]
    assert entries() == [("retried", "rita", 1, 1)]
    assert list(Submission.objects.order_by("pk").values_list("failed_calls", flat=True)) == [0, 0, 3]
    assert Submission.objects.get(failed_calls=0, presence="absent") == tired


def test_who_is_held_back_by_an_address_has_no_button(as_rita: Client) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(
        meeting=meeting,
        presence="registered",
        decision="approved",
        email="new@example.com",
        sent_email="old@example.com",
        webex_status="rejected",
    )
    waits = SubmissionFactory(meeting=meeting, approved=True, email="old@example.com")
    page = as_rita.get(address())
    assert (names(page, "stuck"), buttons(page, "stuck")) == ([waits.full_name], [])


# --- drift ------------------------------------------------------------------------------------------------------------


def test_the_missing_are_looked_up_again_once_one_knows_what_follows(as_rita: Client) -> None:
    meeting = MeetingFactory(send_email=True)
    person = people.missing(meeting)
    asked = do(as_rita, "missing", "look_up_again", [person.pk])
    title, warnings = question(asked)
    assert (title, warnings) == (
        "Look up 1 missing person again?",
        [
            "1 of them is approved: if Webex does not have them, the push registers them again.",
            "Webex mails 1 of them about it.",
            "If the host removed them on purpose, decline them instead, or leave them as they are.",
        ],
    )
    response = do(as_rita, "missing", "look_up_again", **{"pks": [person.pk], **_answered(asked)})
    assert said(response) == ["success: 1 will be looked up with the next push."]
    assert (states(), entries()) == ([("approved", "uncertain", "")], [("retried", "rita", 1, 1)])


def _answered(asked: Any) -> dict[str, Any]:
    return {name: value for name, value in answer_of(asked).items() if name != "_selected_action"}


def test_the_missing_are_declined_here_by_the_page_that_asks_for_the_reason(as_rita: Client) -> None:
    person = people.missing(MeetingFactory())
    button = soup(as_rita.get(address())).select_one("#several-missing button[name=action]")
    assert button is not None
    fields = {"action": button["value"], "_selected_action": [person.pk]}
    asked = as_rita.post(str(button["formaction"]), fields)
    assert text(soup(asked).select_one("h1")) == "Decline 1 registration"


@pytest.mark.parametrize("kind", ["missing", "different"])
@pytest.mark.parametrize("is_in_row", [False, True])
def test_who_declines_from_the_list_comes_back_to_it(as_rita: Client, kind: str, is_in_row: bool) -> None:
    make = people.missing if kind == "missing" else people.rejected_there
    first, second = (make(MeetingFactory()) for _n in range(2))
    page = soup(as_rita.get(address()))
    button = page.select_one(
        f"#{kind}-{first.pk} button[name=action]" if is_in_row else f"#several-{kind} [name=action]"
    )
    assert button is not None
    form = button.find_parent("form")
    assert form is not None
    back = str(form.select("[name=back]")[0]["value"])
    assert back == f"{address()}#{kind}{f'-{second.pk}' if is_in_row else ''}"
    asked = as_rita.post(
        str(button["formaction"]), {"action": button["value"], "_selected_action": [first.pk], "back": back}
    )
    assert [str(link["href"]) for link in soup(asked).select(".closelink")] == [back]
    declined = as_rita.post(str(button["formaction"]), answer_of(asked) | {"reason": "Gone there."})
    assert (declined.headers["Location"], said(declined)) == (back, ["success: 1 declined."])


def test_who_declines_goes_back_to_no_other_site(as_rita: Client) -> None:
    person = people.missing(MeetingFactory())
    fields = {"action": "decline", "_selected_action": [person.pk], "back": "https://evil.example/"}
    asked = as_rita.post(reverse(SUBMISSIONS), fields)
    assert [str(link["href"]) for link in soup(asked).select(".closelink")] == [reverse(SUBMISSIONS)]


def approved_there(meeting: Meeting, decision: str) -> Submission:
    """Whom Webex was asked to reject, and holds as approved nevertheless."""
    now = timezone.now()
    there = {"presence": "registered", "webex_status": "approved", "webex_status_at": now - people.LONG_AGO}
    person: Submission = SubmissionFactory(
        meeting=meeting, decision=decision, decided_at=now - people.LONG_AGO, **there
    )
    batch = Batch.objects.create(meeting=meeting, action="reject", outcome="done", started_at=now, size=1)
    BatchItem.objects.create(batch=batch, submission=person, outcome="registered")
    return person


def test_webex_is_asked_again_for_what_is_decided_here(as_rita: Client) -> None:
    meeting = MeetingFactory(withdrawal="reject")
    chosen = [people.rejected_there(meeting), approved_there(meeting, "declined")]
    assert counted(as_rita.get(address())) == {"different": "2"}
    asked = do(as_rita, "different", "ask_again", [], all="1")
    assert question(asked)[0] == "Ask Webex again for 2 people?"
    response = do(as_rita, "different", "ask_again", [], **answer_of(asked))
    assert said(response) == ["success: The next push asks Webex again for 2 people."]
    for person in chosen:
        person.refresh_from_db()
    assert [(person.decision, person.next_step.value) for person in chosen] == [
        ("approved", "approve"),
        ("declined", "reject"),
    ]
    assert counted(as_rita.get(address())) == {}


def test_whom_webex_approved_is_approved_here_too(as_rita: Client) -> None:
    meeting = MeetingFactory(withdrawal="reject")
    declined = approved_there(meeting, "declined")
    cancelled, rejected = approved_there(meeting, "cancelled"), people.rejected_there(meeting)
    page = as_rita.get(address())
    offered = {
        person.decision: [text(each) for each in soup(page).select(f"#different-{person.pk} button")]
        for person in (declined, cancelled, rejected)
    }
    others = ["Ask Webex again …", "Read their statuses now", "Leave as it is"]
    assert offered == {
        "declined": ["Ask Webex again …", "Approve here, too …", *others[1:]],
        "cancelled": others,
        "approved": [*others, "Decline here, too …"],
    }
    asked = do(as_rita, "different", "approve_here", [], all="1")
    assert question(asked)[0] == "Approve 1 person here, too?"
    assert said(do(as_rita, "different", "approve_here", [], **answer_of(asked))) == ["success: 1 approved."]
    assert counted(as_rita.get(address())) == {"different": "2"}


def test_of_those_that_are_ticked_only_whom_webex_approved_are_approved_here_too() -> None:
    meeting = MeetingFactory(withdrawal="reject")
    fits, pending = approved_there(meeting, "declined"), approved_there(meeting, "declined")
    Submission.objects.filter(pk=pending.pk).update(webex_status="pending")
    looked_at, gone = approved_there(MeetingFactory(withdrawal="reject"), "declined"), SubmissionFactory()
    rosa = staff("rosa", Role.REVIEWER, meeting)
    RoleAssignment.objects.create(user=User.objects.get(username="rosa"), role=Role.VIEWER, meeting=looked_at.meeting)
    assert counted(rosa.get(address())) == {"different": "3"}
    asked = do(rosa, "different", "approve_here", [fits.pk, pending.pk, looked_at.pk, gone.pk])
    assert question(asked)[0] == "Approve 1 person here, too?"
    assert said(asked) == [
        "warning: 1 is no longer on this list: somebody else, or the portal itself, has resolved it meanwhile.",
        "warning: Left as it was: 1, since you may only look at its meeting.",
        "warning: Left as it was: 1, for which “Approve here, too” is of no use.",
    ]
    ticked = {"pks": [fits.pk, pending.pk, looked_at.pk, gone.pk], **_answered(asked)}
    assert said(do(rosa, "different", "approve_here", **ticked))[-1] == "success: 1 approved."
    assert [decision for decision, _presence, _status in states()] == ["approved", "declined", "declined", "waiting"]


def test_who_is_missing_and_declined_here_waits_for_nobody(as_rita: Client) -> None:
    for decision in ("declined", "cancelled", "waiting"):
        people.missing(MeetingFactory(), decision=decision)
    page = as_rita.get(address())
    assert people.said_in(page, "missing") == ["Here: waiting for review."]


@pytest.mark.parametrize("kind", ["missing", "different"])
def test_drift_that_is_left_as_it_is_is_reported_no_more_unless_something_changes(as_rita: Client, kind: str) -> None:
    drifted = {"missing": people.missing, "different": people.rejected_there}[kind]
    person, _other = (drifted(MeetingFactory()) for _number in range(2))
    response = do(as_rita, kind, "leave", [person.pk])
    assert said(response) == ["success: 1 is left as at Webex, and turns up again if that changes."]
    assert (counted(as_rita.get(address())), entries()) == ({kind: "1"}, [("adopted", "rita", 1, 1)])
    since = {"missing": "missing_at", "different": "webex_status_at"}[kind]
    Submission.objects.filter(pk=person.pk).update(**{since: timezone.now()})
    assert counted(as_rita.get(address())) == {kind: "2"}


def test_strangers_are_adopted_and_ignored(as_rita: Client) -> None:
    meeting = MeetingFactory()
    strangers = [people.stranger(meeting, number) for number in range(3)]
    response = do(as_rita, "strangers", "ignore", [strangers[0].pk])
    assert said(response) == ["success: 1 is ignored now."]
    response = do_all(as_rita, "strangers", "adopt")
    assert said(response) == ["success: 2 adopted, decided as at Webex. Nobody was mailed."]
    assert (UnknownRegistrant.objects.get().is_ignored, len(states())) == (True, 2)
    assert entries() == [("adopted", "rita", 1, 0), ("adopted", "rita", 2, 2)]


def test_whom_we_declined_and_webex_has_is_not_told_to_be_adopted(as_rita: Client) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, decision="declined", email="zoe1@example.com")
    people.stranger(meeting, 1)
    people.stranger(meeting, 2)
    asked = do(as_rita, "strangers", "adopt", [], all="1")
    assert question(asked) == (
        "Adopt 2 people?",
        [
            "Each gets a registration here, decided as at Webex. Nobody is mailed.",
            "1 of them has a registration here already, and gets none. The next push finds them at Webex, and does "
            "there what was decided about them here.",
        ],
    )
    assert said(do(as_rita, "strangers", "adopt", [], **answer_of(asked))) == [
        "success: 1 adopted, decided as at Webex. Nobody was mailed.",
        "warning: 1 has a registration here already. The next push finds them at Webex, and does there what was "
        "decided about them here.",
    ]
    assert states() == [("declined", "uncertain", ""), ("approved", "registered", "approved")]


def test_adopting_more_than_there_are_places_is_told(as_rita: Client) -> None:
    full = MeetingFactory(capacity=1, title="Launch")
    over = MeetingFactory(capacity=0)
    for meeting in (full, over):
        SubmissionFactory(meeting=meeting, approved=True)
    strangers = [people.stranger(full), people.stranger(over, webex_status="rejected")]
    assert said(do(as_rita, "strangers", "adopt", [each.pk for each in strangers])) == [
        "success: 2 adopted, decided as at Webex. Nobody was mailed.",
        "warning: “Launch” has 1 person more than places.",
    ]


# --- mails ------------------------------------------------------------------------------------------------------------


def test_mails_that_failed_are_sent_again(as_rita: Client) -> None:
    meeting = MeetingFactory()
    lost, tried = people.unreached(meeting), people.failing(meeting)
    response = do(as_rita, "mails", "mail_again", [lost.pk, tried.pk])
    assert said(response) == ["success: 2 are written to again."]
    due = Mail.objects.filter(due_at__lte=timezone.now(), failed_tries=0).order_by("submission")
    assert list(due.values_list("submission", "kind")) == [(lost.pk, "received"), (tried.pk, "approved")]
    assert (counted(as_rita.get(address())), entries()) == ({}, [("mailed", "rita", 1, 1)] * 2)


# --- what nobody is to send -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "verb"), [("refused", "resume"), ("nothing", "resume"), ("held", "send_again"), ("refused", "mend")]
)
def test_a_verb_that_there_is_not_is_not_found(as_dana: Client, kind: str, verb: str) -> None:
    assert as_dana.post(f"{address()}{kind}/{verb}/").status_code == 404


def test_a_get_changes_nothing(as_dana: Client) -> None:
    people.refused()
    response = as_dana.get(reverse("admin:registration_attention_do", args=["refused", "send_again"]))
    assert (response.status_code, states()) == (302, [("approved", "refused", "")])


@pytest.mark.parametrize("key", ["x", "", "-1", "1.5", "9" * 30, "\0", "١", "1 OR 1=1"])
def test_keys_that_no_page_has_shown_are_refused(as_dana: Client, key: str) -> None:
    people.refused()
    assert do(as_dana, "refused", "send_again", [key]).status_code == 400  # type: ignore[list-item]
    assert states() == [("approved", "refused", "")]


def test_nothing_chosen_is_told(as_dana: Client) -> None:
    people.refused()
    response = do(as_dana, "refused", "send_again", [])
    assert said(response) == ["warning: Nothing was done: nothing was chosen."]
    many = do(as_dana, "refused", "send_again", list(range(1, 1200)))
    assert many.status_code == 400


def test_whom_webex_refuses_turns_up_and_goes_again(
    as_rita: Client, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    person = SubmissionFactory(meeting=open_hour, approved=True)
    sandbox.faults.add(Fault("bulkInsert", status=400, message=PHONE))
    press(as_rita, "push_now", open_hour.pk, model="meeting")
    page = as_rita.get(address())
    assert (names(page, "refused"), people.said_in(page, "refused")) == ([person.full_name], [PHONE])
    do(as_rita, "refused", "send_again", [person.pk])
    press(as_rita, "push_now", person.pk)
    assert [(decision, presence) for decision, presence, _status in states()] == [("approved", "registered")]
    assert counted(as_rita.get(address())) == {}
