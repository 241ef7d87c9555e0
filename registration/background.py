"""Work that goes on after the answer: in a thread of this process, for those who have no workers (setting ``QUEUE``).

Nothing may depend on its end: the process can be killed at any line. So it is for work whose state is in the database
and that cron, or whoever looks next, goes on with.
"""

import logging
from collections.abc import Callable
from threading import Thread

from django.db import close_old_connections, connections, transaction

logger = logging.getLogger(__name__)


def start_once_committed(work: Callable[[], object], *, name: str) -> None:
    """Do ``work`` in a thread of its own once the transaction is over, if there is one. ``name`` is for the log."""
    transaction.on_commit(lambda: Thread(target=_do, args=(work, name), name=name, daemon=True).start())


def _do(work: Callable[[], object], name: str) -> None:
    close_old_connections()
    try:
        work()
    except Exception as error:
        # Its kind and not its words: they may hold an address.
        logger.error("Work in the background ended with an error: %s (%s)", name, type(error).__name__)
    finally:
        connections.close_all()
