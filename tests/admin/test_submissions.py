"""The submissions in the admin: the list, one person's page, and who may do what."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.flow import moves
from registration.models import Answer, Batch, BatchItem, Mail, Move, SecondSignUp, Submission
from registration.states import Decision, Presence, WebexStatus
from tests.admin.pages import (
    SUBMISSIONS,
    answer_of,
    buttons,
    choose,
    facts,
    page_of,
    press,
    rows,
    said,
    soup,
    states,
    text,
)
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import delivered, written

ACTIONS = [
    "approve",
    "decline",
    "reopen",
    "send_again",
    "mail_again",
    "replace_links",
    "push_now",
    "sync_now",
    "nonsense",
]

# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_tells_the_states_in_words_and_not_by_colour_alone(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    SubmissionFactory(
        meeting=meeting,
        first_name="Ann",
        last_name="Lee",
        email="Ann@Example.com",
        decision=Decision.APPROVED,
        presence=Presence.REGISTERED,
        webex_status=WebexStatus.PENDING,
        submitted_at="2026-11-01T09:05:00Z",
    )
    SubmissionFactory(
        meeting=meeting, first_name="Bo", last_name="Ek", email="bo@example.com", submitted_at="2026-10-31T09:05:00Z"
    )
    assert rows(as_dana.get(reverse(SUBMISSIONS))) == [
        ["Ann Lee", "✓ approved", "✓ at Webex", "○ pending", "Ann@Example.com", "Launch", "2026-11-01 09:05", "–"],
        ["Bo Ek", "○ waiting for review", "– not at Webex", "–", "bo@example.com", "Launch", "2026-10-31 09:05", "–"],
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"decision__exact": "approved"}, ["Ann"]),
        ({"presence__exact": "absent"}, ["Bo"]),
        ({"webex_status": "rejected"}, ["Ann"]),
        ({"webex_status": "none"}, ["Bo"]),
        ({"q": "LEE"}, ["Ann"]),
        ({"q": "ANN@example.COM"}, ["Ann"]),
        ({"q": "Acme"}, ["Bo"]),
        ({"q": "K7QX-93MP"}, ["Ann"]),
        ({"submitted_from": "2026-11-02", "submitted_until": "2026-11-02"}, ["Bo"]),
    ],
)
def test_the_list_is_filtered_and_searched(as_dana: Client, query: dict[str, str], expected: list[str]) -> None:
    SubmissionFactory(
        first_name="Ann",
        last_name="Lee",
        email="ann@example.com",
        reference="K7QX-93MP",
        decision=Decision.APPROVED,
        presence=Presence.REGISTERED,
        webex_status=WebexStatus.REJECTED,
        submitted_at="2026-11-01T09:00:00Z",
    )
    SubmissionFactory(first_name="Bo", last_name="Ek", company_name="Acme", submitted_at="2026-11-02T09:00:00Z")
    names = [row[0].split()[0] for row in rows(as_dana.get(reverse(SUBMISSIONS), query))]
    assert names == expected


def test_the_list_of_one_meeting_shows_only_its_people(as_dana: Client) -> None:
    mine, other = SubmissionFactory(first_name="Ann", last_name="Lee"), SubmissionFactory()
    found = rows(as_dana.get(reverse(SUBMISSIONS), {"meeting__id__exact": mine.meeting_id}))
    assert [row[0] for row in found] == ["Ann Lee"]
    assert other.meeting_id != mine.meeting_id


@pytest.mark.parametrize("size", [2, 20])
def test_the_list_needs_as_many_queries_for_twenty_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    meeting = MeetingFactory()
    SubmissionFactory.create_batch(size, meeting=meeting, submitted_at="2026-11-01T09:00:00Z")
    with django_assert_num_queries(12):
        assert len(rows(as_dana.get(reverse(SUBMISSIONS)))) == size


def test_nobody_is_added_changed_or_deleted_here(as_dana: Client) -> None:
    submission = SubmissionFactory(first_name="Ann")
    assert as_dana.get(reverse("admin:registration_submission_add")).status_code == 403
    assert as_dana.post(page_of(submission), {"first_name": "Eve"}).status_code == 403
    assert as_dana.post(reverse("admin:registration_submission_delete", args=[submission.pk])).status_code == 403
    response = choose(as_dana, "delete_selected", [submission.pk])
    assert said(response) == ["warning: No action selected."]
    assert list(Submission.objects.values_list("first_name")) == [("Ann",)]


# --- one person's page ------------------------------------------------------------------------------------------------


def test_the_page_shows_everything_known_of_the_person(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(title="Launch")
    ann = SubmissionFactory(
        meeting=meeting,
        first_name="Ann",
        last_name="Lee",
        email="ann@example.com",
        zip_code="02139",
        reference="K7QX-93MP",
        submitted_at="2026-11-01T09:00:00Z",
        decision=Decision.APPROVED,
        decided_at="2026-11-02T09:00:00Z",
        presence=Presence.REFUSED,
        presence_at="2026-11-03T09:00:00Z",
        refusal="countryRegion is not known",
        registrant_id="r-1",
        registration_id="42",
    )
    topics = QuestionFactory(meeting=meeting, text="Topics?")
    for position, (question, question_text, answer) in enumerate(
        [(topics, "Which topics?", "Rooms"), (topics, "Which topics?", "Prices"), (None, "Gone?", "One\nTwo")]
    ):
        Answer.objects.create(
            submission=ann, question=question, question_text=question_text, text=answer, position=position
        )
    Move.objects.create(
        submission=ann, subject="decision", before="waiting", after="approved", at="2026-11-02T09:00:00Z", by=dana
    )
    batch = Batch.objects.create(
        meeting=meeting, action=Batch.Action.REGISTER, size=1, started_at="2026-11-03T09:00:00Z", outcome="refused"
    )
    BatchItem.objects.create(batch=batch, submission=ann, outcome="refused")
    mails: list[dict[str, Any]] = [
        {"kind": "received", "sent_at": "2026-11-01T09:00:30Z"},
        {"kind": "known", "failed_tries": 9, "failure": "SMTPRecipientsRefused"},
        {"kind": "received", "failed_tries": 1, "failure": "TimeoutError", "due_at": "2026-11-03T09:01:00Z"},
    ]
    for hour, mail in enumerate(mails, start=7):
        Mail.objects.create(submission=ann, queued_at=f"2026-11-01T0{hour}:00:00Z", **mail)

    response = as_dana.get(page_of(ann))

    assert facts(response) == {
        "Meeting": "Launch",
        "Reference": "K7QX-93MP",
        "Submitted": "2026-11-01 09:00:00 UTC",
        "Decision": "✓ approved 2026-11-02 09:00:00 UTC",
        "First name": "Ann",
        "Last name": "Lee",
        "E-mail address": "ann@example.com",
        "Postal code": "02139",
        "Language": "en",
        "Which topics?": "Rooms | Prices",
        "Gone?": "One Two",
        "Presence": "✗ refused by Webex since 2026-11-03 09:00:00 UTC",
        "Webex status": "–",
        "Webex’s words": "countryRegion is not known",
        "Registrant id": "r-1",
        "Registration id": "42",
    }
    assert [text(row) for row in soup(response).select(".wide-table tbody tr")] == [
        "received ? failed, tried again 2026-11-01 09:00:00 – 1 TimeoutError 2026-11-03 09:01:00",
        "signed up again ✗ given up 2026-11-01 08:00:00 – 9 SMTPRecipientsRefused –",
        "received ✓ sent 2026-11-01 07:00:00 2026-11-01 09:00:30 0 – –",
        "2026-11-02 09:00:00 decision ○ waiting for review ✓ approved dana Undo …",
        f"register #{batch.pk} 2026-11-03 09:00:00 scheduled command ✗ refused by Webex ✗ refused by Webex",
    ]
    assert [link["href"] for link in soup(response).select(".wide-table a")] == [
        *(page_of(mail) for mail in ann.mails.all()),
        reverse("admin:registration_submission_undo", args=[ann.pk, ann.moves.get().pk]),
        reverse("admin:registration_batch_change", args=[batch.pk]),
    ]


def test_the_page_shows_what_was_typed_the_second_time_where_it_differs(as_dana: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    assert soup(as_dana.get(page_of(ann))).select(".second-sign-up") == []
    second = SecondSignUp.objects.create(
        submission=ann, at="2026-11-02T09:00:00Z", values={"last_name": "Lee"}, answers=[]
    )
    words = (
        "Signed up again On 2026-11-02 09:00:00 UTC somebody signed up again with this e-mail address; it may have "
        "been somebody else. Nothing was changed."
    )
    assert [text(part) for part in soup(as_dana.get(page_of(ann))).select(".second-sign-up")] == [
        f"{words} The same was typed."
    ]
    second.values = {"last_name": "<b>Low</b>", "city": "Bonn"}
    second.save()
    page = soup(as_dana.get(page_of(ann)))
    assert [text(row) for row in page.select(".second-sign-up tbody tr")] == [
        "Last name Lee <b>Low</b>",
        "City – Bonn",
    ]
    assert page.select(".second-sign-up :is(a, b, input)") == []


@pytest.mark.parametrize(
    ("decision", "presence", "webex_status", "expected"),
    [
        ("waitlisted", "absent", "", ["Approve", "Decline …", "Put back to review"]),
        ("waiting", "absent", "", ["Approve", "Decline …"]),
        ("waiting", "registered", "approved", ["Approve", "Decline …", "Push to Webex now", "Sync statuses now"]),
        ("approved", "absent", "", ["Decline …", "Put back to review", "Push to Webex now"]),
        ("approved", "sending", "", ["Decline …", "Put back to review", "Push to Webex now"]),
        ("approved", "uncertain", "", ["Decline …", "Put back to review", "Push to Webex now"]),
        ("approved", "refused", "", ["Decline …", "Put back to review", "Send again if Webex refused"]),
        ("approved", "registered", "approved", ["Decline …", "Put back to review", "Sync statuses now"]),
        ("declined", "refused", "", ["Approve", "Put back to review"]),
        ("declined", "registered", "rejected", ["Approve", "Put back to review", "Sync statuses now"]),
        ("cancelled", "absent", "", ["Put back to review"]),
    ],
)
def test_a_button_is_there_where_it_can_do_something(
    as_rita: Client, decision: str, presence: str, webex_status: str, expected: list[str]
) -> None:
    ann = SubmissionFactory(decision=decision, presence=presence, webex_status=webex_status)
    always = ["Replace the link to their page", "Correct the answers"]
    assert buttons(as_rita.get(page_of(ann))) == [*expected, *always]


def test_whoever_has_been_mailed_is_mailed_again_but_not_twice(as_rita: Client) -> None:
    ann = SubmissionFactory(email="ann@example.com")
    Mail.objects.create(submission=ann, kind=Mail.Kind.RECEIVED, queued_at="2026-11-01T09:00:00Z")
    assert "Send their mail again" in buttons(as_rita.get(page_of(ann)))
    press(as_rita, "mail_again", ann.pk)
    assert said(press(as_rita, "mail_again", ann.pk)) == [
        "success: 1 mail is on its way.",
        "warning: Left as they were: 1 (1 has one on its way already, or was erased).",
    ]
    assert [message.to for message in delivered()] == [["ann@example.com"]]


def test_what_an_attendee_wrote_is_never_markup(as_dana: Client) -> None:
    evil = "<script>alert(1)</script>"
    question = QuestionFactory(text="Topics?")
    ann = SubmissionFactory(
        meeting=question.meeting, first_name=evil, last_name='"><img src=x onerror=alert(1)>', company_name=evil
    )
    Answer.objects.create(submission=ann, question=question, question_text=evil, text=evil)
    shown = answer_of(press(as_dana, "decline", ann.pk))["shown"]
    press(as_dana, "decline", ann.pk, reason=evil, shown=shown)
    assert Submission.objects.get().decision_reason == evil
    for response in (
        as_dana.get(reverse(SUBMISSIONS)),
        as_dana.get(page_of(ann)),
        press(as_dana, "decline", ann.pk),
    ):
        page = soup(response)
        assert [script for script in page.select("script") if not script.get("src")] == []
        assert page.select("img[src=x]") == []
        assert evil in page.get_text()


def test_the_attendees_secret_is_on_no_page_of_staff(as_dana: Client) -> None:
    ann = SubmissionFactory()
    for address in (reverse(SUBMISSIONS), page_of(ann)):
        assert ann.token not in as_dana.get(address).content.decode()


@pytest.mark.parametrize("size", [2, 20])
def test_the_page_needs_as_many_queries_for_twenty_answers_as_for_two(
    as_dana: Client, dana: User, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    ann = SubmissionFactory()
    for n in range(size):
        question = QuestionFactory(meeting=ann.meeting)
        Answer.objects.create(submission=ann, question=question, question_text=f"{n}?", text="yes", position=n)
        Move.objects.create(submission=ann, subject="decision", after="approved", at="2026-11-02T09:00:00Z", by=dana)
        batch = Batch.objects.create(
            meeting=ann.meeting, action="register", size=1, started_at="2026-11-03T09:00:00Z", requested_by=dana
        )
        BatchItem.objects.create(batch=batch, submission=ann)
        Mail.objects.create(submission=ann, kind=Mail.Kind.KNOWN, queued_at="2026-11-03T09:00:00Z")
    with django_assert_num_queries(17):
        assert len(soup(as_dana.get(page_of(ann))).select(".wide-table tbody tr")) == 3 * size


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_only_looks_sees_no_buttons_and_no_actions(as_vera: Client) -> None:
    ann = SubmissionFactory()
    assert buttons(as_vera.get(page_of(ann))) == []
    assert soup(as_vera.get(reverse(SUBMISSIONS))).select("select[name=action]") == []


@pytest.mark.parametrize("action", ACTIONS)
def test_who_only_looks_can_do_nothing(as_vera: Client, as_dana: Client, action: str) -> None:
    ann = SubmissionFactory(approved=True)
    shown = answer_of(press(as_dana, "decline", ann.pk))["shown"]
    assert press(as_vera, action, ann.pk, reason="x", shown=shown).status_code == 403
    choose(as_vera, action, [ann.pk], reason="x", shown=shown)
    assert states() == [("approved", "absent", "")]
    assert (Move.objects.count(), Batch.objects.count(), written()) == (0, 0, [])


def test_a_reviewer_decides(as_rita: Client) -> None:
    ann = SubmissionFactory()
    assert said(press(as_rita, "approve", ann.pk)) == ["success: 1 approved."]


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    ann = SubmissionFactory()
    for response in (client.get(page_of(ann)), client.get(reverse(SUBMISSIONS)), press(client, "approve", ann.pk)):
        assert response.status_code == 302
        assert response.headers["Location"].partition("?")[0] == reverse("admin:login")
    assert states() == [("waiting", "absent", "")]


def test_a_get_changes_nothing_and_leads_to_the_page(as_dana: Client) -> None:
    ann = SubmissionFactory()
    response = as_dana.get(reverse("admin:registration_submission_act", args=[ann.pk, "approve"]))
    assert (response.status_code, response.headers["Location"]) == (302, page_of(ann))
    assert states() == [("waiting", "absent", "")]


def test_a_button_without_the_csrf_token_does_nothing(dana: User) -> None:
    ann = SubmissionFactory()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(dana)
    assert press(browser, "approve", ann.pk).status_code == 403
    assert states() == [("waiting", "absent", "")]


def test_somebody_who_is_not_there_is_not_found(as_dana: Client) -> None:
    assert press(as_dana, "approve", 4711).status_code == 404


# --- what rules do ----------------------------------------------------------------------------------------------------


def test_whom_a_rule_holds_is_told_from_the_others_with_the_rule(as_vera: Client) -> None:
    ann, now = SubmissionFactory(), timezone.now()
    moves.hold_for_review(Submission.objects.all(), words="City equals “<Bonn>”: hold for review", at=now)
    page = as_vera.get(page_of(ann))
    assert facts(page)["Decision"] == "○ waiting for review ⚑ held for review"
    words = "by the rule “City equals “<Bonn>”: hold for review”"
    assert facts(page)["Held for review"] == words
    [row] = [[text(cell) for cell in line.select("td")] for line in soup(page).select(".module tbody tr")]
    assert row[1:] == ["held for review", "–", "–", "–", words]
    assert rows(as_vera.get(reverse(SUBMISSIONS)))[0][1] == "○ waiting for review ⚑ held for review"
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=now)
    assert "Held for review" not in facts(as_vera.get(page_of(ann)))


@pytest.mark.parametrize(
    ("is_by_person", "told"),
    [(False, "by the rule “City equals “Bonn”: decline”"), (True, "City equals “Bonn”: decline")],
)
def test_what_a_rule_decided_names_the_rule(as_vera: Client, rita: User, is_by_person: bool, told: str) -> None:
    ann = SubmissionFactory()
    by = rita if is_by_person else None
    moves.decide(
        Submission.objects.all(), to=Decision.DECLINED, at=timezone.now(), reason="City equals “Bonn”: decline", by=by
    )
    page = as_vera.get(page_of(ann))
    assert facts(page)["Reason"] == told
    [row] = [[text(cell) for cell in line.select("td")] for line in soup(page).select(".module tbody tr")]
    assert row[-1] == told


@pytest.mark.parametrize(
    ("approval", "is_by_person", "told"),
    [
        ("automatic", False, "approved at once, as the meeting says"),
        ("automatic", True, ""),
        ("manual", False, ""),
    ],
)
def test_what_the_meeting_approves_at_once_says_so(
    as_vera: Client, rita: User, approval: str, is_by_person: bool, told: str
) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(approval=approval))
    by = rita if is_by_person else None
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=timezone.now(), by=by)
    moves.decide(Submission.objects.all(), to=Decision.CANCELLED, at=timezone.now())
    page = as_vera.get(page_of(ann))
    found = [[text(cell) for cell in line.select("td")][-1] for line in soup(page).select(".module tbody tr")]
    assert found == ["", told]
    assert "Reason" not in facts(page)
