"""Reviewing in the browser: with the keyboard alone, one after another; and the pages as they are seen."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.flow import noting, review
from registration.models import Answer, DeclineReason, Meeting, Question, SavedView, Submission
from registration.states import WaitingList
from tests.browser import accessibility
from tests.browser.pictures import NARROW, SCHEMES, WIDE, resize, take
from tests.browser.reviewing import do_action
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

_LIST = "/admin/registration/submission/"
_PEOPLE = (
    ("Ada", "Okafor", "Lagos Water Works"),
    ("Zoë", "O’Neil", "Harbor & Sons"),
    ("محمد", "الأحمد", "دار النور"),
    ("Wei", "Li", "Harmony Design"),
    ("Bartholomäus-Maximilian", "Müller-Lüdenscheidt-Hohenzollern", "Long names Ltd"),
)


@pytest.fixture
def launch(dana: User) -> Meeting:
    """A meeting for which five people wait, with questions, prepared reasons, and something noted about the first."""
    meeting: Meeting = MeetingFactory(title="Product launch", capacity=50, waiting_list=WaitingList.AT_ONCE)
    topic = QuestionFactory(
        meeting=meeting, text="Which topic?", type=Question.Type.RADIO, options=["Rooms", "Prices and licences"]
    )
    wish = QuestionFactory(meeting=meeting, text="What would you like to ask?", type=Question.Type.MULTI_LINE)
    for first, last, company in _PEOPLE:
        person = SubmissionFactory(meeting=meeting, first_name=first, last_name=last, company_name=company)
        option = topic.options.first()
        Answer.objects.create(submission=person, question=topic, option=option, question_text=topic.text, text="Rooms")
        Answer.objects.create(
            submission=person, question=wish, question_text=wish.text, text="Will it rain?", position=1
        )
    DeclineReason.objects.create(title="Full", text="The room is full.")
    ada = Submission.objects.filter(first_name="Ada")
    noting.note(ada.get(), "Met in May; wants to bring a colleague.", by=dana, at=timezone.now())
    noting.tag(ada, "VIP", by=dana)
    noting.assign(ada, to=dana, by=dana)
    SavedView.objects.create(owner=dana, name="Waiting", query="decision__exact=waiting")
    return meeting


def look_at(page: Page, name: str) -> None:
    """No rule of axe-core is broken, on a desktop's and a phone's screen, in light and dark; with a picture of each."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (WIDE, NARROW):
            resize(page, width)
            take(page, f"{name}-{scheme}")
            assert accessibility.violations(page) == []
            assert [each for each in accessibility.small_targets(page) if is_ours(each)] == []
    page.emulate_media(color_scheme="light")
    resize(page, WIDE)


def is_ours(target: str) -> bool:
    """Whether it is no part of Django's own pages."""
    return target.startswith(("button", "summary", "select", "input#staff", "input#filter")) and "Log out" not in target


def on_show(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_people_are_reviewed_with_the_keyboard_alone(staff: Page, launch: Meeting) -> None:
    staff.goto(f"{_LIST}review/?meeting__id__exact={launch.pk}")
    on_show(staff, "Ada Okafor")
    keyboard = staff.keyboard
    keyboard.press("n")
    on_show(staff, "Zoë O’Neil")
    keyboard.press("k")
    on_show(staff, "Ada Okafor")
    keyboard.press("a")
    on_show(staff, "Zoë O’Neil")
    expect(staff.locator(".messagelist")).to_have_text("Ada Okafor: approved.")
    # Undone: what that does is shown, and Enter does it.
    keyboard.press("u")
    on_show(staff, "Undo a decision")
    expect(staff.get_by_text("At Webex: nothing is done about 1.")).to_be_visible()
    keyboard.press("Enter")
    on_show(staff, "Ada Okafor")
    assert {person.decision for person in launch.submissions.all()} == {"waiting"}
    # A tag and a note: letters are letters while one types.
    keyboard.press("t")
    keyboard.type("and a guest")
    keyboard.press("Enter")
    expect(staff.locator(".staff-notes .tag bdi")).to_have_text(["VIP", "and a guest"])
    keyboard.press("c")
    keyboard.type("dj and jazz")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(staff.locator(".staff-list .words").first).to_have_text("dj and jazz")
    # Declined with a prepared reason.
    keyboard.press("d")
    expect(staff.get_by_label("Prepared reason")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(staff.get_by_label("Reason:", exact=True)).to_have_value("The room is full.")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    on_show(staff, "Zoë O’Neil")
    for name in ("محمد الأحمد", "Wei Li", "Bartholomäus-Maximilian Müller-Lüdenscheidt-Hohenzollern"):
        keyboard.press("a")
        on_show(staff, name)
    keyboard.press("a")
    expect(staff.get_by_text("Nobody waits to be decided about, of those whom")).to_be_visible()
    decided = list(launch.submissions.order_by("pk").values_list("decision", flat=True))
    assert decided == ["declined", "approved", "approved", "approved", "approved"]


def test_the_first_tag_is_added_and_removed_on_the_persons_page(staff: Page, launch: Meeting) -> None:
    staff.goto(f"{_LIST}{Submission.objects.get(first_name='Wei').pk}/change/")
    tags = staff.locator(".staff-notes .tag bdi")
    expect(tags).to_have_count(0)
    assert [each for each in accessibility.small_targets(staff) if is_ours(each)] == []
    staff.get_by_label("New tag").fill("VIP")
    staff.get_by_role("button", name="Add tag").click()
    expect(tags).to_have_text(["VIP"])
    on_show(staff, "Wei Li")
    staff.get_by_role("button", name="Remove the tag VIP").click()
    expect(tags).to_have_count(0)
    on_show(staff, "Wei Li")


def test_the_keys_can_be_turned_off_and_stay_so(staff: Page, launch: Meeting) -> None:
    staff.goto(f"{_LIST}review/")
    staff.keyboard.press("?")
    staff.get_by_label("Single keys press these buttons").uncheck()
    staff.reload()
    staff.keyboard.press("a")
    staff.keyboard.press("n")
    on_show(staff, "Ada Okafor")
    assert {person.decision for person in launch.submissions.all()} == {"waiting"}


def test_everything_works_without_scripts(staff: Page, launch: Meeting) -> None:
    staff.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    staff.goto(f"{_LIST}review/")
    staff.get_by_text("Decline with a reason").click()
    staff.get_by_label("Prepared reason").select_option("Full")
    staff.get_by_role("button", name="Decline", exact=True).click()
    on_show(staff, "Zoë O’Neil")
    staff.get_by_role("button", name="Approve").click()
    on_show(staff, "محمد الأحمد")
    reasons = list(launch.submissions.order_by("pk").values_list("decision", "decision_reason")[:2])
    assert reasons == [("declined", "The room is full."), ("approved", "")]


def test_the_pages_are_accessible(staff: Page, launch: Meeting, dana: User) -> None:
    staff.goto(f"{_LIST}?meeting__id__exact={launch.pk}&decision__exact=waiting&tag=")
    look_at(staff, "review-list")
    staff.get_by_text("More filters").click()
    staff.get_by_text("Save this view").click()
    look_at(staff, "review-list-open")
    staff.goto(f"{_LIST}?q=nobody-of-this-name")
    look_at(staff, "review-list-empty")
    staff.goto(f"{_LIST}review/?meeting__id__exact={launch.pk}")
    staff.keyboard.press("d")
    staff.keyboard.press("Escape")
    staff.keyboard.press("?")
    look_at(staff, "review-one")
    review.approve(Submission.objects.filter(first_name="Ada"), by=dana)
    Submission.objects.filter(first_name="Ada").update(presence="registered", webex_status="approved")
    staff.goto(f"{_LIST}{Submission.objects.get(first_name='Ada').pk}/change/")
    look_at(staff, "review-person")
    staff.get_by_role("link", name="Undo …").click()
    look_at(staff, "review-undo")
    do_action(staff, "Decline …", to=["Ada Okafor", "Wei Li"])
    look_at(staff, "review-decline")
    do_action(staff, "Add a tag …", to=["Ada Okafor", "Wei Li"])
    look_at(staff, "review-tag")
    staff.goto("/admin/registration/declinereason/")
    look_at(staff, "review-reasons")
    staff.goto(f"{_LIST}review/?q=nobody-of-this-name")
    look_at(staff, "review-done")


def test_the_names_of_the_columns_stand_in_line(staff: Page, launch: Meeting) -> None:
    names = staff.locator("#result_list thead .text > :is(a, span:not(:has(input)))")
    for name, query in {"all": "", "sorted": f"?meeting__id__exact={launch.pk}&o=2.-7"}.items():
        staff.goto(f"{_LIST}{query}")
        assert set(names.evaluate_all("parts => parts.map(part => getComputedStyle(part).padding)")) == {"8px 10px"}
        look_at(staff, f"review-list-{name}")
    assert staff.locator("#result_list thead th.sorted").count() == 2


def test_all_that_match_are_chosen_and_shown_before_they_are_approved(staff: Page, launch: Meeting) -> None:
    SubmissionFactory.create_batch(101, meeting=launch)
    staff.goto(f"{_LIST}?meeting__id__exact={launch.pk}")
    staff.locator("#action-toggle").check()
    staff.get_by_role("button", name="Select all that match: 106 submissions").click()
    staff.get_by_role("combobox", name="Action").select_option("Approve")
    staff.get_by_role("button", name="Go").click()
    on_show(staff, "Approve: 106 registrations")
    look_at(staff, "review-across")
    staff.get_by_role("button", name="Approve").click()
    expect(staff.locator(".messagelist li").first).to_have_text("106 approved. Undo …")
