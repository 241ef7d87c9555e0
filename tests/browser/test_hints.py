"""What the sign-up page says beside the fields while they are filled in."""

import pytest
from playwright.sync_api import Page, expect

from registration.models import Question, Submission
from tests.browser import signing_up
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mistyped_mail_domain_is_pointed_out_and_stops_nobody(visitor: Page) -> None:
    visitor.goto(MeetingFactory().get_absolute_url())
    mail, hint = visitor.get_by_label("E-mail address"), visitor.locator(".suggestion")
    mail.fill("ada.o$&@GMIAL.com")
    expect(hint).to_have_text("")
    mail.blur()
    expect(hint).to_have_text("Did you mean ada.o$&@gmail.com?")
    assert hint.get_attribute("role") == "status"
    mail.fill("ada@example.com")
    mail.blur()
    expect(hint).to_have_text("")
    mail.fill("ada@gmial.com")
    signing_up.send(visitor)
    expect(hint).to_have_text("Did you mean ada@gmail.com?")
    signing_up.fill_in(visitor, {"First name": "Ada", "Last name": "Okafor"})
    signing_up.send(visitor)
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Submission.objects.get().email == "ada@gmial.com"


@pytest.mark.parametrize("kind", [Question.Type.MULTI_LINE, Question.Type.SINGLE_LINE])
def test_the_characters_that_are_left_are_seen_at_once_and_heard_in_a_pause(visitor: Page, kind: str) -> None:
    question = QuestionFactory(text="Why?", type=kind, max_length=10)
    visitor.goto(question.meeting.get_absolute_url())
    why = visitor.get_by_label("Why?")
    expect(why).to_have_accessible_description("At most 10 characters")
    seen, heard = visitor.locator(".counter"), visitor.locator("p.visually-hidden[role=status]")
    expect(seen).to_have_count(0)
    why.press_sequentially("  abc ")
    expect(seen).to_have_text("Characters left: 7")
    expect(heard).to_have_text("")
    expect(heard).to_have_text("Characters left: 7")
    # The browser counts halves of this one, and the server does not.
    why.fill("😀" * 12)
    expect(seen).to_have_text("Characters too many: 2")
    signing_up.fill_in(visitor, {"First name": "Ada", "Last name": "Okafor", "E-mail address": "ada@example.com"})
    signing_up.send(visitor)
    link = visitor.get_by_role("link", name="Shorten “Why?” to 10 characters or fewer: it has 12")
    link.click()
    expect(why).to_have_value("😀" * 12)
    why.fill("😀" * 10)
    expect(seen).to_have_text("Characters left: 0")
    signing_up.send(visitor)
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
