"""The preview beside the form editor: the fragment that follows what is typed."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from registration.models import Meeting
from tests.admin.form_editor.editing import address, fields_of, form_of, preview_of
from tests.admin.pages import text

pytestmark = pytest.mark.django_db


def test_it_is_the_form_with_what_is_not_stored(as_dana: Client, meeting: Meeting) -> None:
    why, colour = meeting.questions.all()
    fields = fields_of(as_dana.get(address(meeting)))
    fields |= {
        "use-job_title": "required",
        f"text-{why.pk}": "<b>Bold</b>?",
        f"hint-{why.pk}": "<i>hint</i>",
        f"retired-{colour.pk}": "on",
    }
    response = as_dana.post(address(meeting, "form_preview"), fields)
    html = response.content.decode()
    assert preview_of(html) == [
        "First name",
        "Last name",
        "E-mail address",
        "Job title",
        "<b>Bold</b>? (optional)",
    ]
    page = BeautifulSoup(html, "html.parser")
    assert [text(hint) for hint in page.select(".hint p")] == ["<i>hint</i>"]
    assert (len(page.select("form")), len(page.select("fieldset[disabled]"))) == (0, 1)
    assert "csrf" not in html
    assert form_of(meeting)[0] == ("Why?", [])


def test_it_is_only_asked_by_post(as_dana: Client, meeting: Meeting) -> None:
    assert as_dana.get(address(meeting, "form_preview")).status_code == 405


def test_half_of_a_form_is_shown_as_far_as_it_goes(as_dana: Client, meeting: Meeting) -> None:
    fields = {"question": ["new1", "new2"], "text-new1": "", "text-new2": "Ok", "longest-new2": "many"}
    response = as_dana.post(address(meeting, "form_preview"), fields)
    assert preview_of(response.content.decode())[3:] == ["Ok (optional)", "Why? (optional)", "Colour? (optional)"]
