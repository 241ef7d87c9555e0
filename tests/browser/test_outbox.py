"""Reviewing where decisions are held: decided, previewed, released and pushed with the keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from registration.flow import review
from registration.models import Batch, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.browser import accessibility
from tests.browser.pictures import NARROW, SCHEMES, WIDE, resize, take
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

DJANGOS = ("“Log out”", "“View site”", "“Change password”")
"""Small targets that are not of our making."""

NAMES = ("Ada Okafor", "Wei Li", "Lena Müller-Weiß")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What is to go on in the background: the tests do it, when they have seen what the page says until then."""
    works: list[Callable[[], object]] = []
    monkeypatch.setattr("registration.background.start_once_committed", lambda work, name: works.append(work))
    return works


@pytest.fixture
def launch(transactional_db: None, sandbox: SandboxServer) -> Meeting:
    """A meeting that holds its decisions, with three who wait."""
    meeting: Meeting = MeetingFactory(title="Product launch", holds_decisions=True)
    sandbox.store.add_meeting(
        id=meeting.webex_id, form=Form(auto_accept=True), start_at=meeting.start_at, end_at=meeting.end_at
    )
    for minutes, name in enumerate(NAMES):
        first, last = name.split()
        submitted_at = timezone.now() - timedelta(minutes=minutes)
        SubmissionFactory(meeting=meeting, first_name=first, last_name=last, submitted_at=submitted_at)
    return meeting


def people(*names: str) -> QuerySet[Submission]:
    return Submission.objects.filter(first_name__in=[name.split()[0] for name in names])


def go_to(page: Page, goal: Locator, *, key: str = "Tab") -> None:
    """Press the key until the goal has the focus, which must be seen on our own pages. The list is Django's."""
    for _stop in range(150):
        if goal.evaluate("(element) => element === document.activeElement"):
            assert "/submission/" in page.url or accessibility.focus_problems(page) == []
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {goal}.")


def test_from_the_decision_to_the_push_with_the_keyboard_alone(
    launch: Meeting, staff: Page, begun: list[Callable[[], object]]
) -> None:
    # A whole Chromium lets whoever presses a button copy; one without windows has nobody to ask.
    staff.context.grant_permissions(["clipboard-write"])
    staff.goto(f"/admin/registration/submission/?meeting__id__exact={launch.pk}")
    for name in NAMES[:2]:
        go_to(staff, staff.get_by_role("row", name=name).get_by_role("checkbox"))
        staff.keyboard.press("Space")
    go_to(staff, staff.get_by_role("combobox", name="Action"), key="Shift+Tab")
    staff.keyboard.type("Approve")
    go_to(staff, staff.get_by_role("button", name="Go"))
    staff.keyboard.press("Enter")
    expect(staff.locator(".messagelist")).to_have_text("2 decided, held until they are released. Open the outbox")

    go_to(staff, staff.get_by_role("link", name="Open the outbox"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Outbox")
    go_to(staff, staff.get_by_role("link", name="Preview of “Product launch”"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("What a push would do")
    expect(staff.locator(".call .people li")).to_have_count(2)
    go_to(staff, staff.get_by_text("What is sent (JSON)"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("region", name="What call 1 sends")).to_contain_text('"firstName": "Ada"')

    go_to(staff, staff.get_by_role("button", name="Release all 2 and push"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Push to Webex")
    expect(staff.locator("[data-said]")).to_have_text("Under way.")
    expect(staff.locator(".tally li").nth(1)).to_have_text("2 left")
    begun.pop()()
    expect(staff.locator("[data-said]")).to_have_text("Done.")
    expect(staff.get_by_role("status")).to_have_text("Done.")
    expect(staff.locator(".tally li")).to_have_text(
        ["2 at Webex, or as decided there", "0 left", "0 outcome not known yet", "0 refused by Webex"]
    )
    tracking_id = Batch.objects.get().tracking_id
    go_to(staff, staff.get_by_role("button", name=f"Copy the tracking id {tracking_id}"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("status")).to_have_text(f"Copy the tracking id {tracking_id} ✓")
    search_for_what_was_copied(staff)
    expect(staff.locator("#searchbar")).to_have_value(tracking_id)
    assert sorted(people(*NAMES).values_list("decision", "presence")) == [
        ("approved", "registered"),
        ("approved", "registered"),
        ("waiting", "absent"),
    ]


def search_for_what_was_copied(page: Page) -> None:
    page.goto("/admin/registration/batch/")
    page.locator("#searchbar").focus()
    page.keyboard.press("Control+V")


def look(page: Page, name: str) -> None:
    """Nothing is amiss in light and dark, on a laptop and a phone; and pictures of it."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (WIDE, NARROW):
            resize(page, width)
            take(page, name if scheme == "light" else f"{name}-dark")
            problems = [
                *accessibility.violations(page, within="#content"),
                *(
                    target
                    for target in accessibility.small_targets(page)
                    if not any(name in target for name in DJANGOS)
                ),
                *accessibility.sideways_scrolling(page),
            ]
            assert problems == [], f"{name} {scheme} {width}: {problems}"


def test_how_it_looks(
    launch: Meeting, staff: Page, dana: User, sandbox: SandboxServer, begun: list[Callable[[], object]]
) -> None:
    staff.goto("/admin/registration/outbox/")
    look(staff, "outbox-empty")
    review.approve(people("Ada", "Wei"), by=dana)
    review.decline(people("Lena"), by=dana, reason="All places are taken. We are sorry, and keep you posted.")
    staff.goto("/admin/registration/outbox/")
    look(staff, "outbox-all")
    staff.goto(f"/admin/registration/meeting/{launch.pk}/outbox/")
    look(staff, "outbox-meeting")
    staff.goto(f"/admin/registration/meeting/{launch.pk}/outbox/preview/")
    look(staff, "outbox-preview")
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is not accepted."))
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is not accepted."))
    staff.get_by_role("button", name="Release all 3 and push").click()
    expect(staff.locator("[data-said]")).to_have_text("Under way.")
    begun.pop()()
    expect(staff.locator("[data-said]")).to_contain_text("Done.")
    look(staff, "outbox-push")
    staff.get_by_role("link", name=str(Batch.objects.order_by("pk")[0])).first.click()
    look(staff, "outbox-batch")
    staff.goto(f"/admin/registration/submission/?meeting__id__exact={launch.pk}")
    look_only(staff, "outbox-list")


def look_only(page: Page, name: str) -> None:
    for width in (WIDE, NARROW):
        resize(page, width)
        take(page, name)
