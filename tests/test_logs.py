"""No secret stands in a log line."""

import io
import logging
import logging.config

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def console() -> io.StringIO:
    """What the console handler of the settings writes."""
    logging.config.dictConfig(settings.LOGGING)
    lines = io.StringIO()
    [handler] = logging.getLogger("django").handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(lines)
    return lines


def test_the_address_of_an_own_page_is_not_logged(client: Client, console: io.StringIO) -> None:
    person = SubmissionFactory()
    assert client.post(person.get_absolute_url()).status_code == 405
    token = person.token
    for path in (f"registrations//{token}/", f"Registrations/{token}/more/", f"%72egistrations%2F{token}x/"):
        assert client.get(f"/{path}").status_code == 404
    assert token not in console.getvalue()
    shown = [line.split(" ", 2)[2].strip() for line in console.getvalue().splitlines()]
    assert shown[0] == "WARNING django.request Method Not Allowed (POST): /registrations/…/"
    assert len(shown) == 4


@pytest.mark.parametrize("page", ["change/", "cancel/", "again/", "new-link/"])
def test_nor_is_that_of_a_page_behind_it(client: Client, console: io.StringIO, page: str) -> None:
    person = SubmissionFactory(decision="declined")
    assert client.put(f"{person.get_absolute_url()}{page}").status_code == 405
    assert client.get(f"{person.get_absolute_url()}{page}").status_code in {200, 409}
    assert Client(enforce_csrf_checks=True).post(f"{person.get_absolute_url()}{page}").status_code == 403
    assert client.get(f"{person.get_absolute_url()}{page}more/").status_code == 404
    assert (person.token in console.getvalue(), "egistrations/…/" in console.getvalue()) == (False, True)


def test_what_opens_webex_is_not_logged(console: io.StringIO) -> None:
    log = logging.getLogger("django.request")
    log.warning("sent Authorization: %s", "Bearer abc-123")
    log.warning("posted %s", "grant_type=refresh_token&client_secret=s3cret&refresh_token=r3fresh")
    log.warning("answered %s", {"access_token": "acc3ss", "expires_in": 5})
    assert [line.split(" ", 4)[4] for line in console.getvalue().splitlines()] == [
        "sent Authorization: Bearer …",
        "posted grant_type=refresh_token&client_secret=…&refresh_token=…",
        "answered {'access_token': '…', 'expires_in': 5}",
    ]
