"""For whom the form editor is there."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from registration.models import Meeting, RoleAssignment
from tests.admin.form_editor.editing import address
from tests.admin.pages import buttons, page_of
from tests.cast import MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve(db: None) -> Client:
    """She manages one other meeting."""
    user = User.objects.create_user("eve", is_staff=True)
    RoleAssignment.objects.create(user=user, role="manager", meeting=MeetingFactory(title="Hers"))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", ["form", "form_refresh", "form_push", "copy"])
def test_who_manages_another_meeting_does_not_find_it(eve: Client, meeting: Meeting, page: str) -> None:
    for response in (eve.get(address(meeting, page)), eve.post(address(meeting, page), {"do": "save"})):
        assert response.status_code in {403, 404}
        assert "Launch" not in response.content.decode()
    assert eve.post(address(meeting, "form_preview")).status_code == 404


def test_a_manager_edits_her_own_meeting(eve: Client) -> None:
    hers = Meeting.objects.get(title="Hers")
    assert eve.get(address(hers)).status_code == 200
    assert "Form" in buttons(eve.get(page_of(hers)))
    assert "Copy" not in buttons(eve.get(page_of(hers)))
    assert eve.get(address(hers, "copy")).status_code == 403


@pytest.mark.parametrize("page", ["form", "form_refresh", "form_push"])
def test_who_may_only_look_finds_no_editor(as_vera: Client, as_rita: Client, meeting: Meeting, page: str) -> None:
    for client in (as_vera, as_rita):
        assert client.get(address(meeting, page)).status_code == 404
        assert client.post(address(meeting, page), {"do": "save"}).status_code == 404
        assert "Form" not in buttons(client.get(page_of(meeting)))


def test_whoever_may_change_meetings_but_no_questions_is_refused(meeting: Meeting) -> None:
    mo = User.objects.create_user("mo", is_staff=True)
    mo.user_permissions.set(Permission.objects.filter(codename__in=["view_meeting", "change_meeting"]))
    client = Client()
    client.force_login(mo)
    assert client.get(address(meeting)).status_code == 403
    assert "Form" not in buttons(client.get(page_of(meeting)))
