"""`/_sandbox/...`: faults and registrants over HTTP."""

from typing import Any

import pytest
import requests

from registration.sandbox import seed
from registration.sandbox.faults import Fault
from tests.sandbox.talk import Talk, person


def control(talk: Talk, method: str, path: str, **options: Any) -> requests.Response:
    return requests.request(method, f"{talk.server.page_url}_sandbox/{path}", timeout=20, **options)


def test_a_fault_is_added_listed_and_strikes(talk: Talk) -> None:
    added = control(talk, "POST", "faults", json={"operation": "getMeeting", "status": 503, "times": 2})
    fault = Fault("getMeeting", status=503, times=2)
    assert (added.status_code, added.json()) == (201, fault.to_json())
    assert control(talk, "GET", "faults").json() == {"items": [fault.to_json()]}
    assert talk.get(f"/meetings/{seed.OPEN_HOUR_ID}").status_code == 503


def test_faults_are_cleared(talk: Talk) -> None:
    control(talk, "POST", "faults", json={"status": 503})
    assert control(talk, "DELETE", "faults").status_code == 200
    assert talk.server.faults.waiting() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "a fault is a JSON object"),
        ({"stattus": 500}, "a fault has no stattus"),
        ({"status": "500"}, "status has the wrong type"),
        ({"status": True}, "status has the wrong type"),
        ({"drop": 1}, "drop has the wrong type"),
        ({"delay_seconds": "1"}, "delay_seconds has the wrong type"),
        ({"times": 1.5}, "times has the wrong type"),
        ({"status": 5}, "status is a number from 200 to 599"),
    ],
)
def test_a_fault_that_is_wrong_is_refused_in_words(talk: Talk, body: object, words: str) -> None:
    response = control(talk, "POST", "faults", json=body)
    assert (response.status_code, response.json()) == (400, {"error": words})


def test_a_fault_must_come_as_json(talk: Talk) -> None:
    response = control(talk, "POST", "faults", data='{"status": 500}', headers={"Content-Type": "text/plain"})
    assert (response.status_code, talk.server.faults.waiting()) == (415, [])


def test_every_registrant_of_a_meeting_is_shown(talk: Talk) -> None:
    rows = talk.insert(seed.OPEN_HOUR_ID, *(person(f"p{number}") for number in range(15))).json()["items"]
    response = control(talk, "GET", "registrants", params={"meetingId": seed.OPEN_HOUR_ID})
    assert response.json() == {"items": rows}


def test_what_is_unknown_is_not_found_and_a_wrong_method_not_allowed(talk: Talk) -> None:
    answers = [
        control(talk, "GET", "registrants", params={"meetingId": "x"}).status_code,
        control(talk, "GET", "nothing").status_code,
        control(talk, "PUT", "faults").status_code,
    ]
    assert answers == [404, 404, 405]


def test_a_name_of_somebody_elses_is_refused(talk: Talk) -> None:
    answers = [
        control(talk, "GET", "faults", headers={"Host": host}).status_code
        for host in ("evil.example", "localhost:8001", "127.0.0.1")
    ]
    assert answers == [400, 200, 200]
