"""Publishing a meeting: what of its form would fail is said, and the worst of it is refused."""

from typing import Any

import pytest
from django.test import Client

from registration.models import Meeting
from tests.admin.pages import complaints, fields_of, page_of, said

pytestmark = pytest.mark.django_db


def publish(client: Client, meeting: Meeting) -> Any:
    """Tick the box on the meeting's page."""
    fields = fields_of(client.get(page_of(meeting)))
    return client.post(page_of(meeting), {**fields, "is_published": "on"})


def test_publishing_warns(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.update(webex_id="a" * 32, is_published=False)
    response = publish(as_dana, meeting)
    assert [words for words in said(response) if words.startswith("warning")] == [
        "warning: Webex does not have “Why?”: its answers stay in the portal. Push this form to Webex, or leave it so.",
        "warning: Webex does not have “Colour?”: its answers stay in the portal. "
        "Push this form to Webex, or leave it so.",
    ]


def test_a_form_with_which_nobody_could_be_sent_is_not_published(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.update(webex_id="a" * 32, is_published=False)
    meeting.questions.filter(text="Why?").update(webex_id="1", is_required=True, is_retired=True)
    response = publish(as_dana, meeting)
    assert complaints(response) == [
        "“Why?” is retired here and required at Webex, as far as is known: Webex would refuse everybody. "
        "Ask it again, or push this form to Webex."
    ]
