"""A meeting at Webex, and importing it, as the tests of importing need it."""

import json
from datetime import UTC, datetime
from typing import Any

from registration.accounts import Clients
from registration.flow import form_import
from registration.flow.form_import import Imported
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form, Option, Question
from registration.sandbox.server import SandboxServer
from tests.cast import WEBEX_ID

START = datetime(2031, 3, 30, 9, tzinfo=UTC)
COLOUR = Question(1, "Colour?", "radioButtons", options=(Option(1, "Red"), Option(2, "Green")))
WHY = Question(2, "Why?", "singleLineTextBox", max_length=80)
NEWS = Question(3, "News?", "checkbox", is_required=True, options=(Option(1, "Yes"),))


def at_webex(sandbox: SandboxServer, form: Form | None, **details: Any) -> None:
    """Have the meeting ``WEBEX_ID`` at Webex, with this form."""
    facts: dict[str, Any] = {"title": "Launch", "start_at": START, "agenda": "News", "timezone": "Europe/Berlin"}
    sandbox.store.add_meeting(id=WEBEX_ID, form=form, **(facts | details))


def import_it(webex_id: str = WEBEX_ID, **choices: Any) -> Imported:
    """Import the meeting as the command does."""
    with Clients() as clients:
        return form_import.import_meeting(webex_id, clients=clients, **choices)


def answer_once(sandbox: SandboxServer, operation: str, body: object) -> None:
    """Have Webex answer the next call of ``operation`` with this JSON."""
    sandbox.faults.add(Fault(operation, body=json.dumps(body), content_type="application/json"))


def meeting_json(**changes: Any) -> dict[str, Any]:
    """The meeting ``WEBEX_ID`` as ``GET /meetings/{meetingId}`` shows it."""
    meeting = {
        "id": WEBEX_ID,
        "title": "Launch",
        "start": "2031-03-30T09:00:00Z",
        "end": "2031-03-30T10:00:00Z",
        "meetingType": "meetingSeries",
        "timezone": "UTC",
    }
    return meeting | changes
