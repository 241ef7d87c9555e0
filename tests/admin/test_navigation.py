"""The way to the most used places, on every page."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from registration.admin.navigation import PLACES
from registration.models import RoleAssignment
from tests.admin.glancing import with_role
from tests.admin.pages import soup, text
from tests.cast import MeetingFactory

pytestmark = pytest.mark.django_db

Role = RoleAssignment.Role
LATER = {"Needs attention", "Outbox", "Audit"}
"""What may not be there yet: the way to a page that does not exist is left out."""


def ways(client: Client, address: str) -> dict[str, str]:
    response = client.get(address)
    assert response.status_code == 200
    return {text(link): str(link["href"]) for link in soup(response).select(".ways a")}


def test_every_page_has_it_and_each_way_leads_somewhere(as_dana: Client) -> None:
    start = ways(as_dana, reverse("admin:index"))
    assert [name for name in start if name not in LATER] == ["Start", "Meetings", "Submissions", "Mails", "Batches"]
    for address in start.values():
        assert ways(as_dana, address) == start


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.MANAGER, Role.ADMINISTRATOR])
def test_each_role_finds_what_it_may_open_and_nothing_else(role: Role) -> None:
    client = with_role(role, meeting=MeetingFactory())
    found = ways(client, reverse("admin:index"))
    for address in found.values():
        assert client.get(address).status_code == 200
    assert {"Start", "Meetings", "Submissions", "Mails", "Batches"} <= set(found)


def test_who_has_no_role_finds_the_start_page_alone() -> None:
    User.objects.create_user("new", is_staff=True)
    client = Client()
    client.force_login(User.objects.get(username="new"))
    assert list(ways(client, reverse("admin:index"))) == ["Start"]


def test_who_is_not_signed_in_finds_none(client: Client) -> None:
    assert ways(client, reverse("admin:login")) == {}


def test_it_says_where_one_is(as_dana: Client) -> None:
    meeting = MeetingFactory()
    for name, args, current in (
        ("index", [], {"Start": "page"}),
        ("registration_meeting_changelist", [], {"Meetings": "page"}),
        ("registration_meeting_change", [meeting.pk], {"Meetings": "true"}),
        ("auth_user_changelist", [], {}),
    ):
        links = soup(as_dana.get(reverse(f"admin:{name}", args=args))).select(".ways a[aria-current]")
        assert {text(link): str(link["aria-current"]) for link in links} == current


def test_a_window_for_choosing_has_none(as_dana: Client) -> None:
    assert ways(as_dana, reverse("admin:registration_meeting_changelist") + "?_popup=1") == {}


def test_no_place_is_named_twice() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)
