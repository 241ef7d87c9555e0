"""The endpoints under `/v1` as a web application: routes, token, rate limit, faults, Webex's error shape."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, Literal

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from registration.sandbox import form_endpoints, meeting_endpoints, registrant_endpoints
from registration.sandbox.errors import Refusal
from registration.sandbox.exchange import Asked, Reply
from registration.sandbox.faults import Fault, Faults, spoil_rows
from registration.sandbox.store import Call, Store
from registration.sandbox.timing import Delays, RateLimit
from registration.sandbox.token_endpoint import Integration, access_token

#: More than 100 registrants with every field at its longest need.
LARGEST_BODY_BYTES = 8_000_000

Endpoint = Callable[[Store, Asked], Reply]
Takes = Literal["json", "form", "nothing"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract, under the short name that faults and recorded calls use."""

    name: str
    method: str
    path: str
    endpoint: Endpoint
    takes: Takes = "nothing"


_MEETING = "/v1/meetings/<meeting_id>"
_REGISTRATION = f"{_MEETING}/registration"
_REGISTRANTS = f"{_MEETING}/registrants"
_REGISTRANT = f"{_REGISTRANTS}/<registrant_id>"

OPERATIONS: tuple[Operation, ...] = (
    Operation("listMeetings", "GET", "/v1/meetings", meeting_endpoints.list_meetings),
    Operation("getMeeting", "GET", _MEETING, meeting_endpoints.get_meeting),
    Operation("getRegistration", "GET", _REGISTRATION, form_endpoints.get_registration),
    Operation("putRegistration", "PUT", _REGISTRATION, form_endpoints.put_registration, "json"),
    Operation("deleteRegistration", "DELETE", _REGISTRATION, form_endpoints.delete_registration),
    Operation("createRegistrant", "POST", _REGISTRANTS, registrant_endpoints.create_registrant, "json"),
    Operation("listRegistrants", "GET", _REGISTRANTS, registrant_endpoints.list_registrants),
    Operation("bulkInsert", "POST", f"{_REGISTRANTS}/bulkInsert", registrant_endpoints.bulk_insert, "json"),
    Operation("query", "POST", f"{_REGISTRANTS}/query", registrant_endpoints.query, "json"),
    Operation("getRegistrant", "GET", _REGISTRANT, registrant_endpoints.get_registrant),
    Operation("deleteRegistrant", "DELETE", _REGISTRANT, registrant_endpoints.delete_registrant),
    Operation("approve", "POST", f"{_REGISTRANTS}/approve", registrant_endpoints.set_status("approved"), "json"),
    Operation("reject", "POST", f"{_REGISTRANTS}/reject", registrant_endpoints.set_status("rejected"), "json"),
    Operation("cancel", "POST", f"{_REGISTRANTS}/cancel", registrant_endpoints.set_status("pending"), "json"),
    Operation("bulkDelete", "POST", f"{_REGISTRANTS}/bulkDelete", registrant_endpoints.bulk_delete, "json"),
)

_TOKEN = ("accessToken", "POST", "/v1/access_token")
# The operations by name. Made once: to make them takes longer than all the rest of a server that begins.
_ROUTES = Map(
    [
        Rule(path, methods=[method], endpoint=name)
        for name, method, path in (*((each.name, each.method, each.path) for each in OPERATIONS), _TOKEN)
    ],
    strict_slashes=False,
    merge_slashes=False,
)


class Api:
    """Answers one request at a time, in any number of threads.

    `token` is the only good one, with an `integration` beside those that it was given; with neither, any is.
    """

    def __init__(
        self,
        *,
        store: Store,
        faults: Faults,
        delays: Delays,
        rate_limit: RateLimit,
        latency_seconds: float = 0.0,
        token: str | None = None,
        integration: Integration | None = None,
    ) -> None:
        self._store = store
        self._faults = faults
        self._delays = delays
        self._rate_limit = rate_limit
        self._latency_seconds = latency_seconds
        self._token = token
        self._integration = integration
        operations = (*OPERATIONS, Operation(*_TOKEN, self._access_token, "form"))
        self._operations = {each.name: each for each in operations}

    def answer(self, request: Request) -> Response:
        """The answer to a request. Raises `ConnectionAbortedError` where a fault drops the connection."""
        request.max_content_length = LARGEST_BODY_BYTES
        try:
            name, arguments = _ROUTES.bind_to_environ(request.environ).match()
            data = request.get_data()
        except HTTPException as error:
            return _to_response(_refuse(_as_refusal(error)))
        operation = self._operations[name]
        body, problem = _read_body(request, operation.takes, data)
        self._store.record(Call(request.method, operation.name, request.args.to_dict(), body))
        self._delays.sleep(self._latency_seconds)
        asked = Asked(
            operation=operation.name,
            url=request.base_url,
            arguments=arguments,
            query=request.args.to_dict(),
            body=body or {},
            headers=request.headers,
        )
        if refusal := self._refusal_at_the_door(request, operation):
            return _to_response(_refuse(refusal))
        work = partial(_attempt, operation.endpoint, self._store, asked, problem)
        fault = self._faults.take(operation.name)
        return _to_response(work()) if fault is None else self._strike(fault, work)

    def _access_token(self, store: Store, asked: Asked) -> Reply:
        return access_token(asked, token=self._token, integration=self._integration)

    def _refusal_at_the_door(self, request: Request, operation: Operation) -> Refusal | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_good = scheme.lower() == "bearer" and self._is_good(token.strip())
        if operation.name != "accessToken" and not is_good:
            return Refusal(401, "The request requires a valid access token set in the Authorization header.")
        if seconds := self._rate_limit.take():
            words = "Too many requests; try again later."
            return Refusal(429, words, headers=(("Retry-After", str(seconds)),))
        return None

    def _is_good(self, token: str) -> bool:
        if self._token is not None and compare_digest(token.encode(), self._token.encode()):
            return True
        if self._integration is not None:
            return self._integration.is_good(token)
        return self._token is None and bool(token)

    def _strike(self, fault: Fault, work: Callable[[], Reply]) -> Response:
        """Let the fault happen, around the work, before it or long before it."""
        if not fault.after_write:
            self._delays.sleep(fault.delay_seconds)
        done: Reply | None = None
        if fault.land_after_seconds is not None:
            self._delays.later(fault.land_after_seconds, work)
        elif fault.after_write or not fault.has_answer:
            done = work()
        if fault.after_write:
            self._delays.sleep(fault.delay_seconds)
        if fault.drop:
            raise ConnectionAbortedError("a fault drops the connection")
        return _faulty_response(fault, done)


def _attempt(endpoint: Endpoint, store: Store, asked: Asked, problem: Refusal | None) -> Reply:
    try:
        if problem is not None:
            raise problem
        return endpoint(store, asked)
    except Refusal as refusal:
        return _refuse(refusal)


def _read_body(request: Request, takes: Takes, data: bytes) -> tuple[Mapping[str, Any] | None, Refusal | None]:
    """The body as the operation takes it, or why it cannot be."""
    if takes == "nothing":
        return None, None
    needed = "application/json" if takes == "json" else "application/x-www-form-urlencoded"
    if request.mimetype != needed:
        return None, Refusal(415, f"The Content-Type must be {needed}.")
    if takes == "form":
        return request.form.to_dict(), None
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None, Refusal(400, "The body is not well-formed JSON.")
    if not isinstance(body, dict):
        return None, Refusal(400, "The body must be a JSON object.")
    return body, None


def _refuse(refusal: Refusal) -> Reply:
    """The refusal in Webex's error shape, without the tracking id that every answer gets."""
    body = {"message": _phrase(refusal.status), "errors": [{"description": refusal.description}]}
    return Reply(refusal.status, body, dict(refusal.headers))


def _as_refusal(error: HTTPException) -> Refusal:
    allow = tuple((name, value) for name, value in error.get_headers() if name == "Allow")
    return Refusal(error.code or 500, error.description or "", headers=allow)


def _faulty_response(fault: Fault, done: Reply | None) -> Response:
    """What the client gets: the fault's own answer, else what was done (202 where that is yet to be)."""
    status = fault.status or (200 if fault.body is not None else 202)
    if not fault.has_answer and done is not None:
        reply = done
    elif status >= 300:
        reply = _refuse(Refusal(status, fault.message or _phrase(status)))
    else:
        reply = Reply(status, done.body if done is not None and status not in (202, 204) else None)
    if reply.body is not None:
        reply = Reply(reply.status, spoil_rows(reply.body, fault), reply.headers)
    response = _to_response(reply)
    if fault.body is not None:
        response.status_code = status
        response.set_data(fault.body)
        response.content_type = "text/html; charset=utf-8"
    if fault.content_type is not None:
        response.content_type = fault.content_type
    if fault.retry_after is not None:
        response.headers["Retry-After"] = fault.retry_after
    return response


def _to_response(reply: Reply) -> Response:
    tracking_id = f"SANDBOX_{uuid.uuid4()}"
    body = reply.body
    if body is not None and reply.status >= 300:
        body = {**body, "trackingId": tracking_id}
    data = b"" if body is None else json.dumps(body).encode()
    response = Response(data, status=reply.status, content_type="application/json")
    response.headers.extend(reply.headers)
    response.headers["trackingid"] = tracking_id
    if body is None:
        del response.headers["Content-Type"]
    return response


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown status"
