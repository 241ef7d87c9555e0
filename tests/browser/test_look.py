"""A meeting's look, from the file on the desk of staff to the screen of a visitor."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.launch import launch
from tests.browser.pictures import NARROW, WIDE, resize, take
from tests.cast import wordmark

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_give_a_meeting_its_look(staff: Page, visitor: Page) -> None:
    meeting = launch()
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.get_by_label("Introduction:").fill("Welcome")
    staff.get_by_label("Colour:").fill("#ffcc00")
    # Django's admin has an empty row beside it, which is not shown.
    staff.locator("#id_logo-0-picture").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": wordmark()}
    )
    staff.locator("#id_logo-0-text").fill("Example Ltd.")
    staff.get_by_role("button", name="Save and continue editing").click()
    expect(staff.get_by_role("img", name="Example Ltd.")).to_be_visible()
    expect(staff.locator(".messagelist .warning")).to_contain_text("a darker shade, #806600")
    for width in (WIDE, NARROW):
        resize(staff, width)
        take(staff, "admin-meeting-look")

    visitor.goto(meeting.get_absolute_url())
    expect(visitor.get_by_text("Welcome", exact=True)).to_be_visible()
    logo = visitor.get_by_role("img", name="Example Ltd.")
    assert logo.evaluate("image => [image.complete, image.naturalWidth, image.width]") == [True, 480, 240]
    register = visitor.get_by_role("button", name="Register")
    expect(register).to_have_css("background-color", "rgb(128, 102, 0)")
    visitor.emulate_media(color_scheme="dark")
    expect(register).to_have_css("background-color", "rgb(255, 204, 0)")
    expect(register).to_have_css("color", "rgb(0, 0, 0)")
