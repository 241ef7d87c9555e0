"""The staff's pages, as they are and with pictures of them, when much has happened already."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.models import Batch, Meeting, Question, SecondSignUp
from registration.sandbox.server import SandboxServer
from tests.browser.busy import busy_meeting
from tests.browser.pictures import NARROW, WIDE, resize, take
from tests.browser.reviewing import do_action

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy(sandbox: SandboxServer, dana: User) -> Meeting:
    """A meeting with somebody in nearly every state."""
    return busy_meeting(sandbox, by=dana)


def look_at(page: Page, name: str) -> None:
    """Take the page's pictures on a laptop and a phone (see ``resize``)."""
    for width in (WIDE, NARROW):
        resize(page, width)
        take(page, name)


def test_the_lists_and_forms(staff: Page, busy: Meeting) -> None:
    question = busy.questions.get(type=Question.Type.RADIO)
    for name, (address, heading) in {
        "admin-index": ("", "Meetings and registrations"),
        "admin-meetings": ("registration/meeting/", "Select meeting to change"),
        "admin-meeting-add": ("registration/meeting/add/", "Add meeting"),
        "admin-meeting-import": ("registration/meeting/import/", "Import a meeting from Webex"),
        "admin-meeting": (f"registration/meeting/{busy.pk}/change/", "Change meeting"),
        "admin-question": (f"registration/question/{question.pk}/change/", "Change question"),
        "admin-submissions": ("registration/submission/", "Select submission to view"),
        "admin-mails": ("registration/mail/", "Select mail to view"),
        "admin-batches": ("registration/batch/", "Select batch to view"),
    }.items():
        staff.goto(f"/admin/{address}")
        expect(staff.get_by_role("heading", level=1)).to_have_text(heading)
        look_at(staff, name)


def test_the_page_of_a_person(staff: Page, busy: Meeting) -> None:
    lena = busy.submissions.get(last_name="Müller-Weiß")
    values = {"company_name": "Weiß & Töchter GmbH", "city": "", "work_phone": lena.work_phone}
    SecondSignUp.objects.create(submission=lena, at=timezone.now(), values=values, answers=lena.given_answers[:-1])
    for name, person in {"accepted": "Lena Müller-Weiß", "refused": "Sofia Rossi", "unknown": "Ola Nordmann"}.items():
        staff.goto("/admin/registration/submission/")
        staff.get_by_role("link", name=person).click()
        expect(staff.get_by_role("heading", level=1)).to_have_text(person)
        look_at(staff, f"admin-submission-{name}")


def test_the_page_of_a_batch(staff: Page, busy: Meeting) -> None:
    for name, batch in zip(("done", "refused", "unknown"), Batch.objects.order_by("pk"), strict=True):
        staff.goto("/admin/registration/batch/")
        staff.get_by_role("link", name=str(batch)).click()
        expect(staff.get_by_role("heading", level=1)).to_have_text(str(batch))
        look_at(staff, f"admin-batch-{name}")


def test_declining_people_of_whom_some_are_at_webex(staff: Page, busy: Meeting) -> None:
    do_action(staff, "Decline …", to=["Ada Okafor", "Wei Li", "J B"])
    expect(staff.get_by_role("heading", level=1)).to_have_text("Decline 3 registrations")
    look_at(staff, "admin-decline")


def test_signing_in(visitor: Page, portal: str) -> None:
    visitor.goto("/admin/")
    expect(visitor.get_by_label("Username")).to_be_focused()
    look_at(visitor, "admin-sign-in")


def test_the_sandboxs_own_page(visitor: Page, busy: Meeting, sandbox: SandboxServer) -> None:
    visitor.goto(sandbox.page_url)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Webex sandbox")
    look_at(visitor, "sandbox")
