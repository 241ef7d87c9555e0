"""What visitors send: they ask for the form, fill it in, send it and go on, as a browser behind a proxy does."""

import http.client
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count, cycle
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag

from tests.benchmarks.load import Answer, Ask, Visit

HOST = "register.example.com"
FORM_SECONDS = 1
"""How long the form is on the screen."""

_HEADERS = (
    f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_TYPED = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "job_title": "Analyst",
    "company_name": "Analytical Engines Ltd",
    "address1": "12 St James’s Square",
    "address2": "Second floor",
    "city": "London",
    "state": "Greater London",
    "zip_code": "SW1Y 4LB",
    "country_region": "United Kingdom",
    "work_phone": "+44 20 7946 0000",
    "fax": "+44 20 7946 0001",
}
_ANYTHING = "What an engine can do, and what it cannot"

numbers = count()
"""Of the people; nobody signs up twice."""


LOOK, SEND, SIGN_UP = "GET of the form", "POST of 13 fields and 5 answers", "whole sign-up: GET, POST, done"
OWN_PAGE, CANCEL = "GET of an own page with 5 answers", "POST of a cancellation"


class Form:
    """A sign-up form as it was on one page: where it is, what it weighs, and what visitors do with it.

    ``confirmed``: how many of them were told that they are signed up. ``turned_away``: statuses with which those who
    send it may be turned away.
    """

    def __init__(self, address: tuple[str, int], path: str, *, turned_away: Collection[int] = ()) -> None:
        self._path = path.encode()
        self._turned_away = frozenset(turned_away)
        self._get = b"GET %b HTTP/1.1\r\n%b\r\n" % (self._path, _HEADERS.encode())
        page = _fetched(address, path)
        self.page_bytes = len(page.content)
        self.confirmed = 0
        self._cookie, self._token = _cookie(page), _token(page)
        self._body = urlencode(list(_filled(page.content))).encode()
        # Faster than a person, the portal takes it from nobody.
        time.sleep(FORM_SECONDS)

    @property
    def visits(self) -> Mapping[str, Callable[[], Visit]]:
        """A visitor of each kind."""
        return {LOOK: self.look, SEND: self.send, SIGN_UP: self.sign_up}

    def look(self) -> Visit:
        """Somebody without a cookie who looks at the form."""
        yield Ask(self._get, 200)

    def send(self) -> Visit:
        """Somebody who has it on their screen, filled in, and sends it."""
        yield self._post(self._cookie, self._token)
        self.confirmed += 1

    def sign_up(self) -> Visit:
        """Somebody who does it all: the form, what they enter, and the page after it."""
        page = yield Ask(self._get, 200)
        cookie = _cookie(page)
        sent = yield self._post(cookie, _token(page))
        self.confirmed += 1
        after = _LOCATION.search(sent.head)
        assert after is not None
        yield Ask(b"GET %b HTTP/1.1\r\n%bCookie: %b\r\n\r\n" % (after[1], _HEADERS.encode(), cookie), 200)

    def _post(self, cookie: bytes, token: bytes) -> Ask:
        number = next(numbers)
        body = b"csrfmiddlewaretoken=%b&email=Person%08d%%40Example.com&%b" % (token, number, self._body)
        client = b"X-Forwarded-For: 10.%d.%d.%d\r\n" % (number >> 16, number >> 8 & 255, number & 255)
        return Ask(_posted(self._path, cookie, body, more=client), 302, self._turned_away)


class Owners:
    """People who are registered, at the addresses of their own pages.

    ``cancelled``: how many of them were told that their registration is.
    """

    def __init__(self, address: tuple[str, int], paths: Sequence[str]) -> None:
        page = _fetched(address, paths[0])
        self.page_bytes = len(page.content)
        self.cancelled = 0
        asking = _fetched(address, f"{paths[0]}cancel/")
        self._cookie, self._token = _cookie(asking), _token(asking)
        self._looking, self._cancelling = cycle(paths), iter(paths)

    @property
    def visits(self) -> Mapping[str, Callable[[], Visit]]:
        """A visitor of each kind."""
        return {OWN_PAGE: self.look, CANCEL: self.cancel}

    def look(self) -> Visit:
        """Somebody who follows the link in their mail."""
        yield Ask(b"GET %b HTTP/1.1\r\n%b\r\n" % (next(self._looking).encode(), _HEADERS.encode()), 200)

    def cancel(self) -> Visit:
        """Somebody who was asked whether they mean it, and says yes; nobody does so twice."""
        path = f"{next(self._cancelling)}cancel/".encode()
        yield Ask(_posted(path, self._cookie, b"csrfmiddlewaretoken=%b" % self._token), 302)
        self.cancelled += 1


def _fetched(address: tuple[str, int], path: str) -> Answer:
    connection = http.client.HTTPConnection(*address, timeout=30)
    headers = dict(line.split(": ", 1) for line in _HEADERS.splitlines())
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    head = "".join(f"\r\n{name}: {value}" for name, value in response.getheaders()).encode() + b"\r\n\r\n"
    answer = Answer(response.status, head, response.read())
    connection.close()
    assert answer.status == 200, answer
    return answer


def _posted(path: bytes, cookie: bytes, body: bytes, *, more: bytes = b"") -> bytes:
    head = (
        b"POST %b HTTP/1.1\r\n%b%bOrigin: https://%b\r\nReferer: https://%b%b\r\nCookie: %b\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    )
    host = HOST.encode()
    return head % (path, _HEADERS.encode(), more, host, host, path, cookie, len(body)) + body


def _cookie(page: Answer) -> bytes:
    return b"; ".join(_COOKIE.findall(page.head))


def _token(page: Answer) -> bytes:
    token = _TOKEN.search(page.content)
    assert token is not None
    return token[1]


def _filled(page: bytes) -> Iterator[tuple[str, str]]:
    """What a browser sends: every field filled in, with two of each group of check boxes ticked; not the address."""
    form = BeautifulSoup(page, "html.parser").select_one("form[method=post]")
    assert form is not None
    ticked: dict[str, int] = {}
    for control in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(control["name"]), str(control.get("type", control.name))
        if name in {"csrfmiddlewaretoken", "email"}:
            continue
        if control.get("tabindex") == "-1":
            yield name, ""  # nobody sees it
            continue
        if kind in {"checkbox", "radio"}:
            ticked[name] = ticked.get(name, 0) + 1
            if ticked[name] > (2 if kind == "checkbox" else 1):
                continue
        yield name, _value(control, name, kind)


def _value(control: Tag, name: str, kind: str) -> str:
    if kind in {"hidden", "checkbox", "radio"}:
        return str(control.get("value", ""))
    if name in _TYPED:
        return _TYPED[name]
    if kind == "select":
        return next(str(option["value"]) for option in control.select("option[value]") if option["value"])
    return _ANYTHING
