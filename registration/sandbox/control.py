"""`/_sandbox/...`: the same as `SandboxServer.faults` and `.store`, over HTTP for other processes."""

import json

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from registration.sandbox.errors import Refusal
from registration.sandbox.faults import Fault, Faults
from registration.sandbox.store import Store


class Control:
    """Faults and registrants for whoever runs the sandbox. A fault is JSON, so a web page cannot send one unasked."""

    def __init__(self, *, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._routes = Map(
            [
                Rule("/_sandbox/faults", methods=["GET"], endpoint=self._list_faults),
                Rule("/_sandbox/faults", methods=["POST"], endpoint=self._add_fault),
                Rule("/_sandbox/faults", methods=["DELETE"], endpoint=self._clear_faults),
                Rule("/_sandbox/registrants", methods=["GET"], endpoint=self._list_registrants),
            ]
        )

    def answer(self, request: Request) -> Response:
        """The answer to a request, always JSON."""
        request.max_content_length = 1_000_000
        try:
            endpoint, _ = self._routes.bind_to_environ(request.environ).match()
            status, body = endpoint(request)
        except HTTPException as error:
            status, body = error.code or 500, {"error": error.description}
        except Refusal as refusal:
            status, body = refusal.status, {"error": refusal.description}
        return Response(json.dumps(body), status=status, content_type="application/json")

    def _list_faults(self, request: Request) -> tuple[int, object]:
        return 200, {"items": [fault.to_json() for fault in self._faults.waiting()]}

    def _add_fault(self, request: Request) -> tuple[int, object]:
        if request.mimetype != "application/json":
            raise Refusal(415, "The Content-Type must be application/json.")
        try:
            fault = Fault.from_json(json.loads(request.get_data()))
        except (ValueError, RecursionError) as error:
            raise Refusal(400, str(error)) from None
        self._faults.add(fault)
        return 201, fault.to_json()

    def _clear_faults(self, request: Request) -> tuple[int, object]:
        self._faults.clear()
        return 200, {"items": []}

    def _list_registrants(self, request: Request) -> tuple[int, object]:
        meeting = self._store.meeting(request.args.get("meetingId", ""))
        if meeting is None:
            raise Refusal(404, "meetingId is not a meeting of this sandbox.")
        return 200, {"items": [each.to_json() for each in self._store.registrants(meeting.id)]}
