"""What stands above each answer of a portal on https: the same headers on every kind, whoever made it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import requests
from django.test import Client

from portal.headers import OWN_PAGES
from registration import urls
from tests import observatory
from tests.cast import MeetingFactory
from tests.https_portal import DANA, HOST, SITE_URL, TOKEN, HttpsPortal, serving, set_cookies
from tests.pages import ANN

EVERYWHERE: dict[str, str | None] = {
    "Access-Control-Allow-Origin": None,
    "Content-Security-Policy": (
        "base-uri 'none'; connect-src 'self'; default-src 'none'; form-action 'self'; frame-ancestors 'none'; "
        "img-src 'self'; "
        "object-src 'none'; script-src 'self'; style-src 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(self), display-capture=(), "
        "encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), "
        "identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), "
        "otp-credentials=(), payment=(), picture-in-picture=(), publickey-credentials-create=(), "
        "publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), sync-xhr=(), usb=(), "
        "window-management=(), xr-spatial-tracking=()"
    ),
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-cache",
    "Vary": None,
    "X-Robots-Tag": None,
}
CSRF = "__Host-csrftoken; HttpOnly; Max-Age=31449600; Path=/; SameSite=Lax; Secure"
SESSION = "__Host-sessionid; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax; Secure"
NEVER = "max-age=0, no-cache, no-store, must-revalidate, private"
FOR_A_YEAR = "public, max-age=31536000, immutable"
FOR_EVER = "max-age=315360000, public, immutable"


@dataclass(frozen=True)
class Kind:
    """A kind of answer: how one is got, and what is its own about it. ``headers`` differ from ``EVERYWHERE``."""

    get: Callable[[HttpsPortal], requests.Response]
    status: int = 200
    headers: Mapping[str, str | None] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


def page(path: str, method: str = "GET", **options: str) -> Callable[[HttpsPortal], requests.Response]:
    return lambda portal: portal.ask(path, method, **options)


def sent(path: str, form: dict[str, str]) -> Callable[[HttpsPortal], requests.Response]:
    return lambda portal: portal.send(path, form)


def closed_meanwhile(portal: HttpsPortal) -> requests.Response:
    return portal.send("/meetings/over/", ANN, token_of="/meetings/launch/")


def one_too_many(portal: HttpsPortal) -> requests.Response:
    """The second sign-up of a client that may send one in a minute."""
    portal.send("/meetings/launch/", ANN | {"email": "first@example.com"}, client="192.0.2.1")
    return portal.send("/meetings/launch/", ANN | {"email": "second@example.com"}, client="192.0.2.1")


def signed_in(portal: HttpsPortal) -> requests.Response:
    """The first page of the admin, as Dana sees it."""
    session = portal.send("/admin/login/", DANA).cookies["__Host-sessionid"]
    return portal.ask("/admin/", headers={"Cookie": f"__Host-sessionid={session}"})


def style_sheet(portal: HttpsPortal) -> str:
    """The address of the pages' own style sheet."""
    return next(path for path in static_files(portal.ask("/").text) if re.search(r"/site\.\w+\.css$", path))


def static_files(html: str) -> list[str]:
    """What the page loads."""
    return sorted(set(re.findall(r'(?:href|src)="(/static/[^"]*)"', html)))


def part_of_the_look(pattern: str) -> Callable[[HttpsPortal], requests.Response]:
    """The logo or the colours of the meeting, where its page says that they are."""

    def get(portal: HttpsPortal) -> requests.Response:
        found = re.search(f'(?:href|src)="(/meetings/launch/{pattern}[^"]*)"', portal.ask("/meetings/launch/").text)
        assert found is not None
        return portal.ask(found[1])

    return get


def unchanged(portal: HttpsPortal) -> requests.Response:
    path = style_sheet(portal)
    return portal.ask(path, headers={"If-None-Match": portal.ask(path).headers["ETag"]})


BY_COOKIE: dict[str, str | None] = {"Vary": "Cookie"}
SECRET: dict[str, str | None] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "strict-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
STATIC: dict[str, str | None] = {"Vary": "Accept-Encoding", "Cache-Control": FOR_EVER}
NOT_YET_HTTPS: dict[str, str | None] = {"Strict-Transport-Security": None}
KINDS = {
    "the list": Kind(page("/"), headers={"Cache-Control": "public, max-age=0, s-maxage=15"}),
    "a sign-up page": Kind(page("/meetings/launch/"), headers=BY_COOKIE, cookies=(CSRF,)),
    "a sign-up page, head only": Kind(page("/meetings/launch/", "HEAD"), headers=BY_COOKIE, cookies=(CSRF,)),
    "a form with mistakes": Kind(sent("/meetings/launch/", {"email": "ann"}), headers=BY_COOKIE, cookies=(CSRF,)),
    "the check step": Kind(sent("/meetings/checked/", ANN), headers=BY_COOKIE, cookies=(CSRF,)),
    "a form that closed meanwhile": Kind(closed_meanwhile, 409, headers=BY_COOKIE, cookies=(CSRF,)),
    "one sign-up too many": Kind(one_too_many, 429, headers=BY_COOKIE, cookies=(CSRF,)),
    "a sign-up": Kind(sent("/meetings/launch/", ANN), 302),
    "what is too long": Kind(page("/meetings/launch/", "POST", data="x" * 300_000), 413),
    "a stale form": Kind(page("/meetings/launch/", "POST"), 403, headers=BY_COOKIE, cookies=(CSRF,)),
    "another stale form": Kind(page("/meetings/launch/done/", "POST"), 403),
    "a meeting that is over": Kind(page("/meetings/over/")),
    "the page after it": Kind(page("/meetings/launch/done/")),
    "an own page": Kind(page(f"/registrations/{TOKEN}/"), headers=SECRET),
    "a calendar file": Kind(page(f"/registrations/{TOKEN}/calendar.ics"), headers=SECRET),
    "a form of changes": Kind(page(f"/registrations/{TOKEN}/change/"), headers=BY_COOKIE | SECRET, cookies=(CSRF,)),
    "a question before a change": Kind(
        page(f"/registrations/{TOKEN}/cancel/"), headers=BY_COOKIE | SECRET, cookies=(CSRF,)
    ),
    "a form of changes with mistakes": Kind(
        lambda portal: portal.send(f"/registrations/{TOKEN}/change/", {}, token_of=f"/registrations/{TOKEN}/change/"),
        headers=BY_COOKIE | SECRET,
        cookies=(CSRF,),
    ),
    "a stale form of changes": Kind(
        page(f"/registrations/{TOKEN}/change/", "POST"), 403, headers=BY_COOKIE | SECRET, cookies=(CSRF,)
    ),
    "what cannot be done": Kind(page(f"/registrations/{TOKEN}/again/"), 409, headers=SECRET),
    "a stale button of an own page": Kind(page(f"/registrations/{TOKEN}/cancel/", "POST"), 403, headers=SECRET),
    "a stale button that confirms": Kind(page(f"/registrations/{TOKEN}/confirm/", "POST"), 403, headers=SECRET),
    "what is too long for an own page": Kind(
        page(f"/registrations/{TOKEN}/change/", "POST", data="x" * 300_000), 413, headers=SECRET
    ),
    "too many fields for an own page": Kind(
        lambda portal: portal.send(
            f"/registrations/{TOKEN}/cancel/",
            {f"field{number}": "x" for number in range(1001)},
            token_of=f"/registrations/{TOKEN}/cancel/",
        ),
        400,
        headers=SECRET,
    ),
    "what is not there below an own page": Kind(page(f"/registrations/{TOKEN}/nothing/"), 404, headers=SECRET),
    "an own page of nobody": Kind(page(f"/registrations/{'n' * 43}/"), 404, headers=SECRET),
    "an own page by a garbled link": Kind(page(f"/registrations/{TOKEN}%3E/"), 404, headers=SECRET),
    "an own page with a wrong method": Kind(page(f"/registrations/{TOKEN}/", "PUT"), 403, headers=SECRET),
    "an own page's options": Kind(page(f"/registrations/{TOKEN}/", "OPTIONS"), 405, headers=SECRET),
    "a redirect to an own page": Kind(page(f"/registrations/{TOKEN}"), 301, headers=SECRET),
    "an own page on http": Kind(page(f"/registrations/{TOKEN}/", scheme="http"), 301, headers=SECRET | NOT_YET_HTTPS),
    "an own page of another host": Kind(page(f"/registrations/{TOKEN}/", host="evil.example"), 400, headers=SECRET),
    "where the new link is": Kind(page("/registrations/link-sent/"), headers=SECRET),
    "a logo": Kind(part_of_the_look("logo-"), headers={"Cache-Control": FOR_A_YEAR}),
    "a meeting's colours": Kind(part_of_the_look("colours-"), headers={"Cache-Control": FOR_A_YEAR}),
    "a redirect": Kind(page("/meetings/launch"), 301),
    "a redirect to https": Kind(page("/meetings/launch/", scheme="http"), 301, headers=NOT_YET_HTTPS),
    "another host": Kind(page("/", host="evil.example"), 400),
    "another host on http": Kind(page("/", host="evil.example", scheme="http"), 400, headers=NOT_YET_HTTPS),
    "what is forbidden": Kind(page("/forbidden/"), 403),
    "what is not there": Kind(page("/nowhere/"), 404),
    "a wrong method": Kind(page("/", "OPTIONS"), 405),
    "an error": Kind(page("/broken/"), 500),
    "a file": Kind(page("/file/")),
    "the health": Kind(page("/healthz"), headers={"Cache-Control": NEVER}),
    "the health on http": Kind(page("/healthz", scheme="http"), headers=NOT_YET_HTTPS | {"Cache-Control": NEVER}),
    "the admin, signed out": Kind(page("/admin/"), 302, headers=BY_COOKIE | {"Cache-Control": NEVER}),
    "signing in": Kind(page("/admin/login/"), headers=BY_COOKIE | {"Cache-Control": NEVER}, cookies=(CSRF,)),
    "signed in": Kind(
        sent("/admin/login/", DANA), 302, headers=BY_COOKIE | {"Cache-Control": NEVER}, cookies=(CSRF, SESSION)
    ),
    "the admin": Kind(signed_in, headers=BY_COOKIE | {"Cache-Control": NEVER}, cookies=(CSRF,)),
    "a static file": Kind(lambda portal: portal.ask(style_sheet(portal)), headers=STATIC),
    "a static file that did not change": Kind(unchanged, 304, headers=STATIC),
    "a static file without its hash": Kind(
        page("/static/registration/site.css"), headers=STATIC | {"Cache-Control": "max-age=60, public"}
    ),
    "a static file that is not there": Kind(page("/static/nothing.css"), 404),
}


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory, migrated: Path, static_root: Path) -> Iterator[HttpsPortal]:
    """A portal on https, which goes on: a worker may come back to this file."""
    with serving(tmp_path_factory.mktemp("https"), migrated=migrated, static_root=static_root) as portal:
        yield portal


def headers_of(response: requests.Response) -> dict[str, str | None]:
    """The headers of ``EVERYWHERE``; the directives of the policy come in no order of their own."""
    policy = "; ".join(sorted(response.headers["Content-Security-Policy"].split("; ")))
    return {name: response.headers.get(name) for name in EVERYWHERE} | {"Content-Security-Policy": policy}


def cookies_of(response: requests.Response) -> tuple[str, ...]:
    """The cookies that the answer sets, without their values and the moment of their end."""
    lines = [re.sub(r"^([^=]+)=[^;]*|; expires=[^;]*", r"\1", line) for line in set_cookies(response)]
    return tuple(sorted(lines))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_answer_has_every_header_and_no_cookie_that_it_does_not_need(
    portal: HttpsPortal, kind: Kind
) -> None:
    response = kind.get(portal)
    assert response.status_code == kind.status
    assert headers_of(response) == EVERYWHERE | dict(kind.headers)
    assert cookies_of(response) == kind.cookies


def test_every_address_with_a_secret_begins_as_those_that_are_kept_secret() -> None:
    with_token = [str(pattern.pattern) for pattern in urls.urlpatterns if "<token:" in str(pattern.pattern)]
    assert len(with_token) > 1
    assert [address for address in with_token if not f"/{address}".startswith(OWN_PAGES)] == []


def test_on_plain_http_the_cookies_have_their_plain_names(client: Client, db: None) -> None:
    client.get(MeetingFactory().get_absolute_url())
    [cookie] = client.cookies.values()
    assert (cookie.key, cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("csrftoken", "", True, "Lax")


# --- static files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/meetings/launch/", "/admin/login/"])
def test_what_a_page_loads_has_a_hash_in_its_name_and_is_kept_for_years(portal: HttpsPortal, path: str) -> None:
    files = static_files(portal.ask(path).text)
    assert files
    assert [file for file in files if not re.search(r"\.[0-9a-f]{12}\.\w+$", file)] == []
    assert {portal.ask(file).headers["Cache-Control"] for file in files} == {FOR_EVER}


@pytest.mark.parametrize(
    ("accepted", "used"), [("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("identity", None)]
)
def test_static_files_are_compressed_as_well_as_the_browser_can_read(
    portal: HttpsPortal, accepted: str, used: str | None
) -> None:
    response = portal.ask(style_sheet(portal), headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == used


# --- what the Observatory says -----------------------------------------------------------------------------------


def seen(portal: HttpsPortal, path: str) -> observatory.Page:
    """The page as the Observatory gets it."""
    secure, plain = portal.ask(path), portal.ask(path, scheme="http")
    return observatory.Page(
        f"{SITE_URL}{path}", secure.headers, set_cookies(secure), secure.text, plain.headers.get("Location", "")
    )


@pytest.mark.parametrize(
    ("path", "score"),
    [
        ("/", 130),
        ("/meetings/launch/", 135),
        ("/meetings/over/", 130),
        ("/meetings/launch/done/", 130),
        (f"/registrations/{TOKEN}/", 130),
        ("/admin/login/", 135),
    ],
)
def test_the_observatory_gives_an_a_plus(portal: HttpsPortal, path: str, score: int) -> None:
    assert observatory.score(seen(portal, path)) == score
    assert score >= observatory.A_PLUS


@pytest.mark.parametrize(
    ("name", "value", "score"),
    [
        ("Content-Security-Policy", "", 75),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'", 130),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'", 125),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; script-src 'unsafe-inline'", 80),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; script-src 'unsafe-eval'", 115),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; img-src http://example.org", 115),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; font-src http://example.org", 80),
        ("Cross-Origin-Resource-Policy", "", 125),
        ("Referrer-Policy", "", 130),
        ("Referrer-Policy", "unsafe-url", 125),
        ("Strict-Transport-Security", "", 80),
        ("Strict-Transport-Security", "max-age=3600", 125),
        ("X-Content-Type-Options", "", 130),
    ],
)
def test_the_observatory_takes_points_for_what_is_missing(
    portal: HttpsPortal, name: str, value: str, score: int
) -> None:
    good = seen(portal, "/meetings/launch/")
    assert observatory.score(replace(good, headers={**good.headers, name: value})) == score


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({"cookies": ["csrftoken=x; Secure"]}, 80),
        ({"cookies": ["csrftoken=x; SameSite=Lax"]}, 125),
        ({"cookies": ["sessionid=x; Secure; SameSite=Lax"]}, 70),
        ({"redirect_of_http": ""}, 80),
        ({"redirect_of_http": f"http://{HOST}/"}, 80),
        ({"redirect_of_http": "https://example.org/"}, 130),
        ({"body": "<script src='https://example.org/x.js'></script>"}, 130),
        ({"body": "<script src='//example.org/x.js'></script>"}, 50),
        ({"body": "<script src='/x.js' integrity='sha256-x'></script>"}, 140),
    ],
)
def test_the_observatory_takes_points_for_cookies_redirects_and_scripts(
    portal: HttpsPortal, change: dict[str, str], score: int
) -> None:
    good = seen(portal, "/meetings/launch/")
    assert observatory.score(replace(good, **change)) == score  # type: ignore[arg-type]
