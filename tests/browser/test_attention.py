"""What needs attention in the browser: mended with the keyboard alone, resolved in bulk, and looked at."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.demo.people import PEOPLE
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.admin.attention import people
from tests.browser.accessibility import clipped_texts, focus_problems, sideways_scrolling, small_targets, violations
from tests.browser.launch import launch, sign_up
from tests.browser.pictures import HEIGHTS, NARROW, SCHEMES, WIDE, take
from tests.browser.reviewing import expect_messages
from tests.browser.test_correct import push
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)
TOPICS = ["Video and audio quality", "Security and compliance", "Prices, licences, and whatever else may come to " * 2]
NAMES = ("Sofia Rossi", "Ola Nordmann", "علي حسن", "Bartholomäus-Maximilian von und zu Hohenfels")


@pytest.fixture
def refused(sandbox: SandboxServer, dana: User) -> Meeting:
    """A meeting at which Webex refuses two people, one after the other."""
    meeting = launch()
    for person in PEOPLE:
        if person.last_name in ("Rossi", "Nordmann"):
            found = sign_up(person, meeting=meeting, submitted_at=timezone.now() - timedelta(days=1))
            sandbox.faults.add(Fault("bulkInsert", status=400, message=people.PHONE))
            push(Submission.objects.filter(pk=found.pk), by=dana)
    return meeting


@pytest.fixture
def everything(sandbox: SandboxServer, dana: User) -> Meeting:
    """Several of each kind."""
    meeting: Meeting = MeetingFactory(title="Product launch", work_phone_use="optional", country_region_use="optional")
    people.one_of_each(meeting, 3)
    people.paused(title="A meeting with a title that is long enough for two lines, or for three of them on a phone")
    people.refused(meeting, words="Invalid countryRegion; invalid email " + "x" * 90)
    asked = [
        QuestionFactory(meeting=meeting, text="Which topics interest you?", type="checkbox", options=TOPICS),
        QuestionFactory(meeting=meeting, text="Do you use our products?", type="radioButtons", options=["Yes", "No"]),
        QuestionFactory(meeting=meeting, text="What would you like to ask?", type="multiLineTextBox", max_length=500),
    ]
    people.refused(meeting, words=f"Wrong answers to questions {', '.join(question.webex_id for question in asked)}")
    for person, name in zip(Submission.objects.order_by("pk"), NAMES, strict=False):
        first, _space, last = name.partition(" ")
        Submission.objects.filter(pk=person.pk).update(first_name=first, last_name=last)
    SubmissionFactory(meeting=meeting, erase_asked_at=timezone.now() - timedelta(days=1), presence="registered")
    return meeting


def check(page: Page, name: str) -> None:
    """Look at the page on a laptop and a phone, in light and dark, and put it to axe-core."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(page, f"{name}-{scheme}")
            assert (sideways_scrolling(page), clipped_texts(page)) == ([], [])
            assert violations(page, within="#content-start") == []
    # The head of the page is Django's.
    page.evaluate("document.querySelectorAll('#header, .breadcrumbs').forEach((element) => element.remove())")
    assert small_targets(page) == [], small_targets(page)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": WIDE, "height": HEIGHTS[WIDE]})


def next_stop(page: Page) -> None:
    """Press the tabulator; what then has the focus is seen to have it, as far as it is ours."""
    page.keyboard.press("Tab")
    if page.evaluate("!!document.activeElement.closest('#content-main')"):
        problems = focus_problems(page)
        assert problems == [], problems


def go_to_field(page: Page, name: str) -> None:
    """With the tabulator alone to the field of the person's row; what has the focus is seen at each stop."""
    goal = page.get_by_label(f"Work phone of {name}")
    for _stop in range(80):
        if goal.evaluate("(element) => element === document.activeElement"):
            return
        next_stop(page)
    raise AssertionError(f"No way to the field of {name}.")


def test_the_refused_are_mended_with_the_keyboard_alone_and_registered(
    staff: Page, refused: Meeting, dana: User
) -> None:
    staff.goto("/admin/")
    staff.get_by_role("link", name="2 Refused by Webex", exact=True).press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Needs attention")
    go_to_field(staff, "Sofia Rossi")
    staff.keyboard.press("Control+a")
    staff.keyboard.type("call me")
    staff.keyboard.press("Enter")
    wrong = "Enter a work phone number, such as 02 1234 5678 or +39 02 1234 5678"
    expect(staff.locator("#refused .errorlist")).to_have_text(wrong)
    take(staff, "admin-attention-wrong")
    field = staff.get_by_label("Work phone of Sofia Rossi")
    expect(field).to_have_value("call me")
    go_to_field(staff, "Sofia Rossi")
    staff.keyboard.press("Control+a")
    staff.keyboard.type("+39 06 6982")
    staff.keyboard.press("Enter")
    expect(staff.locator(".messagelist")).to_contain_text("Sofia Rossi: corrected (Work phone).")
    expect(staff.locator("#refused .who")).to_have_text(["Ola Nordmann"])
    # Where one was: the next stop is in the row that came after it.
    next_stop(staff)
    assert staff.evaluate("document.activeElement.closest('.row').querySelector('.who').textContent") == "Ola Nordmann"
    go_to_field(staff, "Ola Nordmann")
    staff.keyboard.press("Control+a")
    staff.keyboard.type("+47 22 11 11 11")
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", name="Nothing needs your attention.")).to_be_visible()
    check(staff, "admin-attention-empty")
    push(refused.submissions.all(), by=dana)
    assert set(refused.submissions.values_list("presence", "work_phone")) == {
        ("registered", "+39 06 6982"),
        ("registered", "+47 22 11 11 11"),
    }


def test_everything_that_waits_is_seen_and_resolved_in_bulk(staff: Page, everything: Meeting) -> None:
    staff.goto("/admin/attention/")
    check(staff, "admin-attention")
    section = staff.locator("#refused")
    section.get_by_label("Choose all that are shown").check()
    expect(section.get_by_role("checkbox", checked=True)).to_have_count(6)
    section.get_by_role("checkbox", name="Choose Sofia Rossi").uncheck()
    section.locator(".bulk").get_by_role("button", name="Send again", exact=True).click()
    expect_messages(staff, "4 go again with the next push.")
    assert "#refused" in staff.url
    staff.locator("#strangers").get_by_role("button", name="Adopt …").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Adopt 3 people?")
    check(staff, "admin-attention-ask")
    staff.get_by_role("button", name="Adopt").click()
    expect_messages(staff, "3 adopted, decided as at Webex. Nobody was mailed.")
    expect(staff.locator("#strangers")).to_have_count(0)


def test_without_javascript_rows_are_ticked_one_by_one(staff: Page, everything: Meeting) -> None:
    staff.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    staff.goto("/admin/attention/")
    expect(staff.get_by_label("Choose all that are shown").first).to_be_hidden()
    rows = staff.locator("#missing").get_by_role("checkbox")
    for number in range(2):
        rows.nth(number).check()
    staff.locator("#missing .bulk").get_by_role("button", name="Look up again …").first.click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Look up 2 missing people again?")
