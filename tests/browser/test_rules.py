"""A manager edits and tries a meeting's approval rules with the keyboard alone, with pictures of the pages."""

from functools import reduce
from operator import or_

import pytest
from django.db.models import Q, QuerySet
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from registration.flow import moves
from registration.models import Meeting, Question, Submission
from registration.states import Decision
from tests.browser.accessibility import focus_problems, sideways_scrolling, small_targets, violations
from tests.browser.keyboard import LONGEST_WAY, Lost, is_first_for_enter, press
from tests.browser.pictures import HEIGHTS, NARROW, SCHEMES, WIDE, take
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Which of our products have you been using for longer than a year, and would you recommend them to a colleague?"


@pytest.fixture
def meeting(transactional_db: None) -> Meeting:
    """With rules of each kind, and people in most states."""
    made: Meeting = MeetingFactory(title="Product launch", slug="launch", approval="rules", company_name_use="optional")
    role = QuestionFactory(meeting=made, text="Role?", type=Question.Type.RADIO, options=["Buyer", "Student"])
    used = QuestionFactory(meeting=made, text=LONG)
    ApprovalRuleFactory(meeting=made, value="@competitor.example", result="reject", is_from_webex=True, order=1)
    ApprovalRuleFactory(meeting=made, field="company_name", condition="contains", value="Partner", order=2)
    facts = {"field": "", "condition": "equals"}
    ApprovalRuleFactory(meeting=made, question=role, value="Stundent", result="hold", order=3, **facts)
    ApprovalRuleFactory(meeting=made, question=used, value="No", is_active=False, order=4, **facts)
    for number in range(12):
        host = ("competitor", "partner", "example")[number % 3]
        SubmissionFactory(meeting=made, email=f"p{number}@{host}.example", company_name="Partner" * (number % 3 == 1))
    now = timezone.now()
    moves.decide(of("p0@", "p3@"), to=Decision.DECLINED, at=now, reason="a rule")
    moves.decide(of("p2@", "p5@", "p6@", "p8@"), to=Decision.APPROVED, at=now)
    moves.hold_for_review(of("p4@"), words="Role? equals “Student”: hold for review", at=now)
    return made


def of(*beginnings: str) -> QuerySet[Submission]:
    """Those whose addresses begin so."""
    return Submission.objects.filter(reduce(or_, (Q(email__startswith=beginning) for beginning in beginnings)))


def go_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus. Each stop on what is ours must be seen to have it."""
    for _stop in range(LONGEST_WAY):
        if goal.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.rules') !== null"):
            assert focus_problems(page) == []
    raise Lost(f"Tab does not lead to {goal}.")


def check(page: Page, name: str) -> None:
    """Look at the page on a laptop and a phone, in light and dark, and put what is ours on it to axe-core."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(page, f"{name}-{scheme}")
            assert sideways_scrolling(page) == []
            assert violations(page, within="#content") == []
            assert [target for target in small_targets(page) if target.startswith(("button", "input", "select"))] == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE, "height": HEIGHTS[WIDE]})


def test_rules_are_added_moved_tried_and_stored_with_the_keyboard_alone(staff: Page, meeting: Meeting) -> None:
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.get_by_role("link", name="Approval rules", exact=True).click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Approval rules")
    check(staff, "admin-rules")

    go_to(staff, staff.get_by_role("button", name="Add a rule"))
    staff.keyboard.press("Enter")
    subject = staff.get_by_label("If", exact=True)
    expect(subject).to_be_focused()
    staff.keyboard.type("Role")
    press(staff, "Tab")
    staff.keyboard.type("equals")
    press(staff, "Tab")
    expect(staff.get_by_label("Value")).to_have_attribute("list", "options-" + subject.input_value())
    staff.keyboard.type("Nobody")
    # Enter stores nothing.
    assert is_first_for_enter(staff, "#content form", "show")
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("It matches nobody: there is no such answer on the form.").last).to_be_visible()
    check(staff, "admin-rules-open")

    value = staff.get_by_label("Value")
    go_to(staff, value)
    press(staff, "ControlOrMeta+a")
    staff.keyboard.type("Student")
    go_to(staff, staff.get_by_role("button", name="Up with rule 5"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("button", name="Up with rule 4")).to_be_focused()
    for number in (4, 3, 2):
        staff.keyboard.press("Enter")
        then = f"Up with rule {number - 1}" if number > 2 else "Down with rule 1"
        expect(staff.get_by_role("button", name=then)).to_be_focused()
    expect(staff.locator(".rule-sentence").first).to_have_text("1. If Role? equals “Student”: approve")

    go_to(staff, staff.get_by_role("button", name="Done with rule 1"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("button", name="Change rule 1")).to_be_focused()
    go_to(staff, staff.get_by_role("button", name="Try on the submissions there are"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", name="What these rules would do")).to_be_focused()
    check(staff, "admin-rules-tried")

    go_to(staff, staff.get_by_role("button", name="Save", exact=True))
    staff.keyboard.press("Enter")
    expect(staff.locator(".messagelist")).to_contain_text("Stored. Whoever is decided about stays as they are.")
    assert [str(rule) for rule in meeting.rules.all()][:2] == [
        "Role? equals “Student”: approve",
        "E-mail address ends with “@competitor.example”: decline",
    ]

    go_to(staff, staff.get_by_role("button", name="Have them decide about who waits …"))
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Decide about 5 people who wait")
    check(staff, "admin-rules-waiting")
    go_to(staff, staff.get_by_role("button", name="Decide about them"))
    staff.keyboard.press("Enter")
    expect(staff.locator(".messagelist")).to_contain_text("By the rules: 4 approved, 1 declined, 0 held for review.")


def test_what_is_wrong_and_what_changed_meanwhile_is_shown_where_it_is(staff: Page, meeting: Meeting) -> None:
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/rules/")
    staff.get_by_role("button", name="Change rule 2").click()
    staff.get_by_label("Value").fill("")
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_label("Value")).to_be_focused()
    check(staff, "admin-rules-wrong")
    meeting.rules.filter(order=4).delete()
    staff.get_by_label("Value").fill("Friend")
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.locator("#refused")).to_be_focused()
    check(staff, "admin-rules-refused")


def test_the_meetings_page_has_them_as_sentences(staff: Page, meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(approval="manual")
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    summary = staff.locator(".rule-summary")
    expect(summary.get_by_role("listitem")).to_have_count(4)
    assert violations(staff, within=".rule-summary") == []
    take(staff, "admin-meeting-rules")
    summary.get_by_role("link", name="Change or try the rules").click()
    expect(staff.locator(".caution")).to_contain_text("These rules are not followed")
