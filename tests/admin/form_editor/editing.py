"""Opening the form editor, typing and pressing its buttons, and reading what it shows."""

import re
from typing import Any

from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from registration.models import Meeting
from tests.admin.pages import soup, text


def address(meeting: Meeting, page: str = "form") -> str:
    return reverse(f"admin:registration_meeting_{page}", args=[meeting.pk])


def fields_of(response: Any) -> dict[str, Any]:
    """What a browser would send of the editor as it is, without a button."""
    found: dict[str, Any] = {}
    for field in soup(response).select("#editor :is(input, select)[name]"):
        name = str(field["name"])
        if name.startswith("draft-"):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            assert chosen is not None
            found[name] = chosen["value"]
        elif field.get("type") != "checkbox" or field.has_attr("checked"):
            value = str(field.get("value", "on"))
            many = name == "question" or name.startswith("option-of-")
            found[name] = [*found.get(name, []), value] if many else value
    return found


def press(client: Client, meeting: Meeting, words: str, **typed: Any) -> Any:
    """Open the editor, type, and press a button."""
    fields = fields_of(client.get(address(meeting)))
    fields |= {name.replace("_", "-", name.count("_")): value for name, value in typed.items()}
    return client.post(address(meeting), {**fields, "do": words})


def form_of(meeting: Meeting) -> list[tuple[str, list[str]]]:
    return [(question.text, [option.text for option in question.options.all()]) for question in meeting.questions.all()]


def typed_in(response: Any) -> list[str]:
    return [str(field["value"]) for field in soup(response).select("#editor .questions input[type=text][dir]")]


def preview_of(html: str) -> list[str]:
    """The labels of the form that attendees would see."""
    page = BeautifulSoup(re.sub("</?template[^>]*>", "", html), "html.parser")
    return [text(label) for label in page.select(":is(label, legend).form-label")]
