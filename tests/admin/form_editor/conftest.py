"""The meeting whose form is edited."""

import pytest

from registration.models import Meeting, Option
from tests.cast import MeetingFactory, QuestionFactory


@pytest.fixture
def meeting(db: None) -> Meeting:
    """A meeting with a question of each kind of answer: written, and chosen."""
    found: Meeting = MeetingFactory(title="Launch", webex_id="")
    QuestionFactory(meeting=found, text="Why?", webex_id="", max_length=80)
    QuestionFactory(meeting=found, text="Colour?", type="radioButtons", options=["Red", "Green"], webex_id="")
    Option.objects.update(webex_id="")
    return found
