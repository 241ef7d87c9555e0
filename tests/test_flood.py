"""A flood of sign-ups at a portal of several processes: limits hold, nothing breaks, nothing is stored by halves."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from bs4 import BeautifulSoup

from tests.benchmarks.load import closed_loop, open_loop
from tests.benchmarks.parties import ready_portal
from tests.benchmarks.served import Site, served
from tests.benchmarks.surroundings import Portal, postgresql_database, sqlite_database
from tests.benchmarks.visits import FORM_SECONDS, HOST, Form
from tests.environment import is_on_postgresql
from tests.pages import ANN
from tests.proving import challenge_on, solved

# For the suite to run them on both databases, each of which is one of the flood's own.
pytestmark = pytest.mark.django_db

PROCESSES = 4
AT_ONCE = 24
SURGE, MOST = 20, 30
OVERLOAD, OVERLOAD_SECONDS = 2, 3
ANSWERS = 6
"""Of everybody, to the five questions of the form."""


class ReadyPortal(NamedTuple):
    """A portal with a meeting that people can sign up for, at ``path``."""

    portal: Portal
    path: str


@pytest.fixture(scope="module")
def ready(static_root: Path) -> Iterator[ReadyPortal]:
    with postgresql_database() if is_on_postgresql else sqlite_database() as url:
        portal = ready_portal(url, static_root=str(static_root))
        _seconds, meeting = portal.measure("open_meeting")
        yield ReadyPortal(portal, meeting["path"])


@contextmanager
def serving(ready: ReadyPortal, **settings: object) -> Iterator[Site]:
    """The portal with these settings, and each table of sign-ups empty."""
    environment = ready.portal.changed(**settings).environment
    ready.portal.run("-c", _EMPTY)
    with served(
        "portal.wsgi",
        environment=environment,
        flags=[f"--workers={PROCESSES}"],
        database_url=environment["DATABASE_URL"],
    ) as site:
        yield site


_EMPTY = (
    "import django; django.setup(); from registration.models import Submission, SpentChallenge;"
    "Submission.objects.all().delete(); SpentChallenge.objects.all().delete()"
)


def browse(site: Site, path: str, client: str, data: dict[str, str] | None = None) -> requests.Response:
    """The form of the meeting, or with ``data`` the answer to it, as the client's browser gets it through the proxy."""
    address = f"http://127.0.0.1:{site.address[1]}{path}"
    headers = {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": client,
        "Referer": f"https://{HOST}{path}",
    }
    if data is None:
        return requests.get(address, headers=headers, timeout=30)
    headers["Cookie"] = f"__Host-csrftoken={data['csrfmiddlewaretoken']}"
    return requests.post(address, data, headers=headers, timeout=30, allow_redirects=False)


def filled_in(page: requests.Response) -> dict[str, str]:
    """What a visitor sends who fills in nothing but what is asked of everybody."""
    form = BeautifulSoup(page.text, "html.parser")
    hidden = {str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input[type=hidden]")}
    proof = solved(challenge_on(form)) if challenge_on(form) else ""
    required = {str(tag["name"]): "Red" for tag in form.select("input[required], textarea[required]")}
    for select in form.select("select[required]"):
        required[str(select["name"])] = next(str(tag["value"]) for tag in select.select("option") if tag["value"])
    for box in form.select("input[type=radio], input[type=checkbox]"):
        required[str(box["name"])] = str(box["value"])
    return required | hidden | ANN | {"proof": proof}


def at_once(send: Callable[[int], requests.Response]) -> Counter[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(response.status_code for response in pool.map(send, range(AT_ONCE)))


def test_all_processes_together_hold_a_client_and_a_mailbox_to_their_limits(ready: ReadyPortal) -> None:
    with serving(ready, form_min_seconds=0, sign_ups_per_minute=5, mails_per_address_per_day=3) as site:
        form = filled_in(browse(site, ready.path, "192.0.2.1"))

        def from_one_client(number: int) -> requests.Response:
            return browse(site, ready.path, "203.0.113.7", form | {"email": f"ann{number}@example.com"})

        def to_one_mailbox(number: int) -> requests.Response:
            return browse(site, ready.path, f"198.51.100.{number}", form | {"email": f"ann+{number}@gmail.com"})

        assert at_once(from_one_client) == {302: 5, 429: AT_ONCE - 5}
        assert at_once(to_one_mailbox) == {302: 3, 429: AT_ONCE - 3}
        assert [site.rows(f"registration_{table}") for table in ("submission", "mail")] == [8, 8]


def test_twice_as_many_as_can_be_served_are_answered_later_or_turned_away(ready: ReadyPortal) -> None:
    settings = {"surge_sign_ups_per_minute": SURGE, "meeting_sign_ups_per_minute": MOST}
    with serving(ready, **settings) as site:
        form = Form(site.address, ready.path, turned_away={429})
        highest = closed_loop(site.address, form.sign_up, connections=16, seconds=1.5)
        a_second = OVERLOAD * (highest.visits + highest.turned_away.total()) / highest.seconds
        load = open_loop(site.address, form.sign_up, a_second=a_second, seconds=OVERLOAD_SECONDS)
        assert (highest.wrong, load.wrong) == ({}, {})
        assert load.turned_away[429] > 0
        # Each process may have one under way while another one is the last of those that are let through.
        assert SURGE <= form.confirmed < SURGE + PROCESSES
        # A person's browser proves its work, and gets through.
        proving = filled_in(_proving(site, ready))
        time.sleep(FORM_SECONDS)
        assert browse(site, ready.path, "192.0.2.1", proving).status_code == 302
        stored = [site.rows(f"registration_{table}") for table in ("submission", "mail", "spentchallenge")]
        assert stored == [form.confirmed + 1, form.confirmed + 1, 1]
        assert site.rows("registration_answer") >= form.confirmed * ANSWERS


def _proving(site: Site, ready: ReadyPortal) -> requests.Response:
    """The form as it is after a surge was seen: each process has seen it by itself."""
    page = browse(site, ready.path, "192.0.2.1")
    assert challenge_on(BeautifulSoup(page.text, "html.parser"))
    return page
