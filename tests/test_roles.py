"""Roles: what each may do, and for which meetings."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from registration import roles
from registration.models import Meeting, MeetingGroup, RoleAssignment
from registration.roles import Role
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

VIEW, REVIEW, MANAGE = (f"registration.{name}" for name in ("view_submission", "change_submission", "change_meeting"))
GIVE, ADD = "registration.add_roleassignment", "registration.add_meeting"


def given(role: Role, *, meeting: Meeting | None = None, group: MeetingGroup | None = None) -> User:
    user = User.objects.create_user(f"{role}-{User.objects.count()}", is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, meeting=meeting, group=group)
    return user


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, [VIEW]),
        (Role.REVIEWER, [VIEW, REVIEW]),
        (Role.MANAGER, [VIEW, REVIEW, MANAGE]),
        (Role.ADMINISTRATOR, [VIEW, REVIEW, MANAGE, GIVE]),
    ],
)
def test_each_role_may_do_what_the_one_before_it_may_and_more_but_for_its_meeting_only(
    role: Role, may: list[str]
) -> None:
    hers, other = MeetingFactory(), MeetingFactory()
    user = given(role, meeting=hers)
    asked = [VIEW, REVIEW, MANAGE, GIVE, ADD]
    assert [perm for perm in asked if user.has_perm(perm, hers)] == may
    assert [perm for perm in asked if user.has_perm(perm)] == may
    assert [perm for perm in asked if user.has_perm(perm, other)] == []
    assert roles.scope(user, VIEW) == frozenset({hers.pk})


def test_a_role_for_a_group_holds_for_its_meetings_also_for_those_that_join_it() -> None:
    group = MeetingGroup.objects.create(name="Trade fairs")
    first, outside = MeetingFactory(group=group), MeetingFactory()
    user = given(Role.REVIEWER, group=group)
    assert roles.scope(user, REVIEW) == frozenset({first.pk})
    outside.group = group
    outside.save()
    again = User.objects.get(pk=user.pk)
    assert roles.scope(again, REVIEW) == frozenset({first.pk, outside.pk})
    assert again.has_perm(REVIEW, outside)


def test_a_role_for_every_meeting_also_gives_what_belongs_to_none() -> None:
    meeting = MeetingFactory()
    user = given(Role.MANAGER)
    assert roles.scope(user, REVIEW) is None
    assert user.has_perm(ADD) and user.has_perm(MANAGE, meeting)
    assert not user.has_perm(GIVE)


def test_django_s_own_permissions_hold_for_every_meeting() -> None:
    meeting = MeetingFactory()
    user = User.objects.create_user("rita", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="change_submission"))
    assert user.has_perm(REVIEW, meeting) and not user.has_perm(VIEW, meeting)
    assert roles.scope(user, VIEW, REVIEW) is None
    assert roles.scope(User.objects.create_superuser("dana"), VIEW) is None


def test_whoever_may_no_longer_sign_in_may_nothing() -> None:
    meeting = MeetingFactory()
    user = given(Role.ADMINISTRATOR)
    user.is_active = False
    user.save()
    gone = User.objects.get(pk=user.pk)
    assert not gone.has_perm(VIEW, meeting) and not gone.has_module_perms("registration")
    assert not AnonymousUser().has_perm(VIEW)


def test_rows_are_narrowed_to_the_meetings_of_the_role_with_one_query() -> None:
    hers, other = SubmissionFactory(), SubmissionFactory()
    user = given(Role.VIEWER, meeting=hers.meeting)
    people = type(hers).objects.all()
    assert list(roles.only(people, user, VIEW)) == [hers]
    assert list(roles.only(people, user, REVIEW)) == []
    assert list(roles.only(Meeting.objects.all(), user, VIEW, path="")) == [hers.meeting]
    assert roles.may(user, VIEW, [hers.meeting]) and not roles.may(user, VIEW, [hers.meeting, other.meeting])


def test_the_roles_of_a_request_s_user_are_read_once() -> None:
    hers = SubmissionFactory()
    pk = given(Role.VIEWER, meeting=hers.meeting).pk
    user = SimpleLazyObject(lambda: User.objects.get(pk=pk))
    assert roles.scope(user, VIEW) == frozenset({hers.meeting.pk})
    with CaptureQueriesContext(connection) as queries:
        assert (roles.scope(user, VIEW), roles.may(user, REVIEW, [hers.meeting])) == (
            frozenset({hers.meeting.pk}),
            False,
        )
        assert user.has_perm(VIEW, hers.meeting)
    assert [query["sql"] for query in queries] == []
