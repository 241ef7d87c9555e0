"""Eve, who must see nothing: of a meeting for which she has no role, whatever she opens, asks for or presses."""

from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from registration.accounts import settings_account
from registration.models import AuditEntry, Meeting, MeetingGroup, RoleAssignment, Submission
from registration.roles import Role
from tests.admin import hidden, walk
from tests.cast import MeetingFactory

pytestmark = pytest.mark.django_db

_OF_OTHERS = ["", *Role.values, "a group"]
_FURTHEST = ["", Role.ADMINISTRATOR, "a group"]


@pytest.fixture(params=_OF_OTHERS, ids=lambda role: f"{role} of another meeting" if role else "no role")
def eve(request: Any) -> Client:
    """One of the staff, who has no role, or has one for another meeting or group of them."""
    settings_account()
    user = User.objects.create_user("eve", is_staff=True)
    hidden.make_colleague()
    group = MeetingGroup.objects.create(name="Another group")
    meeting = MeetingFactory(title="Another meeting", slug="another-meeting", group=group)
    if request.param == "a group":
        RoleAssignment.objects.create(user=user, role=Role.ADMINISTRATOR, group=group)
    elif request.param:
        RoleAssignment.objects.create(user=user, role=request.param, meeting=meeting)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def looks() -> Iterator[str]:
    """All that can be looked at: every page, and every list in every way that it can be asked."""
    for pattern in walk.patterns():
        if pattern.name not in walk.PERSONAL:
            yield from walk.addresses(pattern)
    for _model_admin, address in walk.lists():
        meeting = hidden.PKS[Meeting]
        for query in (
            "q=hush",
            f"meeting__id__exact={meeting}",
            f"meeting={meeting}",
            f"person={hidden.PKS[Submission]}",
            "_popup=1&_to_field=id",
            "o=-1.2",
            "all=",
            "p=1",
        ):
            yield f"{address}?{query}"
    yield from walk.completions()


def _answers(client: Client) -> dict[str, tuple[int, str, str]]:
    found = {}
    for address in looks():
        # Without a trace, so that what is asked first changes nothing of what is asked next.
        with transaction.atomic():
            response = client.get(address)
            text = b"".join(response).decode() if response.streaming else response.content.decode(errors="replace")
            found[address] = (response.status_code, response.get("Location", ""), hidden.without_csrf_tokens(text))
            transaction.set_rollback(True)
    return found


def test_every_page_answers_her_as_if_the_meeting_were_not_there(eve: Client) -> None:
    before = _answers(eve)
    hidden.make()
    after = _answers(eve)
    told = {address: hidden.signs("".join(map(str, answer)), asked=address) for address, answer in after.items()}
    assert {address: words for address, words in told.items() if words} == {}
    assert [address for address in after if after[address] != before[address]] == []


# Each role may do what the ones before it may: the last of them gets furthest.
@pytest.mark.parametrize("eve", _FURTHEST, indirect=True)
def test_whatever_she_posts_nothing_is_done_and_nothing_is_told(eve: Client, as_dana: Client) -> None:
    hidden.make()
    posts = list(_posts(as_dana))
    before = hidden.rows()
    # "… with ID “987654001” doesn’t exist" is said on the next page that there is.
    asked = "".join(address for address, _fields in posts)
    for address, fields in posts:
        response = eve.post(address, fields)
        assert hidden.signs(response.content.decode(errors="replace"), asked=asked) == [], (address, fields)
    assert hidden.rows() == before
    assert not AuditEntry.objects.filter(by__username="eve", meeting=hidden.PKS[Meeting]).exists()


@pytest.mark.parametrize("eve", _FURTHEST, indirect=True)
def test_everything_on_her_lists_is_nothing_of_the_meeting(eve: Client) -> None:
    hidden.make()
    before = hidden.rows(theirs_only=True)
    for model_admin, address in walk.lists():
        for action in walk.actions(model_admin.model):
            chosen = {"action": action, "_selected_action": [hidden.PKS[model_admin.model]], "select_across": "1"}
            response = eve.post(address, {**chosen, "index": "0", "post": "yes", "reason": "None of hers"})
            assert hidden.signs(response.content.decode(errors="replace")) == [], (address, action)
    assert hidden.rows(theirs_only=True) == before


def test_a_token_that_happens_to_spell_a_sign_tells_nothing() -> None:
    assert hidden.signs('<input name="csrfmiddlewaretoken" value="L6husH"> Hush') == ["Hush"]


def test_everything_that_the_admin_has_is_part_of_the_hidden_meeting() -> None:
    missing = [model._meta.label for model in admin.site._registry if model not in hidden.PKS]
    assert missing == [], "Make one of each in tests/admin/hidden.py."


def test_no_address_of_the_admin_leads_to_an_attendees_own_page() -> None:
    assert "view_on_site" not in {pattern.name for pattern in walk.patterns()}


def _posts(as_dana: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that an administrator could send from the pages of the meeting, and each action on what belongs to it."""
    for pattern in walk.patterns():
        if pattern.name in walk.PERSONAL:
            continue
        for address in walk.addresses(pattern):
            yield address, {"post": "yes"}
            yield from _forms(as_dana.get(address), address)
    for model_admin, address in walk.lists():
        for action in walk.actions(model_admin.model):
            chosen = {"action": action, "_selected_action": [hidden.PKS[model_admin.model]], "index": "0"}
            yield address, {**chosen, "post": "yes", "reason": "None of hers", "shown": "x"}


def _forms(response: Any, address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if response.status_code != 200 or "html" not in response["Content-Type"]:
        return
    for form in BeautifulSoup(response.content, "html.parser").select("#content form[method=post]"):
        fields = {}
        for field in form.select(":is(input, select, textarea, button)[name]"):
            if field.get("type") == "file" or "__prefix__" in str(field["name"]):
                continue
            chosen = field.select_one("option[selected], option:last-child") if field.name == "select" else field
            if field.get("type") not in {"checkbox", "radio"} or field.has_attr("checked"):
                fields[str(field["name"])] = str(chosen.get("value") or "on") if chosen else ""
        # What was changed is told from what is stored: another word in every text.
        texts = {str(field["name"]) for field in form.select("input[type=text], textarea")}
        changed = {name: f"{value} (Eve)" if name in texts else value for name, value in fields.items()}
        action = str(form.get("action") or address)
        yield (address if action.startswith("?") else action), changed
