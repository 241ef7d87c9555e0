"""The form editor in a browser: by keyboard, by drag, and with what attendees will see beside it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from registration.accounts import Clients
from registration.flow import form_import
from registration.models import Meeting
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from tests.browser.accessibility import clipped_texts, sideways_scrolling, violations
from tests.browser.keyboard import is_first_for_enter
from tests.browser.pictures import HEIGHTS, NARROW, SCHEMES, WIDE, take
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meeting(transactional_db: None) -> Meeting:
    """A meeting with three questions."""
    found: Meeting = MeetingFactory(title="Launch", webex_id="", company_name_use="required", city_use="optional")
    QuestionFactory(meeting=found, text="Colour?", type="radioButtons", options=["Red", "Green", "Blue"], webex_id="")
    QuestionFactory(meeting=found, text="Why do you come?", type="multiLineTextBox", max_length=200, webex_id="")
    QuestionFactory(meeting=found, text="كيف سمعت عنا؟", hint="بكلمة واحدة", webex_id="")
    return found


@pytest.fixture
def launch(sandbox: SandboxServer, transactional_db: None) -> Iterator[Meeting]:
    """The sandbox's product launch, imported and then edited here."""
    with Clients() as clients:
        found = form_import.import_meeting(PRODUCT_LAUNCH_ID, clients=clients, slug="launch").meeting
    found.questions.filter(position=0).update(text="Where did you hear of us?", hint="A word", is_private=True)
    found.questions.filter(position=3).update(is_retired=True)
    Meeting.objects.update(title="Our launch", fax_use="hidden")
    yield found


def open_editor(page: Page, meeting: Meeting) -> None:
    page.goto(f"/admin/registration/meeting/{meeting.pk}/form/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Form")


def questions(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator(".questions > li > fieldset > .whole > [id^=text-]").all()]


def stored(meeting: Meeting) -> list[str]:
    return [question.text for question in meeting.questions.all()]


def previewed(page: Page) -> list[str]:
    return [" ".join(words.split()) for words in page.locator("#shown .form-label").all_inner_texts()]


def check(page: Page, name: str) -> None:
    """Look at the page on a laptop and a phone, in light and dark."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(page, f"{name}-{scheme}")
            assert sideways_scrolling(page) == []
            assert violations(page, within="#content") == []
    assert clipped_texts(page) == []


def test_questions_and_options_are_reordered_with_the_keyboard_alone(staff: Page, meeting: Meeting) -> None:
    open_editor(staff, meeting)
    staff.get_by_role("button", name="Down Question 1", exact=True).focus()
    staff.keyboard.press("Enter")
    assert questions(staff) == ["Why do you come?", "Colour?", "كيف سمعت عنا؟"]
    expect(staff.get_by_role("button", name="Down Question 2", exact=True)).to_be_focused()
    staff.keyboard.press("Space")
    assert questions(staff) == ["Why do you come?", "كيف سمعت عنا؟", "Colour?"]
    expect(staff.get_by_role("button", name="Down Question 3", exact=True)).to_be_focused()
    expect(staff.locator("#moved")).to_have_text("Moved to place 3")
    staff.get_by_role("button", name="Up Option 3 Question 3").focus()
    staff.keyboard.press("Enter")
    staff.keyboard.press("Enter")
    staff.get_by_role("button", name="Save").focus()
    staff.keyboard.press("Enter")
    expect(staff.locator(".messagelist")).to_contain_text("Saved: 2 changes.")
    assert stored(meeting) == ["Why do you come?", "كيف سمعت عنا؟", "Colour?"]
    options = meeting.questions.get(text="Colour?").options.all()
    assert [option.text for option in options] == ["Blue", "Red", "Green"]


def test_enter_in_a_field_stores_nothing_and_leaves_all_as_it_was_typed(staff: Page, meeting: Meeting) -> None:
    open_editor(staff, meeting)
    text = staff.get_by_role("group", name="Question 2").get_by_label("Text", exact=True)
    text.fill("Half a quest")
    text.press("Enter")
    expect(staff.locator("#shown")).to_contain_text("Half a quest")
    assert is_first_for_enter(staff, "#editor", "preview")
    expect(text).to_be_focused()
    expect(text).to_have_value("Half a quest")
    staff.get_by_role("group", name="Question 2").get_by_label("Required", exact=True).press("Enter")
    staff.get_by_label("Job title").press("Enter")
    assert stored(meeting) == ["Colour?", "Why do you come?", "كيف سمعت عنا؟"]
    text.press_sequentially("ion?")
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator(".messagelist")).to_contain_text("Saved: 1 change.")


def test_enter_in_an_option_goes_to_the_next_and_adds_one_after_the_last(staff: Page, meeting: Meeting) -> None:
    def option(number: int) -> Locator:
        return staff.get_by_role("textbox", name=f"Option {number} Question 1", exact=True)

    open_editor(staff, meeting)
    option(2).focus()
    staff.keyboard.press("Enter")
    expect(option(3)).to_be_focused()
    for number, words in ((4, "Yellow"), (5, "White")):
        staff.keyboard.press("Enter")
        expect(option(number)).to_be_focused()
        staff.keyboard.type(words)
    staff.keyboard.press("Enter")
    expect(option(6)).to_be_focused()
    staff.keyboard.press("Enter")
    expect(option(7)).to_have_count(0)
    option(6).press("Tab")
    assert meeting.questions.get(text="Colour?").options.count() == 3
    staff.get_by_role("group", name="Question 1").get_by_label("delete").last.check()
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator(".messagelist")).to_contain_text("Saved: 2 changes.")
    options = meeting.questions.get(text="Colour?").options.all()
    assert [option.text for option in options] == ["Red", "Green", "Blue", "Yellow", "White"]


def test_a_question_is_moved_by_drag(staff: Page, meeting: Meeting) -> None:
    staff.set_viewport_size({"width": WIDE, "height": 2000})
    open_editor(staff, meeting)
    handle = staff.locator("#question-" + str(meeting.questions.all()[2].pk) + " > fieldset > .moves > .handle")
    handle.scroll_into_view_if_needed()
    start = handle.bounding_box()
    assert start is not None
    staff.mouse.move(start["x"] + 8, start["y"] + 8)
    staff.mouse.down()
    target = staff.locator(".questions > li").first.bounding_box()
    assert target is not None
    staff.mouse.move(start["x"] + 8, target["y"] + 40, steps=8)
    staff.mouse.up()
    assert questions(staff) == ["كيف سمعت عنا؟", "Colour?", "Why do you come?"]
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator(".messagelist")).to_contain_text("Saved: 1 change.")
    assert stored(meeting) == ["كيف سمعت عنا؟", "Colour?", "Why do you come?"]


def test_the_preview_follows_what_is_typed_and_cannot_be_sent(staff: Page, meeting: Meeting) -> None:
    open_editor(staff, meeting)
    assert previewed(staff) == [
        "First name",
        "Last name",
        "E-mail address",
        "Company",
        "City (optional)",
        "Colour? (optional)",
        "Why do you come? (optional)",
        "كيف سمعت عنا؟ (optional)",
    ]
    staff.get_by_label("Job title").select_option("required")
    staff.get_by_role("group", name="Question 2").get_by_label("Text", exact=True).fill("<b>Why</b> now?")
    expect(staff.locator("#shown")).to_contain_text("<b>Why</b> now?")
    expect(staff.locator("#shown")).to_contain_text("Job title")
    expect(staff.locator("#shown").get_by_role("button", name="Register")).to_be_disabled()
    expect(staff.locator("#shown").get_by_label("First name")).to_be_disabled()
    assert stored(meeting)[1] == "Why do you come?"
    assert staff.locator("#shown form").count() == 0


def test_a_question_is_added_and_what_is_wrong_is_said(staff: Page, meeting: Meeting) -> None:
    open_editor(staff, meeting)
    staff.get_by_role("button", name="Add a question").click()
    expect(staff.get_by_role("group", name="Question 4").get_by_label("Text", exact=True)).to_be_focused()
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator(".errornote").first).to_be_focused()
    check(staff, "form-editor-problem")
    staff.get_by_role("link", name="Enter the words of the question.").click()
    staff.keyboard.type("Anything else?")
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator(".messagelist")).to_contain_text("Saved: 1 change.")
    assert stored(meeting)[-1] == "Anything else?"


def test_what_was_typed_is_not_left_behind_without_a_question(staff: Page, meeting: Meeting) -> None:
    asked = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    staff.on("dialog", stay)
    back = staff.get_by_role("link", name="Back to the meeting")
    open_editor(staff, meeting)
    back.click()
    expect(staff.get_by_role("heading", level=1)).not_to_have_text("Form")
    open_editor(staff, meeting)
    staff.get_by_role("group", name="Question 2").get_by_label("Text", exact=True).press_sequentially("!")
    back.click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Form")
    assert asked == ["beforeunload"]
    staff.get_by_role("button", name="Add a question").click()
    text = staff.get_by_role("group", name="Question 4").get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    back.click()
    assert asked == ["beforeunload"] * 2
    text.press_sequentially("Anything else?")
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator(".messagelist")).to_contain_text("Saved: 2 changes.")
    back.click()
    expect(staff.get_by_role("heading", level=1)).not_to_have_text("Form")
    assert asked == ["beforeunload"] * 2


def test_its_buttons_have_the_room_that_other_buttons_have(staff: Page, launch: Meeting) -> None:
    open_editor(staff, launch)
    found = staff.locator("#editor button.button[name=do]:not(.moves *):visible")
    names = set(found.all_inner_texts())
    assert names == {"Save", "Preview", "Check against Webex", "Add a question", "Add an option"}
    paddings = found.evaluate_all("buttons => buttons.map(button => getComputedStyle(button).padding)")
    assert set(paddings) == {"10px 15px"}


def test_its_pages_look_right_and_break_no_rule(staff: Page, launch: Meeting) -> None:
    open_editor(staff, launch)
    check(staff, "form-editor")
    for name, heading in {"refresh": "Refresh from Webex", "push": "Push to Webex"}.items():
        staff.goto(f"/admin/registration/meeting/{launch.pk}/form/{name}/")
        expect(staff.get_by_role("heading", level=1)).to_have_text(heading)
        check(staff, f"form-{name}")
    staff.goto(f"/admin/registration/meeting/{launch.pk}/copy/")
    check(staff, "meeting-copy")


def test_a_refresh_of_several_meetings_looks_right_and_breaks_no_rule(staff: Page, launch: Meeting) -> None:
    MeetingFactory(title="اجتماع", webex_id="f" * 32)  # Webex has none of that id
    staff.goto("/admin/registration/meeting/")
    staff.get_by_role("checkbox", name="Select all objects on this page").check()
    staff.locator("select[name=action]").select_option("refresh")
    staff.get_by_role("button", name="Go").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Refresh 2 meetings from Webex")
    check(staff, "form-refresh-several")
    staff.get_by_role("button", name="Take this over").click()
    expect(staff.locator(".messagelist")).to_contain_text("“Product launch” was read again from Webex.")


def test_a_hint_is_read_with_its_question_on_the_sign_up_page(visitor: Page, meeting: Meeting) -> None:
    visitor.goto(f"/meetings/{meeting.slug}/")
    field = visitor.get_by_label("كيف سمعت عنا؟")
    expect(field).to_have_accessible_description("بكلمة واحدة")
    for scheme in SCHEMES:
        visitor.emulate_media(color_scheme=scheme)
        for width in (WIDE, NARROW):
            visitor.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(visitor, f"hint-{scheme}")
            assert violations(visitor) == []
            assert sideways_scrolling(visitor) == []
