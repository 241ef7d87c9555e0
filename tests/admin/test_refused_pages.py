"""What staff see where they may not go on, or where nothing is: the staff's side still, and what to do next."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse

from registration.models import Meeting
from registration.views import failures
from tests.admin.pages import soup, text
from tests.cast import MeetingFactory

pytestmark = pytest.mark.django_db

NOT_THERE = "There is no such page"
NOT_ALLOWED = "You may not see this page"


def told(response: Any) -> tuple[int, str, str, list[str]]:
    """The status, the heading, what is said below it, and what to do next."""
    page = soup(response)
    heading, purpose = page.select_one("#content h1"), page.select_one("#content .purpose")
    advice = [text(item) for item in page.select("#content-main li")]
    return response.status_code, text(heading), text(purpose), advice


def headings(response: Any) -> list[str]:
    return [text(heading) for heading in soup(response).select("h1")]


def ways(response: Any) -> list[str]:
    return [text(link) for link in soup(response).select(".ways a")]


def test_an_address_at_which_nothing_is(as_rita: Client) -> None:
    response = as_rita.get("/admin/nowhere/")
    assert told(response) == (
        404,
        NOT_THERE,
        "The address may be mistyped, what was there may be gone, or it is about a meeting that is not yours.",
        [
            "Look for it from the start page, or go back to where you came from.",
            "If it is about a meeting for which you have no role, ask whoever gives roles here.",
        ],
    )
    assert ways(response) == ways(as_rita.get("/admin/"))
    assert [str(link["href"]) for link in soup(response).select("#content-main a")] == ["/admin/"]


def test_a_page_for_others(as_eve: Client) -> None:
    assert told(as_eve.get(reverse("admin:auth_user_changelist"))) == (
        403,
        NOT_ALLOWED,
        "It is for people who have another role than you.",
        [
            "Look for what you need from the start page, or go back to where you came from.",
            "If you should see it, ask whoever gives roles here; or sign in with an account that may.",
        ],
    )


def test_a_form_without_its_csrf_token(rita: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(rita)
    assert told(browser.post("/admin/logout/")) == (
        403,
        "Your form could not be checked",
        "Nothing was stored.",
        ["Go back, reload the page and send the form again.", "If that does not help, allow cookies for this site."],
    )


@pytest.mark.parametrize("page", ["form", "form_refresh", "form_push", "rules", "mails"])
def test_what_is_not_theirs_reads_like_what_is_not_there(as_eve: Client, page: str) -> None:
    meeting = MeetingFactory(title="Launch")

    def shown(pk: int) -> tuple[object, str]:
        response = as_eve.get(reverse(f"admin:registration_meeting_{page}", args=[pk]))
        return told(response), text(soup(response))

    assert shown(meeting.pk) == shown(meeting.pk + 1000)


def test_an_error_s_own_words_are_not_shown(rita: User) -> None:
    request = RequestFactory().get("/admin/nowhere/")
    request.user = rita
    for answer in (
        failures.page_not_found(request, Http404("No Meeting matches Launch.")),
        failures.permission_denied(request, PermissionDenied("Launch")),
    ):
        assert "Launch" not in answer.content.decode()


def test_nothing_on_it_needs_a_weaker_policy(as_rita: Client) -> None:
    page = soup(as_rita.get("/admin/nowhere/"))
    assert page.select("[style], [onclick], style, script:not([src])") == []


def test_whoever_is_not_of_the_staff_sees_what_visitors_see(client: Client, db: None) -> None:
    row = "/admin/r/1/2/"
    assert (headings(client.get(row)), ways(client.get(row))) == ([NOT_THERE], [])
    client.force_login(User.objects.create_user("attendee"))
    response = client.get(row)
    assert (response.status_code, headings(response), soup(response).select("#user-tools")) == (404, [NOT_THERE], [])


def test_beside_the_staffs_side_staff_see_what_visitors_see(as_rita: Client) -> None:
    response = as_rita.get("/nowhere/")
    assert (response.status_code, headings(response), soup(response).select("#user-tools")) == (404, [NOT_THERE], [])


def test_a_request_of_which_nobody_knows_who_made_it_is_answered_as_well() -> None:
    """It was refused before anybody looked who is signed in."""
    request = RequestFactory().get("/admin/")
    refused = failures.permission_denied(request, PermissionDenied())
    assert (refused.status_code, headings(refused)) == (403, [NOT_ALLOWED])


def test_a_body_that_cannot_be_read_is_answered_as_well(rita: User) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(rita)
    kind = "application/x-www-form-urlencoded; charset=utf-7"
    assert told(browser.post("/admin/nowhere/", "a=b", content_type=kind))[:2] == (404, NOT_THERE)
    assert not Meeting.objects.exists()
