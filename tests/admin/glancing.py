"""Numbers on the staff's pages: whose they are, and how many people are behind them."""

import re
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from registration.models import RoleAssignment
from tests.admin.pages import soup, text


def with_role(role: RoleAssignment.Role, **about: Any) -> Client:
    user = User.objects.create_user(f"user-{User.objects.count()}", is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, **about)
    client = Client()
    client.force_login(user)
    return client


def listed(client: Client, address: str) -> int:
    """How many people a list says that it has."""
    response = client.get(address)
    assert response.status_code == 200
    assert "e=1" not in response.request["QUERY_STRING"].split("&")
    words = text(soup(response).select_one(".paginator"))
    found = re.search(r"(\d+) (submissions?|person at Webex only|people at Webex only)", words)
    assert found is not None, words
    return int(found[1])


def numbers(page: Any) -> list[tuple[int, str]]:
    """Every number that is a link to a list of people, and where it leads."""
    links = page.select("a.count, .needs a:not([href*='#'])")
    return [(int((link.select_one("strong") or link).get_text()), str(link["href"])) for link in links]
