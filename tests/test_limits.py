"""Clients are told apart, and held to a number of sign-ups a minute, over HTTP."""

from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from registration.models import Mail, Meeting, Submission
from registration.views.client import client_of
from tests.cast import MeetingFactory, SubmissionFactory
from tests.environment import is_on_postgresql
from tests.pages import ANN, HOUR, read, sign_up, texts, title

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db

ADDRESS = "203.0.113.7"


def client_at(address: str, headers: dict[str, str] | None = None) -> str:
    request = RequestFactory().post("/", headers=headers)
    request.META["REMOTE_ADDR"] = address
    return client_of(request)


def sent(meeting: Meeting, number: int, *, address: str = ADDRESS, **data: Any) -> "Response":
    return sign_up(Client(REMOTE_ADDR=address), meeting, **{"email": f"ann{number}@example.com"} | data)


# --- telling clients apart -------------------------------------------------------------------------------------------


def test_a_client_is_known_by_its_address_and_the_address_is_not_kept() -> None:
    own = client_at(ADDRESS)
    assert (len(own), own, client_at("203.0.113.8") != own) == (16, client_at(ADDRESS), True)
    assert own not in ADDRESS


def test_all_addresses_of_an_ipv6_network_are_one_client() -> None:
    assert client_at("2001:db8:1:2::1") == client_at("2001:db8:1:2:ffff:ffff:ffff:ffff")
    assert client_at("2001:db8:1:2::1") != client_at("2001:db8:1:3::1")
    assert client_at(f"::ffff:{ADDRESS}") == client_at(ADDRESS)


@pytest.mark.parametrize("address", ["", "127.0.0.1", "::1", "::ffff:127.0.0.1", "unix:", "<script>"])
def test_what_is_no_client_is_none(address: str) -> None:
    assert client_at(address) == ""


def test_a_header_is_believed_behind_a_proxy_only_and_of_it_the_last_address(settings: Settings) -> None:
    forged = f"10.0.0.1, {ADDRESS}"
    assert client_at("198.51.100.1", {"X-Forwarded-For": forged}) == client_at("198.51.100.1")
    settings.BEHIND_PROXY = True
    assert client_at("127.0.0.1", {"X-Forwarded-For": forged}) == client_at(ADDRESS)
    assert client_at("198.51.100.1", {"X-Forwarded-For": forged}) == client_at("198.51.100.1")
    assert client_at("127.0.0.1") == ""


def test_each_declared_proxy_is_believed_whom_it_names_and_nobody_else(settings: Settings) -> None:
    clients = {known: client_at(known) for known in (ADDRESS, "10.2.0.1", "10.1.2.3")}
    settings.BEHIND_PROXY = True
    settings.TRUSTED_PROXIES = [ip_network("10.1.0.0/16"), ip_network("2001:db8::/32")]
    for way_here, known in [
        (f"{ADDRESS}, 2001:db8::7, 10.1.2.3", ADDRESS),
        (f"198.51.100.1, {ADDRESS}, ::ffff:10.1.2.3", ADDRESS),
        (f"{ADDRESS}, 10.2.0.1, 10.1.2.3", "10.2.0.1"),
        ("10.1.2.3", "10.1.2.3"),
    ]:
        assert client_at("10.1.9.9", {"X-Forwarded-For": way_here}) == client_at("", {"X-Forwarded-For": way_here}), (
            way_here
        )
        assert client_at("10.1.9.9", {"X-Forwarded-For": way_here}) == clients[known], way_here
        assert client_at("127.0.0.1", {"X-Forwarded-For": way_here}) == ""
    for nobody in (f"{ADDRESS}, unknown", "", f"{ADDRESS},"):
        assert client_at("", {"X-Forwarded-For": nobody}) == ""


# --- the limit -------------------------------------------------------------------------------------------------------


def test_who_sends_too_many_is_asked_to_wait_and_keeps_what_was_typed(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 2
    meeting = MeetingFactory(title="Launch")
    assert [sent(meeting, number).status_code for number in range(2)] == [302, 302]
    response = sent(meeting, 3, first_name='"><b>Eve')
    page = read(response)
    assert (response.status_code, response.headers["Retry-After"], title(response)) == (429, "60", "Error: Launch")
    assert texts(page, ".notice") == [
        "Many people have signed up from your network just now. Wait a minute, then send the form again. "
        "Your registration was not stored. What you typed is still in the form below."
    ]
    assert [tag["value"] for tag in page.select("#id_first_name, #id_email")] == ['"><b>Eve', "ann3@example.com"]
    assert Submission.objects.count() == Mail.objects.count() == 2


def test_the_limit_holds_for_a_client_over_all_meetings_and_not_for_others(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 1
    assert sent(MeetingFactory(), 1).status_code == 302
    assert sent(MeetingFactory(), 2).status_code == 429
    assert sent(MeetingFactory(), 3, address="203.0.113.8").status_code == 302
    assert [sent(MeetingFactory(), number, address="127.0.0.1").status_code for number in (4, 5)] == [302, 302]


def test_after_a_minute_the_client_may_go_on(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 1
    meeting = MeetingFactory()
    assert sent(meeting, 1).status_code == 302
    Mail.objects.update(queued_at=timezone.now() - timedelta(seconds=61))
    assert sent(meeting, 2).status_code == 302


def test_a_known_address_counts_as_a_new_one_does_and_a_double_click_not_at_all(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 2
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="known@example.com")
    assert [sent(meeting, 1).status_code for _click in range(3)] == [302] * 3
    assert [sent(meeting, 0, email="known@example.com").status_code for _click in range(3)] == [302] * 3
    assert sent(meeting, 2).status_code == 429


def test_counting_reads_the_clients_own_mails_only_however_many_there_are() -> None:
    with CaptureQueriesContext(connection) as queries:
        sent(MeetingFactory(), 1)
    [counting] = [query["sql"] for query in queries if "registration_mail WHERE client" in query["sql"]]
    with connection.cursor() as cursor:
        if is_on_postgresql:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {counting}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {counting}")
        assert "mail_client" in str(cursor.fetchall())


def test_no_limit_is_no_limit(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 0
    meeting = MeetingFactory()
    assert {sent(meeting, number).status_code for number in range(5)} == {302}


def test_which_client_it_was_is_forgotten_after_an_hour() -> None:
    meeting = MeetingFactory()
    for number in range(2):
        sent(meeting, number)
    Mail.objects.filter(submission__email=f"ann0@{ANN['email'].partition('@')[2]}").update(
        queued_at=timezone.now() - HOUR - timedelta(seconds=1)
    )
    call_command("purge", verbosity=0)
    assert list(Mail.objects.order_by("pk").values_list("client", flat=True)) == ["", client_at(ADDRESS)]
