"""What staff see where they may not go on, or where nothing is: in both looks, and put to axe-core."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import clipped_texts, sideways_scrolling, small_targets, violations
from tests.browser.pictures import NARROW, WIDE, resize, take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/admin/nowhere/", "There is no such page"),
        # No question is added there, whoever asks.
        ("/admin/registration/question/add/", "You may not see this page"),
    ],
)
def test_the_page_leads_on(staff: Page, address: str, heading: str) -> None:
    staff.goto(address)
    expect(staff.get_by_role("heading", level=1)).to_have_text(heading)
    for width in (WIDE, NARROW):
        resize(staff, width)
        take(staff, f"admin-refused-{heading.split()[0].lower()}")
        for measure in (violations, sideways_scrolling, clipped_texts, small_targets):
            assert measure(staff) == []
    staff.emulate_media(color_scheme="dark")
    assert violations(staff, of_colors=True) == []
    resize(staff, WIDE)
    staff.get_by_role("link", name="Go to the start page").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Meetings and registrations")
