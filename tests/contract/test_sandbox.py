"""Every answer that the sandbox gives is what the contract says, field by field."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests

from registration.sandbox import seed
from registration.sandbox.api import OPERATIONS
from registration.sandbox.forms import OPTIONAL_FIELDS
from registration.sandbox.server import SandboxServer
from tests.contract import contract

CONTRACT = contract.load()

LAUNCH = f"/meetings/{seed.PRODUCT_LAUNCH_ID}"
REGISTRANTS = f"{LAUNCH}/registrants"

#: The sandbox's short name of each operation, and the contract's.
OPERATION_IDS = {
    "listMeetings": "listMeetings",
    "getMeeting": "getMeetingById",
    "getRegistration": "getMeetingRegistration",
    "putRegistration": "updateMeetingRegistration",
    "deleteRegistration": "deleteMeetingRegistration",
    "createRegistrant": "createRegistrant",
    "listRegistrants": "listMeetingRegistrants",
    "bulkInsert": "createRegistrants",
    "query": "queryMeetingRegistrants",
    "getRegistrant": "getRegistrant",
    "deleteRegistrant": "deleteRegistrant",
    "approve": "batchApproveMeetingRegistrants",
    "reject": "batchRejectMeetingRegistrants",
    "cancel": "batchCancelMeetingRegistrants",
    "bulkDelete": "batchDeleteMeetingRegistrants",
}


class Problems(NamedTuple):
    """What is wrong with a call, by part; all empty when it is as the contract says."""

    query: list[str]
    request: list[str]
    response: list[str]


NONE = Problems([], [], [])


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """A running sandbox."""
    with SandboxServer() as server:
        yield server


def person(name: str, **fields: Any) -> dict[str, Any]:
    """A registrant with every standard field, and an answer of every type to the webinar's questions."""
    answers: dict[int, list[dict[str, Any]]] = {
        330521: [{"optionId": 2, "answer": "A colleague"}],
        330522: [{"optionId": 1, "answer": "Video and audio quality"}, {"answer": "Prices and licences"}],
        330523: [{"optionId": 1, "answer": "Yes"}],
        330524: [{"answer": "I decide"}],
        330525: [{"answer": "When?\nWhere?"}],
    }
    every = {field: 2139 if field == "zipCode" else f"some {field}" for field in OPTIONAL_FIELDS}
    return {
        "firstName": name.title(),
        "lastName": "Test",
        "email": f"{name}@example.com",
        "sendEmail": False,
        **every,
        "customizedQuestions": [
            {"questionId": question_id, "answers": given} for question_id, given in answers.items()
        ],
        **fields,
    }


def call(
    server: SandboxServer,
    method: str,
    path: str,
    *,
    json: object = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    return requests.request(
        method,
        f"{server.url}{path}",
        json=json,
        params=query,
        headers={"Authorization": "Bearer any", **(headers or {})},
        timeout=20,
    )


def problems(server: SandboxServer, method: str, path: str, **options: Any) -> Problems:
    """Make the call, and hold it and its answer against the contract."""
    response = call(server, method, path, **options)
    body = response.json() if response.content else None
    return Problems(
        CONTRACT.query_problems(method, path, options.get("query") or {}),
        CONTRACT.request_problems(method, path, options.get("json")),
        CONTRACT.response_problems(method, path, response.status_code, body),
    )


def insert(server: SandboxServer, *names: str) -> list[dict[str, str]]:
    """Register people, and return them as a status call names them."""
    rows = [person(name) for name in names]
    items = call(server, "POST", f"{REGISTRANTS}/bulkInsert", json={"items": rows}).json()["items"]
    return [{"id": row["id"]} for row in items]


def test_every_operation_of_the_sandbox_is_the_contracts_of_that_method_and_path() -> None:
    found = {
        each.name: CONTRACT.operation_id(each.method, re.sub(r"<\w+>", "x", each.path.removeprefix("/v1")))
        for each in OPERATIONS
    }
    assert found == OPERATION_IDS


def test_the_list_of_meetings(server: SandboxServer) -> None:
    window = {"meetingType": "meetingSeries", "current": "false", "from": "2020-01-01", "to": "2100-01-01"}
    query = {**window, "max": "100"}
    items = call(server, "GET", "/meetings", query=query).json()["items"]
    assert (len(items), problems(server, "GET", "/meetings", query=query)) == (4, NONE)


@pytest.mark.parametrize("meeting_id", [seed.TEAM_MEETING_ID, seed.PERSONAL_ROOM_ID])
def test_a_meeting_without_registration(server: SandboxServer, meeting_id: str) -> None:
    query = {"current": "false", "hostEmail": seed.HOST_EMAIL}
    assert problems(server, "GET", f"/meetings/{meeting_id}", query=query) == NONE


def test_a_form_is_as_the_contract_says_but_for_its_ids_which_are_texts_as_in_webexs_examples(
    server: SandboxServer,
) -> None:
    """The schemas say number, Webex's own examples say text; the sandbox follows the examples."""
    form = call(server, "GET", f"{LAUNCH}/registration").json()
    differences = id_differences(form)
    assert len(differences) == 16
    assert problems(server, "GET", f"{LAUNCH}/registration") == NONE._replace(response=differences)
    nested = sorted(line.replace("$.", "$.registration.") for line in differences)
    assert problems(server, "GET", LAUNCH) == NONE._replace(response=nested)


def test_a_form_that_was_put(server: SandboxServer) -> None:
    body = {
        "autoAcceptRequest": True,
        "requireFirstName": True,
        "requireCity": True,
        "customizedQuestions": [
            {"question": "Team?", "type": "singleLineTextBox", "maxLength": 20, "required": True},
            {
                "question": "Colour?",
                "type": "dropdownList",
                "options": [{"value": "red"}, {"value": "blue"}],
                "rules": [{"condition": "equals", "value": "red", "result": "reject", "matchCase": True}],
            },
        ],
        "rules": [{"question": "email", "condition": "contains", "value": "x", "result": "approve", "order": 1}],
    }
    found = problems(server, "PUT", f"{LAUNCH}/registration", json=body)
    form = call(server, "GET", f"{LAUNCH}/registration").json()
    assert found == NONE._replace(response=id_differences(form))


def id_differences(form: dict[str, Any]) -> list[str]:
    """What the contract has against a form whose ids are texts, and nothing else."""
    found = []
    for index, question in enumerate(form["customizedQuestions"]):
        place = f"$.customizedQuestions[{index}]"
        found.append(f"{place}.id: {question['id']!r} is not of type 'number'")
        for number, option in enumerate(question.get("options", [])):
            found.append(f"{place}.options[{number}].id: {option['id']!r} is not of type 'number'")
    return sorted(found)


def test_a_form_is_deleted_with_its_host_in_a_header(server: SandboxServer) -> None:
    path = f"{LAUNCH}/registration"
    assert CONTRACT.header_names("DELETE", path) == {"hostEmail"}
    assert problems(server, "DELETE", path, headers={"hostEmail": seed.HOST_EMAIL}) == NONE


def test_one_registrant_is_created_and_got(server: SandboxServer) -> None:
    query = {"current": "false", "hostEmail": seed.HOST_EMAIL}
    assert problems(server, "POST", REGISTRANTS, json=person("ann"), query=query) == NONE
    (ann,) = server.store.registrants(seed.PRODUCT_LAUNCH_ID)
    assert problems(server, "GET", f"{REGISTRANTS}/{ann.id}", query=query) == NONE


def test_many_registrants_are_inserted(server: SandboxServer) -> None:
    body = {"items": [person("ann"), person("bob", email="bob@competitor.example")]}
    path, query = f"{REGISTRANTS}/bulkInsert", {"current": "false", "hostEmail": seed.HOST_EMAIL}
    assert problems(server, "POST", path, json=body, query=query) == NONE
    found = [each.status for each in server.store.registrants(seed.PRODUCT_LAUNCH_ID)]
    assert found == ["pending", "rejected"]


def test_a_postal_code_that_is_no_number_is_the_other_known_difference(server: SandboxServer) -> None:
    path, body = f"{REGISTRANTS}/bulkInsert", {"items": [person("ann", zipCode="02139")]}
    difference = ["$.items[0].zipCode: '02139' is not of type 'number'"]
    assert problems(server, "POST", path, json=body) == Problems([], difference, difference)


def test_registrants_are_listed(server: SandboxServer) -> None:
    insert(server, "ann", "bob")
    (ann, _) = server.store.registrants(seed.PRODUCT_LAUNCH_ID)
    query = {
        "max": "1",
        "current": "false",
        "hostEmail": seed.HOST_EMAIL,
        "email": ann.email,
        "registrationTimeFrom": ann.registered_at.isoformat(),
    }
    items = call(server, "GET", REGISTRANTS, query=query).json()["items"]
    assert ([row["id"] for row in items], problems(server, "GET", REGISTRANTS, query=query)) == ([ann.id], NONE)


def test_registrants_are_looked_up(server: SandboxServer) -> None:
    insert(server, "ann", "bob")
    body = {
        "emails": ["ann@example.com"],
        "status": "pending",
        "orderBy": "email",
        "orderType": "DESC",
    }
    path, query = f"{REGISTRANTS}/query", {"max": "100", "current": "false", "hostEmail": seed.HOST_EMAIL}
    items = call(server, "POST", path, json=body, query=query).json()["items"]
    assert (len(items), problems(server, "POST", path, json=body, query=query)) == (1, NONE)


@pytest.mark.parametrize("verb", ["approve", "reject", "cancel", "bulkDelete"])
def test_a_status_is_changed(server: SandboxServer, verb: str) -> None:
    body = {"sendEmail": False, "registrants": insert(server, "ann", "bob")}
    query = {"current": "false", "hostEmail": seed.HOST_EMAIL}
    assert problems(server, "POST", f"{REGISTRANTS}/{verb}", json=body, query=query) == NONE


def test_a_registrant_is_deleted(server: SandboxServer) -> None:
    (ann,) = insert(server, "ann")
    query = {"current": "false", "hostEmail": seed.HOST_EMAIL}
    assert problems(server, "DELETE", f"{REGISTRANTS}/{ann['id']}", query=query) == NONE


def test_the_check_finds_what_is_wrong() -> None:
    """So that none of the tests above passes because nothing is looked at."""
    row = {"email": 1, "zipcode": 5}
    assert CONTRACT.request_problems("POST", f"{REGISTRANTS}/bulkInsert", {"items": [row]}) == [
        "$.items[0].email: 1 is not of type 'string'",
        "$.items[0]: 'firstName' is a required property",
        "$.items[0]: 'lastName' is a required property",
        "$.items[0]: 'zipcode' is not in the contract",
    ]
    assert CONTRACT.query_problems("GET", REGISTRANTS, ["max", "limit"]) == [
        "limit: not a query parameter of the operation"
    ]
    assert CONTRACT.response_problems("POST", f"{REGISTRANTS}/approve", 204, {}) == [
        "$: the contract has no body for status 204"
    ]
    assert CONTRACT.response_problems("GET", REGISTRANTS, 418, None) == [
        "$: the contract has no status 418 for this operation"
    ]


def test_the_names_that_only_the_examples_have_are_in_the_examples_and_in_no_schema_of_an_answer() -> None:
    text = str(CONTRACT.document["paths"])
    assert [name for name in contract.NAMES_ONLY_IN_EXAMPLES if f"'{name}'" not in text] == []
    schemas = CONTRACT.document["components"]["schemas"]
    assert "registrationId" not in schemas["RegistrantCreateResponse"]["properties"]
    assert "enabledRegistrationId" not in schemas["Registration"]["properties"]
