"""The start page and a meeting at a glance: for every eye, with the keyboard alone, and on paper."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.demo.people import PEOPLE
from registration.models import Meeting
from registration.states import Decision, Presence
from tests.browser import accessibility
from tests.browser.keyboard import go_to
from tests.browser.launch import launch, sign_up
from tests.browser.pictures import NARROW, SCHEMES, WIDE, Scheme, resize, take
from tests.browser.test_print import A4_WIDTH, COLORED
from tests.cast import MeetingFactory, SubmissionFactory
from tests.crowd import in_every_state

pytestmark = pytest.mark.django_db(transaction=True)

PAGES: dict[str, Callable[[Meeting], str]] = {
    "start": lambda meeting: "/admin/",
    "start-past": lambda meeting: "/admin/?past=1",
    "glance": lambda meeting: f"/admin/registration/meeting/{meeting.pk}/glance/",
}


@pytest.fixture
def days(transactional_db: None) -> Meeting:
    """The launch with its answers, a meeting with people in every state, one with nobody, one that is not at Webex, and
    one that is over.
    """
    now = timezone.now()
    meeting = launch(capacity=40)
    for n, person in enumerate(PEOPLE):
        states = {"decision": Decision.APPROVED, "presence": Presence.REGISTERED, "webex_status": "approved"}
        at = now - timedelta(days=n * n // 30, hours=n)
        sign_up(person, meeting=meeting, submitted_at=at, **(states if n % 3 else {}))
    in_every_state(MeetingFactory(title="Annual meeting of everybody", capacity=100, waiting_list="offer"))
    MeetingFactory(title="Office hours", slug="office-hours", start_at=now + timedelta(hours=5), is_published=False)
    SubmissionFactory(meeting=MeetingFactory(title="Book club", webex_id=""), approved=True)
    MeetingFactory(title="Retrospective", start_at=now - timedelta(days=9))
    return meeting


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_on_every_screen(staff: Page, days: Meeting, name: str, scheme: Scheme) -> None:
    staff.emulate_media(color_scheme=scheme)
    staff.goto(PAGES[name](days))
    for width in (WIDE, NARROW):
        resize(staff, width)
        take(staff, f"admin-{name}-{scheme}")
        problems = [
            *accessibility.violations(staff),
            *accessibility.small_targets(staff),
            *accessibility.sideways_scrolling(staff),
        ]
        assert problems == []


def test_from_what_needs_a_person_to_its_people_with_the_keyboard(staff: Page, days: Meeting) -> None:
    staff.goto("/admin/")
    need = staff.get_by_role("link", name="34 registrations wait for review")
    go_to(staff, need)
    staff.keyboard.press("Enter")
    expect(staff.locator(".paginator")).to_contain_text("34 submissions")
    go_to(staff, staff.get_by_role("link", name="Start", exact=True))
    staff.keyboard.press("Enter")
    go_to(staff, staff.get_by_role("searchbox", name="Title"))
    staff.keyboard.type("launch")
    staff.keyboard.press("Enter")
    expect(staff.locator(".glance h3")).to_have_text(["Product launch"])
    go_to(staff, staff.get_by_role("link", name="Product launch"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Product launch")
    go_to(staff, staff.locator("summary"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("region", name="Sign-ups over time", exact=True).get_by_role("table")).to_be_visible()
    go_to(staff, staff.get_by_role("link", name="16 approved at Webex"))


def test_the_chart_is_read_out(staff: Page, days: Meeting) -> None:
    staff.goto(PAGES["glance"](days))
    expect(staff.get_by_role("img", name="Sign-ups over time")).to_be_visible()


@pytest.mark.parametrize("name", ["start", "glance"])
def test_a_page_on_paper(staff: Page, days: Meeting, name: str) -> None:
    staff.goto(PAGES[name](days))
    staff.set_viewport_size({"width": A4_WIDTH, "height": 900})
    staff.emulate_media(media="print", color_scheme="dark")
    take(staff, f"admin-{name}-print")
    left_out = staff.locator("header, nav, .start-search, .all-pages, .object-tools, summary")
    assert [part for part in left_out.all() if part.is_visible()] == []
    assert staff.evaluate(COLORED) == []
    if name == "glance":
        expect(staff.locator(".data table")).to_be_visible()
