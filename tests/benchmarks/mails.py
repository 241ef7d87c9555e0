"""How many mails a second are put together and handed to a mail server, and in how much memory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.mail_server import mail_server
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import Portal, on_postgresql, on_sqlite

TITLE = "10,000 mails with a calendar file each, handed to a mail server (aiosmtpd, one connection)"

MAILS = 10_000
LEAST_PER_SECOND = 100
MOST_MEGABYTES_MORE = 5


def measure() -> Iterator[Line]:
    """The command ``send_mails`` with ten thousand mails that wait, on both databases."""
    yield from _sent("PostgreSQL", on_postgresql())
    yield from _sent("SQLite", on_sqlite())


def _sent(name: str, surroundings: AbstractContextManager[Portal]) -> Iterator[Line]:
    with surroundings as portal:
        portal.measure("waiting_mails", MAILS)
        with mail_server() as server:
            mailing = portal.changed(email_url=f"smtp://127.0.0.1:{server.port}")
            _seconds, done = mailing.measure("send_mails", MAILS)
    speed = MAILS / done["seconds"]
    got = server.got
    is_whole = (got["mails"], got["addresses"], got["calendars"], done["sent"]) == (MAILS,) * 4
    yield Line(
        f"{name}: mails a second, from the command's call to its return",
        f"{done['seconds']:.1f} s: {speed:,.0f} mails/s",
        f"≥ {LEAST_PER_SECOND} mails/s",
        is_whole and speed >= LEAST_PER_SECOND,
    )
    yield Line("- of it the processor's time of the command, a mail", f"{done['cpu_seconds'] / MAILS * 1000:.1f} ms")
    yield Line("- weight of a mail", f"{got['bytes'] / MAILS:,.0f} bytes")
    more = done["megabytes"] - done["megabytes_after_a_thousand"]
    yield Line(
        f"{name}: memory after 1,000 mails, and after all",
        f"{done['megabytes_after_a_thousand']:.0f} and {done['megabytes']:.0f} MB: {more:+.1f} MB",
        f"≤ {MOST_MEGABYTES_MORE} MB more",
        more <= MOST_MEGABYTES_MORE,
    )
