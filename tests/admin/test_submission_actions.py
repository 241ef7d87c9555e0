"""What staff do about submissions: review, decline, push and sync, as actions of the list and as buttons."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from registration.flow import review
from registration.models import Batch, Meeting, Move, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, WebexStatus, Withdrawal
from tests.admin.pages import (
    SUBMISSIONS,
    answer_of,
    choose,
    facts,
    page_of,
    press,
    said,
    soup,
    states,
    text,
)
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written

# --- review -----------------------------------------------------------------------------------------------------------


def test_approving_the_chosen_leaves_the_others(as_dana: Client, dana: User) -> None:
    first, second, _other = SubmissionFactory.create_batch(3)
    response = choose(as_dana, "approve", [first.pk, second.pk])
    assert said(response) == ["success: 2 approved."]
    assert [decision for decision, *_ in states()] == ["approved", "approved", "waiting"]
    assert list(Move.objects.values_list("by", flat=True)) == [dana.pk, dana.pk]


def test_who_could_not_be_approved_is_counted_and_explained(as_dana: Client) -> None:
    people = [SubmissionFactory(decision=decision) for decision in Decision]
    response = choose(as_dana, "approve", [person.pk for person in people])
    assert said(response) == [
        "success: 4 approved.",
        "warning: Left as they were: 2 (1 was approved already; 1 is cancelled and must be put back to review first).",
    ]


def test_whoever_was_ticked_and_fits_the_filters_no_longer_is_counted(as_dana: Client) -> None:
    waiting, decided = SubmissionFactory(), SubmissionFactory(decision=Decision.DECLINED)
    address = reverse(SUBMISSIONS) + "?decision__exact=waiting"
    gone = decided.pk + 1
    chosen = {"action": "approve", "_selected_action": [waiting.pk, decided.pk, gone], "index": "0"}
    assert said(as_dana.post(address, chosen)) == [
        "warning: Left as they were: 2 that were ticked. They are gone, or no longer among those of these filters: "
        "somebody else, or the portal itself, has changed them meanwhile.",
        "success: 1 approved.",
    ]
    assert sorted(decision for decision, *_ in states()) == ["approved", "declined"]


def test_all_who_match_a_filter_can_be_approved_at_once(as_dana: Client) -> None:
    shown, _on_another_page = SubmissionFactory.create_batch(2)
    SubmissionFactory(decision=Decision.DECLINED)
    address = reverse(SUBMISSIONS) + "?decision__exact=waiting"
    chosen = {"action": "approve", "_selected_action": [shown.pk], "select_across": "1", "index": "0"}
    asked = as_dana.post(address, chosen)
    assert {decision for decision, *_ in states()} == {"waiting", "declined"}
    response = as_dana.post(address, answer_of(asked))
    assert said(response) == ["success: 2 approved."]
    assert [decision for decision, *_ in states()] == ["approved", "approved", "declined"]


def test_putting_back_to_review(as_dana: Client) -> None:
    ann = SubmissionFactory(decision=Decision.DECLINED)
    response = press(as_dana, "reopen", ann.pk)
    assert response.headers["Location"] == page_of(ann)
    assert said(response) == ["success: 1 put back to review."]
    assert states() == [("waiting", "absent", "")]


def test_sending_again_whom_webex_refused(as_dana: Client) -> None:
    ann = SubmissionFactory(approved=True, presence=Presence.REFUSED, refusal="No such country")
    response = press(as_dana, "send_again", ann.pk)
    assert said(response) == ["success: 1 will be sent again with the next push."]
    assert states() == [("approved", "absent", "")]
    again = press(as_dana, "send_again", ann.pk)
    assert said(again)[1:] == ["warning: Left as they were: 1 (1 was not refused by Webex)."]


def test_a_button_keeps_the_filters_of_the_list_one_came_from(as_dana: Client) -> None:
    ann = SubmissionFactory()
    filters = "?_changelist_filters=decision__exact%3Dwaiting"
    form = soup(as_dana.get(page_of(ann) + filters)).select_one("form:has(> button[name=approve])")
    assert form is not None
    response = as_dana.post(str(form["action"]))
    assert response.headers["Location"] == page_of(ann) + filters


# --- declining --------------------------------------------------------------------------------------------------------


def test_declining_asks_for_a_reason_first(as_dana: Client) -> None:
    people = [SubmissionFactory(first_name=f"Ann{n}", last_name="Lee") for n in range(12)]
    pks = [person.pk for person in people]
    response = choose(as_dana, "decline", pks)
    page = soup(response)
    assert text(page.select_one("#content h1")) == "Decline 12 registrations"
    assert [text(item) for item in page.select(".names li")] == [
        *(f"Ann{n} Lee" for n in range(11, 1, -1)),
        "and 2 more",
    ]
    assert page.select(".caution") == []
    assert [int(str(field["value"])) for field in page.select("input[name=_selected_action]")] == pks
    assert {decision for decision, *_ in states()} == {"waiting"}


def test_declining_with_a_reason(as_dana: Client, dana: User) -> None:
    first, second, third = SubmissionFactory.create_batch(3)
    fields = answer_of(choose(as_dana, "decline", [first.pk, third.pk]))
    response = as_dana.post(reverse(SUBMISSIONS), fields | {"reason": "The room is full."})
    assert said(response) == ["success: 2 declined."]
    assert response.headers["Location"] == reverse(SUBMISSIONS)
    assert list(Submission.objects.order_by("pk").values_list("decision", "decision_reason")) == [
        ("declined", "The room is full."),
        ("waiting", ""),
        ("declined", "The room is full."),
    ]
    assert second.pk not in Move.objects.values_list("submission", flat=True)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Enter a reason: it is mailed to the attendees."),
        ("  ", "Enter a reason: it is mailed to the attendees."),
        ("x\r\n" * 500 + "y", "Ensure this value has at most 1000 characters (it has 1001)."),
    ],
)
def test_without_a_fitting_reason_nobody_is_declined(as_dana: Client, reason: str, words: str) -> None:
    ann = SubmissionFactory()
    fields = answer_of(choose(as_dana, "decline", [ann.pk]))
    response = as_dana.post(reverse(SUBMISSIONS), fields | {"reason": reason})
    assert [text(item) for item in soup(response).select(".errornote, .errorlist li")] == [
        "Nobody has been declined yet.",
        words,
    ]
    assert answer_of(response)["_selected_action"] == [str(ann.pk)]
    assert states() == [("waiting", "absent", "")]


def test_a_line_break_in_a_reason_counts_as_one_character(as_dana: Client) -> None:
    fields = answer_of(choose(as_dana, "decline", [SubmissionFactory().pk]))
    as_dana.post(reverse(SUBMISSIONS), fields | {"reason": "x\r\n" * 499 + "xx"})
    assert Submission.objects.get().decision_reason == "x\n" * 499 + "xx"


def test_nobody_is_declined_unseen_when_more_match_the_choice_meanwhile(as_dana: Client) -> None:
    ann = SubmissionFactory()
    fields = answer_of(choose(as_dana, "decline", [ann.pk], select_across="1"))
    SubmissionFactory()
    second = as_dana.post(reverse(SUBMISSIONS), fields | {"reason": "Full"})
    assert [text(item) for item in soup(second).select(".errorlist li")] == [
        "Other people match your choice now. Look at it again."
    ]
    assert {decision for decision, *_ in states()} == {"waiting"}
    third = as_dana.post(reverse(SUBMISSIONS), answer_of(second) | {"reason": "Full"})
    assert said(third) == ["success: 2 declined."]


def test_nobody_is_declined_unseen_when_others_match_the_choice_and_as_many(as_dana: Client) -> None:
    # As many, with the same newest and the same sum of keys: only the people themselves are others.
    people = SubmissionFactory.create_batch(5)
    first, second, third, fourth, _fifth = (Submission.objects.filter(pk=person.pk) for person in people)
    (second | third).update(decision=Decision.DECLINED)
    waiting = f"{reverse(SUBMISSIONS)}?decision__exact=waiting"
    chosen = {"_selected_action": [people[4].pk], "select_across": "1"}
    fields = answer_of(as_dana.post(waiting, {"action": "decline", "index": "0", **chosen}))
    (first | fourth).update(decision=Decision.APPROVED)
    (second | third).update(decision=Decision.WAITING)
    again = as_dana.post(waiting, fields | {"reason": "Full"})
    assert [text(item) for item in soup(again).select(".errorlist li")] == [
        "Other people match your choice now. Look at it again."
    ]
    assert [decision for decision, *_ in states()] == ["approved", "waiting", "waiting", "approved", "waiting"]
    assert said(as_dana.post(waiting, answer_of(again) | {"reason": "Full"})) == ["success: 3 declined."]
    assert [decision for decision, *_ in states()] == ["approved", "declined", "declined", "approved", "declined"]


def test_the_page_warns_that_people_at_webex_are_withdrawn_there(as_dana: Client) -> None:
    rejecting, removing = MeetingFactory(), MeetingFactory(withdrawal=Withdrawal.REMOVE)
    people = [
        SubmissionFactory(meeting=rejecting, approved=True, presence=Presence.REGISTERED),
        SubmissionFactory(meeting=rejecting, approved=True, presence=Presence.UNCERTAIN),
        SubmissionFactory(meeting=removing, approved=True, presence=Presence.REGISTERED),
        SubmissionFactory(meeting=removing),
        SubmissionFactory(meeting=removing, approved=True, presence=Presence.REGISTERED, missing_at=timezone.now()),
        SubmissionFactory(
            meeting=rejecting, approved=True, presence=Presence.REGISTERED, webex_status=WebexStatus.REJECTED
        ),
    ]
    response = choose(as_dana, "decline", [person.pk for person in people])
    assert [text(item) for item in soup(response).select(".caution li")] == [
        "2 of them are at Webex already, or may be: the next push rejects them there, and Webex may mail them.",
        "1 of them is at Webex already, or may be: the next push removes them there, and Webex may mail them.",
        "1 of them is missing at Webex: nothing is done there.",
        "1 of them is rejected at Webex already: nothing more is done there.",
    ]


def test_declining_from_the_persons_page(as_dana: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    asked = press(as_dana, "decline", ann.pk)
    cancel = soup(asked).select_one("a.closelink")
    assert cancel is not None
    assert cancel["href"] == page_of(ann)
    response = as_dana.post(asked.wsgi_request.path, answer_of(asked) | {"reason": "Full"})
    assert response.headers["Location"] == page_of(ann)
    assert said(response) == ["success: 1 declined."]
    assert facts(as_dana.get(page_of(ann)))["Reason"] == "Full"


# --- Webex ------------------------------------------------------------------------------------------------------------


def test_pushing_the_chosen_sends_them_and_nobody_else(
    as_dana: Client, dana: User, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    first, second, _third = SubmissionFactory.create_batch(3, meeting=open_hour, approved=True)
    response = choose(as_dana, "push_now", [first.pk, second.pk])
    assert said(response) == ["success: Webex was called: 2 at Webex."]
    assert states() == [
        ("approved", "registered", "approved"),
        ("approved", "registered", "approved"),
        ("approved", "absent", ""),
    ]
    assert {row.email for row in sandbox.store.registrants(open_hour.webex_id)} == {
        first.email_key,
        second.email_key,
    }
    assert list(Batch.objects.values_list("action", "requested_by", "size")) == [("register", dana.pk, 2)]


def test_after_declining_people_at_webex_the_push_says_what_became_of_them(
    as_dana: Client, dana: User, open_hour: Meeting
) -> None:
    first, second, third = SubmissionFactory.create_batch(3, meeting=open_hour, approved=True)
    people = [first.pk, second.pk, third.pk]
    choose(as_dana, "push_now", people)
    review.decline(Submission.objects.filter(pk__in=people[:2]), by=dana, reason="Full")
    assert said(choose(as_dana, "push_now", people))[1:] == [
        "success: Webex was called: 2 rejected there.",
        "warning: Left as they were: 1 (1: at Webex already).",
    ]
    Meeting.objects.update(withdrawal=Withdrawal.REMOVE)
    review.decline(Submission.objects.filter(pk=third.pk), by=dana, reason="Full")
    assert said(choose(as_dana, "push_now", people))[3:] == [
        "success: Webex was called: 1 not at Webex.",
        "warning: Left as they were: 2 (2: declined).",
    ]


def test_each_person_is_told_once_however_many_calls_they_were_in(
    as_dana: Client, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    Meeting.objects.update(approves_pending=True)
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    press(as_dana, "push_now", ann.pk)
    (row,) = sandbox.store.registrants(open_hour.webex_id)
    sandbox.store.set_status(open_hour.webex_id, [row.id], "pending")
    Submission.objects.update(presence=Presence.UNCERTAIN, due_at=timezone.now())
    assert said(press(as_dana, "push_now", ann.pk))[1:] == ["success: Webex was called: 1 at Webex."]
    assert list(Batch.objects.order_by("pk").values_list("action", flat=True)) == [
        "register", "look_up", "approve", "look_up"
    ]  # fmt: skip


def test_a_push_that_webex_refuses_is_told_and_nothing_is_lost(
    as_dana: Client, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    sandbox.faults.add(Fault(operation="bulkInsert", status=403, message="Missing scope."))
    response = press(as_dana, "push_now", ann.pk)
    assert said(response) == [
        "error: Open hour: Missing scope. Trying again does not help until the scopes, the role or the host e-mail "
        "are put right.",
        "warning: 1 is left: run again, or let the scheduled command do it.",
    ]
    assert states() == [("approved", "absent", "")]


def test_a_push_whose_outcome_is_unknown_says_so(as_dana: Client, open_hour: Meeting, sandbox: SandboxServer) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    sandbox.faults.add(Fault(operation="bulkInsert", drop=True, after_write=True))
    response = press(as_dana, "push_now", ann.pk)
    assert said(response)[0] == "warning: Webex was called: 1 outcome unknown."
    assert states() == [("approved", "uncertain", "")]


def test_pushing_somebody_who_is_not_approved_does_nothing(as_dana: Client, open_hour: Meeting) -> None:
    response = press(as_dana, "push_now", SubmissionFactory(meeting=open_hour).pk)
    assert said(response) == [
        "warning: No call was made.",
        "warning: Left as they were: 1 (1: waiting for review).",
    ]
    assert Batch.objects.count() == 0


def test_who_was_asked_about_a_moment_ago_is_not_looked_up_and_it_is_said_when(
    as_dana: Client, open_hour: Meeting
) -> None:
    now = timezone.now()
    ago, soon = now - timedelta(hours=30), now + timedelta(seconds=50)
    facts = {"meeting": open_hour, "approved": True, "presence_at": ago}
    resting = SubmissionFactory(**facts, presence=Presence.UNCERTAIN, due_at=soon)
    ended = SubmissionFactory(**facts, presence=Presence.SENDING, due_at=ago)
    told = said(choose(as_dana, "push_now", [resting.pk, ended.pk]))
    assert told == [
        "warning: No call was made.",
        "warning: Left as they were: 2 "
        f"(1: Webex was asked a moment ago: looked up from {soon + timedelta(minutes=1):%H:%M} UTC on; "
        "1: their call never ended: one of the next pushes looks them up).",
    ]


def test_what_a_clock_that_was_set_back_put_off_is_looked_up_and_not_said_to_be_left(
    as_dana: Client, open_hour: Meeting
) -> None:
    far = timezone.now() + timedelta(days=2)
    ann = SubmissionFactory(meeting=open_hour, approved=True, presence=Presence.UNCERTAIN, due_at=far)
    assert said(press(as_dana, "push_now", ann.pk)) == ["warning: Webex was called: 1 outcome unknown."]


def test_a_push_of_the_chosen_says_how_many_were_left_and_why(as_dana: Client, open_hour: Meeting) -> None:
    paused = MeetingFactory(title="Paused", paused_at=timezone.now(), pause_reason="The form differs.")
    later, there = timezone.now() + timedelta(minutes=5), {"presence": Presence.REGISTERED}
    people = [
        SubmissionFactory(meeting=open_hour, approved=True),
        SubmissionFactory(meeting=open_hour),
        SubmissionFactory(meeting=open_hour, decision=Decision.DECLINED),
        SubmissionFactory(meeting=open_hour, decision=Decision.DECLINED),
        SubmissionFactory(meeting=open_hour, approved=True, **there, webex_status="approved"),
        SubmissionFactory(meeting=open_hour, approved=True, **there, webex_status="rejected"),
        SubmissionFactory(meeting=open_hour, approved=True, **there, missing_at=timezone.now()),
        SubmissionFactory(meeting=open_hour, approved=True, presence=Presence.REFUSED),
        SubmissionFactory(meeting=open_hour, approved=True, presence=Presence.SENDING, due_at=later),
        SubmissionFactory(meeting=open_hour, approved=True, presence=Presence.UNCERTAIN, due_at=later),
        SubmissionFactory(meeting=open_hour, erase_asked_at=timezone.now()),
        SubmissionFactory(meeting=paused, approved=True),
        SubmissionFactory(meeting=MeetingFactory(title="By hand", webex_id=""), approved=True),
    ]
    told = said(choose(as_dana, "push_now", [person.pk for person in people]))
    then = f"{later + timedelta(minutes=1):%H:%M}"
    assert (told[1], told[-1]) == (
        "success: Webex was called: 1 at Webex.",
        "warning: Left as they were: 12 (1: waiting for review; 2: declined; 1: at Webex already; 1: rejected there; "
        "1: missing at Webex; 1: refused by Webex; "
        f"1: being sent: looked up from {then} UTC on; 1: Webex was asked a moment ago: looked up from {then} UTC on; "
        "1: erased; 1: their meeting is paused; 1: their meeting is passed over).",
    )


def test_a_meeting_that_webex_does_not_know_is_passed_over(as_dana: Client, db: None) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(title="By hand", webex_id=""), approved=True)
    response = press(as_dana, "push_now", ann.pk)
    assert said(response) == [
        "warning: Passed over, because without a Webex id, cancelled or over already: By hand.",
        "warning: No call was made.",
        "warning: Left as they were: 1 (1: their meeting is passed over).",
    ]


def test_syncing_reads_what_the_host_did(as_dana: Client, open_hour: Meeting, sandbox: SandboxServer) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    press(as_dana, "push_now", ann.pk)
    (row,) = sandbox.store.registrants(open_hour.webex_id)
    sandbox.store.set_status(open_hour.webex_id, [row.id], "rejected")
    response = press(as_dana, "sync_now", ann.pk)
    assert said(response)[1:] == [
        "success: 1 status read, 1 changed.",
        "warning: 1 person was decided differently here and at Webex.",
    ]
    assert states() == [("approved", "registered", "rejected")]


def test_syncing_nobody_says_so(as_dana: Client, open_hour: Meeting) -> None:
    response = choose(as_dana, "sync_now", [SubmissionFactory(meeting=open_hour).pk])
    assert said(response) == [
        "info: Nobody of these is at Webex, as far as we know.",
        "warning: Left as they were: 1 (1: not at Webex).",
    ]


def test_a_sync_of_the_chosen_says_how_many_were_left_and_why(as_dana: Client, open_hour: Meeting) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    press(as_dana, "push_now", ann.pk)
    people = [
        ann,
        SubmissionFactory(meeting=open_hour),
        SubmissionFactory(meeting=open_hour, approved=True, presence=Presence.REFUSED),
        SubmissionFactory(meeting=MeetingFactory(title="By hand", webex_id=""), presence=Presence.REGISTERED),
    ]
    assert said(choose(as_dana, "sync_now", [person.pk for person in people]))[-2:] == [
        "success: 1 status read, 0 changed.",
        "warning: Left as they were: 3 (1: not at Webex; 1: refused by Webex; 1: their meeting is passed over).",
    ]


@pytest.mark.parametrize("action", ["push_now", "sync_now"])
def test_without_a_token_staff_read_which_setting_is_missing(as_dana: Client, settings: Settings, action: str) -> None:
    settings.WEBEX_ACCESS_TOKEN = ""
    response = press(as_dana, action, SubmissionFactory(approved=True).pk)
    assert said(response) == [
        "error: WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works."
    ]
    assert states() == [("approved", "absent", "")]


# --- the link to their page -------------------------------------------------------------------------------------------


def test_replacing_the_links_of_the_chosen(as_dana: Client, dana: User) -> None:
    first, second, other = SubmissionFactory.create_batch(3)
    response = choose(as_dana, "replace_links", [first.pk, second.pk])
    assert said(response) == ["success: 2 links were replaced; the new ones are on their way by mail."]
    changed = {person.pk for person in (first, second, other) if not Submission.objects.filter(token=person.token)}
    assert changed == {first.pk, second.pk}
    assert list(Move.objects.values_list("subject", "by")) == [("link", dana.pk)] * 2
    assert written() == [(first.email, "new_link"), (second.email, "new_link")]


def test_declining_where_decisions_are_held_says_so_first(as_dana: Client) -> None:
    here, there = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True)), SubmissionFactory()
    told = [soup(choose(as_dana, "decline", [each.pk])).select(".caution") for each in (here, there)]
    assert [[text(words).split(",")[0] for words in each] for each in told] == [
        ["Where a meeting holds its decisions"],
        [],
    ]
