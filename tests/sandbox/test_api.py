"""The door to the endpoints: tokens, rate limit, error shape, methods, bodies; and the token endpoint."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from registration.sandbox import seed
from registration.sandbox.api import LARGEST_BODY_BYTES
from registration.sandbox.forms import Form
from registration.sandbox.rows import Status
from registration.sandbox.server import SandboxServer
from tests.sandbox.talk import HandClock, Talk, descriptions, person

REGISTRANTS = f"/meetings/{seed.OPEN_HOUR_ID}/registrants"
REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "C1",
    "client_secret": "secret",
    "refresh_token": "old",
}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "any"])
def test_a_call_without_a_bearer_token_is_unauthorized(talk: Talk, header: str) -> None:
    response = talk.call("GET", "/meetings", headers={"Authorization": header})
    words = "The request requires a valid access token set in the Authorization header."
    assert descriptions(response) == (401, [words])


def test_where_a_token_is_set_only_that_one_is_good() -> None:
    with SandboxServer(token="the one") as server:
        talk = Talk(server)
        answers = [
            talk.call("GET", "/meetings", headers={"Authorization": f"Bearer {token}"}).status_code
            for token in ("the one", "another")
        ]
    assert answers == [200, 401]


def test_an_error_has_webexs_shape_and_its_tracking_id_in_body_and_header(talk: Talk) -> None:
    response = talk.get(f"/meetings/{'0' * 32}")
    assert response.json() == {
        "message": "Not Found",
        "errors": [{"description": "Meeting is not found."}],
        "trackingId": response.headers["trackingid"],
    }


def test_a_wrong_method_is_not_allowed_and_the_right_ones_are_named(talk: Talk) -> None:
    response = talk.call("PATCH", REGISTRANTS)
    assert (response.status_code, sorted(response.headers["Allow"].split(", "))) == (
        405,
        ["GET", "HEAD", "POST"],
    )
    assert response.json()["trackingId"] == response.headers["trackingid"]


@pytest.mark.parametrize("path", ["/nothing", "", "/meetings/x/y/z", f"{REGISTRANTS}/a/b"])
def test_an_unknown_path_is_not_found_in_webexs_shape(talk: Talk, path: str) -> None:
    response = talk.get(path)
    assert (response.status_code, response.json()["message"]) == (404, "Not Found")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_called_json_is_not_supported(talk: Talk, content_type: str) -> None:
    response = talk.call("POST", REGISTRANTS, data="{}", headers={"Content-Type": content_type})
    assert descriptions(response) == (415, ["The Content-Type must be application/json."])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "The body is not well-formed JSON."),
        ("{", "The body is not well-formed JSON."),
        (b"\xff", "The body is not well-formed JSON."),
        ("[" * 100_000, "The body is not well-formed JSON."),
        ("[]", "The body must be a JSON object."),
        ("null", "The body must be a JSON object."),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(talk: Talk, data: str | bytes, words: str) -> None:
    response = talk.call("POST", REGISTRANTS, data=data, headers={"Content-Type": "application/json"})
    assert descriptions(response) == (400, [words])


def test_a_body_that_is_too_large_is_refused(talk: Talk) -> None:
    data = b" " * (LARGEST_BODY_BYTES + 1)
    response = talk.call("POST", REGISTRANTS, data=data, headers={"Content-Type": "application/json"})
    assert response.status_code == 413


def test_a_hundred_registrants_with_every_answer_at_its_longest_are_taken(talk: Talk) -> None:
    rows = [person(f"p{number}", address1="ж" * 2000, address2="ж" * 2000) for number in range(100)]
    assert talk.insert(seed.OPEN_HOUR_ID, *rows).status_code == 200


def test_calls_over_the_rate_limit_wait_for_the_minute_to_pass(clock: HandClock) -> None:
    with SandboxServer(rate_limit_per_minute=2, clock=clock) as server:
        talk = Talk(server)
        answers = []
        for seconds in (0, 20, 5, 35):
            clock.advance(seconds=seconds)
            response = talk.get("/meetings")
            answers.append((response.status_code, response.headers.get("Retry-After")))
    assert answers == [(200, None), (200, None), (429, "35"), (200, None)]


def test_every_call_is_recorded_also_one_that_is_refused(talk: Talk) -> None:
    talk.get(REGISTRANTS, max="5")
    talk.insert(seed.OPEN_HOUR_ID)
    talk.call("POST", REGISTRANTS, data="x", headers={"Authorization": "", "Content-Type": "text/plain"})
    assert talk.server.store.calls == [
        ("GET", "listRegistrants", {"max": "5"}, None),
        ("POST", "bulkInsert", {}, {"items": []}),
        ("POST", "createRegistrant", {}, None),
    ]


def test_latency_is_waited_before_an_answer() -> None:
    with SandboxServer(latency_seconds=0.3) as server:
        began = time.monotonic()
        Talk(server).get("/meetings")
        assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(("auto_accept", "status"), [(True, "approved"), (False, "pending")])
def test_auto_accept_overrides_the_forms(auto_accept: bool, status: str) -> None:
    with SandboxServer(auto_accept=auto_accept) as server:
        rows = Talk(server).insert(seed.OPEN_HOUR_ID, person()).json()["items"]
    assert [row["status"] for row in rows] == [status]


@pytest.mark.parametrize(
    ("meeting_id", "unmatched", "status"),
    [
        (seed.PRODUCT_LAUNCH_ID, None, "pending"),
        (seed.PRODUCT_LAUNCH_ID, "rejected", "rejected"),
        (seed.OPEN_HOUR_ID, "rejected", "approved"),  # it has no rules to meet
    ],
)
def test_who_meets_no_rule_may_be_left_to_the_form_or_be_rejected(
    talk: Talk, meeting_id: str, unmatched: Status | None, status: str
) -> None:
    talk.server.store.unmatched = unmatched
    talk.server.store.set_form(seed.PRODUCT_LAUNCH_ID, Form(rules=seed.PRODUCT_LAUNCH_FORM.rules))
    rows = talk.insert(meeting_id, person()).json()["items"]
    assert [row["status"] for row in rows] == [status]


def test_a_refresh_gives_a_new_access_token_and_a_new_refresh_token(talk: Talk) -> None:
    first, second = (
        requests.post(f"{talk.server.url}/access_token", data=REFRESH, timeout=20).json() for _ in range(2)
    )
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (1_209_600, 7_776_000)
    tokens = {each[name] for each in (first, second) for name in ("access_token", "refresh_token")}
    assert len(tokens) == 4


def test_a_refresh_gives_the_one_good_token_where_one_is_set() -> None:
    with SandboxServer(token="the one") as server:
        response = requests.post(f"{server.url}/access_token", data=REFRESH, timeout=20)
    assert response.json()["access_token"] == "the one"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grant_type": "password"}, "grant_type must be refresh_token."),
        ({"client_id": ""}, "client_id is required."),
        ({"client_secret": ""}, "client_secret is required."),
        ({"refresh_token": ""}, "refresh_token is required."),
    ],
)
def test_a_refresh_that_is_incomplete_is_refused(talk: Talk, change: dict[str, str], words: str) -> None:
    response = requests.post(f"{talk.server.url}/access_token", data=REFRESH | change, timeout=20)
    assert descriptions(response) == (400, [words])


def test_a_refresh_must_be_a_form(talk: Talk) -> None:
    response = requests.post(f"{talk.server.url}/access_token", json=REFRESH, timeout=20)
    assert response.status_code == 415


def in_threads(count: int, call: Callable[[int], requests.Response]) -> list[int]:
    with ThreadPoolExecutor(count) as pool:
        return [response.status_code for response in pool.map(call, range(count))]


def test_the_same_person_sent_twice_at_once_is_registered_once(talk: Talk) -> None:
    answers = in_threads(8, lambda _: talk.insert(seed.OPEN_HOUR_ID, person("ann")))
    assert (sorted(answers), len(talk.server.store.registrants(seed.OPEN_HOUR_ID))) == ([200] + [409] * 7, 1)


def test_many_calls_at_once_lose_no_one(talk: Talk) -> None:
    def insert(number: int) -> requests.Response:
        rows = [person(f"p{number}-{index}") for index in range(50)]
        return talk.insert(seed.OPEN_HOUR_ID, *rows)

    assert in_threads(16, insert) == [200] * 16
    assert len(talk.server.store.registrants(seed.OPEN_HOUR_ID)) == 800
