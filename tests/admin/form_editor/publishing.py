"""Publishing a meeting on its page, and what is said then."""

from typing import Any

from django.test import Client
from django.urls import reverse

from registration.models import Meeting
from tests.admin.pages import fields_of, page_of, said

NOT_REACHED = "Webex could not be reached. Check the network and WEBEX_BASE_URL, and try again later."


def not_asked(meeting: Meeting, why: str) -> str:
    """What is said where Webex could not be asked."""
    words = f"It is published, though nobody knows whether Webex’s form is still the one here: {why}"
    return f'{words} <a href="{refresh_of(meeting)}">Ask again: what would a refresh change?</a>'


def refresh_of(meeting: Meeting) -> str:
    """The address of what a refresh would change."""
    return reverse("admin:registration_meeting_form_refresh", args=[meeting.pk])


def publish(client: Client, meeting: Meeting, *without: str, **changes: str) -> Any:
    """Tick the box on the meeting's page, and change more; ``without`` are boxes that are unticked."""
    fields = fields_of(client.get(page_of(meeting))) | {"is_published": "on"}
    more = {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(page_of(meeting), {name: fields[name] for name in fields if name not in without} | more)


def warnings(response: Any) -> list[str]:
    return [words.removeprefix("warning: ") for words in said(response) if words.startswith("warning")]


def is_published(meeting: Meeting) -> bool:
    return Meeting.objects.get(pk=meeting.pk).is_published
