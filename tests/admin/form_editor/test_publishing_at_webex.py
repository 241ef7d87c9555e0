"""Publishing a meeting asks Webex whether its form is still the one here, and waits a short time for the answer."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from registration import accounts
from registration.accounts import Clients
from registration.flow import form_import
from registration.models import Account, Meeting
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form, Question
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from tests.admin.form_editor.publishing import NOT_REACHED, is_published, not_asked, publish, refresh_of, warnings
from tests.admin.pages import complaints, fields_of, page_of, soup

pytestmark = pytest.mark.django_db

REFRESH = "Refresh from Webex to take over its form, or push this one to Webex."
OTHER_FORM = "Webex’s form is not the one here. See what a refresh from Webex would change."


@pytest.fixture
def meeting(sandbox: SandboxServer, db: None) -> Meeting:
    """The sandbox's product launch, imported and not published yet."""
    with Clients() as clients:
        found = form_import.import_meeting(PRODUCT_LAUNCH_ID, clients=clients).meeting
    sandbox.store.forget_calls()
    return found


def change_question(sandbox: SandboxServer, which: str, **changes: Any) -> None:
    """Change one question at Webex."""
    form = form_at(sandbox)
    questions = tuple(replace(each, **changes) if each.text == which else each for each in form.questions)
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(form, questions=questions))


def form_at(sandbox: SandboxServer) -> Form:
    there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert there is not None and there.form is not None
    return there.form


def question_at(sandbox: SandboxServer, text: str) -> Question:
    return next(each for each in form_at(sandbox).questions if each.text == text)


def calls(sandbox: SandboxServer) -> list[str]:
    return [call.operation for call in sandbox.store.calls]


def links(response: Any) -> list[str]:
    return [str(link["href"]) for link in soup(response).select(".errorlist a")]


def test_a_form_that_is_webexs_own_is_published(as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
    response = publish(as_dana, meeting)
    assert (response.status_code, warnings(response), calls(sandbox)) == (302, [], ["getRegistration"])
    assert is_published(meeting)


def test_a_question_with_another_id_there_is_refused_with_the_way_to_a_refresh(
    as_dana: Client, meeting: Meeting, sandbox: SandboxServer
) -> None:
    change_question(sandbox, "Which topics interest you?", id=99)
    before = meeting.questions.get(text="Which topics interest you?").webex_id
    response = publish(as_dana, meeting)
    assert complaints(response) == [
        f"“Which topics interest you?” has the id 99 at Webex now, and no longer {before}: whoever answers it cannot "
        f"be sent. {REFRESH}",
        OTHER_FORM,
    ]
    assert (links(response), is_published(meeting)) == ([refresh_of(meeting)], False)
    assert as_dana.get(refresh_of(meeting)).status_code == 200


def test_a_question_and_options_that_are_gone_there_or_have_other_ids_are_each_told(
    as_dana: Client, meeting: Meeting, sandbox: SandboxServer
) -> None:
    use, role = "Do you use our products today?", "What is your role in buying decisions?"
    first, *_others = options = question_at(sandbox, use).options
    change_question(sandbox, use, options=(replace(first, id=77), options[1]))
    kept = tuple(each for each in form_at(sandbox).questions if each.text != role)
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(form_at(sandbox), questions=kept))
    assert complaints(publish(as_dana, meeting)) == [
        f"In “{use}” the option “Yes” has the id 77 at Webex now, and no longer 1: whoever chooses it cannot be sent. "
        f"{REFRESH}",
        f"Webex no longer offers “We used to” in “{use}”: whoever chooses it cannot be sent. {REFRESH}",
        f"Webex no longer has “{role}” under the id 330524: whoever answers it cannot be sent. {REFRESH}",
        OTHER_FORM,
    ]


def test_an_id_that_is_mended_in_the_same_save_is_published(
    as_dana: Client, meeting: Meeting, sandbox: SandboxServer
) -> None:
    text = "What would you like to ask the product team?"
    change_question(sandbox, text, id=99)
    fields = fields_of(as_dana.get(page_of(meeting)))
    name = next(name for name, value in fields.items() if value == "330525").replace("-", "__")
    response = publish(as_dana, meeting, **{name: "99"})
    assert (is_published(meeting), warnings(response)) == (True, [])


def test_what_stops_nobody_is_warned_of_with_the_way_to_a_refresh(
    as_dana: Client, meeting: Meeting, sandbox: SandboxServer
) -> None:
    change_question(sandbox, "What is your role in buying decisions?", text="Your role?")
    assert warnings(publish(as_dana, meeting)) == [
        f"“What is your role in buying decisions?” is “Your role?” at Webex. {REFRESH}",
        "Webex’s form is not the one here. "
        f'<a href="{refresh_of(meeting)}">See what a refresh from Webex would change.</a>',
    ]
    assert is_published(meeting)


def test_of_many_the_first_are_told(as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
    more = tuple(Question(900 + n, f"New {n}?", "singleLineTextBox", is_required=True) for n in range(7))
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(form_at(sandbox), questions=form_at(sandbox).questions + more))
    assert complaints(publish(as_dana, meeting))[-3:] == [
        f"Webex requires an answer to “New 4?”, which is not asked here: it refuses everybody. {REFRESH}",
        "The page “Form” tells of 2 more.",
        OTHER_FORM,
    ]


def test_a_new_meeting_is_first_to_be_saved(as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
    Meeting.objects.all().delete()
    page = reverse("admin:registration_meeting_add")
    times = {"start_at_0": "2090-01-05", "start_at_1": "09:00", "end_at_0": "2090-01-05", "end_at_1": "10:00"}
    made = {"title": "New", "slug": "new", "webex_id": PRODUCT_LAUNCH_ID, "is_published": "on"}
    response = as_dana.post(page, fields_of(as_dana.get(page)) | times | made)
    use = "Do you use our products today?"
    assert complaints(response)[-1] == "Save the meeting without publishing it: it can be refreshed from Webex then."
    assert f"Webex requires an answer to “{use}”, which is not asked here: it refuses everybody. {REFRESH}" in (
        complaints(response)
    )
    assert Meeting.objects.count() == 0


class TestNotAsked:
    """Where Webex cannot be asked, that is said, and what is known without it decides."""

    def test_without_a_token(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer, settings: Settings
    ) -> None:
        settings.WEBEX_ACCESS_TOKEN = ""
        words = "WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works."
        assert warnings(publish(as_dana, meeting)) == [not_asked(meeting, words)]
        assert (is_published(meeting), calls(sandbox)) == (True, [])

    def test_without_a_connection(self, as_dana: Client, meeting: Meeting, settings: Settings) -> None:
        settings.WEBEX_BASE_URL = "http://127.0.0.1:9/v1"
        assert warnings(publish(as_dana, meeting)) == [not_asked(meeting, NOT_REACHED)]
        assert is_published(meeting)

    def test_while_webex_is_given_a_pause(self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
        Account.objects.update(blocked_until=timezone.now() + timedelta(seconds=300))
        [words] = warnings(publish(as_dana, meeting))
        assert words.startswith(not_asked(meeting, "Webex was not asked: it is given a pause").partition(" <a")[0])
        assert (is_published(meeting), calls(sandbox)) == (True, [])

    def test_a_token_that_webex_refuses(self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
        sandbox.faults.add(Fault("getRegistration", status=401))
        words = (
            "Webex does not accept the access token: it is wrong, or it has expired (a personal token lives 12 hours). "
            "Set WEBEX_ACCESS_TOKEN to a new one."
        )
        assert warnings(publish(as_dana, meeting)) == [not_asked(meeting, words)]

    def test_a_server_that_fails_is_not_asked_again(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        sandbox.faults.add(Fault("getRegistration", status=503))
        assert len(warnings(publish(as_dana, meeting))) == 1
        assert (is_published(meeting), calls(sandbox)) == (True, ["getRegistration"])

    def test_a_server_that_is_silent_is_waited_for_a_short_time(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(accounts, "HASTY_SECONDS", 0.3)
        sandbox.faults.add(Fault("getRegistration", delay_seconds=8.0))
        fields = fields_of(as_dana.get(page_of(meeting))) | {"is_published": "on"}
        began_at = time.monotonic()
        response = as_dana.post(page_of(meeting), fields)
        assert (is_published(meeting), time.monotonic() - began_at < 5) == (True, True)
        words = "Webex gave no usable answer. Try again later. Webex says: Webex did not answer in time."
        assert warnings(response) == [not_asked(meeting, words)]

    def test_what_is_known_without_webex_still_decides(
        self, as_dana: Client, meeting: Meeting, settings: Settings
    ) -> None:
        settings.WEBEX_ACCESS_TOKEN = ""
        meeting.questions.filter(text="Do you use our products today?").update(is_retired=True)
        assert complaints(publish(as_dana, meeting)) == [
            "“Do you use our products today?” is retired here and required at Webex, as far as is known: Webex would "
            "refuse everybody. Ask it again, or push this form to Webex."
        ]
        assert not is_published(meeting)


def test_what_cannot_be_stored_anyway_asks_nobody(as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
    assert complaints(publish(as_dana, meeting, title="")) == ["This field is required."]
    Meeting.objects.update(is_published=True)
    assert publish(as_dana, meeting).status_code == 302
    assert calls(sandbox) == []


def test_whoever_may_not_publish_has_webex_not_asked(
    as_dana: Client, as_vera: Client, meeting: Meeting, sandbox: SandboxServer
) -> None:
    fields = fields_of(as_dana.get(page_of(meeting))) | {"is_published": "on"}
    assert as_vera.post(page_of(meeting), fields).status_code == 403
    assert (calls(sandbox), is_published(meeting)) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_webex_is_asked(as_dana: Client, meeting: Meeting) -> None:
    """The account is read right before the call, for its turn."""
    is_in_transaction: list[bool] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "registration_account"' in sql:
            is_in_transaction.append(connection.in_atomic_block)
        return execute(sql, params, many, context)

    fields = fields_of(as_dana.get(page_of(meeting))) | {"is_published": "on"}
    with connection.execute_wrapper(look):
        assert as_dana.post(page_of(meeting), fields).status_code == 302
    assert (len(is_in_transaction) > 1, set(is_in_transaction), is_published(meeting)) == (True, {False}, True)
