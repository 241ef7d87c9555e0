"""The pages on which decisions are undone, and the reasons to decline with."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from pytest_django import DjangoCaptureOnCommitCallbacks

from registration import audit, mail
from registration.accounts import Clients
from registration.flow import approval, correct, deliver, moves, post, review, rule_application, undo
from registration.models import AuditEntry, DeclineReason, Mail, Meeting, RoleAssignment, Submission
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.admin.pages import SUBMISSIONS, choose, fields_of, page_of, press, rows, said, soup, states, text
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory
from tests.letters import written

REASONS = "admin:registration_declinereason_changelist"


@pytest.fixture
def approved(dana: User) -> Submission:
    """Somebody whom dana approved, and who is at Webex."""
    ann: Submission = SubmissionFactory(first_name="Ann", last_name="Lee")
    review.approve(Submission.objects.filter(pk=ann.pk), by=dana)
    Submission.objects.update(presence=Presence.REGISTERED, webex_status="approved")
    return Submission.objects.get()


def of_person(person: Submission) -> str:
    move = undo.last_of(person)
    assert move is not None
    return reverse("admin:registration_submission_undo", args=[person.pk, move.pk])


def of_entry(entry: AuditEntry, *, back: str = "") -> str:
    address = reverse("admin:registration_submission_undo_entry", args=[entry.pk])
    return f"{address}?{urlencode({'next': back})}" if back else address


def hidden(response: Any) -> dict[str, str]:
    fields = soup(response).select("#content form input[name]")
    return {str(field["name"]): str(field["value"]) for field in fields}


def noted(*people: Submission, by: User) -> AuditEntry:
    """The entry for their approval."""
    pks = [person.pk for person in people]
    entry = audit.note_people(by, audit.Action.APPROVED, pks, before=dict.fromkeys(pks, "waiting"), after="approved")
    assert entry is not None
    return entry


# --- one person -------------------------------------------------------------------------------------------------------


def test_the_page_of_a_person_leads_to_what_undoing_does(as_rita: Client, approved: Submission) -> None:
    link = soup(as_rita.get(page_of(approved))).select_one("td a:-soup-contains('Undo')")
    assert link is not None
    assert link["href"] == of_person(approved)
    page = as_rita.get(of_person(approved))
    assert [text(item) for item in soup(page).select(".names li")] == [
        "Ann Lee",
        "1: ✓ approved → becomes ○ waiting for review",
        "At Webex: the next push moves 1 back to pending.",
        "Mails: Webex may write to 1 about it.",
        "Mails: the portal writes nothing to 1; their own page says how they stand.",
    ]
    assert states() == [("approved", "registered", "approved")]
    done = as_rita.post(of_person(approved), hidden(page))
    assert done.headers["Location"] == page_of(approved)
    assert said(done) == ["success: Undone for 1 person."]
    assert states() == [("waiting", "registered", "approved")]


def test_it_says_that_a_call_is_under_way_and_that_webex_may_mail_whom_it_is_about(
    as_rita: Client, approved: Submission
) -> None:
    Submission.objects.update(presence=Presence.SENDING, webex_status="", due_at="2027-11-02T09:00:00Z")
    assert [text(item) for item in soup(as_rita.get(of_person(approved))).select(".names li")][2:] == [
        "At Webex: a call about 1 is under way; what comes of it is then made so.",
        "Mails: Webex may write to 1 about it.",
        "Mails: the portal writes nothing to 1; their own page says how they stand.",
    ]


def push() -> None:
    with Clients() as clients:
        deliver.push(Meeting.objects.all(), clients=clients)


@pytest.mark.parametrize("withdrawal", ["reject", "remove"])
@pytest.mark.parametrize("is_pushed", [False, True])
def test_it_says_what_becomes_of_whoever_was_corrected_after_they_were_declined(
    as_dana: Client, dana: User, open_hour: Meeting, sandbox: SandboxServer, is_pushed: bool, withdrawal: str
) -> None:
    Meeting.objects.update(withdrawal=withdrawal)
    SubmissionFactory(meeting=open_hour, approved=True, email="ann@example.com")
    push()
    review.decline(Submission.objects.all(), by=dana, reason="No")
    if is_pushed:
        push()
    ann = Submission.objects.get()
    correct.correct(ann, values={"email": "anne@example.com"}, answers=(), by=dana, at=timezone.now())
    page = as_dana.get(of_person(ann))
    is_gone = is_pushed and withdrawal == "remove"
    assert [text(item) for item in soup(page).select(".names li")][2:3] == [
        "At Webex: the next push registers 1."
        if is_gone
        else "At Webex: the next push removes 1 and registers them anew, as corrected."
    ]
    as_dana.post(of_person(ann), hidden(page))
    sandbox.store.forget_calls()
    push()
    changing = [call.operation for call in sandbox.store.calls if call.operation.startswith("bulk")]
    assert changing == (["bulkInsert"] if is_gone else ["bulkDelete", "bulkInsert"])
    assert [row.email for row in sandbox.store.registrants(open_hour.webex_id)] == ["anne@example.com"]


def test_who_is_removed_for_good_is_told_apart_from_who_is_registered_anew(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(withdrawal="remove")
    there = {"presence": Presence.REGISTERED, "webex_status": "approved"}
    SubmissionFactory(meeting=meeting, decision=Decision.DECLINED, **there)
    review.approve(Submission.objects.all(), by=dana)
    Submission.objects.update(corrected_at=timezone.now())
    assert [text(item) for item in soup(as_dana.get(of_person(Submission.objects.get()))).select(".names li")][2:3] == [
        "At Webex: the next push removes 1."
    ]


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_it_says_what_becomes_of_whoever_was_mailed_what_is_undone(
    as_dana: Client, dana: User, is_cancelled: bool
) -> None:
    SubmissionFactory(meeting=MeetingFactory(send_email=False))
    review.decline(Submission.objects.all(), by=dana, reason="No")
    post.send(Mail.objects.all())
    Meeting.objects.update(is_cancelled=is_cancelled)
    ann = Submission.objects.get()
    page = as_dana.get(of_person(ann))
    found = [text(item) for item in soup(page).select(".names li") if text(item).startswith("Mails: ")]
    if is_cancelled:
        assert found == [
            "Mails: “declined” went to 1 already; that it is undone is on their own page alone.",
        ]
    else:
        assert found == ["Mails: the portal writes to 1, who were mailed what is undone, that they are back in review."]
    as_dana.post(of_person(ann), hidden(page))
    assert written() == [(ann.email, "declined"), *([] if is_cancelled else [(ann.email, "back_in_review")])]


@pytest.mark.parametrize(("count", "were"), [(1, "1 was"), (2, "2 were")])
def test_of_a_mail_about_something_else_it_says_only_that_it_told_how_they_stood(
    as_dana: Client, dana: User, count: int, were: str
) -> None:
    SubmissionFactory.create_batch(count, meeting=MeetingFactory(send_email=False))
    review.decline(Submission.objects.all(), by=dana, reason="No")
    Mail.objects.update(kind=Mail.Kind.REMINDER, due_at=None, sent_at=timezone.now())
    Meeting.objects.update(is_cancelled=True)
    page = as_dana.get(of_entry(AuditEntry.objects.get(action="declined")))
    assert [text(item) for item in soup(page).select(".names li") if text(item).startswith("Mails: ")] == [
        f"Mails: {were} mailed how they stood; that it is undone is on their own page alone."
    ]


def test_it_says_which_mails_are_not_sent_and_which_say_how_they_stand_instead(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(send_email=False)
    ann, bo = SubmissionFactory(meeting=meeting), SubmissionFactory(meeting=meeting)
    for person in (ann, bo):
        mail.write(person.pk, Mail.Kind.RECEIVED, at=timezone.now())
    post.send(Mail.objects.all())
    review.approve(Submission.objects.all(), by=dana)
    bo.mails.filter(kind=Mail.Kind.APPROVED).update(failed_tries=1)
    address = of_entry(AuditEntry.objects.get(action="approved"))
    page = as_dana.get(address)
    waits = "Mails: “approved” to 1 still waits"
    assert [text(item) for item in soup(page).select(".names li")][3:] == [
        "At Webex: nothing is done about 2.",
        f"{waits}, and is not sent: nobody has heard of it yet.",
        f"{waits}, and says how they stand when it is sent.",
        "Mails: the portal writes nothing to 1; their own page says how they stand.",
    ]
    as_dana.post(address, hidden(page))
    letters = Mail.objects.filter(kind=Mail.Kind.APPROVED).order_by("pk")
    assert [letter.state for letter in letters] == [Mail.State.OUTDATED, Mail.State.RETRIED]


def test_what_changed_meanwhile_is_shown_again_and_not_undone(as_rita: Client, approved: Submission) -> None:
    fields = hidden(as_rita.get(of_person(approved)))
    address = of_person(approved)
    Submission.objects.update(presence=Presence.UNCERTAIN, due_at="2026-11-02T09:00:00Z")
    again = as_rita.post(address, fields)
    assert text(soup(again).select_one(".errornote")).startswith("Nothing was undone")
    assert states() == [("approved", "uncertain", "approved")]


def test_a_double_click_undoes_once(as_rita: Client, approved: Submission) -> None:
    address = of_person(approved)
    fields = hidden(as_rita.get(address))
    as_rita.post(address, fields)
    again = as_rita.post(address, fields)
    assert (again.headers["Location"], said(again)) == (page_of(approved), ["success: Undone for 1 person."])
    assert states() == [("waiting", "registered", "approved")]


def test_what_somebody_else_undid_is_shown_as_changed(as_rita: Client, as_dana: Client, approved: Submission) -> None:
    address = of_person(approved)
    fields = hidden(as_rita.get(address))
    as_dana.post(address, fields)
    again = as_rita.post(address, fields)
    assert text(soup(again).select_one(".errornote")).startswith("Nothing was undone")
    assert "Nobody can be put back by this any more." in text(soup(again))


def test_who_may_only_look_undoes_nothing_and_eve_finds_nothing(
    as_vera: Client, as_eve: Client, approved: Submission, dana: User
) -> None:
    entry = noted(approved, by=dana)
    for address in (of_person(approved), of_entry(entry)):
        assert (as_vera.get(address).status_code, as_eve.get(address).status_code) == (403, 404)
        assert (as_vera.post(address).status_code, as_eve.post(address).status_code) == (403, 404)
    assert states() == [("approved", "registered", "approved")]


@pytest.mark.parametrize("kind", ["another's move", "no decision", "none"])
def test_only_a_decision_about_the_person_is_undone(as_rita: Client, approved: Submission, kind: str) -> None:
    other = SubmissionFactory()
    correction = approved.moves.create(subject="correction", at="2026-11-02T09:00:00Z")
    move = undo.last_of(approved)
    assert move is not None
    args = {
        "another's move": [other.pk, move.pk],
        "no decision": [approved.pk, correction.pk],
        "none": [approved.pk, 0],
    }
    assert as_rita.post(reverse("admin:registration_submission_undo", args=args[kind])).status_code == 404


def test_what_a_rule_decided_is_undone_from_the_persons_page(as_rita: Client) -> None:
    ann = SubmissionFactory()
    moves.decide(
        Submission.objects.all(), to=Decision.DECLINED, at=timezone.now(), reason="City equals “Bonn”: decline"
    )
    address = reverse("admin:registration_submission_undo", args=[ann.pk, ann.moves.get().pk])
    assert [str(link["href"]) for link in soup(as_rita.get(page_of(ann))).select("td a:-soup-contains('Undo')")] == [
        address
    ]
    page = as_rita.get(address)
    assert text(soup(page).select_one("#content form p")).startswith("Decided by a rule on ")
    assert said(as_rita.post(address, hidden(page))) == ["success: Undone for 1 person."]
    assert states() == [("waiting", "absent", "")]
    assert approval.for_a_person([Submission.objects.get()]) == {ann.pk}


def test_what_an_attendee_decided_is_not_undone(as_rita: Client) -> None:
    ann = SubmissionFactory(approved=True)
    moves.decide(Submission.objects.all(), to=Decision.CANCELLED, at=timezone.now(), reason="by the attendee")
    address = reverse("admin:registration_submission_undo", args=[ann.pk, ann.moves.get().pk])
    assert soup(as_rita.get(page_of(ann))).select("td a:-soup-contains('Undo')") == []
    assert (as_rita.get(address).status_code, as_rita.post(address).status_code) == (404, 404)


# --- many at once -----------------------------------------------------------------------------------------------------


def test_an_entry_of_the_audit_is_undone_and_says_who_is_left_and_why(as_dana: Client, dana: User) -> None:
    people = SubmissionFactory.create_batch(3)
    review.approve(Submission.objects.all(), by=dana)
    entry = noted(*people, by=dana)
    review.decline(Submission.objects.filter(pk=people[2].pk), by=dana, reason="No")
    page = as_dana.get(of_entry(entry))
    assert [text(item) for item in soup(page).select(".caution li")] == ["1: something else was decided since"]
    done = as_dana.post(of_entry(entry), hidden(page))
    assert done.headers["Location"] == reverse(SUBMISSIONS)
    assert said(done) == [
        "success: Undone for 2 people.",
        "warning: Left as they were: 1 (1: something else was decided since).",
    ]
    assert [decision for decision, *_ in states()] == ["waiting", "waiting", "declined"]


def test_what_the_rules_decided_about_many_at_once_is_undone_at_once(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(approval="rules")
    ApprovalRuleFactory(meeting=meeting, value="@example.com", result="reject")
    SubmissionFactory.create_batch(2, meeting=meeting)
    shown = rule_application.plan(meeting).fingerprint
    rule_application.apply(meeting, shown=shown, by=dana, at=timezone.now())
    address = of_entry(AuditEntry.objects.get(action=audit.Action.DECLINED))
    assert said(as_dana.post(address, hidden(as_dana.get(address)))) == ["success: Undone for 2 people."]
    assert [decision for decision, *_ in states()] == ["waiting", "waiting"]


def test_a_double_click_undoes_an_entry_once(as_dana: Client, dana: User) -> None:
    people = SubmissionFactory.create_batch(2)
    review.approve(Submission.objects.all(), by=dana)
    entry = noted(*people, by=dana)
    fields = hidden(as_dana.get(of_entry(entry)))
    as_dana.post(of_entry(entry), fields)
    again = as_dana.post(of_entry(entry), fields)
    assert (again.headers["Location"], said(again)) == (reverse(SUBMISSIONS), ["success: Undone for 2 people."])
    assert [decision for decision, *_ in states()] == ["waiting", "waiting"]


def test_undoing_declines_says_where_more_people_are_than_places(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(title="Launch", capacity=1)
    ann, _bo = SubmissionFactory(meeting=meeting, approved=True), SubmissionFactory(meeting=meeting, approved=True)
    review.decline(Submission.objects.filter(pk=ann.pk), by=dana, reason="No")
    address = of_person(Submission.objects.get(pk=ann.pk))
    page = as_dana.get(address)
    assert [text(item) for item in soup(page).select("p.caution")] == ["No place of “Launch” is free for 1 of them."]
    done = as_dana.post(address, hidden(page))
    assert said(done)[1:] == ["warning: “Launch” has 1 person more than places."]


def test_what_others_give_up_by_the_same_undo_is_free_for_those_who_get_a_place(as_rita: Client, rita: User) -> None:
    meeting = MeetingFactory(capacity=1, holds_decisions=True)
    ann, cy = SubmissionFactory(meeting=meeting), SubmissionFactory(meeting=meeting, decision=Decision.DECLINED)
    review.decline(Submission.objects.filter(pk=ann.pk), by=rita, reason="No")
    review.approve(Submission.objects.filter(pk=cy.pk), by=rita)
    address = reverse("admin:registration_meeting_outbox", args=[meeting.pk])
    as_rita.post(address, {"do": "release_all", "seen_at": timezone.now().isoformat()})
    assert [decision for decision, *_ in states()] == ["declined", "approved"]
    page = as_rita.get(of_entry(AuditEntry.objects.get(action="released")))
    assert [text(item) for item in soup(page).select("p.caution")] == []
    assert "Places: 1 has no place any more." in [text(item) for item in soup(page).select(".names li")]


def test_it_says_whose_place_becomes_free_and_that_the_first_in_line_gets_it(
    as_dana: Client, dana: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="at_once")
    cy = SubmissionFactory(meeting=meeting, email="cy@example.com", decision=Decision.DECLINED)
    review.approve(Submission.objects.filter(pk=cy.pk), by=dana)
    bo = SubmissionFactory(
        meeting=meeting, first_name="Bo", last_name="Lee", email="bo@example.com", decision=Decision.WAITLISTED
    )
    address = of_person(Submission.objects.get(pk=cy.pk))
    page = as_dana.get(address)
    freed = "Places: 1 has no place any more."
    moves_up = (
        "Waiting list: 1 gets a place that is free then, and the portal writes “a place from the waiting list” to "
        "them: Bo Lee."
    )
    assert [text(item) for item in soup(page).select(".names li")][2:] == [
        "At Webex: nothing is done about 1.",
        "Mails: the portal writes “declined” to 1.",
        freed,
        moves_up,
    ]
    Submission.objects.filter(pk=bo.pk).update(decision=Decision.CANCELLED)
    assert [text(item) for item in soup(as_dana.get(address)).select(".names li")][-1] == freed
    Submission.objects.filter(pk=bo.pk).update(decision=Decision.WAITLISTED)
    with django_capture_on_commit_callbacks(execute=True):
        as_dana.post(address, hidden(page))
    assert [decision for decision, *_ in states()] == ["declined", "waiting"]
    assert written() == [("cy@example.com", "declined"), ("bo@example.com", "moved_up")]


@pytest.mark.parametrize("waiting_list", ["none", "at_once", "offer"])
def test_who_goes_back_to_the_waiting_list_has_their_old_place_on_it(
    as_dana: Client, dana: User, waiting_list: str
) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list=waiting_list)
    cy = SubmissionFactory(meeting=meeting, first_name="Cy", last_name="Lee", decision=Decision.WAITLISTED)
    review.approve(Submission.objects.all(), by=dana)
    page = as_dana.get(of_person(Submission.objects.get(pk=cy.pk)))
    kind = "place offered" if waiting_list == "offer" else "a place from the waiting list"
    moves_up = f"Waiting list: 1 gets a place that is free then, and the portal writes “{kind}” to them: Cy Lee."
    assert [text(item) for item in soup(page).select(".names li")][4:] == [
        "Places: 1 goes back to their old place on the waiting list.",
        "Places: 1 has no place any more.",
        *([] if waiting_list == "none" else [moves_up]),
    ]


def test_it_says_whose_addresses_are_still_to_be_confirmed(as_dana: Client, dana: User) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(confirms_address=True), confirm_by="2027-11-02T09:00:00Z")
    ann.mails.create(kind="confirm", queued_at=ann.submitted_at)
    review.decline(Submission.objects.all(), by=dana, reason="No")
    page = as_dana.get(of_person(Submission.objects.get()))
    assert [text(item) for item in soup(page).select(".names li")][2:] == [
        "At Webex: nothing is done about 1.",
        "Mails: “declined” to 1 still waits, and is not sent: nobody has heard of it yet.",
        "Mails: the portal writes “confirm your address” to 1.",
        "Addresses: 1 has to confirm theirs before anything is decided, with as much time as whoever signs up now.",
    ]


def test_it_says_whom_a_rule_holds_for_review_again_who_is_found_by_that(as_dana: Client, dana: User) -> None:
    dee = SubmissionFactory(first_name="Dee", last_name="Ray")
    moves.hold_for_review(Submission.objects.all(), words="City equals “Bonn”: hold for review", at=timezone.now())
    review.approve(Submission.objects.all(), by=dana)
    page = as_dana.get(of_person(Submission.objects.get()))
    assert [text(item) for item in soup(page).select(".names li")][-1] == (
        "Review: 1 is held for review again, by the rule that held them."
    )
    as_dana.post(of_person(Submission.objects.get()), hidden(page))
    found = soup(as_dana.get(reverse(SUBMISSIONS), {"held": "rule"})).select("#result_list tbody tr")
    assert len(found) == 1
    assert "City equals “Bonn”: hold for review" in text(soup(as_dana.get(page_of(dee))))


@pytest.mark.parametrize("action", ["viewed", "noted", "edited"])
def test_what_is_no_decision_cannot_be_undone(as_dana: Client, approved: Submission, dana: User, action: str) -> None:
    entry = audit.note_people(dana, audit.Action(action), [approved.pk])
    assert entry is not None
    assert as_dana.get(of_entry(entry)).status_code == 404


# --- reasons to decline with ------------------------------------------------------------------------------------------


@pytest.fixture
def mia(db: None) -> User:
    """She manages one meeting."""
    user = User.objects.create_user("mia", is_staff=True)
    RoleAssignment.objects.create(user=user, role="manager", meeting=MeetingFactory(title="Hers"))
    return user


def test_a_manager_prepares_reasons_for_her_meeting_only(client: Client, mia: User) -> None:
    hers, other = Meeting.objects.get(), MeetingFactory(title="Secret")
    everywhere = DeclineReason.objects.create(title="For all", text="No.")
    DeclineReason.objects.create(title="Of another", text="No.", meeting=other)
    client.force_login(mia)
    assert [row[:2] for row in rows(client.get(reverse(REASONS)))] == [["For all", "every meeting"]]
    add = reverse("admin:registration_declinereason_add")
    page = client.get(add)
    assert "Secret" not in page.content.decode()
    fields = fields_of(page) | {"title": "Full", "text": "The room is full."}
    for meeting in ("", str(other.pk)):
        assert soup(client.post(add, fields | {"meeting": meeting})).select(".errorlist li")
    client.post(add, fields | {"meeting": str(hers.pk)})
    assert DeclineReason.objects.get(title="Full").meeting == hers
    assert client.post(page_of(everywhere), {"title": "x", "text": "x"}).status_code == 403


def test_a_reviewer_chooses_from_the_reasons_and_changes_none(as_dana: Client, client: Client) -> None:
    ann, bo = SubmissionFactory(), SubmissionFactory()
    rob = User.objects.create_user("rob", is_staff=True)
    RoleAssignment.objects.create(user=rob, role="reviewer")
    reason = DeclineReason.objects.create(title="For all", text="No.")
    DeclineReason.objects.create(title="For Ann's", text="No, Ann.", meeting=ann.meeting)
    client.force_login(rob)
    assert client.post(page_of(reason), {"title": "x", "text": "x"}).status_code == 403
    offered = [text(option) for option in soup(press(client, "decline", ann.pk)).select("#id_prepared option")]
    assert offered == ["none: type it below", "For Ann's", "For all"]
    of_both = [
        text(option) for option in soup(choose(client, "decline", [ann.pk, bo.pk])).select("#id_prepared option")
    ]
    assert of_both == ["none: type it below", "For all"]


def test_a_line_break_in_a_prepared_reason_counts_as_one_character(as_dana: Client) -> None:
    add = reverse("admin:registration_declinereason_add")
    fields = fields_of(as_dana.get(add)) | {"title": "Full", "text": "x\r\n" * 499 + "xx"}
    assert as_dana.post(add, fields).status_code == 302
    assert DeclineReason.objects.get().text == "x\n" * 499 + "xx"


def test_who_manages_every_meeting_prepares_reasons_for_every_one(as_dana: Client) -> None:
    add = reverse("admin:registration_declinereason_add")
    page = as_dana.get(add)
    as_dana.post(add, fields_of(page) | {"title": "Full", "text": "<b>Full</b>"})
    assert [(reason.title, reason.meeting) for reason in DeclineReason.objects.all()] == [("Full", None)]
    assert rows(as_dana.get(reverse(REASONS))) == [["Full", "every meeting", "<b>Full</b>"]]


def test_the_message_about_many_leads_to_undoing_it_and_so_does_the_audit(as_dana: Client, as_rita: Client) -> None:
    people = SubmissionFactory.create_batch(2, meeting=MeetingFactory())
    response = choose(as_dana, "approve", [person.pk for person in people])
    entry = AuditEntry.objects.get(action="approved")
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert told == [f'2 approved. <a href="{of_entry(entry, back=reverse(SUBMISSIONS))}">Undo …</a>']
    page = as_dana.get(page_of(entry))
    assert [str(link["href"]) for link in soup(page).select("a.button")] == [of_entry(entry, back=page_of(entry))]
    listed = AuditEntry.objects.filter(action="listed").first() or audit.note(entry.by, audit.Action.LISTED)
    page = as_dana.get(reverse("admin:registration_auditentry_change", args=[listed.pk]))
    assert soup(page).select("a.button") == []


def test_what_was_decided_about_people_of_several_meetings_is_undone_at_once(as_dana: Client) -> None:
    people = SubmissionFactory.create_batch(3)
    response = choose(as_dana, "approve", [person.pk for person in people])
    entries = list(AuditEntry.objects.filter(action="approved").order_by("pk"))
    assert [entry.meeting for entry in entries] == [person.meeting for person in people]
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert told == [f'3 approved. <a href="{of_entry(entries[0], back=reverse(SUBMISSIONS))}">Undo …</a>']
    done = as_dana.post(of_entry(entries[2]), hidden(as_dana.get(of_entry(entries[2]))))
    assert (done.headers["Location"], said(done)) == (reverse(SUBMISSIONS), ["success: Undone for 3 people."])
    assert [decision for decision, *_ in states()] == ["waiting"] * 3
    undone = AuditEntry.objects.filter(action="undone").order_by("pk").values_list("meeting", "count")
    assert list(undone) == [(person.meeting_id, 1) for person in people]


@pytest.mark.parametrize("is_on_their_page", [False, True])
def test_the_message_leads_to_undoing_it_and_back_to_where_one_was(as_dana: Client, is_on_their_page: bool) -> None:
    ann = SubmissionFactory()
    here = page_of(ann) if is_on_their_page else f"{reverse(SUBMISSIONS)}?decision__exact=waiting"
    if is_on_their_page:
        response = press(as_dana, "approve", ann.pk)
    else:
        response = as_dana.post(here, {"action": "approve", "_selected_action": [ann.pk], "index": "0"})
    address = of_entry(AuditEntry.objects.get(action="approved"), back=here)
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert told == [f'1 approved. <a href="{address}">Undo …</a>']
    done = as_dana.post(address, hidden(as_dana.get(address)))
    assert (done.headers["Location"], said(done)) == (here, ["success: Undone for 1 person."])
    assert states() == [("waiting", "absent", "")]


def test_a_message_about_nobody_leads_nowhere(as_dana: Client) -> None:
    response = choose(as_dana, "approve", [SubmissionFactory(approved=True).pk])
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert told == ["Left as they were: 1 (1 was approved already)."]


def test_a_release_of_several_decisions_is_undone_at_once(as_rita: Client, rita: User) -> None:
    people = SubmissionFactory.create_batch(3, meeting=MeetingFactory(holds_decisions=True))
    review.approve(Submission.objects.filter(pk=people[0].pk), by=rita)
    for person, reason in zip(people[1:], ("Full.", "Late."), strict=True):
        review.decline(Submission.objects.filter(pk=person.pk), by=rita, reason=reason)
    address = reverse("admin:registration_meeting_outbox", args=[people[0].meeting_id])
    response = as_rita.post(address, {"do": "release_all", "seen_at": timezone.now().isoformat()})
    entry = AuditEntry.objects.get(action="released")
    told = [str(message) for message in get_messages(response.wsgi_request)]
    undoing = of_entry(entry, back=address)
    assert told == [f'3 released. <a href="{undoing}">Undo …</a>']
    done = as_rita.post(undoing, hidden(as_rita.get(undoing)))
    assert (done.headers["Location"], said(done)) == (address, ["success: Undone for 3 people."])
    assert [decision for decision, *_ in states()] == ["waiting"] * 3


def test_where_decisions_are_held_it_says_that_undoing_is_not(as_dana: Client, approved: Submission) -> None:
    Meeting.objects.update(holds_decisions=True)
    choose(as_dana, "decline", [approved.pk], reason="Full.")
    choose(as_dana, "reopen", [approved.pk])
    follows = [text(item) for item in soup(as_dana.get(of_person(approved))).select(".names li")]
    assert follows[-2:] == [
        "Outbox: undoing is not held, it counts at once.",
        "Outbox: what is held of 1 is forgotten.",
    ]
    undone = as_dana.post(of_person(approved), hidden(as_dana.get(of_person(approved))))
    assert said(undone) == ["success: Undone for 1 person."]
    assert list(Submission.objects.values_list("decision", "held_decision")) == [("waiting", "")]
