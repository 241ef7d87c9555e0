"""Somebody takes their data along and has them erased, by keyboard; staff do it for somebody else."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from registration.demo.people import PEOPLE
from registration.models import Submission
from registration.states import Decision, Presence
from tests.browser import keyboard
from tests.browser.launch import launch, sign_up
from tests.browser.pictures import NARROW, WIDE, resize, take
from tests.browser.public_pages import ADA

pytestmark = pytest.mark.django_db(transaction=True)


def test_with_the_keyboard_alone_to_the_file_and_to_nothing(visitor: Page) -> None:
    submission = sign_up(ADA, meeting=launch(), decision=Decision.APPROVED)
    visitor.emulate_media(reduced_motion="reduce")  # or the page would still be on its way to what has the focus
    visitor.goto(submission.get_absolute_url())
    with visitor.expect_download() as download:
        visitor.get_by_role("link", name="Download my data (JSON)").press("Enter")
    told = json.loads(Path(download.value.path()).read_text())
    assert (told["registration"]["first_name"], len(told["answers"])) == ("Ada", submission.answers.count())
    visitor.get_by_role("link", name="Erase my data …").press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Erase everything you told us?")
    for width in (WIDE, NARROW):
        resize(visitor, width)
        take(visitor, "erase-asked")
    keyboard.go_to(visitor, visitor.get_by_role("link", name="Back to your registration, and change nothing"))
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_url(re.compile(f"{submission.get_absolute_url()}$"))
    assert Submission.objects.get().erase_asked_at is None
    visitor.get_by_role("link", name="Erase my data …").click()
    keyboard.go_to(visitor, visitor.get_by_role("button", name="Erase it for good"))
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Your data are erased")
    assert submission.token not in visitor.content()
    visitor.go_back()
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).not_to_have_text("Erase everything you told us?")
    visitor.goto(submission.get_absolute_url())
    expect(visitor.get_by_role("heading", level=1)).to_have_text("There is no such page")


def test_staff_erase_somebody_who_wrote_a_letter(staff: Page) -> None:
    meeting = launch()
    for person in PEOPLE[:3]:
        sign_up(person, meeting=meeting, decision=Decision.APPROVED)
    Submission.objects.filter(first_name="Ada").update(presence=Presence.REGISTERED, registrant_id="r")
    staff.goto("/admin/registration/submission/")
    staff.locator("#action-toggle").check()
    staff.get_by_label("Action:").select_option("Erase this person’s data …")
    staff.get_by_role("button", name="Go").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Erase the data of 3 people")
    for width in (WIDE, NARROW):
        resize(staff, width)
        take(staff, "admin-erase")
    staff.get_by_role("button", name="Erase for good").press("Enter")
    expect(staff.locator("#result_list")).to_contain_text("erased")
    for width in (WIDE, NARROW):
        resize(staff, width)
        take(staff, "admin-erased")
    staff.locator("#result_list tbody a").first.click()
    staff.wait_for_url("**/submission/*/change/**")
    take(staff, "admin-erased-person")
