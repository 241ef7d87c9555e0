"""Where the demonstration runs: its own folder, database, mails, addresses and secrets, apart from a real portal's."""

import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.utils.translation import gettext as _

from registration.errors import PortalError
from registration.sandbox.server import SandboxServer

MARK = "PORTAL_DEMO_SANDBOX_PORT"
"""Set in the environment of the process that runs the demonstration: the port for the sandbox."""


class PortTaken(Exception):
    """Somebody else has begun to listen where nobody did when the ports were chosen."""


def free_port(wanted: int) -> int:
    """The port, or where it is taken on the loopback address, some free one: others may take it until it is used."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PortalError(_("No port is free on 127.0.0.1."))


def environment(folder: Path) -> dict[str, str]:
    """The environment of the demonstration: nothing of it reaches a real Webex, a real mailbox or a real database."""
    sandbox_port = free_port(8001)
    ours = {
        MARK: str(sandbox_port),
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SITE_URL": f"http://127.0.0.1:{free_port(8000)}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "DEFAULT_FROM_EMAIL": "registration@portal.example",
        "WEBEX_BASE_URL": f"http://127.0.0.1:{sandbox_port}/v1",
        "WEBEX_ACCESS_TOKEN": secrets.token_urlsafe(20),
        "WEBEX_GRACE_SECONDS": "5",
        "TOKEN_KEYS": Fernet.generate_key().decode(),
        "LOG_LEVEL": "WARNING",
        "BEHIND_PROXY": "false",
        "FORM_MIN_SECONDS": "0",  # its people type very fast
        "ENV_FILE": "",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    # A real portal's NAME_FILE would win over our NAME.
    theirs = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ours}
    return theirs | ours


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """A socket that has the port of the address from now on: who connects waits until somebody answers there.

    Raises ``PortTaken`` where somebody else has it.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((urlsplit(address).hostname, urlsplit(address).port))
            listener.listen()
        except OSError as error:
            raise PortTaken from error
        yield listener


@contextmanager
def sandbox_on(port: int, *, token: str) -> Iterator[SandboxServer]:
    """The sandbox, serving. Raises ``PortTaken`` where somebody else has its port."""
    server = SandboxServer(port=port, token=token)
    try:
        server.start()
    except OSError as error:
        raise PortTaken from error
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this demonstration. Raises ``PortalError`` where another one holds it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PortalError(_("A demonstration is running in this folder already: end it with Ctrl+C.")) from error
        yield


def start_clean(folder: Path) -> bool:
    """Empty the folder. Returns whether an earlier demonstration was in it."""
    was_there = folder.exists() and any(folder.iterdir())
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "mail").mkdir(parents=True)
    return was_there
