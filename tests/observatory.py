"""What the HTTP Observatory would make of a page: its published rules, those that a page like ours can break.

Source: mdn/mdn-http-observatory on GitHub, ``src/grader/charts.js`` at commit a57b50e (points) and the files in
``src/analyzer/tests/`` (rules). Left out: the preload list of HSTS (5 points more), and what is about nonces and
``<meta http-equiv>``, which the portal does not use.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

A_PLUS = 100
_ENOUGH_FOR_EXTRA_CREDIT = 90
_SIX_MONTHS = 15_552_000
_BROAD = {"*", "ftp:", "http:", "https:", "http://*", "http://*.*", "https://*", "https://*.*"}
_INLINE = {"'unsafe-inline'", "data:"}
_PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


@dataclass(frozen=True)
class Page:
    """What the Observatory gets to see: the page at ``url``, and where http leads from there (empty: nowhere)."""

    url: str
    headers: Mapping[str, str]
    cookies: Sequence[str]
    body: str
    redirect_of_http: str

    def header(self, name: str) -> str:
        """Its value in small letters; empty where it is missing."""
        return self.headers.get(name, "").strip().lower()


def score(page: Page) -> int:
    """The points; ``A_PLUS`` or more are an A+."""
    points = [rule(page) for rule in RULES]
    without_bonus = 100 + sum(point for point in points if point < 0)
    return max(0, 100 + sum(points) if without_bonus >= _ENOUGH_FOR_EXTRA_CREDIT else without_bonus)


def policy(page: Page) -> dict[str, set[str]]:
    """The directives of the Content-Security-Policy."""
    parts = [part.split() for part in page.header("Content-Security-Policy").split(";") if part.strip()]
    return {name: set(sources) for name, *sources in parts}


def content_security_policy(page: Page) -> int:
    """Up to 10; less for each thing that it lets through, and -25 without one."""
    directives = policy(page)
    if not directives:
        return -25
    default = directives.get("default-src", {"*"})
    script, style, objects = (directives.get(name, default) for name in ("script-src", "style-src", "object-src"))
    passive = [directives.get(name, default) for name in ("img-src", "media-src")]
    others = {name: found for name, found in directives.items() if name not in {"img-src", "media-src", "script-src"}}
    failed = [
        (-20, script & (_BROAD | _INLINE) or objects & _BROAD),
        (-20, _over_http(script, *others.values())),
        (-10, "'unsafe-eval'" in script | style),
        (-10, _over_http(*passive)),
        (0, style & (_BROAD | _INLINE)),
        (5, default != {"'none'"}),
    ]
    return next((points for points, is_so in failed if is_so), 10)


def _over_http(*sources: set[str]) -> bool:
    return any(source.startswith(("http:", "ftp:")) for source in set[str]().union(*sources))


def cookies(page: Page) -> int:
    """5 where all are Secure and SameSite, and sessions HttpOnly; 0 where there are none."""
    if not page.cookies:
        return 0
    has_hsts = strict_transport_security(page) >= 0
    return min(_cookie(line.lower(), has_hsts=has_hsts) for line in page.cookies)


def _cookie(line: str, *, has_hsts: bool) -> int:
    pair, *flags = [part.strip() for part in line.split(";")]
    name = pair.split("=", 1)[0]
    same_site = next((flag.removeprefix("samesite=") for flag in flags if flag.startswith("samesite")), None)
    is_session = "sess" in name or "login" in name
    is_secure = "secure" in flags
    failed = [
        (-40, is_session and not is_secure and not has_hsts),
        (-30, is_session and "httponly" not in flags),
        (-20, same_site is None and "csrf" in name),
        (-20, same_site not in {None, "lax", "strict", "none"} or (same_site == "none" and not is_secure)),
        (-20, not is_secure and not has_hsts),
        (-10, is_session and not is_secure),
        (-5, not is_secure),
        (0, same_site is None),
    ]
    return next((points for points, is_so in failed if is_so), 5)


def cross_origin_resource_sharing(page: Page) -> int:
    """-50 where any site may read the page as its visitor."""
    is_any = page.header("Access-Control-Allow-Origin") not in {"", "*"}
    return -50 if is_any and page.header("Access-Control-Allow-Credentials") == "true" else 0


def cross_origin_resource_policy(page: Page) -> int:
    """10 where other sites cannot embed it."""
    return {"same-origin": 10, "same-site": 10, "cross-origin": 0, "": 0}.get(
        page.header("Cross-Origin-Resource-Policy"), -5
    )


def redirection(page: Page) -> int:
    """0 where http leads at once to https on the same host."""
    target = urlsplit(page.redirect_of_http)
    if target.scheme != "https":
        return -20
    return 0 if target.hostname == urlsplit(page.url).hostname else -5


def referrer_policy(page: Page) -> int:
    """5 where other sites do not learn the address."""
    value = page.header("Referrer-Policy")
    return 5 if value in _PRIVATE else -5 if value else 0


def strict_transport_security(page: Page) -> int:
    """0 for six months and more."""
    found = [part.strip() for part in page.header("Strict-Transport-Security").split(";")]
    ages = [part.removeprefix("max-age=") for part in found if part.startswith("max-age=")]
    if len(ages) != 1 or not ages[0].isdecimal():
        return -20
    return 0 if int(ages[0]) >= _SIX_MONTHS else -10


def subresource_integrity(page: Page) -> int:
    """5 where scripts have it; less where those of others have none, or come over http."""
    scripts = BeautifulSoup(page.body, "html.parser").select("script[src]")
    points = [_script(str(script["src"]), is_sealed=script.has_attr("integrity")) for script in scripts]
    return min(points) if points and min(points) < 0 else max(points, default=0)


def _script(source: str, *, is_sealed: bool) -> int:
    if not source.startswith(("//", "http:", "https:")):
        return 5 if is_sealed else 0
    if not source.startswith("https:"):
        return -20 if is_sealed else -50
    return 5 if is_sealed else -5


def x_content_type_options(page: Page) -> int:
    """-5 without nosniff."""
    return 0 if page.header("X-Content-Type-Options") == "nosniff" else -5


def x_frame_options(page: Page) -> int:
    """5 where the Content-Security-Policy says who may frame it; 0 where the older header does."""
    if "frame-ancestors" in policy(page):
        return 5
    return 0 if page.header("X-Frame-Options") in {"deny", "sameorigin"} else -20


RULES: tuple[Callable[[Page], int], ...] = (
    content_security_policy,
    cookies,
    cross_origin_resource_sharing,
    cross_origin_resource_policy,
    redirection,
    referrer_policy,
    strict_transport_security,
    subresource_integrity,
    x_content_type_options,
    x_frame_options,
)
