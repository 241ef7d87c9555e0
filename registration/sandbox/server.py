"""The sandbox as a server in a thread of its own."""

import ipaddress
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

from registration.sandbox import seed
from registration.sandbox.api import Api
from registration.sandbox.control import Control
from registration.sandbox.faults import Faults
from registration.sandbox.page import Page
from registration.sandbox.store import Clock, Store
from registration.sandbox.timing import Delays, RateLimit
from registration.sandbox.token_endpoint import Integration

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: Backlog of connections that are not accepted yet.
BACKLOG = 128
#: How long a client may keep a connection waiting for the rest of its request.
SOCKET_TIMEOUT_SECONDS = 60


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


class SandboxServer:
    """A Webex sandbox with sample meetings (`seed`), listening from `start()` to `stop()` or as a context manager.

    `port=0` takes a free one. `auto_accept` overrides every form's `autoAcceptRequest`; `token` is the only good
    access token (`None`: any is), beside those that an `integration` was given; `clock` gives the present, aware.
    `start()` raises `OSError` where the address cannot be had.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_seconds: float = 0.0,
        auto_accept: bool | None = None,
        rate_limit_per_minute: int | None = None,
        token: str | None = None,
        integration: Integration | None = None,
        clock: Clock = now,
    ) -> None:
        self.store = Store(clock=clock, auto_accept=auto_accept)
        self.faults = Faults()
        seed.add_sample_meetings(self.store)
        self._host = host
        self._wanted_port = port
        self._delays = Delays()
        self._api = Api(
            store=self.store,
            faults=self.faults,
            delays=self._delays,
            rate_limit=RateLimit(rate_limit_per_minute, clock=clock),
            latency_seconds=latency_seconds,
            token=token,
            integration=integration,
        )
        self._control = Control(store=self.store, faults=self.faults)
        self._page = Page(store=self.store)
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> "SandboxServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to listen. Once only: a server that was stopped stays so."""
        # Bound here, because werkzeug ends the process where an address is taken.
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.create_server((self._host, self._wanted_port), family=family, backlog=BACKLOG) as bound:
            self._server = make_server(
                self._host,
                bound.getsockname()[1],
                self._answer,
                threaded=True,
                request_handler=_QuietHandler,
                fd=bound.fileno(),
            )
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, wake what sleeps and drop what was to be done later."""
        self._delays.end()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server = self._thread = None

    @property
    def port(self) -> int:
        """The port it listens on. Raises `RuntimeError` before `start()` and after `stop()`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return self._server.port

    @property
    def page_url(self) -> str:
        """The address of the page for people."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - it is a reading
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def url(self) -> str:
        """The address of the API, for `WEBEX_BASE_URL`."""
        return f"{self.page_url}v1"

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        if request.path == "/v1" or request.path.startswith("/v1/"):
            return self._api.answer(request)(environ, start_response)
        try:
            self._check_host(request)
            answerer = self._control if request.path.startswith("/_sandbox/") else self._page
            return answerer.answer(request)(environ, start_response)
        except HTTPException as error:
            return error(environ, start_response)

    def _check_host(self, request: Request) -> None:
        """Refuse a name that somebody else's domain was pointed here under, where only this machine is served.

        The page and the control need no token, so DNS rebinding must not reach them.
        """
        named = urlsplit(f"//{request.host}").hostname or ""
        if _is_loopback(self._host) and not _is_loopback(named):
            raise SecurityError("The Host header does not name this machine.")


def _is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own by definition, so that no DNS has a say in it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _QuietHandler(WSGIRequestHandler):
    """Closes a connection that was dropped, and logs no request: the query string may hold an e-mail address."""

    timeout = SOCKET_TIMEOUT_SECONDS
    # werkzeug answers in HTTP/1.1 and closes every connection: it cannot drain a request that was not read.
    protocol_version = "HTTP/1.1"

    def connection_dropped(self, error: BaseException, environ: "WSGIEnvironment | None" = None) -> None:
        self.close_connection = True

    def log_request(self, *args: Any) -> None:
        pass
