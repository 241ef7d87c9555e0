"""What each kind of mail says, in text and HTML, in the states in which it is written."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.utils import timezone

from registration import wording
from registration.flow import offers, review
from registration.mail.own_words import PORTAL
from registration.models import Mail, MailText, Submission
from registration.states import Decision, Presence, WebexStatus
from tests.cast import SubmissionFactory
from tests.letters import delivered
from tests.mail.people import START, ann, mail_of, sent

Kind = Mail.Kind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(START - timedelta(days=20), tick=False):
        yield


def lines_of(body: Any) -> list[str]:
    return [line for line in str(body).splitlines() if line]


def links_of(html: str) -> list[str]:
    return [str(link["href"]) for link in BeautifulSoup(html, "html.parser").find_all("a")]


SUBJECTS = {
    Kind.CONFIRM: "Please confirm your address: Launch",
    Kind.RECEIVED: "Your registration K7QX-93MP: Launch",
    Kind.KNOWN: "We have your registration already, K7QX-93MP: Launch",
    Kind.WAITLISTED: "You are on the waiting list, K7QX-93MP: Launch",
    Kind.OFFERED: "A place is kept for you, K7QX-93MP: Launch",
    Kind.MOVED_UP: "You have moved up from the waiting list, K7QX-93MP: Launch",
    Kind.PLACE_LOST: "Your place has been given up, K7QX-93MP: Launch",
    Kind.APPROVED: "Your registration is approved, K7QX-93MP: Launch",
    Kind.DECLINED: "About your registration K7QX-93MP: Launch",
    Kind.BACK_IN_REVIEW: "Your registration is being reviewed again, K7QX-93MP: Launch",
    Kind.CHANGED: "Your registration was changed, K7QX-93MP: Launch",
    Kind.CANCELLED: "Your registration is cancelled, K7QX-93MP: Launch",
    Kind.REMINDER: "It starts soon: Launch",
    Kind.NEW_LINK: "Your own page has a new address, K7QX-93MP: Launch",
    Kind.NEWS: "The meeting has changed: Launch",
}


def test_every_kind_has_words_of_its_own() -> None:
    assert set(PORTAL) == set(Kind) == set(SUBJECTS)
    assert len({str(words.text) for words in PORTAL.values()}) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_has_the_frame_in_text_and_html_and_nothing_from_elsewhere(kind: Kind) -> None:
    submission = ann(kind)
    mail = mail_of(submission, kind)
    status = wording.status_of(submission, position=1)
    lines = lines_of(mail.body)
    assert mail.subject == SUBJECTS[kind]
    assert lines[0] == "Hello Ann Lee,"
    assert lines[lines.index("Meeting: Launch") :][:4] == [
        "Meeting: Launch",
        "When: Tuesday, 5 January 2027, 10:00 to 11:00 (Europe/Berlin)",
        "Reference: K7QX-93MP",
        f"Status: {status.headline}",
    ]
    assert lines[-2:] == [
        "Keep this address to yourself: whoever has it can see your registration.",
        "You can change your answers on your own page. For anything else, answer this mail and give your reference."
        if submission.decision not in {Decision.DECLINED, Decision.CANCELLED}
        else "Must something be changed? Answer this mail and give your reference.",
    ]
    html = str(mail.alternatives[0][0])
    words = " ".join(BeautifulSoup(html, "html.parser").get_text().split())
    labels = ("Meeting:", "When:", "Status:", "Your own page:", "http")
    assert [line for line in lines if not line.startswith(labels) and line.rstrip(":") not in words] == []
    assert BeautifulSoup(html, "html.parser").find_all(["img", "script", "link", "style", "form"]) == []
    assert "{" not in mail.body + html
    own_page = f"http://testserver/registrations/{submission.token}/"
    assert set(links_of(html)) == {line for line in lines if line.startswith("http")}
    assert own_page in links_of(html)


@pytest.mark.parametrize(
    ("kind", "way", "label"),
    [
        (Kind.CONFIRM, "confirm/", "Confirm your address"),
        (Kind.OFFERED, "place/", "Take the place, or leave it"),
        (Kind.APPROVED, "", "Open your own page"),
    ],
)
def test_the_button_leads_to_what_its_owner_can_do(kind: Kind, way: str, label: str) -> None:
    submission = ann(kind)
    mail = mail_of(submission, kind)
    own_page = f"http://testserver/registrations/{submission.token}/"
    assert links_of(str(mail.alternatives[0][0]))[0] == own_page + way
    lines = lines_of(mail.body)
    assert lines[lines.index(f"{label}:") + 1] == own_page + way


@pytest.mark.parametrize("kind", [Kind.KNOWN, Kind.RECEIVED, Kind.NEW_LINK])
def test_whoever_has_not_confirmed_their_address_can_do_so_from_any_mail(kind: Kind) -> None:
    submission = ann(Kind.CONFIRM)
    assert f"http://testserver/registrations/{submission.token}/confirm/" in lines_of(mail_of(submission, kind).body)


@pytest.mark.parametrize("kind", [Kind.OFFERED, Kind.KNOWN])
def test_whom_a_place_is_offered_is_led_to_it_also_before_the_address_is_confirmed(kind: Kind) -> None:
    submission = ann(Kind.OFFERED, confirm_by=timezone.now() + timedelta(hours=48))
    lines = lines_of(mail_of(submission, kind).body)
    assert "Status: A place is yours if you want it" in lines
    assert lines[lines.index("Take the place, or leave it:") + 1].endswith("/place/")
    assert [line for line in lines if line.endswith("/confirm/")] == []


def test_whoever_signs_up_again_after_cancelling_is_led_to_where_they_can_register_again() -> None:
    submission = ann(Kind.KNOWN, decision=Decision.CANCELLED)
    mail = sent(submission, Kind.KNOWN)
    assert mail is not None
    lines = lines_of(mail.body)
    assert "Status: Cancelled" in lines
    again = f"http://testserver/registrations/{submission.token}/again/"
    assert lines[lines.index("Register again:") + 1] == again
    assert again not in lines_of(mail_of(submission, Kind.CANCELLED).body)


NOT_REGISTERED = "you are not registered for “Launch” at the moment: your registration was cancelled"
AGAIN = (
    "You, or somebody who knows your e-mail address, signed up for it again, and that alone changes nothing. What was "
    "typed this time is kept on your own page, beside what you told us before."
)


@pytest.mark.parametrize(
    ("meeting", "words", "button"),
    [
        ({}, f"{NOT_REGISTERED}, and you can register again on your own page.", "Register again:"),
        (
            {"capacity": 0, "waiting_list": "at_once"},
            f"{NOT_REGISTERED}. All places are taken, but you can join the waiting list on your own page.",
            "Register again:",
        ),
        (
            {"capacity": 0},
            f"{NOT_REGISTERED}, and all places are taken. As soon as you can register again, your own page says so.",
            "Open your own page:",
        ),
        (
            {"opens_at": START - timedelta(days=1)},
            f"{NOT_REGISTERED}, and registration is not open. As soon as you can register again, your own page says "
            "so.",
            "Open your own page:",
        ),
        *(
            (
                closed,
                "you are not registered for “Launch”: your registration was cancelled. Nobody can register for it now.",
                "Open your own page:",
            )
            for closed in (
                {"closes_at": START - timedelta(days=21)},
                {"is_published": False},
                {"is_cancelled": True},
                {"start_at": START - timedelta(days=21)},
            )
        ),
    ],
)
def test_whoever_cancelled_and_signs_up_again_reads_that_they_are_not_registered_and_what_they_can_do(
    meeting: dict[str, Any], words: str, button: str
) -> None:
    submission = ann(Kind.KNOWN, decision=Decision.CANCELLED, meeting=meeting)
    MailText.objects.create(meeting=submission.meeting, kind=Kind.KNOWN, subject="Known", text="you are registered.")
    mail = sent(submission, Kind.KNOWN)
    assert mail is not None
    lines = lines_of(mail.body)
    assert (mail.subject, lines[:3]) == (
        "You are not registered at the moment, K7QX-93MP: Launch",
        ["Hello Ann Lee,", words, AGAIN],
    )
    assert [line for line in lines if line in {"Register again:", "Open your own page:"}] == [button]


def test_whoever_was_declined_and_signs_up_again_reads_that_they_were_declined() -> None:
    submission = ann(Kind.KNOWN, decision=Decision.DECLINED)
    MailText.objects.create(meeting=submission.meeting, kind=Kind.KNOWN, subject="Known", text="you are registered.")
    mail = sent(submission, Kind.KNOWN)
    assert mail is not None
    assert (mail.subject, lines_of(mail.body)[:3]) == (
        "Your registration was declined, K7QX-93MP: Launch",
        [
            "Hello Ann Lee,",
            "you are not registered for “Launch”: the organisers declined your registration.",
            AGAIN,
        ],
    )


def test_whoever_is_registered_and_signs_up_again_reads_the_meeting_s_own_words() -> None:
    submission = ann(Kind.KNOWN)
    MailText.objects.create(meeting=submission.meeting, kind=Kind.KNOWN, subject="Known", text="you are registered.")
    mail = sent(submission, Kind.KNOWN)
    assert mail is not None
    assert (mail.subject, lines_of(mail.body)[1]) == ("Known", "you are registered.")


def answered_offer(answer: Callable[..., bool], **own: str) -> list[str]:
    """The one mail after an offered place was taken, or left: its subject, and how it begins."""
    submission = ann(Kind.OFFERED, offer_ends_at=timezone.now() + timedelta(hours=1))
    for kind, text in own.items():
        MailText.objects.create(meeting=submission.meeting, kind=kind, text=text)
    assert answer(submission.pk, at=timezone.now())
    [mail] = delivered()
    return [str(mail.subject), lines_of(mail.body)[1]]


def test_whoever_takes_a_place_reads_that_it_is_theirs() -> None:
    assert answered_offer(offers.take) == [
        "You have moved up from the waiting list, K7QX-93MP: Launch",
        "a place for “Launch” is yours: you have moved up from the waiting list.",
    ]


def test_whoever_leaves_a_place_reads_that_it_goes_to_others() -> None:
    assert answered_offer(offers.leave) == [
        "Your registration is cancelled, K7QX-93MP: Launch",
        "the place for “Launch” that was kept for you goes to others, and your registration has been cancelled. If "
        "this surprises you, write to us.",
    ]


def test_so_they_do_in_the_meeting_s_own_words_where_it_has_some() -> None:
    expected = ["Your registration is cancelled, K7QX-93MP: Launch", "we miss you."]
    assert answered_offer(offers.leave, cancelled="we miss you.") == expected


@pytest.mark.parametrize(("host", "way"), [("", "Answer this mail"), ("dana@example.com", "Write to dana@example.com")])
def test_who_can_no_longer_change_their_answers_is_told_whom_to_write_to(host: str, way: str) -> None:
    submission = ann(Kind.RECEIVED, meeting={"host_email": host, "changes_until": START - timedelta(days=21)})
    mail = mail_of(submission, Kind.RECEIVED)
    words = f"Must something be changed? {way} and give your reference."
    assert lines_of(mail.body)[-1] == words
    assert BeautifulSoup(str(mail.alternatives[0][0]), "html.parser").find_all("p")[-1].get_text(strip=True) == words


def test_until_when_the_address_is_to_be_confirmed_is_said() -> None:
    lines = lines_of(mail_of(ann(Kind.CONFIRM), Kind.CONFIRM).body)
    until = "Your place is kept until Friday, 18 December 2026, 10:00 (Europe/Berlin)."
    assert f"{until} Confirm by then that the address is yours." in lines


def test_whom_the_host_rejected_reads_that_it_was_approved_and_that_no_reason_is_known() -> None:
    there: dict[str, Any] = {"presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED}
    lines = lines_of(mail_of(ann(decision=Decision.APPROVED, **there), Kind.DECLINED).body)
    status = lines.index("Status: Rejected at Webex")
    assert lines[status + 1 : status + 3] == [
        "Webex or the meeting’s host rejected the registration.",
        "It had been approved; that no longer holds. Webex does not tell us why.",
    ]


def test_the_place_in_line_is_said() -> None:
    first = ann(Kind.WAITLISTED)
    second = SubmissionFactory(meeting=first.meeting, decision=Decision.WAITLISTED)
    assert "You are number 1 on the waiting list" in str(mail_of(first, Kind.WAITLISTED).body)
    assert "You are number 2 on the waiting list" in str(mail_of(second, Kind.WAITLISTED).body)


def test_until_when_a_place_is_kept_is_said_and_once_it_is_over_nobody_is_led_to_take_it() -> None:
    submission = ann(Kind.OFFERED)
    words = "A place has become free and is kept for you until Thursday, 17 December 2026, 10:00 (Europe/Berlin)."
    assert words in str(mail_of(submission, Kind.OFFERED).body)
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        mail = mail_of(submission, Kind.RECEIVED)
    assert "place/" not in str(mail.body)


def test_a_person_s_reason_is_told_and_a_rule_s_is_not() -> None:
    submission = ann(Kind.RECEIVED)
    by = User.objects.create_user("rita")
    review.decline(Submission.objects.all(), by=by, reason="The room is <full>.\nTry the next one.")
    submission.refresh_from_db()
    mail = mail_of(submission, Kind.DECLINED)
    assert "The organisers write:\nThe room is <full>.\nTry the next one.\n" in str(mail.body)
    assert "The room is &lt;full&gt;.<br>Try the next one." in str(mail.alternatives[0][0])
    submission.moves.update(by=None)
    assert "The organisers write:" not in str(mail_of(submission, Kind.DECLINED).body)


@pytest.mark.parametrize(
    ("webex_id", "send_email", "words"),
    [
        ("a" * 32, True, "Your own link for joining comes from Webex by mail."),
        ("a" * 32, False, "The organisers send you the link for joining."),
        ("", True, "Your registration is approved. The organisers will tell you how to join."),
    ],
)
def test_where_the_link_for_joining_comes_from_is_said(webex_id: str, send_email: bool, words: str) -> None:
    submission = ann(Kind.REMINDER, meeting={"webex_id": webex_id, "send_email": send_email})
    for presence in (Presence.ABSENT, Presence.UNCERTAIN):
        submission.presence = presence
        assert words in lines_of(mail_of(submission, Kind.REMINDER).body)


def test_a_reminder_claims_nothing_that_the_status_does_not() -> None:
    there: dict[str, Any] = {"presence": Presence.REGISTERED, "webex_status": "pending"}
    lines = lines_of(mail_of(ann(Kind.REMINDER, **there), Kind.REMINDER).body)
    assert (lines[1], lines[5]) == (
        "this is a reminder of “Launch”. Below is when it takes place, and how your registration stands.",
        "Status: Waiting for the host",
    )


def test_who_changed_answers_that_webex_has_reads_what_becomes_of_the_link() -> None:
    submission = ann(
        Kind.CHANGED,
        decision=Decision.APPROVED,
        presence=Presence.REGISTERED,
        webex_status="approved",
        sent_at=timezone.now() - timedelta(hours=1),
        corrected_at=timezone.now(),
    )
    lines = lines_of(mail_of(submission, Kind.CHANGED).body)
    assert lines[lines.index("Status: You are registered") :][:5] == [
        "Status: You are registered",
        "Registered with Webex, and approved there. We are passing your changes on.",
        "Webex registers you anew: a link for joining that you have may stop working.",
        "Your own link for joining comes from Webex by mail.",
        "Open your own page:",
    ]


def test_the_news_that_a_meeting_is_cancelled_say_so_and_nothing_else() -> None:
    submission = ann(Kind.OFFERED, meeting={"is_cancelled": True})
    mail = mail_of(submission, Kind.NEWS)
    assert mail.subject == "The meeting is cancelled: Launch"
    assert lines_of(mail.body)[1:7] == [
        "we are sorry: “Launch” has been cancelled and does not take place.",
        "Meeting: Launch",
        "When: Tuesday, 5 January 2027, 10:00 to 11:00 (Europe/Berlin)",
        "Reference: K7QX-93MP",
        "Status: This meeting has been cancelled",
        "It does not take place. There is nothing that you need to do.",
    ]
    assert "place/" not in str(mail.body)


def test_nobody_can_have_us_mail_a_link_by_typing_it_as_their_name() -> None:
    submission = ann(
        Kind.CONFIRM, first_name="Win at http://evil.example/x", last_name="or evil.example, a@evil.example"
    )
    mail = mail_of(submission, Kind.CONFIRM)
    html = str(mail.alternatives[0][0])
    for words in (mail.body, html, mail.subject):
        assert "http://evil" not in words and "evil.example" not in words and "a@evil" not in words
    assert {link.split("/")[2] for link in links_of(html)} == {"testserver"}
    assert "Win at http:" in str(mail.body)
