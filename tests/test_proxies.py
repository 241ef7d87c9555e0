"""Who reaches the portal past its proxy can claim nothing about how, or for whom."""

import logging
from ipaddress import ip_network

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from registration.proxies import ForwardedMiddleware

FORGED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "evil.example"}


def seen(address: str) -> HttpRequest:
    """The request from the address, as it reaches everything behind the middleware."""
    requests: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        return HttpResponse()

    middleware = ForwardedMiddleware(answer)
    for _time in range(2):
        middleware(RequestFactory().get("/", headers=FORGED, REMOTE_ADDR=address))
    return requests[-1]


def claims(address: str) -> set[str]:
    return {name for name in seen(address).headers if name.startswith("X-Forwarded")}


def test_without_a_proxy_nobody_is_believed(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert (claims("127.0.0.1"), claims(""), claims("198.51.100.1")) == (set(), set(), set())
    assert seen("127.0.0.1").scheme == "http"


def test_behind_one_this_machine_is_believed_and_nobody_else(settings: Settings) -> None:
    settings.BEHIND_PROXY = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", ""):
        assert (claims(address), seen(address).scheme) == (set(FORGED), "https"), address
    for address in ("198.51.100.1", "10.0.0.7", "2001:db8::1", "<script>"):
        assert (claims(address), seen(address).scheme) == (set(), "http"), address


def test_a_declared_proxy_is_believed_and_this_machine_no_longer_unless_it_is_declared_too(settings: Settings) -> None:
    settings.BEHIND_PROXY = True
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24")]
    assert (claims("10.0.0.7"), claims("10.0.1.7"), claims("127.0.0.1")) == (set(FORGED), set(), set())


def test_what_was_dropped_is_said_once_and_names_nobody(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.BEHIND_PROXY = True
    with caplog.at_level(logging.WARNING):
        seen("198.51.100.1")
    assert [record.message for record in caplog.records] == [
        "Headers X-Forwarded-* were dropped: they came from an address that is not among TRUSTED_PROXIES. "
        "If that is your proxy, add it."
    ]


def test_a_forged_header_does_not_get_past_the_redirect_to_https(settings: Settings) -> None:
    settings.BEHIND_PROXY = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answers = [
        Client(REMOTE_ADDR=address).get("/nowhere/", headers=FORGED) for address in ("198.51.100.1", "127.0.0.1")
    ]
    assert [answer.status_code for answer in answers] == [301, 404]
