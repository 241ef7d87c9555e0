"""Attendees who are at Webex change, cancel, renew and erase their registration in the browser, and it is pushed."""

from io import StringIO

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from registration.models import Meeting
from registration.sandbox.forms import Form, Question
from registration.sandbox.server import SandboxServer
from tests.browser import signing_up
from tests.browser.mailbox import OWN_PAGE, Mailbox, link_in, status_in, told
from tests.browser.reviewing import do_action, expect_messages
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA, QUESTION = "ada@example.com", "What do you hope to see?"
LINK = "Your own link for joining comes from Webex by mail."
PASSING_ON = (
    ["Approved", "Your registration is approved. We are passing it on to Webex."],
    ["As a rule, Webex has your registration within minutes.", LINK],
)
REGISTERED = (
    [
        "You are registered",
        "Registered with Webex, and approved there. Look for Webex’s mail: it has your link for joining.",
    ],
    ["If you do not find Webex’s mail, look in your spam folder; then write to us."],
)
CHANGED = (
    ["You are registered", "Registered with Webex, and approved there. We are passing your changes on."],
    [
        "As a rule, Webex has your changes within minutes.",
        "Webex registers you anew: a link for joining that you have may stop working.",
        LINK,
    ],
)
RECEIVED = (
    ["Received", "We have received your registration. The organisers will look at it and decide."],
    [
        "As soon as the organisers have decided, this page says so.",
        "Once you are approved, Webex mails you your own link for joining.",
    ],
)
CANCELLED = ["Cancelled", "This registration has been cancelled."]
TAKEN_BACK = "We take your registration back at Webex, too, as a rule within minutes."
MAY_COME_BACK = "Have you changed your mind? You can register again, with the answers that you gave."


@pytest.fixture
def meeting(transactional_db: None, sandbox: SandboxServer) -> Meeting:
    """A meeting with one question, which approves everybody, here and at Webex, and removes there who cancels."""
    meeting: Meeting = MeetingFactory(approval="automatic", withdrawal="remove")
    QuestionFactory(meeting=meeting, text=QUESTION, webex_id="1")
    sandbox.store.add_meeting(
        id=meeting.webex_id,
        form=Form(auto_accept=True, questions=(Question(1, QUESTION, "singleLineTextBox"),)),
        start_at=meeting.start_at,
        end_at=meeting.end_at,
    )
    return meeting


@pytest.fixture
def own_page(visitor: Page, mailbox: Mailbox, sandbox: SandboxServer, meeting: Meeting) -> str:
    """The address of the page of Ada, who has signed up and is at Webex."""
    signing_up.sign_up(visitor, meeting)
    [received] = mailbox.new()
    assert told([received]) == [(ADA, f"Your registration {meeting.submissions.get().reference}")]
    address = link_in(received, OWN_PAGE)
    assert (says(visitor, address), at_webex(sandbox, meeting)) == (PASSING_ON, [])
    assert push(sandbox) == ["bulkInsert"]
    assert (says(visitor, address), at_webex(sandbox, meeting)) == (REGISTERED, [(ADA, "", "approved")])
    return address


def says(page: Page, own_page: str) -> tuple[list[str], list[str]]:
    """What the own page says of the status, and what happens next."""
    page.goto(own_page)
    return signing_up.status(page)[:2], signing_up.steps(page)


def push(sandbox: SandboxServer) -> list[str]:
    """Push as cron does. Returns what Webex was asked to change."""
    sandbox.store.forget_calls()
    call_command("push_registrations", stdout=StringIO())
    changing = {"bulkInsert", "bulkDelete", "approve", "reject", "cancel"}
    return [call.operation for call in sandbox.store.calls if call.operation in changing]


def at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[tuple[str, str, str]]:
    """Who is there: the address, the answer and the status."""
    return [
        (each.email, "".join(choice.text for answer in each.row.answers for choice in answer.choices), each.status)
        for each in sandbox.store.registrants(meeting.webex_id)
    ]


def mailed(mailbox: Mailbox) -> list[tuple[str, str]]:
    """What Ada is told of by the mails that came, and how her registration stands, as they say."""
    mails = mailbox.new()
    assert {address for address, _about in told(mails)} <= {ADA}
    return [(about, status_in(mail)) for mail, (_address, about) in zip(mails, told(mails), strict=True)]


def now_has(meeting: Meeting, **facts: object) -> None:
    for name, value in facts.items():
        setattr(meeting, name, value)
    meeting.save()


def change_the_answer(page: Page, *, to: str) -> None:
    page.get_by_role("link", name="Change my answers").click()
    page.get_by_label(QUESTION).fill(to)
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("heading", name="Your answers have been changed")).to_be_visible()


def cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel my registration").click()
    page.get_by_role("button", name="Cancel my registration").click()
    expect(page.get_by_role("heading", name="Your registration has been cancelled")).to_be_visible()


def register_again(page: Page) -> None:
    page.get_by_role("link", name="Register again").click()
    page.get_by_role("button", name="Register again").click()
    expect(page.get_by_role("heading", name="You have registered again")).to_be_visible()


def test_a_changed_answer_is_removed_and_inserted_by_the_next_push(
    visitor: Page, mailbox: Mailbox, sandbox: SandboxServer, meeting: Meeting, own_page: str
) -> None:
    [before] = sandbox.store.registrants(meeting.webex_id)
    change_the_answer(visitor, to="The new camera")
    assert mailed(mailbox) == [("Your registration was changed", "You are registered")]
    assert (says(visitor, own_page), at_webex(sandbox, meeting)) == (CHANGED, [(ADA, "", "approved")])
    assert push(sandbox) == ["bulkDelete", "bulkInsert"]
    assert at_webex(sandbox, meeting) == [(ADA, "The new camera", "approved")]
    assert sandbox.store.registrant(meeting.webex_id, before.id) is None
    assert says(visitor, own_page) == REGISTERED
    assert signing_up.given(visitor)[QUESTION] == "The new camera"
    assert (push(sandbox), mailed(mailbox)) == ([], [])


def test_who_cancels_is_removed_and_who_registers_again_is_inserted(
    visitor: Page, mailbox: Mailbox, sandbox: SandboxServer, meeting: Meeting, own_page: str
) -> None:
    cancel(visitor)
    assert mailed(mailbox) == [("Your registration is cancelled", "Cancelled")]
    assert says(visitor, own_page) == (CANCELLED, [TAKEN_BACK, MAY_COME_BACK])
    assert at_webex(sandbox, meeting) == [(ADA, "", "approved")]
    assert (push(sandbox), at_webex(sandbox, meeting)) == (["bulkDelete"], [])
    assert says(visitor, own_page) == (CANCELLED, [MAY_COME_BACK])
    register_again(visitor)
    assert mailed(mailbox) == [(f"Your registration {meeting.submissions.get().reference}", "Approved")]
    assert (says(visitor, own_page), at_webex(sandbox, meeting)) == (PASSING_ON, [])
    assert (push(sandbox), at_webex(sandbox, meeting)) == (["bulkInsert"], [(ADA, "", "approved")])
    assert says(visitor, own_page) == REGISTERED
    assert (push(sandbox), mailed(mailbox)) == ([], [])


def test_where_the_meeting_says_so_who_cancels_is_rejected_and_approved_when_they_register_again(
    visitor: Page, mailbox: Mailbox, sandbox: SandboxServer, meeting: Meeting, own_page: str
) -> None:
    now_has(meeting, withdrawal="reject")
    cancel(visitor)
    assert (push(sandbox), at_webex(sandbox, meeting)) == (["reject"], [(ADA, "", "rejected")])
    assert says(visitor, own_page) == (CANCELLED, [MAY_COME_BACK])
    assert mailed(mailbox) == [("Your registration is cancelled", "Cancelled")]
    register_again(visitor)
    assert says(visitor, own_page) == PASSING_ON
    assert (push(sandbox), at_webex(sandbox, meeting)) == (["approve"], [(ADA, "", "approved")])
    assert says(visitor, own_page) == REGISTERED
    assert mailed(mailbox) == [(f"Your registration {meeting.submissions.get().reference}", "You are registered")]


def test_a_change_that_is_reviewed_reaches_webex_once_staff_have_approved_it(
    visitor: Page, staff: Page, mailbox: Mailbox, sandbox: SandboxServer, meeting: Meeting, own_page: str
) -> None:
    now_has(meeting, approval="manual", has_review_after_change=True)
    change_the_answer(visitor, to="The new camera")
    assert mailed(mailbox) == [("Your registration was changed", "Received")]
    assert says(visitor, own_page) == RECEIVED
    assert (push(sandbox), at_webex(sandbox, meeting)) == (["cancel"], [(ADA, "", "pending")])
    do_action(staff, "Approve", to=["Ada Okafor"])
    expect_messages(staff, "1 approved. Undo …")
    assert push(sandbox) == ["bulkDelete", "bulkInsert"]
    assert at_webex(sandbox, meeting) == [(ADA, "The new camera", "approved")]
    assert (says(visitor, own_page), mailed(mailbox)) == (REGISTERED, [])


def test_who_erases_their_data_is_gone_at_webex_and_here_by_the_next_push(
    visitor: Page, mailbox: Mailbox, sandbox: SandboxServer, meeting: Meeting, own_page: str
) -> None:
    visitor.get_by_role("link", name="Erase my data …").click()
    visitor.get_by_role("button", name="Erase it for good").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Your data are erased")
    visitor.goto(own_page)
    assert signing_up.status(visitor)[0] == "Your data are being erased"
    assert at_webex(sandbox, meeting) == [(ADA, "", "approved")]
    assert (push(sandbox), at_webex(sandbox, meeting)) == (["bulkDelete"], [])
    visitor.goto(own_page)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert (push(sandbox), mailed(mailbox)) == ([], [])
