"""Every request that the client can make, taken from a real HTTP server and held against Webex's own description."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from registration.webex.client import WebexClient
from registration.webex.form_update import FormUpdate, QuestionUpdate, RuleUpdate
from registration.webex.records import STANDARD_FIELDS, Registrant
from registration.webex.tokens import StaticToken
from tests.contract.contract import load
from tests.webex.bob import BOB

MEETING = "560d7b784f5143e3be2fc3064a5c4999"
HOST = "host@example.com"
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC)

ANN = Registrant("Ann", "Ng", "ann@example.com", send_email=False)
IN_BOSTON = Registrant("Cy", "Wu", "cy@example.com", send_email=False, zip_code="02139")

FORM = FormUpdate(
    auto_accept_request=True,
    shown_fields=frozenset({"city", "zipCode"}),
    questions=(
        QuestionUpdate(
            "Colour?", "checkbox", True, options=("Red", "Green"), rules=(RuleUpdate("equals", "Red", "reject", True),)
        ),
        QuestionUpdate("Team?", "singleLineTextBox", max_length=120),
        QuestionUpdate("Why?", "multiLineTextBox"),
        QuestionUpdate("Where?", "dropdownList", options=("Here",)),
        QuestionUpdate("Weather?", "radioButtons", options=("Sun",)),
    ),
    rules=(RuleUpdate("endsWith", "@example.com", "approve", field="email", order=1),),
)

Verb = Callable[[WebexClient], object]


def changing(verb: str) -> Verb:
    return lambda client: client.change(verb, MEETING, ["1", "2"], send_email=False, current=True, host_email=HOST)


VERBS: dict[str, Verb] = {
    "listMeetings": lambda client: client.list_meetings(max=5, host_email=HOST),
    "getMeetingById": lambda client: client.get_meeting(MEETING, current=True, host_email=HOST),
    "getMeetingRegistration": lambda client: client.get_registration(MEETING, current=True, host_email=HOST),
    "updateMeetingRegistration": lambda client: client.update_registration(MEETING, FORM, host_email=HOST),
    "createRegistrants": lambda client: client.bulk_insert(MEETING, [BOB, ANN], current=True, host_email=HOST),
    "queryMeetingRegistrants": lambda client: client.query(MEETING, [BOB.email], current=True, host_email=HOST),
    "listMeetingRegistrants": lambda client: list(
        client.list_registrants(MEETING, since=SINCE, until=UNTIL, current=True, host_email=HOST)
    ),
    "batchApproveMeetingRegistrants": changing("approve"),
    "batchRejectMeetingRegistrants": changing("reject"),
    "batchCancelMeetingRegistrants": changing("move_to_pending"),
    "batchDeleteMeetingRegistrants": changing("remove"),
}
QUERIES = {
    **{verb: {"current": "true", "hostEmail": HOST} for verb in VERBS},
    "listMeetings": {"max": "5", "hostEmail": HOST},
    # The one call with the host in its body, and for the whole series always.
    "updateMeetingRegistration": {},
    "queryMeetingRegistrants": {"current": "true", "hostEmail": HOST, "max": "100"},
    "listMeetingRegistrants": {
        "current": "true",
        "hostEmail": HOST,
        "max": "100",
        "registrationTimeFrom": "2026-03-01T00:00:00Z",
        "registrationTimeTo": "2026-05-30T00:00:00Z",
    },
}


def the_request_of(verb: Verb, httpserver: HTTPServer) -> tuple[str, str, dict[str, str], object]:
    """Method, path below the base URL, query and JSON body of the one request that `verb` makes."""
    httpserver.expect_request("/v1/meetings").respond_with_json({"items": []})
    httpserver.expect_request(f"/v1/meetings/{MEETING}").respond_with_json({"id": MEETING})
    httpserver.expect_request(f"/v1/meetings/{MEETING}/registration").respond_with_json({"requireEmail": True})
    httpserver.expect_request(f"/v1/meetings/{MEETING}/registrants").respond_with_json({"items": []})
    for name in ("bulkInsert", "query"):
        httpserver.expect_request(f"/v1/meetings/{MEETING}/registrants/{name}").respond_with_json({"items": []})
    httpserver.expect_request(
        re.compile(f"/v1/meetings/{MEETING}/registrants/(approve|reject|cancel|bulkDelete)")
    ).respond_with_data(status=204)
    with WebexClient(base_url=httpserver.url_for("/v1"), token=StaticToken("s3cret")) as client:
        verb(client)
    ((request, _),) = httpserver.log
    path = request.path.removeprefix("/v1")
    return request.method, path, request.args.to_dict(), request.get_json(silent=True)


def test_every_verb_of_the_client_is_held_against_the_contract() -> None:
    verbs = {name for name in vars(WebexClient) if not name.startswith("_")} - {"close"}

    assert verbs == {
        "list_meetings",
        "get_meeting",
        "get_registration",
        "update_registration",
        "bulk_insert",
        "query",
        "change",
        "list_registrants",
    }


@pytest.mark.parametrize("operation_id", VERBS)
def test_a_verb_makes_the_call_that_the_contract_describes(operation_id: str, httpserver: HTTPServer) -> None:
    contract = load()

    method, path, query, body = the_request_of(VERBS[operation_id], httpserver)

    assert (contract.operation_id(method, path), query) == (operation_id, QUERIES[operation_id])
    assert contract.query_problems(method, path, query) == []
    assert contract.request_problems(method, path, body) == []


def test_a_form_is_written_whole_with_the_host_in_its_body(httpserver: HTTPServer) -> None:
    _method, _path, _query, body = the_request_of(VERBS["updateMeetingRegistration"], httpserver)

    assert isinstance(body, dict)
    flags = {name: value for name, value in body.items() if name.startswith("require")}
    assert [name for name, value in flags.items() if value] == [
        "requireFirstName",
        "requireLastName",
        "requireEmail",
        "requireCity",
        "requireZipCode",
    ]
    assert len(flags) == 3 + len(STANDARD_FIELDS)
    assert (body["hostEmail"], body["autoAcceptRequest"], len(body["customizedQuestions"])) == (HOST, True, 5)


def test_a_postal_code_that_is_no_number_is_the_one_known_exception(httpserver: HTTPServer) -> None:
    contract = load()

    method, path, _query, body = the_request_of(lambda client: client.bulk_insert(MEETING, [IN_BOSTON]), httpserver)

    assert contract.request_problems(method, path, body) == [
        "$.items[0].zipCode: '02139' is not of type 'number'",
    ]
