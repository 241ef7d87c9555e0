"""The first question of a request, which shows by itself whether a connection that was kept still holds."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


def asked_first(ask: Callable[[], T]) -> T:
    """What the database answers, without a question before it about the connection (CONN_HEALTH_CHECKS).

    For one that only reads: where the connection was lost, it is asked once more over a new one.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return ask()
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return ask()
