"""Telling clients apart, to hold each of them to a limit, without keeping their addresses."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

_LENGTH = 16


def client_of(request: HttpRequest) -> str:
    """The same 16 characters for the same client, from which nobody learns its address; empty where it is not known.

    Behind a proxy it is whom the proxy named last: whatever stands before that in ``X-Forwarded-For`` anybody could
    have written. This computer itself is no client: it may be a proxy that nobody told us of. Of an IPv6 address the
    network counts (/64), whose other addresses cost nothing.
    """
    named = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        named = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    try:
        address = ip_address(named)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address) >> 64 << 64)
    return salted_hmac("registration.client", str(address)).hexdigest()[:_LENGTH]
