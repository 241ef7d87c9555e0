"""Telling clients apart, to hold each of them to a limit, without keeping their addresses."""

from ipaddress import IPv6Address

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from registration.proxies import is_proxy, parsed

_LENGTH = 16


def client_of(request: HttpRequest) -> str:
    """The same 16 characters for the same client, from which nobody learns its address; empty where it is not known.

    Behind declared proxies it is whom the outermost of them named: whatever stands before that in ``X-Forwarded-For``
    anybody could have written. This computer itself is no client: it may be a proxy that nobody told us of. Of an IPv6
    address the network counts (/64), whose other addresses cost nothing.
    """
    address = parsed(_named(request))
    if address is None or address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address) >> 64 << 64)
    return salted_hmac("registration.client", str(address)).hexdigest()[:_LENGTH]


def _named(request: HttpRequest) -> str:
    """Who asked, as far as it can be believed: each declared proxy is believed whom it names, from the last one on."""
    named = str(request.META.get("REMOTE_ADDR", ""))
    way_here = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while way_here and is_proxy(named):
        named = way_here.pop().strip() or "unknown"
    return named
