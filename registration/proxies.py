"""Whom to believe what they say of others: the proxies that the settings declare, and nobody else."""

import logging
import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = IPv4Network | IPv6Network

_FORWARDED = "HTTP_X_FORWARDED"
_WITH_PORT = re.compile(r"\[(?P<ipv6>[^]]+)\](:[0-9]+)?|(?P<ipv4>[0-9.]+):[0-9]+")

logger = logging.getLogger(__name__)


class ForwardedMiddleware:
    """Drops every ``X-Forwarded-*`` header that no declared proxy has sent, before anything reads it.

    So nobody who reaches the portal past its proxy can claim https, or another's address. Stands before all others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._has_warned = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as if it had never had the headers."""
        if not is_proxy(request.META.get("REMOTE_ADDR", "")):
            for name in [name for name in request.META if name.startswith(_FORWARDED)]:
                del request.META[name]
                self._warn()
        return self.get_response(request)

    def _warn(self) -> None:
        """Say once that a proxy may be missing in the settings. Its address may be a visitor's: it is not logged."""
        if settings.BEHIND_PROXY and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "Headers X-Forwarded-* were dropped: they came from an address that is not among TRUSTED_PROXIES. "
                "If that is your proxy, add it."
            )


def is_proxy(address: str) -> bool:
    """Whether the address is that of a declared proxy; the empty one is a socket of this machine, which only it has."""
    return settings.BEHIND_PROXY and _is_in(address, tuple(settings.TRUSTED_PROXIES))


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address, one of IPv4 in either spelling as one; ``None`` where it is none.

    Some proxies name the client's port behind it, of IPv6 after brackets: it says nothing of who that is.
    """
    match = _WITH_PORT.fullmatch(address)
    try:
        found = ip_address(match["ipv6"] or match["ipv4"] if match else address)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


@lru_cache(maxsize=1000)
def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    if not address:
        return True
    found = parsed(address)
    return found is not None and any(found in network for network in networks)
