"""Starting and stopping, the sample meetings' ids, and size."""

import re
import socket
import time

import pytest
import requests

from registration.sandbox import seed
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.sandbox.talk import Talk, person


def test_it_says_where_it_is(server: SandboxServer) -> None:
    assert server.page_url == f"http://127.0.0.1:{server.port}/"
    assert server.url == f"http://127.0.0.1:{server.port}/v1"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"] + ["::1"] * has_ipv6())
def test_its_page_is_at_the_address_it_says_on_any_host(host: str) -> None:
    with SandboxServer(host=host) as server:
        assert requests.get(server.page_url, timeout=20).status_code == 200


def test_after_it_stopped_nobody_answers() -> None:
    with SandboxServer() as server:
        url = server.page_url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url


def test_stopping_twice_or_without_a_start_does_nothing() -> None:
    server = SandboxServer()
    server.stop()
    server.stop()


def test_it_stops_at_once_also_while_an_answer_sleeps() -> None:
    began = time.monotonic()
    with SandboxServer() as server:
        server.faults.add(Fault(delay_seconds=60))
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{server.url}/meetings", headers={"Authorization": "Bearer x"}, timeout=0.2)
    assert time.monotonic() - began < 10


def test_an_address_that_is_taken_is_an_os_error(server: SandboxServer) -> None:
    with pytest.raises(OSError, match="in use"):
        SandboxServer(port=server.port).start()


def test_the_samples_have_ids_of_meeting_series(server: SandboxServer) -> None:
    ids = [meeting.id for meeting in server.store.meetings()]
    assert ids == [
        seed.PRODUCT_LAUNCH_ID,
        seed.OPEN_HOUR_ID,
        seed.TEAM_MEETING_ID,
        seed.PERSONAL_ROOM_ID,
    ]
    assert [each for each in ids if not re.fullmatch("[0-9a-f]{32}", each)] == []


def test_the_samples_own_rules_decide(talk: Talk) -> None:
    questions = [
        {"questionId": 330521, "answers": [{"answer": "A colleague"}]},
        {"questionId": 330522, "answers": [{"answer": "Prices and licences"}]},
        {"questionId": 330523, "answers": [{"answer": "No"}]},
    ]
    role = {"questionId": 330524, "answers": [{"answer": "I am a student"}]}
    rows = [
        person("a", companyName="Partner", customizedQuestions=questions, email="a@competitor.example"),
        person("b", companyName="Partner GmbH", customizedQuestions=[*questions, role]),
        person("c", companyName="Other", customizedQuestions=[*questions, role]),
        person("d", companyName="Other", customizedQuestions=questions),
    ]
    answered = talk.insert(seed.PRODUCT_LAUNCH_ID, *rows).json()["items"]
    assert [row["status"] for row in answered] == ["rejected", "approved", "rejected", "pending"]


def test_an_id_is_given_to_one_meeting_only(server: SandboxServer) -> None:
    with pytest.raises(ValueError, match="has a meeting"):
        server.store.add_meeting(id=seed.OPEN_HOUR_ID)


def test_thirty_thousand_registrants_make_a_call_no_slower(talk: Talk) -> None:
    def insert_for(batch: int) -> float:
        began = time.process_time()
        rows = [person(f"p{batch}-{index}") for index in range(50)]
        assert talk.insert(seed.OPEN_HOUR_ID, *rows).status_code == 200
        return time.process_time() - began

    seconds = sorted(insert_for(batch) for batch in range(600))
    assert len(talk.server.store.registrants(seed.OPEN_HOUR_ID)) == 30_000
    # A walk over all registrants per row would take seconds of work at the end; half a second is slack.
    assert seconds[len(seconds) * 9 // 10] < 0.5
