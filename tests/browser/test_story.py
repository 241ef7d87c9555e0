"""The main job as people see it in their browsers: from Webex's form to the status on an attendee's own page."""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from registration.models import Submission
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from registration.standard_fields import CHOSEN_FIELDS
from tests.browser import signing_up
from tests.browser.conftest import OpenWindow
from tests.browser.reviewing import act_as_host, do_action, expect_messages, sign_in, states_of
from tests.browser.signing_up import QUESTION_ASK, QUESTION_HEARD, QUESTION_ROLE, QUESTION_TODAY, QUESTION_TOPICS
from tests.letters import delivered

SIGN_UP_PAGE = "/meetings/product-launch/"
MISSING = {
    "Enter your first name": "First name",
    "Enter your last name": "Last name",
    "Enter your e-mail address": "E-mail address",
    "Enter the name of your company": "Company",
    f"Choose an option for “{QUESTION_HEARD}”": QUESTION_HEARD,
    f"Choose at least one option for “{QUESTION_TOPICS}”": "Video and audio quality",
    f"Choose an option for “{QUESTION_TODAY}”": "Yes",
}
"""What an empty form is told, and the field to which each of it leads."""
ADA = {
    "First name": "Ada",
    "Last name": "Okafor",
    "E-mail address": "Ada.Okafor@Example.com",
    "Job title": "Head of IT",
    "Company": "Lagos Water Works",
    "Address line 1": "12 Marina Road",
    "Address line 2": "Floor 2",
    "Postal code": "02139",
    "City": "Boston",
    "State or province": "MA",
    "Work phone": "(617) 555-0100",
    "Fax": "617 555 0199",
}

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_form_at_webex_to_the_status_on_the_own_page(
    new_window: OpenWindow, dana: User, sandbox: SandboxServer
) -> None:
    staff, ada, host = new_window(), new_window(), new_window()
    sign_in(staff, username="dana", password="danadana")
    staff_import_the_meeting(staff)
    staff_choose_what_the_form_asks(staff)

    a_visitor_sees_what_is_missing(ada)
    a_visitor_registers(ada)
    own_page = the_mail_leads_to_the_own_page(ada)

    staff_approve_and_push(staff)
    staff_open_the_call(staff)
    act_as_host(host, sandbox, button="Approve Ada Okafor")
    staff_sync(staff)

    ada.goto(own_page)
    *status, since = signing_up.status(ada)
    assert status == [
        "You are registered",
        "Registered with Webex, and approved there. Look for Webex’s mail: it has your link for joining.",
    ]
    assert since.startswith("Webex: approved since ")


def staff_import_the_meeting(staff: Page) -> None:
    staff.goto("/admin/registration/meeting/")
    staff.get_by_role("link", name="Import from Webex").click()
    staff.get_by_label("Webex meeting id").fill(PRODUCT_LAUNCH_ID)
    staff.get_by_role("button", name="Import").click()
    expect(staff.get_by_role("heading", name="Product launch")).to_be_visible()
    expect_messages(
        staff,
        "“Product launch” was imported from Webex.",
        "The form has 3 approval rules. Webex follows them with whom we send; here they are not followed.",
    )


def staff_choose_what_the_form_asks(staff: Page) -> None:
    # Webex only says which fields are shown, so that all of them were imported as required.
    for field in CHOSEN_FIELDS:
        if field.name != "company_name":
            staff.get_by_label(f"{field.label}:", exact=True).select_option("optional")
    staff.get_by_label("Published", exact=True).check()
    staff.get_by_role("button", name="Save", exact=True).click()
    optional = ", ".join(f"“{field.label}”" for field in CHOSEN_FIELDS if field.name != "company_name")
    expect_messages(
        staff,
        f"Optional here: {optional}. Where Webex requires one of them, it refuses whoever leaves it empty. "
        "Look in Webex whether it is required there, and require it here if so.",
        "The meeting “Product launch” was changed successfully.",
    )


def a_visitor_sees_what_is_missing(page: Page) -> None:
    page.goto(SIGN_UP_PAGE)
    expect(page).to_have_title("Product launch")
    signing_up.send(page)
    expect(page).to_have_title("Error: Product launch")
    problems = page.get_by_role("region", name="There is a problem")
    expect(problems).to_be_focused()
    expect(problems.get_by_role("link")).to_have_text(list(MISSING))
    for words, label in MISSING.items():
        problems.get_by_role("link", name=words).click()
        expect(page.get_by_label(label, exact=True)).to_be_focused()


def a_visitor_registers(page: Page) -> None:
    signing_up.fill_in(page, ADA)
    page.get_by_label("Country or region").select_option("United States")
    signing_up.answer_all_five_questions(page)
    signing_up.send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert urlsplit(page.url).path == f"{SIGN_UP_PAGE}done/"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert (Submission.objects.count(), len(delivered())) == (1, 1)


def the_mail_leads_to_the_own_page(page: Page) -> str:
    own_page = signing_up.link_in_mail(0)
    page.goto(own_page)
    assert signing_up.status(page) == [
        "Received",
        "We have received your registration. The organisers will look at it and decide.",
    ]
    reference = Submission.objects.get().reference
    told = signing_up.given(page)
    assert told.pop("Sent on").endswith("(America/New\N{NO-BREAK SPACE}York)")
    assert told == {
        "Reference": reference,
        **ADA,
        "Country or region": "United States",
        "Work phone": "+1 617-555-0100",
        "Fax": "+1 617-555-0199",
        QUESTION_HEARD: "A colleague",
        QUESTION_TOPICS: "Security and compliance\nPrices and licences",
        QUESTION_TODAY: "We used to",
        QUESTION_ROLE: "I advise & sign",
        QUESTION_ASK: "Will it work with our old cameras?\nAnd in a small room?",
    }
    return own_page


def staff_approve_and_push(staff: Page) -> None:
    assert states_of(staff, "Ada Okafor") == ["○ waiting for review", "– not at Webex", "–"]
    do_action(staff, "Approve", to=["Ada Okafor"])
    expect_messages(staff, "1 approved. Undo …")
    do_action(staff, "Push to Webex now", to=["Ada Okafor"])
    expect_messages(staff, "Webex was called: 1 at Webex.")
    assert states_of(staff, "Ada Okafor") == ["✓ approved", "✓ at Webex", "○ pending"]


def staff_open_the_call(staff: Page) -> None:
    staff.get_by_role("link", name="Ada Okafor").click()
    staff.get_by_role("region", name="Calls to Webex").get_by_role("link").click()
    reference = Submission.objects.get().reference
    people = staff.get_by_role("region", name="People")
    expect(people.get_by_role("cell")).to_have_text(["Ada Okafor", reference, "✓ at Webex", "○ pending"])


def staff_sync(staff: Page) -> None:
    do_action(staff, "Sync statuses now", to=["Ada Okafor"])
    expect_messages(staff, "1 status read, 1 changed.")
    assert states_of(staff, "Ada Okafor") == ["✓ approved", "✓ at Webex", "✓ approved"]
