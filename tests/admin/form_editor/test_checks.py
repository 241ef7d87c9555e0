"""What would fail at Webex, said in the form editor."""

from typing import Any

import pytest
from django.test import Client

from registration.models import Meeting, Option, Question
from registration.sandbox.seed import OPEN_HOUR_ID
from registration.sandbox.server import SandboxServer
from tests.admin import pages
from tests.admin.form_editor.editing import address, press, typed_in
from tests.admin.pages import page_of, said, soup, text

pytestmark = pytest.mark.django_db


def findings(response: Any) -> list[str]:
    return [text(item) for item in soup(response).select(".findings li")]


def test_the_editor_says_what_would_fail(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.update(webex_id="a" * 32)
    response = as_dana.get(address(meeting))
    assert findings(response) == [
        "look at it Webex does not have “Why?”: its answers stay in the portal. "
        "Push this form to Webex, or leave it so.",
        "look at it Webex does not have “Colour?”: its answers stay in the portal. "
        "Push this form to Webex, or leave it so.",
    ]


def test_the_editor_says_that_nobody_is_sent_to_webex(as_dana: Client, meeting: Meeting) -> None:
    assert findings(as_dana.get(address(meeting))) == [
        "look at it This meeting has no Webex meeting id: nobody is sent to Webex. "
        "Enter it on the meeting’s page, or leave it so if the portal alone invites."
    ]


@pytest.mark.parametrize("page", ["editor", "question"])
def test_an_option_that_is_reworded_here_alone_is_warned_of(as_dana: Client, meeting: Meeting, page: str) -> None:
    colour = meeting.questions.get(text="Colour?")
    red, green = colour.options.all()

    def reword(option: Option) -> list[str]:
        if page == "editor":
            return said(press(as_dana, meeting, "save", **{f"option_text_{option.pk}": "Blue"}))[1:]
        fields = pages.fields_of(as_dana.get(page_of(colour)))
        place = next(name for name, value in fields.items() if value == option.text).removesuffix("-text")
        return said(as_dana.post(page_of(colour), {**fields, f"{place}-text": "Blue"}))[:-1]

    before = ["info: Webex’s own form is as it was, until you push this one to it."] if page == "editor" else []
    Meeting.objects.update(webex_id="a" * 32)
    assert reword(red) == before
    colour.options.filter(pk=green.pk).update(webex_id="2")
    Question.objects.filter(pk=colour.pk).update(webex_id="12")
    assert reword(green) == [
        "warning: Reworded here, and not at Webex: “Green” → “Blue”. Whoever chooses that cannot be sent. "
        "Push this form to Webex, or take the old words again."
    ]


def test_webex_is_asked_on_demand_and_what_was_typed_stays(
    as_dana: Client, meeting: Meeting, sandbox: SandboxServer
) -> None:
    Meeting.objects.update(webex_id=OPEN_HOUR_ID)
    why = meeting.questions.get(text="Why?")
    Question.objects.filter(pk=why.pk).update(webex_id="77")
    response = press(as_dana, meeting, "check", **{f"text_{why.pk}": "Typed"})
    assert findings(response)[0] == (
        "cannot be sent Webex no longer has “Typed” under the id 77: whoever answers it cannot be sent. "
        "Refresh from Webex to take over its form, or push this one to Webex."
    )
    assert typed_in(response)[0] == "Typed"
    assert [call.operation for call in sandbox.store.calls] == ["getRegistration"]
