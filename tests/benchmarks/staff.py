"""How long the staff's pages take with very many submissions: from the request to the last byte, one after another."""

import http.client
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from urllib.parse import urlencode

from tests.benchmarks.parties import portal_served, ready_portal
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import Portal, postgresql_database, sqlite_database
from tests.benchmarks.visits import HOST

TITLE = "The staff's pages with 1,000,000 submissions in 1,000 meetings (PostgreSQL), 100,000 in 1,000 (SQLite)"

PEOPLE = {"PostgreSQL": 1_000_000, "SQLite": 100_000}
LAST_PAGE = {"PostgreSQL": "99", "SQLite": "40"}
"""The last that is offered of so many people, or, of fewer, one that the role for fifty meetings has, too."""
MOST_MILLISECONDS = 300
REQUESTS = 40
"""Of fewer, the p95 is hardly more than the slowest one."""
WARM_UPS = 6
FLAGS = ["--workers", "2"]

_LIST = "/admin/registration/submission/"


def measure() -> Iterator[Line]:
    """Each page, filter and search on both databases, for an administrator and for a reviewer of some meetings."""
    with tempfile.TemporaryDirectory(prefix="registration-bench-static-") as static_root:
        yield from _measure_on("PostgreSQL", postgresql_database, static_root=static_root)
        yield from _measure_on("SQLite", sqlite_database, static_root=static_root)


def _measure_on(name: str, database: Callable[[], AbstractContextManager[str]], *, static_root: str) -> Iterator[Line]:
    with database() as url:
        portal: Portal = ready_portal(url, static_root=static_root)
        _seconds, there = portal.measure("staff_day", PEOPLE[name])
        with portal_served(portal, flags=FLAGS) as site:
            for who, cookie in there["cookies"].items():
                slowest: list[tuple[float, str]] = []
                for what, path in _pages(there, last_page=LAST_PAGE[name]).items():
                    took = _milliseconds(site.address, path, cookie=cookie)
                    slowest.append((took, what))
                    if took >= MOST_MILLISECONDS or who == "administrator":
                        yield _line(f"{name}: {what}", took)
                if who != "administrator":
                    took, what = max(slowest)
                    yield _line(f"{name}: the slowest of them for {who}: {what}", took)


def _line(what: str, took: float) -> Line:
    return Line(what, f"{took:.0f} ms at p95", f"< {MOST_MILLISECONDS} ms", took < MOST_MILLISECONDS)


def _pages(there: Mapping[str, str], *, last_page: str) -> dict[str, str]:
    """What is asked for, by what it is; ``there`` names rows of the seed."""
    meeting, person, batch = there["meeting"], there["person"], there["batch"]
    a_meeting = f"/admin/registration/meeting/{meeting}"
    return {
        "the start page": "/admin/",
        "needs attention": "/admin/attention/",
        "the outbox": "/admin/registration/outbox/",
        "the meetings": "/admin/registration/meeting/",
        "- a search for one": _query("/admin/registration/meeting/", q="Meeting 77"),
        "a meeting": f"{a_meeting}/change/",
        "- at a glance": f"{a_meeting}/glance/",
        "- its rules": f"{a_meeting}/rules/",
        "- its form": f"{a_meeting}/form/",
        "the submissions": _LIST,
        "- a page far on": _query(_LIST, p=last_page),
        **{f"- filtered by {name}": _query(_LIST, **filters) for name, filters in _filters(there).items()},
        **{f"- searched for {name}": _query(_LIST, q=words) for name, words in _SEARCHES.items()},
        "- searched and filtered": _query(_LIST, q="Lovelace", decision__exact="waiting", presence__exact="absent"),
        "one person": f"{_LIST}{person}/change/",
        "one after another": f"{_LIST}review/{person}/",
        "the batches": "/admin/registration/batch/",
        "a batch": f"/admin/registration/batch/{batch}/change/",
        "the mails": "/admin/registration/mail/",
        "- those that failed": _query("/admin/registration/mail/", state="unsent"),
        "- searched for a rare name": _query("/admin/registration/mail/", q="Zuse"),
        "who is at Webex only": "/admin/registration/unknownregistrant/",
        "the audit": "/admin/registration/auditentry/",
    }


_SEARCHES = {
    "a name that many have": "Lovelace",
    "a name that few have": "Zuse",
    "two words": "Ada Number 777",
    "a short name": "Li",
    "an address": "person4242@example.com",
    "a company": "Company",
    "a reference": "4242",
    "what nobody has": "xyzzy-nobody",
}


def _filters(there: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {
        "a meeting": {"meeting__id__exact": there["meeting"]},
        "decision": {"decision__exact": "waiting"},
        "a rare decision": {"decision__exact": "waitlisted"},
        "presence": {"presence__exact": "registered"},
        "a rare presence": {"presence__exact": "refused"},
        "Webex status": {"webex_status": "pending"},
        "drift": {"drift": "missing"},
        "another drift": {"drift": "different"},
        "decision and status": {"decision__exact": "approved", "webex_status": "rejected"},
        "meeting and decision": {"meeting__id__exact": there["meeting"], "decision__exact": "waiting"},
        "an answer": {"meeting__id__exact": there["meeting"], f"answer_{there['question']}": there["option"]},
    }


def _query(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}"


def _milliseconds(address: tuple[str, int], path: str, *, cookie: str) -> float:
    """How long the page takes, at p95; the first few times do not count: each worker's caches are cold once."""
    took = [_one(address, path, cookie=cookie) for _ in range(WARM_UPS + REQUESTS)][WARM_UPS:]
    return statistics.quantiles(took, n=20)[-1] * 1000


def _one(address: tuple[str, int], path: str, *, cookie: str) -> float:
    connection = http.client.HTTPConnection(*address, timeout=60)
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookie}
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    took = time.perf_counter() - began
    connection.close()
    assert response.status == 200, (path, response.status, response.getheader("Location"))
    return took
