"""Mails to attendees."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from registration import mail as mails
from registration import wording
from registration.models import Mail, SecondSignUp, Submission
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def ann(**facts: object) -> Submission:
    meeting = MeetingFactory(
        title="Tom & Ann’s <Launch>",
        start_at=datetime(2027, 1, 5, 9, tzinfo=UTC),
        host_email=facts.pop("host_email", ""),
    )
    facts = {
        "first_name": "Ann",
        "last_name": "O’Hara <b>",
        "email": "Ann@Example.com",
        "reference": "K7QX-93MP",
    } | facts
    return SubmissionFactory(meeting=meeting, **facts)


def html_of(message: EmailMultiAlternatives) -> BeautifulSoup:
    ((content, mimetype),) = message.alternatives
    assert mimetype == "text/html"
    return BeautifulSoup(str(content), "html.parser")


def test_the_mail_after_a_sign_up_says_everything_in_plain_text(settings: Settings) -> None:
    settings.SITE_URL = "https://register.example.com"
    submission = ann()
    message = mails.message(submission, Mail.Kind.RECEIVED)
    assert (message.subject, message.to, message.reply_to) == (
        "Your registration K7QX-93MP: Tom & Ann’s <Launch>",
        ["Ann@Example.com"],
        [],
    )
    assert message.body == (
        "Hello Ann O’Hara <b>,\n"
        "\n"
        "thank you for registering for “Tom & Ann’s <Launch>”. On your own page you can see at any time how your "
        "registration stands, and what you told us.\n"
        "\n"
        "Meeting: Tom & Ann’s <Launch>\n"
        "When: Tuesday, 5 January 2027, 10:00 to 11:00 (Europe/Berlin)\n"
        "Reference: K7QX-93MP\n"
        "Status: Received\n"
        "\n"
        "We have received your registration. The organisers will look at it and decide.\n"
        "\n"
        "Open your own page:\n"
        f"https://register.example.com/registrations/{submission.token}/\n"
        "\n"
        "Keep this address to yourself: whoever has it can see your registration.\n"
        "You can change your answers on your own page. For anything else, answer this mail and give your reference.\n"
    )


def test_a_known_address_learns_that_somebody_signed_up_again_and_how_to_change() -> None:
    submission = ann(decision=Decision.APPROVED, host_email="host@example.com")
    message = mails.message(submission, Mail.Kind.KNOWN)
    assert (message.subject, message.to, message.reply_to) == (
        "We have your registration already, K7QX-93MP: Tom & Ann’s <Launch>",
        ["Ann@Example.com"],
        ["host@example.com"],
    )
    assert message.body == (
        "Hello Ann O’Hara <b>,\n"
        "\n"
        "you, or somebody who knows your e-mail address, signed up again for “Tom & Ann’s <Launch>”. "
        "We have your registration already, so nothing was changed; below is how it stands. What was typed this time "
        "is kept on your own page, beside what you told us before.\n"
        "\n"
        "Meeting: Tom & Ann’s <Launch>\n"
        "When: Tuesday, 5 January 2027, 10:00 to 11:00 (Europe/Berlin)\n"
        "Reference: K7QX-93MP\n"
        "Status: Approved\n"
        "\n"
        "Your registration is approved. We are passing it on to Webex.\n"
        "Your own link for joining comes from Webex by mail.\n"
        "\n"
        "Open your own page:\n"
        f"http://testserver/registrations/{submission.token}/\n"
        "\n"
        "Keep this address to yourself: whoever has it can see your registration.\n"
        "You can change your answers on your own page. For anything else, write to host@example.com and give your "
        "reference.\n"
    )


def test_nothing_of_what_somebody_typed_the_second_time_is_mailed() -> None:
    submission = ann()
    SecondSignUp.objects.create(
        submission=submission,
        at=submission.submitted_at,
        values={"first_name": "Mallory", "company_name": "Click here"},
        answers=[["Why?", ["Because"]]],
    )
    content = mails.message(submission, Mail.Kind.KNOWN).message().as_string()
    assert [word for word in ("Mallory", "Click here", "Because", "Why?") if word in content] == []


@pytest.mark.parametrize("decision", [Decision.DECLINED, Decision.CANCELLED, Decision.WAITLISTED])
def test_a_known_address_that_has_no_place_is_not_told_that_it_has_one(decision: Decision) -> None:
    submission = ann(decision=decision)
    message = mails.message(submission, Mail.Kind.KNOWN)
    page = html_of(message)
    assert page.strong is not None
    assert page.strong.get_text() == str(wording.status_of(submission).headline)
    for words in (message.subject, str(message.body), page.get_text()):
        assert "registered already" not in words


@pytest.mark.parametrize("kind", Mail.Kind)
def test_the_html_says_the_same_and_what_people_typed_is_escaped(kind: Mail.Kind) -> None:
    submission = ann()
    page = html_of(mails.message(submission, kind))
    assert page.h1 is not None and page.p is not None
    assert (page.h1.get_text(), page.p.get_text()) == ("Tom & Ann’s <Launch>", "Hello Ann O’Hara <b>,")
    assert [strong.get_text() for strong in page.find_all("strong")] == ["Received", "K7QX-93MP"]
    assert [link["href"] for link in page.find_all("a")] == [f"http://testserver/registrations/{submission.token}/"]
    assert page.find_all(["b", "img", "script", "link"]) == []


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("https://register.example.com:8443", "register.example.com"),
        ("https://anmeldung.müller.example", "anmeldung.xn--mller-kva.example"),
    ],
)
def test_each_message_has_an_id_of_its_own_that_names_the_site(settings: Settings, site: str, host: str) -> None:
    settings.SITE_URL = site
    submission = ann()
    ids = [str(mails.message(submission, Mail.Kind.RECEIVED).message()["Message-ID"]) for _mail in range(2)]
    assert len(set(ids)) == 2
    assert {one.strip("<>").rpartition("@")[2] for one in ids} == {host}


def test_no_line_break_reaches_the_headers() -> None:
    submission = ann(first_name="Ann\r\nBcc: x@example.com")
    submission.meeting.title = "Launch\r\nBcc: x@example.com"
    message = mails.message(submission, Mail.Kind.RECEIVED)
    assert message.subject == "Your registration K7QX-93MP: Launch Bcc: x@example.com"
    headers = message.message()
    assert (headers["Bcc"], headers["To"], headers["Auto-Submitted"]) == (None, "Ann@Example.com", "auto-generated")
