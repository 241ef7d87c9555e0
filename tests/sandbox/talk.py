"""How the tests talk to a sandbox: over HTTP, as any client would."""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from registration.sandbox.server import SandboxServer

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class HandClock:
    """A clock that moves when a test says so."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **spans: float) -> None:
        """Move on by `timedelta(**spans)`."""
        self.at += timedelta(**spans)


class Talk:
    """Calls to one sandbox with a token; a path is the part after `/v1`."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One call. A further header `Authorization` replaces the token."""
        headers = {"Authorization": "Bearer any", **options.pop("headers", {})}
        return requests.request(
            method, f"{self.server.url}{path}", headers=headers, timeout=20, allow_redirects=False, **options
        )

    def get(self, path: str, **query: str) -> requests.Response:
        """A GET with this query."""
        return self.call("GET", path, params=query)

    def post(self, path: str, body: object, **query: str) -> requests.Response:
        """A POST of JSON with this query."""
        return self.call("POST", path, json=body, params=query)

    def insert(self, meeting_id: str, *rows: dict[str, Any]) -> requests.Response:
        """A bulkInsert of these rows."""
        return self.post(f"/meetings/{meeting_id}/registrants/bulkInsert", {"items": list(rows)})


def person(name: str = "ann", /, **fields: Any) -> dict[str, Any]:
    """A registrant as a client sends it, with a name and an e-mail address made of `name`."""
    return {"firstName": name.title(), "lastName": "Test", "email": f"{name}@example.com", **fields}


def answer(question_id: object, *choices: dict[str, Any] | str) -> dict[str, Any]:
    """An answer to a customized question; a plain text stands for `{"answer": text}`."""
    answers = [{"answer": each} if isinstance(each, str) else each for each in choices]
    return {"questionId": question_id, "answers": answers}


def emails(response: requests.Response) -> list[str]:
    """The e-mail addresses of the rows in an answer, in its order."""
    assert response.status_code == 200, response.text
    return [row["email"] for row in response.json()["items"]]


def descriptions(response: requests.Response) -> tuple[int, list[str]]:
    """The status and the `errors[].description` of a refusal."""
    return response.status_code, [each["description"] for each in response.json()["errors"]]
