"""The client against the sandbox: what one writes the other reads, also when something goes wrong on the way."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from registration.sandbox.faults import Fault
from registration.sandbox.seed import OPEN_HOUR_ID, PRODUCT_LAUNCH_ID, TEAM_MEETING_ID
from registration.sandbox.server import SandboxServer
from registration.webex import errors
from registration.webex.client import WebexClient
from registration.webex.form_update import FormUpdate, QuestionUpdate, RuleUpdate
from registration.webex.records import Answer, AnswerValue, Registrant
from registration.webex.tokens import StaticToken

CROWD = [f"Person{number}@Example.com" for number in range(130)]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(token="s3cret") as server:
        yield server


@pytest.fixture
def client(server: SandboxServer) -> Iterator[WebexClient]:
    with WebexClient(base_url=server.url, token=StaticToken("s3cret"), timeout_seconds=5) as client:
        yield client


def a_registrant(email: str) -> Registrant:
    """Somebody who gives no more than a name."""
    return Registrant("Pat", "Doe", email, send_email=False)


def a_launch_guest(email: str) -> Registrant:
    """Somebody who answers all that the product launch wants to know."""
    return replace(
        a_registrant(email),
        company_name="Example Ltd",
        zip_code="02139",
        answers=(
            Answer("330521", (AnswerValue("A colleague", option_id="2"),)),
            Answer("330522", (AnswerValue("Video and audio quality", "1"), AnswerValue("Prices and licences", "4"))),
            Answer("330523", (AnswerValue("Yes", option_id="1"),)),
        ),
    )


def test_who_is_registered_is_found_again_and_who_is_not_is_absent(client: WebexClient) -> None:
    answered = client.bulk_insert(PRODUCT_LAUNCH_ID, [a_launch_guest(email) for email in CROWD[:50]])
    found = client.query(PRODUCT_LAUNCH_ID, CROWD)

    assert {row.email_key: row for row in answered.rows} == found
    assert sorted(found) == sorted(email.lower() for email in CROWD[:50])


def test_everybody_is_found_among_more_than_one_answer_holds(client: WebexClient) -> None:
    client.bulk_insert(OPEN_HOUR_ID, [a_registrant(email) for email in CROWD[:65]])
    client.bulk_insert(OPEN_HOUR_ID, [a_registrant(email) for email in CROWD[65:]])

    assert len(client.query(OPEN_HOUR_ID, CROWD)) == 130


def test_the_meeting_and_its_form_are_understood(client: WebexClient) -> None:
    meeting = client.get_meeting(PRODUCT_LAUNCH_ID)
    form = client.get_registration(PRODUCT_LAUNCH_ID)

    assert (meeting.id, meeting.scheduled_type, meeting.has_registration) == (PRODUCT_LAUNCH_ID, "webinar", True)
    assert (form.auto_accept_request, len(form.shown_fields)) == (False, 10)
    assert [(question.type, len(question.options), question.max_length) for question in form.questions] == [
        ("dropdownList", 4, None),
        ("checkbox", 4, None),
        ("radioButtons", 3, None),
        ("singleLineTextBox", 0, 120),
        ("multiLineTextBox", 0, 500),
    ]
    orders = [rule.order for rule in form.rules]
    assert orders == list(range(1, len(orders) + 1))


def test_a_write_whose_answer_is_lost_after_the_work_was_done_is_seen_by_looking(
    server: SandboxServer, client: WebexClient
) -> None:
    server.faults.add(Fault(operation="bulkInsert", drop=True, after_write=True))

    with pytest.raises(errors.OutcomeUnknown):
        client.bulk_insert(OPEN_HOUR_ID, [a_registrant("pat@example.com")])

    assert list(client.query(OPEN_HOUR_ID, ["Pat@example.com"])) == ["pat@example.com"]


def test_a_write_that_was_lost_on_the_way_is_seen_by_looking(server: SandboxServer, client: WebexClient) -> None:
    server.faults.add(Fault(operation="bulkInsert", drop=True))

    with pytest.raises(errors.OutcomeUnknown):
        client.bulk_insert(OPEN_HOUR_ID, [a_registrant("pat@example.com")])

    assert client.query(OPEN_HOUR_ID, ["pat@example.com"]) == {}


def test_an_answer_that_comes_too_late_leaves_the_outcome_unknown(server: SandboxServer) -> None:
    server.faults.add(Fault(operation="bulkInsert", delay_seconds=3))

    with (
        WebexClient(base_url=server.url, token=StaticToken("s3cret"), timeout_seconds=0.3) as hasty,
        pytest.raises(errors.OutcomeUnknown),
    ):
        hasty.bulk_insert(OPEN_HOUR_ID, [a_registrant("pat@example.com")])


def test_a_look_up_survives_a_server_that_fails_twice_and_rows_in_any_order(
    server: SandboxServer, client: WebexClient
) -> None:
    client.bulk_insert(OPEN_HOUR_ID, [a_registrant(email) for email in CROWD[:5]])
    server.faults.add(Fault(operation="query", status=503, times=2))
    server.faults.add(Fault(operation="query", shuffle=True, double=True))

    assert sorted(client.query(OPEN_HOUR_ID, CROWD[:5])) == sorted(email.lower() for email in CROWD[:5])


def test_a_short_answer_hides_nobody(server: SandboxServer, client: WebexClient) -> None:
    client.bulk_insert(OPEN_HOUR_ID, [a_registrant(email) for email in CROWD[:5]])
    server.faults.add(Fault(operation="query", short_by=2))

    assert len(client.query(OPEN_HOUR_ID, CROWD[:5])) == 5


@pytest.mark.parametrize(
    ("verbs", "status"),
    [(["reject"], "rejected"), (["approve"], "approved"), (["approve", "move_to_pending"], "pending")],
)
def test_a_status_that_was_changed_is_seen_by_looking(client: WebexClient, verbs: list[str], status: str) -> None:
    (row,) = client.bulk_insert(PRODUCT_LAUNCH_ID, [a_launch_guest("pat@example.com")]).rows

    for verb in verbs:
        client.change(verb, PRODUCT_LAUNCH_ID, [row.id], send_email=False)

    assert client.query(PRODUCT_LAUNCH_ID, ["pat@example.com"]) == {"pat@example.com": replace(row, status=status)}


def test_who_was_removed_is_absent(client: WebexClient) -> None:
    (row,) = client.bulk_insert(PRODUCT_LAUNCH_ID, [a_launch_guest("pat@example.com")]).rows

    client.change("remove", PRODUCT_LAUNCH_ID, [row.id], send_email=False)

    assert client.query(PRODUCT_LAUNCH_ID, ["pat@example.com"]) == {}


def test_a_wrong_token_is_unauthorized(server: SandboxServer) -> None:
    with (
        WebexClient(base_url=server.url, token=StaticToken("wrong")) as client,
        pytest.raises(errors.Unauthorized) as caught,
    ):
        client.list_meetings()

    assert caught.value.http_status == 401


def test_a_meeting_without_registration_is_refused_in_the_words_of_webex(client: WebexClient) -> None:
    with pytest.raises(errors.Rejected) as caught:
        client.get_registration(TEAM_MEETING_ID)

    assert caught.value.words == "Registration is not supported for this meeting series."


def test_an_unknown_meeting_is_unavailable(client: WebexClient) -> None:
    with pytest.raises(errors.MeetingUnavailable):
        client.get_meeting("0" * 32)


def test_a_form_that_was_written_is_read_back_with_other_ids(client: WebexClient) -> None:
    update = FormUpdate(
        auto_accept_request=True,
        shown_fields=frozenset({"city", "companyName"}),
        questions=(
            QuestionUpdate("Team?", "singleLineTextBox", is_required=True, max_length=20),
            QuestionUpdate(
                "Colour?", "checkbox", options=("<b>red", "🌍"), rules=(RuleUpdate("equals", "x", "reject"),)
            ),
        ),
        rules=(RuleUpdate("endsWith", ".org", "approve", match_case=True, field="email", order=1),),
    )
    client.update_registration(PRODUCT_LAUNCH_ID, update)
    form = client.get_registration(PRODUCT_LAUNCH_ID)

    assert (form.auto_accept_request, form.shown_fields) == (True, frozenset({"city", "companyName"}))
    assert [(each.id, each.text, each.type, each.is_required, each.max_length) for each in form.questions] == [
        ("440001", "Team?", "singleLineTextBox", True, 20),
        ("440002", "Colour?", "checkbox", False, None),
    ]
    assert [option.text for option in form.questions[1].options] == ["<b>red", "🌍"]
    assert [(rule.order, rule.field, rule.question_id, rule.result) for rule in form.rules] == [
        (1, "email", "", "approve"),
        (2, "", "440002", "reject"),
    ]


def test_a_form_whose_writing_was_not_seen_is_not_written_again(client: WebexClient, server: SandboxServer) -> None:
    server.faults.add(Fault("putRegistration", drop=True))
    with pytest.raises(errors.OutcomeUnknown):
        client.update_registration(OPEN_HOUR_ID, FormUpdate(auto_accept_request=True, shown_fields=frozenset()))
    assert [call.operation for call in server.store.calls] == ["putRegistration"]


def test_a_form_of_an_unknown_type_is_refused(client: WebexClient) -> None:
    wrong = FormUpdate(auto_accept_request=True, shown_fields=frozenset(), questions=(QuestionUpdate("?", "slider"),))
    with pytest.raises(errors.Rejected):
        client.update_registration(OPEN_HOUR_ID, wrong)
