"""A mail server on the loopback address, which keeps what it is given and can be told to misbehave."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from pytest_django import Settings

from registration.demo.surroundings import free_port


class Handler:
    """What the server does. ``refused``: recipients whom it takes nothing for, with ``code``.

    ``most_in_a_connection``: after so many mails it wants no more over the same connection, as busy servers do.
    ``most_at_all``: the last of so many mails it takes, but hangs up before it says so, and answers nobody any more.
    """

    def __init__(
        self,
        *,
        latency_seconds: float = 0.0,
        most_in_a_connection: int | None = None,
        most_at_all: int | None = None,
    ) -> None:
        self.latency_seconds = latency_seconds
        self.most_in_a_connection = most_in_a_connection
        self.most_at_all = most_at_all
        self.refused: set[str] = set()
        self.code = 450
        self.messages: list[EmailMessage] = []
        self.senders: list[str] = []
        self.taken: Counter[str] = Counter()
        self.connections = 0
        self.close: Callable[[], None] = lambda: None

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name, session.mails = name, 0
        return answers

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if session.mails == self.most_in_a_connection:
            return "421 Enough for one connection"
        session.mails += 1
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refused:
            return f"{self.code} {address} does not live here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.update(envelope.rcpt_tos)
        self.senders.append(envelope.mail_from)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(self.latency_seconds)
        if len(self.messages) == self.most_at_all:
            self.close()
            server.transport.abort()
        return "250 OK"


@contextmanager
def mail_server(settings: Settings, **how: Any) -> Iterator[Handler]:
    """A running server, to which the portal's settings point."""
    handler = Handler(**how)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(0))
    controller.start()
    assert controller.server is not None
    handler.close = controller.server.close
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
        yield handler
    finally:
        controller.stop()
