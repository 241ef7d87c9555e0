"""Faults on demand, as a client meets them."""

import time
from typing import Any

import pytest
import requests

from registration.sandbox import seed
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.sandbox.talk import Talk, descriptions, emails, person

REGISTRANTS = f"/meetings/{seed.OPEN_HOUR_ID}/registrants"


def insert(talk: Talk, *names: str) -> requests.Response:
    return talk.insert(seed.OPEN_HOUR_ID, *(person(name) for name in names))


def registered(talk: Talk) -> list[str]:
    return [each.email.partition("@")[0] for each in talk.server.store.registrants(seed.OPEN_HOUR_ID)]


@pytest.mark.parametrize(
    "status", [201, 202, 204, 400, 401, 403, 404, 405, 409, 410, 415, 423, 428, 429, 500, 502, 503, 504]
)
@pytest.mark.parametrize("after_write", [False, True])
def test_any_status_can_be_answered_before_the_write_and_after_it(talk: Talk, status: int, after_write: bool) -> None:
    talk.server.faults.add(Fault("bulkInsert", status=status, after_write=after_write))
    answers = [insert(talk, "ann").status_code, insert(talk, "bob").status_code]
    assert answers == [status, 200]
    assert registered(talk) == (["ann", "bob"] if after_write else ["bob"])


def test_a_faulty_status_has_webexs_error_shape_with_the_message_and_retry_after(talk: Talk) -> None:
    talk.server.faults.add(Fault(status=429, retry_after="rand(30),add(30)", message="Slow down."))
    response = insert(talk, "ann")
    body = response.json()
    assert (response.headers["Retry-After"], response.headers["trackingid"]) == (
        "rand(30),add(30)",
        body["trackingId"],
    )
    assert {**body, "trackingId": ""} == {
        "message": "Too Many Requests",
        "errors": [{"description": "Slow down."}],
        "trackingId": "",
    }


@pytest.mark.parametrize(("status", "rows"), [(201, 1), (202, None), (204, None)])
def test_a_good_status_after_the_write_keeps_the_rows_but_where_it_is_empty(
    talk: Talk, status: int, rows: int | None
) -> None:
    talk.server.faults.add(Fault("bulkInsert", status=status, after_write=True))
    response = insert(talk, "ann")
    assert (len(response.json()["items"]) if response.content else None) == rows


@pytest.mark.parametrize(
    ("fault", "status", "content", "content_type"),
    [
        (Fault(body="<h1>Oops</h1>"), 200, b"<h1>Oops</h1>", "text/html; charset=utf-8"),
        (Fault(status=502, body=b"\xff"), 502, b"\xff", "text/html; charset=utf-8"),
        (Fault(body="", content_type="application/json"), 200, b"", "application/json"),
    ],
)
def test_a_raw_body_is_sent_as_it_is(talk: Talk, fault: Fault, status: int, content: bytes, content_type: str) -> None:
    talk.server.faults.add(fault)
    response = insert(talk, "ann")
    assert (response.status_code, response.content) == (status, content)
    assert response.headers["Content-Type"] == content_type
    assert registered(talk) == []


@pytest.mark.parametrize(("after_write", "people"), [(False, []), (True, ["ann"])])
def test_a_connection_is_dropped_before_the_write_or_after_it(talk: Talk, after_write: bool, people: list[str]) -> None:
    talk.server.faults.add(Fault("bulkInsert", drop=True, after_write=after_write))
    with pytest.raises(requests.ConnectionError, match="Remote end closed connection without response"):
        insert(talk, "ann")
    assert registered(talk) == people


@pytest.mark.parametrize(
    ("fault", "rows"),
    [
        (Fault(short_by=1), ["a", "b", "c"]),
        (Fault(short_by=9), []),
        (Fault(shuffle=True), ["b", "d", "c", "a"]),
        (Fault(double=True), ["a", "a", "b", "b", "c", "c", "d", "d"]),
        (Fault(short_by=2, shuffle=True, double=True), ["b", "b", "a", "a"]),
        (Fault(short_by=3, status=201, after_write=True), ["a"]),
    ],
)
def test_rows_are_left_out_shuffled_and_doubled_in_the_answer_only(talk: Talk, fault: Fault, rows: list[str]) -> None:
    talk.server.faults.add(fault)
    response = insert(talk, "a", "b", "c", "d")
    assert [row["email"].partition("@")[0] for row in response.json()["items"]] == rows
    assert registered(talk) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("after_write", "people"), [(False, []), (True, ["ann"])])
def test_a_slow_answer_has_done_its_write_before_the_delay_or_does_it_after(
    talk: Talk, after_write: bool, people: list[str]
) -> None:
    talk.server.faults.add(Fault("bulkInsert", delay_seconds=30, after_write=after_write))
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{talk.server.url}{REGISTRANTS}/bulkInsert",
            json={"items": [person("ann")]},
            headers={"Authorization": "Bearer any"},
            timeout=0.3,
        )
    assert registered(talk) == people


@pytest.mark.parametrize("drop", [False, True])
def test_a_write_can_land_after_the_client_was_answered_or_dropped(talk: Talk, drop: bool) -> None:
    talk.server.faults.add(Fault("bulkInsert", drop=drop, land_after_seconds=0.4))
    if drop:
        with pytest.raises(requests.ConnectionError):
            insert(talk, "ann")
    else:
        response = insert(talk, "ann")
        assert (response.status_code, response.content) == (202, b"")
    before = registered(talk)
    deadline = time.monotonic() + 10
    while not registered(talk) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (before, registered(talk)) == ([], ["ann"])


def test_a_late_write_is_dropped_when_the_server_stops() -> None:
    with SandboxServer() as server:
        talk = Talk(server)
        server.faults.add(Fault(land_after_seconds=0.2))
        assert insert(talk, "ann").status_code == 202
    time.sleep(0.4)
    assert server.store.registrants(seed.OPEN_HOUR_ID) == []


def test_a_fault_strikes_its_own_operation_only_and_so_many_times(talk: Talk) -> None:
    talk.server.faults.add(Fault("query", times=2, status=503))
    body = {"emails": ["a@example.com"]}
    answers = [insert(talk, "a").status_code]
    answers += [talk.post(f"{REGISTRANTS}/query", body).status_code for _ in range(3)]
    assert answers == [200, 503, 503, 200]


def test_the_oldest_fault_strikes_first_and_cleared_ones_never(talk: Talk) -> None:
    for status in (500, 502, 503):
        talk.server.faults.add(Fault(status=status))
    answers = [insert(talk, "a").status_code, insert(talk, "a").status_code]
    talk.server.faults.clear()
    assert [*answers, insert(talk, "a").status_code] == [500, 502, 200]


def test_a_call_without_a_token_uses_up_no_fault(talk: Talk) -> None:
    talk.server.faults.add(Fault(status=500))
    answers = [talk.call("GET", "/meetings", headers={"Authorization": ""}), talk.get("/meetings")]
    assert [each.status_code for each in answers] == [401, 500]


def test_a_fault_of_the_door_to_a_write_that_is_refused_still_strikes(talk: Talk) -> None:
    talk.server.faults.add(Fault(status=500, after_write=True))
    assert insert(talk).status_code == 500
    assert descriptions(insert(talk)) == (400, ["items must be a list with at least one registrant."])


def test_an_unwanted_read_is_not_spoilt(talk: Talk) -> None:
    insert(talk, "a", "b")
    talk.server.faults.add(Fault("listRegistrants", short_by=1))
    assert [len(emails(talk.get(REGISTRANTS))) for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "insert"},
        {"status": 99},
        {"status": 600},
        {"message": "x"},
        {"retry_after": "1"},
        {"status": 429, "retry_after": "1\r\nX: y"},
        {"times": 0},
        {"short_by": -1},
        {"delay_seconds": -1.0},
        {"land_after_seconds": -1.0},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Fault(**wrong)
