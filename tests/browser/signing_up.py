"""What a visitor does in the browser."""

import re
from collections.abc import Collection, Mapping

from playwright.sync_api import Page, expect

from registration.models import Meeting
from tests.letters import delivered

QUESTION_HEARD = "How did you hear about this event?"
QUESTION_TOPICS = "Which topics interest you?"
QUESTION_TODAY = "Do you use our products today?"
QUESTION_ROLE = "What is your role in buying decisions?"
QUESTION_ASK = "What would you like to ask the product team?"


ADA = {"First name": "Ada", "Last name": "Okafor", "E-mail address": "ada@example.com"}


def sign_up(page: Page, meeting: Meeting, *, first_name: str = "Ada") -> None:
    """Sign up Ada for a meeting that asks for nothing else."""
    page.goto(meeting.get_absolute_url())
    fill_in(page, ADA | {"First name": first_name})
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def fill_in(page: Page, texts: Mapping[str, str]) -> None:
    """Type the texts into the fields that have these labels."""
    for label, text in texts.items():
        page.get_by_label(label).fill(text)


def tick(page: Page, question: str, options: Collection[str]) -> None:
    """Choose the options of a question with check boxes or radio buttons."""
    for option in options:
        page.get_by_role("group", name=question).get_by_label(option, exact=True).check()


def answer_all_five_questions(page: Page) -> None:
    """Answer the sandbox's five questions, one of each type."""
    page.get_by_label(QUESTION_HEARD).select_option("A colleague")
    tick(page, QUESTION_TOPICS, ["Security and compliance", "Prices and licences"])
    tick(page, QUESTION_TODAY, ["We used to"])
    page.get_by_label(QUESTION_ROLE).fill("I advise & sign")
    page.get_by_label(QUESTION_ASK).fill("Will it work with our old cameras?\nAnd in a small room?")


def send(page: Page) -> None:
    """Press the button under the form."""
    page.get_by_role("button", name=re.compile("^(Register|Continue|Join the waiting list)$")).click()


def status(page: Page) -> list[str]:
    """What an own page says of the status: the headline, what it means and, where there is one, the reason."""
    banner = page.locator("section[aria-labelledby=status]")
    return banner.get_by_role("heading").all_inner_texts() + banner.get_by_role("paragraph").all_inner_texts()


def steps(page: Page) -> list[str]:
    """What an own page says under "What happens next", but for when the meeting starts."""
    return page.get_by_role("region", name="What happens next").locator("li:not(:has(time)), p").all_inner_texts()


def given(page: Page) -> dict[str, str]:
    """What an own page says under "What you told us", line by line."""

    lines = page.get_by_role("region", name="What you told us").locator("dl > div").all()
    return {
        line.get_by_role("term").inner_text(): "\n".join(line.get_by_role("definition").all_inner_texts())
        for line in lines
    }


def link_in_mail(number: int) -> str:
    """The address of the own page in the mail that was sent as the ``number``-th, from 0."""
    [link] = re.findall(r"\S+/registrations/\S+", str(delivered()[number].body))
    return str(link)
