"""Staff correct a registration in the browser, by keyboard, with pictures of the pages."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.accounts import Clients
from registration.demo.people import PEOPLE
from registration.flow import deliver, review
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.browser.accessibility import violations
from tests.browser.launch import launch, sign_up
from tests.browser.pictures import NARROW, WIDE, resize, take
from tests.browser.reviewing import expect_messages

LENA, SOFIA = "Lena Müller-Weiß", "Sofia Rossi"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lena(sandbox: SandboxServer, dana: User) -> Submission:
    """She is at Webex; Sofia is not, for Webex refused her."""
    meeting = launch()
    people = {person.first_name: person for person in PEOPLE}
    lena, sofia = (
        sign_up(people[name], meeting=meeting, submitted_at=timezone.now() - timedelta(days=1))
        for name in ("Lena", "Sofia")
    )
    push(Submission.objects.filter(pk=lena.pk), by=dana)
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is not accepted."))
    push(Submission.objects.filter(pk=sofia.pk), by=dana)
    return lena


def push(people: QuerySet[Submission], *, by: User) -> None:
    review.approve(people, by=by)
    with Clients() as clients:
        deliver.push(Meeting.objects.all(), clients=clients, requested_by=by)


def look_at(page: Page, name: str) -> None:
    """Take the page's pictures on a laptop and a phone (see ``resize``), and put it to axe-core there."""
    for width in (WIDE, NARROW):
        resize(page, width)
        take(page, name)
        assert violations(page, within="#content") == []
    resize(page, WIDE)


def open_form(page: Page, name: str) -> None:
    """Go to the form by the links that staff use."""
    page.goto("/admin/registration/submission/")
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Correct the answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Correct the answers of {name}")


def test_correcting_somebody_who_is_at_webex(staff: Page, lena: Submission, sandbox: SandboxServer, dana: User) -> None:
    assert [(row.email, row.status) for row in sandbox.store.registrants(lena.meeting.webex_id)] != []
    open_form(staff, LENA)
    look_at(staff, "admin-correct")
    staff.get_by_label("E-mail address").fill("lena.mueller@example.net")
    staff.get_by_label("Company").fill("<script>alert(1)</script> & \u202eSöhne 🎉")
    staff.get_by_label("Company").press("Enter")
    expect(staff.get_by_role("heading", name="What changes here")).to_be_visible()
    expect(staff.get_by_role("row").nth(1)).to_contain_text("lena.mueller@example.net")
    look_at(staff, "admin-correct-preview")
    staff.get_by_role("button", name="Correct", exact=True).press("Enter")
    expect_messages(
        staff,
        "Corrected. Webex knows no change of a registration. The next push removes them there and registers them anew.",
    )
    look_at(staff, "admin-corrected")
    push(Submission.objects.filter(pk=lena.pk), by=dana)
    assert [row.email for row in sandbox.store.registrants(lena.meeting.webex_id)] == ["lena.mueller@example.net"]


def test_errors_and_webexs_words(staff: Page, lena: Submission) -> None:
    open_form(staff, SOFIA)
    expect(staff.locator(".caution")).to_contain_text("The value of workPhone is not accepted.")
    staff.get_by_label("First name").fill("")
    staff.get_by_label("E-mail address").fill(lena.email)
    staff.get_by_label("Company").fill("")
    staff.get_by_role("button", name="See what changes").click()
    expect(staff.locator(".errornote")).to_be_focused()
    look_at(staff, "admin-correct-errors")
    staff.locator(".errornote").get_by_role("link", name="Enter your first name").click()
    expect(staff.get_by_label("First name")).to_be_focused()


def test_somebody_else_was_faster(staff: Page, lena: Submission) -> None:
    open_form(staff, LENA)
    Submission.objects.filter(pk=lena.pk).update(city="Bonn")
    staff.get_by_label("First name").fill("Helena")
    staff.get_by_role("button", name="See what changes").click()
    expect(staff.get_by_role("alert")).to_contain_text("Somebody else has changed this registration meanwhile.")
    look_at(staff, "admin-correct-anew")
