"""The sandbox's integration: it gives tokens for the right credentials only, and lets them expire on demand."""

from collections.abc import Iterator

import pytest
import requests

from registration.sandbox.server import SandboxServer
from registration.sandbox.token_endpoint import Integration
from tests.sandbox.talk import Talk, descriptions

REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "the-client",
    "client_secret": "the-secret",
    "refresh_token": "the-first",
}


@pytest.fixture
def integration() -> Integration:
    return Integration("the-client", "the-secret", "the-first")


@pytest.fixture
def server(integration: Integration) -> Iterator[SandboxServer]:
    with SandboxServer(integration=integration) as server:
        yield server


def refresh(server: SandboxServer, **changes: str) -> requests.Response:
    return requests.post(f"{server.url}/access_token", data=REFRESH | changes, timeout=20)


def status(talk: Talk, token: str) -> int:
    return talk.call("GET", "/meetings", headers={"Authorization": f"Bearer {token}"}).status_code


def test_only_tokens_that_were_given_out_are_good_and_older_ones_stay_so(server: SandboxServer, talk: Talk) -> None:
    first, second = (refresh(server).json()["access_token"] for _again in range(2))
    assert [status(talk, token) for token in (first, second, "any")] == [200, 200, 401]


def test_access_tokens_expire_on_demand(server: SandboxServer, integration: Integration, talk: Talk) -> None:
    token = refresh(server).json()["access_token"]
    integration.expire_access_tokens()
    assert (status(talk, token), status(talk, refresh(server).json()["access_token"])) == (401, 200)


def test_a_fixed_token_is_good_as_well(integration: Integration) -> None:
    with SandboxServer(integration=integration, token="fixed") as server:
        talk = Talk(server)
        tokens = ["fixed", refresh(server).json()["access_token"], "any"]
        assert [status(talk, token) for token in tokens] == [200, 200, 401]


def test_the_refresh_token_stays_unless_it_is_replaced_each_time(
    server: SandboxServer, integration: Integration
) -> None:
    assert refresh(server).json()["refresh_token"] == "the-first"
    integration.replaces_refresh_token = True
    newest = refresh(server).json()["refresh_token"]
    assert [refresh(server, refresh_token=token).status_code for token in ("the-first", newest)] == [400, 200]


def test_the_lives_are_as_the_integration_says(server: SandboxServer, integration: Integration) -> None:
    integration.access_token_seconds, integration.refresh_token_seconds = 60, 120
    answer = refresh(server).json()
    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (60, 120)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"client_id": "other"}, 401, "The client id or the client secret is wrong."),
        ({"client_secret": "öther"}, 401, "The client id or the client secret is wrong."),
        (
            {"refresh_token": "other"},
            400,
            "The refresh token provided is expired, revoked, malformed, or invalid.",
        ),
    ],
)
def test_wrong_credentials_are_refused(server: SandboxServer, changes: dict[str, str], code: int, words: str) -> None:
    assert descriptions(refresh(server, **changes)) == (code, [words])


def test_an_expired_refresh_token_is_refused(server: SandboxServer, integration: Integration) -> None:
    integration.expire_refresh_token()
    assert refresh(server).status_code == 400
