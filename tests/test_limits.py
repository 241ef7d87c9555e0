"""Clients are told apart, and held to a number of sign-ups a minute, over HTTP."""

import re
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

from registration.mailboxes import mailbox_of
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


@pytest.mark.parametrize(
    ("named", "client"),
    [
        (f"{ADDRESS}:51234", ADDRESS),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::1"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::1"),
        (f"[::ffff:{ADDRESS}]:443", ADDRESS),
        (f"198.51.100.1:80, {ADDRESS}:51234, 10.1.2.3:4711", ADDRESS),
    ],
)
def test_a_client_is_the_same_whichever_port_a_proxy_names_with_it(settings: Settings, named: str, client: str) -> None:
    settings.BEHIND_PROXY = True
    settings.TRUSTED_PROXIES = [ip_network("10.1.0.0/16")]
    assert client_at("10.1.9.9", {"X-Forwarded-For": named}) == client_at(client) != ""


@pytest.mark.parametrize(
    "named", [f"{ADDRESS}:", f"{ADDRESS}:port", f":{ADDRESS}", "[]:443", "[2001:db8::1", "[2001:db8::1]443", "1.2.3:80"]
)
def test_what_only_looks_like_an_address_with_a_port_is_no_client(settings: Settings, named: str) -> None:
    settings.BEHIND_PROXY = True
    assert client_at("127.0.0.1", {"X-Forwarded-For": named}) == ""


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


def plan(question: str) -> str:
    """How the database goes about it; PostgreSQL as if its tables were large."""
    with connection.cursor() as cursor:
        if is_on_postgresql:
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{'EXPLAIN' if is_on_postgresql else 'EXPLAIN QUERY PLAN'} {question}")
        return "\n".join(str(row) for row in cursor.fetchall())


def test_counting_goes_by_indexes_and_no_further_than_to_the_limit(settings: Settings) -> None:
    settings.MEETING_SIGN_UPS_PER_MINUTE, settings.MAILS_PER_ADDRESS_PER_DAY = 70, 80
    with CaptureQueriesContext(connection) as queries:
        sent(MeetingFactory(), 1)
    [counting] = [query["sql"] for query in queries if "registration_mail WHERE client" in query["sql"]]
    counting = counting.rpartition("; ")[2]
    assert [int(most) for most in re.findall(r"LIMIT (\d+)", counting)] == [60, 80, 70]
    found = plan(counting)
    for index in ("mail_client", "mail_mailbox", "mail_signed_up_for"):
        assert index in found, found
    assert "SCAN registration" not in found, found
    assert "Seq Scan" not in found, found


def test_no_limit_is_no_limit(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 0
    meeting = MeetingFactory()
    assert {sent(meeting, number).status_code for number in range(5)} == {302}


@pytest.mark.parametrize(
    "variants", [["ann@example.com"] * 3, ["a.nn+1@gmail.com", "ANN+2@googlemail.com", "ann@gmail.com"]]
)
def test_nobody_can_have_more_mails_written_to_a_strangers_mailbox(settings: Settings, variants: list[str]) -> None:
    settings.MAILS_PER_ADDRESS_PER_DAY = 2
    clients = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(5)]
    first, second, third = variants
    assert sign_up(clients[0], MeetingFactory(), email=first).status_code == 302
    assert sign_up(clients[1], MeetingFactory(), email=second).status_code == 302
    response = sign_up(clients[2], MeetingFactory(title="Launch"), email=third)
    assert (response.status_code, response.headers["Retry-After"], title(response)) == (429, "86400", "Error: Launch")
    assert texts(read(response), ".notice") == [
        "Very many mails were written to this e-mail address today. Send the form again tomorrow, or give another "
        "address. Your registration was not stored. What you typed is still in the form below."
    ]
    assert read(response).select("#id_email")[0]["value"] == third
    assert sign_up(clients[2], MeetingFactory(), email="bob@example.com").status_code == 302
    assert Mail.objects.count() == 3
    Mail.objects.update(queued_at=timezone.now() - 24 * HOUR - timedelta(seconds=1))
    assert sign_up(clients[3], MeetingFactory(), email=third).status_code == 302


def test_a_mailbox_that_is_registered_counts_as_one_that_is_not(settings: Settings) -> None:
    settings.MAILS_PER_ADDRESS_PER_DAY = 2
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="known@example.com")
    for email in ("known@example.com", "new@example.com"):
        told = [sent(meeting, 0, email=email, first_name=name).status_code for name in ("A", "B", "C")]
        assert told == [302, 302, 429]


def test_the_limit_of_a_meeting_holds_over_all_clients_and_for_it_alone(settings: Settings) -> None:
    settings.MEETING_SIGN_UPS_PER_MINUTE = 2
    meeting = MeetingFactory()
    assert [sent(meeting, number, address=f"203.0.113.{number}").status_code for number in range(2)] == [302, 302]
    response = sent(meeting, 3)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert texts(read(response), ".notice h2") == [
        "Very many people are signing up for this meeting at this moment. Wait a minute, then send the form again."
    ]
    assert sent(MeetingFactory(), 3).status_code == 302
    Mail.objects.update(queued_at=timezone.now() - timedelta(seconds=61))
    assert sent(meeting, 3).status_code == 302


@pytest.mark.parametrize("is_known", [False, True])
def test_nobody_can_tell_by_a_meetings_limit_who_is_registered(settings: Settings, is_known: bool) -> None:
    settings.MEETING_SIGN_UPS_PER_MINUTE = 2
    meeting = MeetingFactory()
    if is_known:
        SubmissionFactory(meeting=meeting, email="ann0@example.com", submitted_at=timezone.now() - HOUR)
    told = [
        sent(meeting, number, first_name=name).status_code for number, name in ((0, "A"), (0, "B"), (1, "C"), (2, "D"))
    ]
    assert told == [302, 302, 429, 429]


def test_which_client_it_was_is_forgotten_after_an_hour() -> None:
    meeting = MeetingFactory()
    for number in range(2):
        sent(meeting, number)
    Mail.objects.filter(submission__email=f"ann0@{ANN['email'].partition('@')[2]}").update(
        queued_at=timezone.now() - HOUR - timedelta(seconds=1)
    )
    call_command("purge", verbosity=0)
    assert list(Mail.objects.order_by("pk").values_list("client", flat=True)) == ["", client_at(ADDRESS)]


def test_whose_mailbox_it_was_is_forgotten_after_a_day() -> None:
    sent(MeetingFactory(), 0)
    kept = list(Mail.objects.values_list("mailbox", flat=True))
    assert kept == [mailbox_of("ann0@example.com")]
    for age, left in ((24 * HOUR - timedelta(minutes=1), kept), (24 * HOUR + timedelta(seconds=1), [""])):
        Mail.objects.update(queued_at=timezone.now() - age)
        call_command("purge", verbosity=0)
        assert list(Mail.objects.values_list("mailbox", flat=True)) == left
