"""Giving roles: who may give which, to whom, and for what; and working with a role and nothing else."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from registration.models import Meeting, MeetingGroup, RoleAssignment, Submission
from registration.roles import Role
from registration.sandbox.server import SandboxServer
from tests.admin.pages import complaints, fields_of, page_of, rows, said, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/registration/roleassignment/add/"
LIST = "/admin/registration/roleassignment/"


def staff(username: str, role: Role | None = None, **where: Any) -> User:
    user = User.objects.create_user(username, is_staff=True)
    if role:
        RoleAssignment.objects.create(user=user, role=role, **where)
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def give(client: Client, user: User, role: Role, *, meeting: str = "", group: int | str = "") -> Any:
    return client.post(ADD, {"user": user.username, "role": role, "meeting": meeting, "group": group})


def held() -> list[tuple[str, str, str]]:
    found = RoleAssignment.objects.order_by("pk")
    return [(each.user.username, each.role, str(each.meeting or each.group or "")) for each in found]


@pytest.fixture
def group() -> MeetingGroup:
    return MeetingGroup.objects.create(name="Trade fairs")


@pytest.fixture
def fair(group: MeetingGroup) -> Meeting:
    return MeetingFactory(title="Fair", slug="fair", group=group)


@pytest.fixture
def launch() -> Meeting:
    return MeetingFactory(title="Launch", slug="launch")


@pytest.fixture
def new() -> User:
    return staff("nora")


def test_a_superuser_gives_any_role_for_anything(
    as_dana: Client, new: User, fair: Meeting, group: MeetingGroup
) -> None:
    for where in ({}, {"meeting": "fair"}, {"group": group.pk}):
        assert give(as_dana, new, Role.ADMINISTRATOR, **where).status_code == 302
    assert held() == [
        ("nora", "administrator", ""),
        ("nora", "administrator", "Fair"),
        ("nora", "administrator", "Trade fairs"),
    ]


def test_an_administrator_of_a_meeting_gives_roles_for_it_and_for_nothing_else(
    new: User, launch: Meeting, fair: Meeting, group: MeetingGroup
) -> None:
    adam = browser(staff("adam", Role.ADMINISTRATOR, meeting=launch))
    assert give(adam, new, Role.ADMINISTRATOR, meeting="launch").status_code == 302
    before = held()
    beyond = "Choose a meeting or a group: a role for every meeting is beyond your own."
    assert complaints(give(adam, new, Role.VIEWER)) == [beyond]
    assert complaints(give(adam, new, Role.VIEWER, meeting="fair")) == ["You administer no meeting of this short name."]
    assert len(complaints(give(adam, new, Role.VIEWER, group=group.pk))) == 1
    assert len(complaints(give(adam, staff("otto"), Role.VIEWER, meeting="launch", group=group.pk))) == 1
    assert held() == before


def test_an_administrator_of_a_group_gives_roles_for_it_and_for_each_of_its_meetings(
    new: User, launch: Meeting, fair: Meeting, group: MeetingGroup
) -> None:
    gwen = browser(staff("gwen", Role.ADMINISTRATOR, group=group))
    assert give(gwen, new, Role.VIEWER, group=group.pk).status_code == 302
    assert give(gwen, new, Role.MANAGER, meeting="fair").status_code == 302
    assert len(complaints(give(gwen, new, Role.VIEWER, meeting="launch"))) == 1
    assert held()[1:] == [("nora", "viewer", "Trade fairs"), ("nora", "manager", "Fair")]


def test_an_administrator_of_one_meeting_of_a_group_does_not_reach_the_roles_for_the_group(
    new: User, fair: Meeting, group: MeetingGroup
) -> None:
    adam = browser(staff("adam", Role.ADMINISTRATOR, meeting=fair))
    of_group = RoleAssignment.objects.create(user=new, role=Role.VIEWER, group=group)
    assert [row[0] for row in rows(adam.get(LIST))] == ["adam"]
    assert adam.get(page_of(of_group)).status_code == 302
    assert adam.post(page_of(of_group), {"role": Role.MANAGER, "group": group.pk}).status_code == 302
    assert ("nora", "viewer", "Trade fairs") in held()


def test_nobody_deletes_their_own_role(launch: Meeting, new: User) -> None:
    adam = staff("adam", Role.ADMINISTRATOR, meeting=launch)
    own, other = adam.role_assignments.get(), RoleAssignment.objects.create(user=new, role="viewer", meeting=launch)
    client = browser(adam)
    assert client.post(f"{LIST}{own.pk}/delete/", {"post": "yes"}).status_code == 403
    both = {"action": "delete_selected", "_selected_action": [own.pk, other.pk], "index": "0", "post": "yes"}
    client.post(LIST, both)
    assert set(RoleAssignment.objects.all()) == {own, other}
    assert client.post(LIST, {**both, "_selected_action": [other.pk]}).status_code == 302
    assert list(RoleAssignment.objects.all()) == [own]


def test_nobody_gives_themselves_a_role_or_raises_their_own(launch: Meeting, group: MeetingGroup) -> None:
    user = staff("gwen", Role.ADMINISTRATOR, meeting=launch)
    own = RoleAssignment.objects.create(user=user, role=Role.VIEWER, group=group)
    RoleAssignment.objects.filter(pk=own.pk).update(meeting=None)
    gwen = browser(user)
    mine = RoleAssignment.objects.get(user=user, meeting=launch)
    assert complaints(give(gwen, user, Role.ADMINISTRATOR, meeting="launch")) == [
        "Somebody else must give you a role: nobody raises their own."
    ]
    assert gwen.post(page_of(mine), {"role": Role.VIEWER, "meeting": "launch", "group": ""}).status_code == 403
    # That of the group is none of those that she administers.
    assert gwen.get(page_of(own)).status_code == 302
    assert held() == [("gwen", "administrator", "Launch"), ("gwen", "viewer", "Trade fairs")]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.MANAGER])
def test_the_other_roles_give_none(role: Role, new: User, launch: Meeting) -> None:
    client = browser(staff("max", role, meeting=launch))
    assert give(client, new, Role.VIEWER, meeting="launch").status_code == 403
    assert client.get(LIST).status_code == 403
    assert "Who has a role here" not in client.get(page_of(launch)).content.decode()


def test_a_role_is_moved_only_to_where_its_giver_is_an_administrator(
    new: User, launch: Meeting, fair: Meeting, group: MeetingGroup
) -> None:
    given = RoleAssignment.objects.create(user=new, role=Role.VIEWER, meeting=fair)
    gwen = browser(staff("gwen", Role.ADMINISTRATOR, group=group))
    assert gwen.get(page_of(given)).status_code == 200
    assert gwen.post(page_of(given), {"role": Role.REVIEWER, "meeting": "fair", "group": ""}).status_code == 302
    assert len(complaints(gwen.post(page_of(given), {"role": "viewer", "meeting": "launch", "group": ""}))) == 1
    assert held()[0] == ("nora", "reviewer", "Fair")


def test_only_staff_who_can_sign_in_are_offered_and_taken(as_dana: Client, new: User, launch: Meeting) -> None:
    outsider = User.objects.create_user("olga")
    User.objects.filter(pk=new.pk).update(first_name="Nora", last_name="Nilsen")
    offered = soup(as_dana.get(ADD)).select("#suggestions_user option")
    assert [(option["value"], text(option)) for option in offered] == [("dana", "dana"), ("nora", "Nora Nilsen")]
    assert complaints(give(as_dana, outsider, Role.VIEWER)) == ["There is nobody of this user name among the staff."]


def test_a_role_twice_is_refused_in_words(as_dana: Client, new: User, launch: Meeting) -> None:
    give(as_dana, new, Role.VIEWER, meeting="launch")
    assert complaints(give(as_dana, new, Role.MANAGER, meeting="launch")) == [
        "This person has a role for this meeting already: change that one."
    ]


def test_a_meetings_page_says_who_has_a_role_there_with_one_query(
    as_dana: Client, new: User, fair: Meeting, group: MeetingGroup, django_assert_num_queries: Any
) -> None:
    RoleAssignment.objects.create(user=new, role=Role.VIEWER, group=group)
    RoleAssignment.objects.create(user=staff("adam"), role=Role.ADMINISTRATOR, meeting=fair)
    RoleAssignment.objects.create(user=staff("max"), role=Role.MANAGER)
    table = soup(as_dana.get(page_of(fair))).select("#content .module:has(> h2) tbody tr")
    told = [[text(cell) for cell in row.select("td")] for row in table if len(row.select("td")) == 3]
    assert [(person, where) for person, _role, where in told] == [
        ("adam", "this meeting"),
        ("max", "every meeting"),
        ("nora", "the group “Trade fairs”"),
    ]
    with django_assert_num_queries(16):
        as_dana.get(page_of(fair))


def test_only_whoever_may_change_every_meeting_says_which_group_one_belongs_to(
    as_dana: Client, fair: Meeting, group: MeetingGroup
) -> None:
    max_ = browser(staff("max", Role.MANAGER, meeting=fair))
    assert soup(as_dana.get(page_of(fair))).select("[name=group]") != []
    assert soup(max_.get(page_of(fair))).select("[name=group], [name=account]") == []
    other = MeetingGroup.objects.create(name="Others")
    fields = {"group": other.pk, "title": "Fair"}
    max_.post(page_of(fair), fields)
    fair.refresh_from_db()
    assert fair.group == group


def test_only_whoever_may_change_every_meeting_says_which_one_it_is_at_webex(as_dana: Client, fair: Meeting) -> None:
    max_ = browser(staff("max", Role.MANAGER, meeting=fair))
    was, names = fair.webex_id, "[name=webex_id], [name=host_email_parameter]"
    assert len(soup(as_dana.get(page_of(fair))).select(names)) == 2
    page = max_.get(page_of(fair))
    assert soup(page).select(names) == []
    assert was in text(soup(page).select_one(".field-webex_id"))
    changed = fields_of(page, "#meeting_form") | {
        "title": "Fair play",
        "webex_id": "f" * 32,
        "host_email_parameter": "a@b.example",
    }
    assert complaints(max_.post(page_of(fair), changed)) == []
    fair.refresh_from_db()
    assert (fair.title, fair.webex_id, fair.host_email_parameter) == ("Fair play", was, "")


def test_groups_are_for_administrators_of_every_meeting(fair: Meeting, group: MeetingGroup) -> None:
    local = browser(staff("gwen", Role.ADMINISTRATOR, group=group))
    everywhere = browser(staff("adam", Role.ADMINISTRATOR))
    assert local.get("/admin/registration/meetinggroup/").status_code == 403
    assert rows(everywhere.get("/admin/registration/meetinggroup/")) == [["Trade fairs", "1"]]


def test_with_a_role_and_no_permission_of_django_one_can_work(launch: Meeting, fair: Meeting) -> None:
    person: Submission = SubmissionFactory(meeting=launch)
    client = browser(staff("rita", Role.REVIEWER, meeting=launch))
    index = soup(client.get(reverse("admin:index")))
    assert [text(link) for link in index.select("#content-main th[scope=row] a")] == [
        "Batches",
        "Mails",
        "Meetings",
        "People at Webex only",
        "Reasons to decline with",
        "Submissions",
    ]
    assert [row[0] for row in rows(client.get("/admin/registration/meeting/"))] == ["Launch"]
    things: list[Model] = [launch, person]
    assert [client.get(page_of(thing)).status_code for thing in things] == [200, 200]
    response = client.post(f"/admin/registration/submission/{person.pk}/approve/do/")
    assert said(response) == ["success: 1 approved."]


def test_a_permission_to_add_meetings_is_none_to_import_anothers_again(
    sandbox: SandboxServer, launch: Meeting, open_hour: Meeting
) -> None:
    user = staff("ivan", Role.MANAGER, meeting=launch)
    user.user_permissions.set(Permission.objects.filter(codename="add_meeting"))
    response = browser(user).post("/admin/registration/meeting/import/", {"webex_id": open_hour.webex_id})
    assert said(response) == ["error: This meeting is here already, and you may not change it: ask whoever may."]
