"""Checking one's answers before they are sent, as people do it, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from registration.models import Submission
from tests.browser import signing_up
from tests.browser.launch import launch
from tests.browser.test_public_pages import look_at

pytestmark = pytest.mark.django_db(transaction=True)

ADA = {"First name": "Ada", "Last name": "Okafor", "E-mail address": "ada@gmial.com", "Company": "Water Works"}


def go_to_check(page: Page) -> None:
    page.goto(launch(has_check_step=True).get_absolute_url())
    signing_up.fill_in(page, ADA)
    signing_up.answer_all_five_questions(page)
    signing_up.send(page)
    expect(page).to_have_title("Check your answers · Product launch")


def change_company_and_send(page: Page) -> None:
    page.get_by_role("button", name="Change “Company”").click()
    expect(page.get_by_label("Company")).to_have_value("Water Works")
    page.get_by_label("Company").fill("Harbour Works")
    signing_up.send(page)
    expect(page.get_by_role("definition").filter(has_text="Harbour Works")).to_be_visible()
    signing_up.send(page)
    expect(page).to_have_url(re.compile("/done/$"))


def stored() -> list[object]:
    submission = Submission.objects.get()
    return [submission.email, submission.company_name, *submission.answers.values_list("text", flat=True)]


STORED = [
    "ada@gmial.com",
    "Harbour Works",
    "A colleague",
    "Security and compliance",
    "Prices and licences",
    "We used to",
    "I advise & sign",
    "Will it work with our old cameras?\nAnd in a small room?",
]


def test_answers_are_checked_changed_and_sent(visitor: Page) -> None:
    go_to_check(visitor)
    expect(visitor.get_by_text("Did you mean ada@gmail.com?")).to_be_visible()
    look_at(visitor, "check")
    change_company_and_send(visitor)
    assert stored() == STORED


def test_the_same_without_javascript(chromium: Browser, portal: str) -> None:
    with chromium.new_context(base_url=portal, java_script_enabled=False) as context:
        page = context.new_page()
        go_to_check(page)
        change_company_and_send(page)
    assert stored() == STORED


def test_change_leads_to_the_field_and_of_a_group_to_its_first_option(visitor: Page) -> None:
    go_to_check(visitor)
    visitor.get_by_role("button", name="Change “Last name”").click()
    expect(visitor.get_by_label("Last name")).to_be_focused()
    signing_up.send(visitor)
    visitor.get_by_role("button", name=f"Change “{signing_up.QUESTION_TOPICS}”").click()
    expect(visitor.get_by_label("Video and audio quality")).to_be_focused()
    expect(visitor.get_by_label("Video and audio quality")).to_be_in_viewport()


def test_the_back_button_leads_from_the_check_to_the_form_as_it_was(visitor: Page) -> None:
    go_to_check(visitor)
    visitor.go_back()
    expect(visitor.get_by_label("First name")).to_have_value("Ada")
    signing_up.fill_in(visitor, {"First name": "Adaeze"})
    signing_up.send(visitor)
    signing_up.send(visitor)
    expect(visitor).to_have_url(re.compile("/done/$"))
    assert Submission.objects.get().first_name == "Adaeze"


def test_a_double_click_on_register_stores_one_registration(visitor: Page) -> None:
    go_to_check(visitor)
    visitor.get_by_role("button", name="Register").dblclick()
    expect(visitor).to_have_url(re.compile("/done/$"))
    assert Submission.objects.count() == 1
