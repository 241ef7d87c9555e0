"""A meeting's own words for its mails, in the admin."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail as outgoing
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from registration.models import Mail, MailText, Meeting, RoleAssignment
from tests.admin.pages import complaints, said, soup, text
from tests.cast import MeetingFactory, SubmissionFactory
from tests.smtp import mail_server

WORDS = {"subject": "Welcome, {first_name}", "text": "dear {first_name},\n\nwelcome to {title}: https://example.com"}


@pytest.fixture
def meeting(db: None) -> Meeting:
    found: Meeting = MeetingFactory(title="Launch <1>")
    return found


def edit(client: Client, meeting: Meeting, button: str, *, kind: str = "received", **words: str) -> Any:
    address = reverse("admin:registration_meeting_mail", args=[meeting.pk, kind])
    return client.post(address, {**words, button: "x"})


def stored() -> list[tuple[str, str, str]]:
    return list(MailText.objects.values_list("kind", "subject", "text"))


def test_every_kind_is_listed_with_whose_words_it_has(as_dana: Client, meeting: Meeting) -> None:
    MailText.objects.create(meeting=meeting, kind="approved", subject="You are in")
    page = soup(as_dana.get(reverse("admin:registration_meeting_mails", args=[meeting.pk])))
    found = {text(row.th): [text(cell) for cell in row.find_all("td")] for row in page.select("tbody tr")}
    assert list(found) == [kind.label[:1].upper() + kind.label[1:] for kind in Mail.Kind]
    assert found["Approved"][1:] == ["your own", "You are in"]
    assert found["Received"] == ["yes", "the portal’s", "Your registration {reference}: {title}"]
    assert [link["href"] for link in page.select("tbody a")] == [
        reverse("admin:registration_meeting_mail", args=[meeting.pk, kind]) for kind in Mail.Kind
    ]


WEBEX = (
    "no: Webex writes to approved people. "
    "Only whoever stays approved there, while you take it back and approve them again, gets it."
)
AT_ONCE = "yes. Whoever is approved as they sign up reads so in the mail “received”."
NO_LINE, NO_OFFER = "no: there is no waiting list.", "no: no place is offered to the first in line."
AS_IT_BEGINS = {
    "Confirm your address": "no: addresses are not confirmed.",
    "On the waiting list": NO_LINE,
    "Place offered": NO_OFFER,
    "A place from the waiting list": NO_LINE,
    "Place lost": NO_OFFER,
    "Approved": WEBEX,
    "Back in review": (
        "yes. Only whoever was mailed a decision that is undone gets it; to put somebody back to review tells nobody."
    ),
    "Reminder": "no: nobody is reminded.",
}
BY_HOST = {
    "Declined": "yes. Also to whom the host rejects at Webex after the portal has written that they are approved."
}
LINE = dict.fromkeys(("On the waiting list", "A place from the waiting list"), "yes")
OFFER = LINE | dict.fromkeys(("Place offered", "Place lost"), "yes")


@pytest.mark.parametrize(
    ("facts", "others"),
    [
        ({}, {}),
        ({"confirms_address": True}, {"Confirm your address": "yes"}),
        ({"reminder_hours": 24}, {"Reminder": "yes"}),
        ({"waiting_list": "at_once"}, LINE),
        ({"waiting_list": "offer"}, OFFER),
        ({"send_email": False}, BY_HOST | {"Approved": "yes"}),
        # Nobody is sent to Webex, which writes to nobody.
        ({"webex_id": ""}, {"Approved": "yes"}),
        ({"send_email": False, "approval": "automatic"}, BY_HOST | {"Approved": AT_ONCE}),
        ({"send_email": False, "approval": "rules"}, BY_HOST | {"Approved": AT_ONCE}),
        ({"send_email": False, "approval": "rules", "holds_decisions": True}, BY_HOST | {"Approved": "yes"}),
    ],
)
def test_the_list_says_which_mails_the_meeting_as_it_is_set_never_sends(
    as_dana: Client, facts: dict[str, Any], others: dict[str, str]
) -> None:
    page = soup(as_dana.get(reverse("admin:registration_meeting_mails", args=[MeetingFactory(**facts).pk])))
    found = {text(row.th): text(row.td) for row in page.select("tbody tr")}
    assert {label: words for label, words in found.items() if words != "yes"} == {
        label: words for label, words in (AS_IT_BEGINS | others).items() if words != "yes"
    }


@pytest.mark.parametrize(
    ("decision", "unsent"), [("waitlisted", {"Place offered", "Place lost"}), ("offered", {"Place offered"})]
)
def test_who_is_in_line_from_when_there_was_one_is_still_written_to(
    as_dana: Client, meeting: Meeting, decision: str, unsent: set[str]
) -> None:
    SubmissionFactory(meeting=meeting, decision=decision)
    page = soup(as_dana.get(reverse("admin:registration_meeting_mails", args=[meeting.pk])))
    found = {text(row.th) for row in page.select("tbody tr") if text(row.td) in (NO_LINE, NO_OFFER)}
    assert found == unsent


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {},
            [
                "Not sent for this meeting: Webex writes to approved people. Only whoever stays approved there, "
                "while you take it back and approve them again, gets it. That is set on the meeting’s page"
            ],
        ),
        ({"send_email": False}, []),
    ],
)
def test_the_editor_says_that_a_mail_is_never_sent_and_leads_to_where_that_is_set(
    as_dana: Client, facts: dict[str, Any], words: list[str]
) -> None:
    meeting = MeetingFactory(**facts)
    page = soup(as_dana.get(reverse("admin:registration_meeting_mail", args=[meeting.pk, "approved"])))
    said_first = page.select(".unsent")
    assert [text(paragraph) for paragraph in said_first] == words
    assert [link["href"] for paragraph in said_first for link in paragraph.select("a")] == [
        reverse("admin:registration_meeting_change", args=[meeting.pk]) for _words in words
    ]


def test_words_are_stored_and_taken_back_by_emptying_them(as_dana: Client, meeting: Meeting) -> None:
    as_a_browser_sends_it = WORDS["text"].replace("\n", "\r\n")
    response = edit(as_dana, meeting, "save", **{**WORDS, "text": as_a_browser_sends_it})
    assert response.headers["Location"] == reverse("admin:registration_meeting_mails", args=[meeting.pk])
    assert said(response) == ["success: Stored: from now on these mails begin with your words."]
    assert stored() == [("received", WORDS["subject"], WORDS["text"])]
    edit(as_dana, meeting, "save", subject="Another", text="")
    assert stored() == [("received", "Another", "")]
    assert said(edit(as_dana, meeting, "save", subject="", text=" "))[-1] == (
        "success: Stored: these mails begin with the portal’s own words."
    )
    assert stored() == []


@pytest.mark.parametrize("button", ["save", "preview", "html", "test"])
def test_a_placeholder_that_there_is_not_is_named_and_nothing_happens(
    as_dana: Client, meeting: Meeting, button: str, dana: User
) -> None:
    User.objects.update(email="dana@example.com")
    response = edit(as_dana, meeting, button, subject="{ref}", text="Dear {firstname}, {title")
    assert complaints(response) == [
        "There is no placeholder {ref}. Did you mean {reference}?",
        "There is no placeholder {firstname}. Did you mean {first_name}?",
        "A placeholder is broken at “{title”. Did you mean {title}?",
    ]
    assert (stored(), outgoing.outbox, soup(response).select("h2 + p + .letter")) == ([], [], [])


@pytest.mark.parametrize("kind", list(Mail.Kind))
def test_the_preview_shows_the_whole_mail_and_stores_and_sends_nothing(
    as_dana: Client, meeting: Meeting, kind: Mail.Kind
) -> None:
    response = edit(as_dana, meeting, "preview", kind=kind, **WORDS)
    letter = soup(response).select_one(".letter")
    assert letter is not None
    assert text(letter).startswith(
        "Welcome, Robin Hello Robin Sample, dear Robin, welcome to Launch <1>: https://example"
    )
    assert "Meeting: Launch <1>" in letter.get_text() and "Reference: K7QX-93MP" in letter.get_text()
    html = edit(as_dana, meeting, "html", kind=kind, **WORDS)
    assert html.headers["Content-Security-Policy"].endswith("sandbox")
    page = soup(html)
    assert page.select("p > a")[0]["href"] == "https://example.com"
    assert text(page.h1) == "Launch <1>"
    assert (stored(), Mail.objects.count(), outgoing.outbox) == ([], 0, [])


def test_a_test_mail_goes_to_who_is_signed_in_alone(
    as_dana: Client, meeting: Meeting, dana: User, settings: Settings
) -> None:
    page = soup(as_dana.get(reverse("admin:registration_meeting_mail", args=[meeting.pk, "declined"])))
    assert page.select("input[name=test]") == []
    assert said(edit(as_dana, meeting, "test", kind="declined", **WORDS)) == [
        "error: Nothing was sent: your own account here has no e-mail address."
    ]
    User.objects.filter(pk=dana.pk).update(email="dana@example.com")
    with mail_server(settings) as server:
        assert said(edit(as_dana, meeting, "test", kind="declined", **WORDS))[-1] == (
            "success: A test mail is on its way to dana@example.com."
        )
        server.refused.add("dana@example.com")
        assert said(edit(as_dana, meeting, "test", kind="declined", **WORDS))[-1] == (
            "error: The mail server did not take it: SMTPRecipientsRefused 450."
        )
    assert server.taken == {"dana@example.com": 1}
    assert (server.messages[0]["Subject"], stored(), Mail.objects.count()) == ("Welcome, Robin", [], 0)


def test_whoever_has_no_address_reads_what_the_test_mail_needs(
    as_dana: Client, as_eve: Client, meeting: Meeting, dana: User, eve: User
) -> None:
    RoleAssignment.objects.create(user=eve, role="manager", meeting=meeting)
    address = reverse("admin:registration_meeting_mail", args=[meeting.pk, "declined"])
    needed = "To send yourself a test mail, you need an e-mail address in your account here."
    pages = [soup(client.get(address)) for client in (as_dana, as_eve)]
    assert [text(page.select_one(".submit-row + p")) for page in pages] == [
        f"{needed} Add one",
        f"{needed} Ask whoever manages the accounts to add one.",
    ]
    assert [link["href"] for page in pages for link in page.select(".submit-row + p a")] == [
        reverse("admin:auth_user_change", args=[dana.pk])
    ]
    User.objects.update(email="dana@example.com")
    assert soup(as_dana.get(address)).select(".submit-row + p") == []


def test_who_may_only_look_changes_and_sends_nothing(as_vera: Client, as_rita: Client, meeting: Meeting) -> None:
    for client in (as_vera, as_rita):
        page = soup(client.get(reverse("admin:registration_meeting_mail", args=[meeting.pk, "news"])))
        assert page.select(".submit-row") == []
        for button in ("save", "preview", "html", "test"):
            assert edit(client, meeting, button, kind="news", **WORDS).status_code == 403
    assert stored() == []


def test_what_there_is_not_is_not_found(as_dana: Client, meeting: Meeting, db: None) -> None:
    assert as_dana.get(reverse("admin:registration_meeting_mail", args=[meeting.pk, "nonsense"])).status_code == 404
    assert as_dana.get(reverse("admin:registration_meeting_mails", args=[0])).status_code == 404
    stranger = Client()
    stranger.force_login(User.objects.create_user("sam", is_staff=True))
    assert stranger.get(reverse("admin:registration_meeting_mails", args=[meeting.pk])).status_code == 403
