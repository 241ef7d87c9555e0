"""Every page of the admin, Django's own among them, made from its addresses: none is forgotten."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from registration.models import RoleAssignment
from tests.admin import hidden, walk
from tests.browser import accessibility
from tests.browser.pictures import HEIGHTS, NARROW, SCHEMES, WIDE, Scheme

pytestmark = pytest.mark.django_db(transaction=True)

_ENDS_THE_SESSION = {"logout"}


def test_no_rule_of_axe_core_is_broken_and_nothing_is_scrolled_sideways(staff: Page) -> None:
    hidden.make()
    assert _problems(staff, *zip((WIDE, NARROW), SCHEMES, strict=True)) == {}


def test_nor_is_it_for_whoever_may_only_view(staff: Page, dana: User) -> None:
    hidden.make()
    User.objects.filter(pk=dana.pk).update(is_superuser=False)
    RoleAssignment.objects.create(user=dana, role=RoleAssignment.Role.VIEWER)
    assert _problems(staff, (WIDE, "light")) == {}


def _problems(staff: Page, *looks: tuple[int, Scheme]) -> dict[str, list[str]]:
    """What is wrong with each page on screens of such a width, in such colours."""
    found: dict[str, list[str]] = {}
    for address in _pages(staff):
        staff.goto(address)
        for width, scheme in looks:
            staff.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            staff.emulate_media(color_scheme=scheme)
            if problems := accessibility.violations(staff) + accessibility.sideways_scrolling(staff):
                found[f"{address} {width} {scheme}"] = problems
    return found


def _pages(staff: Page) -> Iterator[str]:
    """The addresses at which there is a page to look at: no file, no part of a page, no way to another, and no letter
    by itself, in which nothing may run.
    """
    for pattern in walk.patterns():
        if pattern.name in _ENDS_THE_SESSION:
            continue
        for address in walk.addresses(pattern):
            answer = staff.request.get(address, max_redirects=0)
            is_page = answer.status == HTTPStatus.OK and answer.body().lstrip().lower().startswith(b"<!doctype html")
            if is_page and "sandbox" not in answer.headers.get("content-security-policy", ""):
                yield address
