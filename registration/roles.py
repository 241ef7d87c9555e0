"""Roles: what each may do, and for which meetings somebody may do it.

Django's own permissions hold for every meeting, as ever. A role adds to them, for a meeting, a group of meetings, or
every meeting. ``user.has_perm("registration.change_submission", meeting)`` tells of that meeting; without one it tells
whether there is any for which it holds, and ``scope`` says which.
"""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, TypeVar

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from registration.models import Meeting, RoleAssignment

M = TypeVar("M", bound=Model)
Role = RoleAssignment.Role

_APP = "registration"
_VIEWS = "view_meeting view_submission view_batch view_mail view_unknownregistrant view_question view_option"
_OF_ROLE: dict[str, str] = {
    Role.VIEWER: _VIEWS,
    Role.REVIEWER: "change_submission change_batch change_mail change_unknownregistrant view_declinereason",
    Role.MANAGER: (
        "change_meeting delete_submission add_question change_question delete_question add_option change_option "
        "delete_option view_approvalrule add_approvalrule change_approvalrule delete_approvalrule view_logo add_logo "
        "change_logo delete_logo view_mailtext add_mailtext change_mailtext delete_mailtext add_declinereason "
        "change_declinereason delete_declinereason view_auditentry"
    ),
    Role.ADMINISTRATOR: "view_roleassignment add_roleassignment change_roleassignment delete_roleassignment",
}
"""What each role may do that the one before it may not."""

_FOR_EVERY_MEETING: dict[str, str] = {
    Role.MANAGER: "add_meeting delete_meeting view_account",
    Role.ADMINISTRATOR: (
        "add_account change_account delete_account view_meetinggroup add_meetinggroup change_meetinggroup "
        "delete_meetinggroup"
    ),
}
"""What it may do besides where it holds for every meeting: about what belongs to no meeting."""

_ORDER = [Role.VIEWER, Role.REVIEWER, Role.MANAGER, Role.ADMINISTRATOR]

SEE_PEOPLE = (f"{_APP}.view_submission", f"{_APP}.change_submission")
"""Whoever has any of these for a meeting sees its people, and how many they are."""

ADD_MEETING = f"{_APP}.add_meeting"
SEE_PRIVATE = f"{_APP}.change_meeting"
"""Who may change a meeting sees the answers to its private questions."""


@cache
def permissions(role: str, *, for_every_meeting: bool = False) -> frozenset[str]:
    """The permissions of a role, such as ``registration.view_meeting``."""
    tables = [_OF_ROLE, _FOR_EVERY_MEETING] if for_every_meeting else [_OF_ROLE]
    upto = _ORDER[: _ORDER.index(Role(role)) + 1]
    return frozenset(f"{_APP}.{name}" for table in tables for each in upto for name in table.get(each, "").split())


class RoleBackend(BaseBackend):
    """Django's authentication backend that answers from roles. It signs nobody in."""

    def has_perm(self, user_obj: "AbstractBaseUser | AnonymousUser", perm: str, obj: Model | None = None) -> bool:
        """Whether a role gives the permission for the meeting ``obj``, or for any; and what Django gives for all."""
        if not user_obj.is_active or not user_obj.is_authenticated:
            return False
        if obj is None:
            return any(perm in permissions(each.role, for_every_meeting=each.is_for_all) for each in _roles(user_obj))
        if not isinstance(obj, Meeting):
            return False
        return _has_for_all(user_obj, perm) or any(
            perm in permissions(each.role) for each in _roles(user_obj) if each.is_about(obj)
        )

    def has_module_perms(self, user_obj: "AbstractBaseUser | AnonymousUser", app_label: str) -> bool:
        """Whether they have any role."""
        return user_obj.is_active and user_obj.is_authenticated and app_label == _APP and bool(_roles(user_obj))


def scope(user: Any, *perms: str) -> frozenset[int] | None:
    """The primary keys of the meetings for which the user has any of these permissions; ``None``: all of them."""
    if any(_has_for_all(user, perm) for perm in perms):
        return None
    granting = [each for each in _roles(user) if any(perm in permissions(each.role) for perm in perms)]
    key = tuple(sorted(perms))
    kept: dict[tuple[str, ...], frozenset[int]] | None = getattr(user, "_role_scopes", None)
    if kept is None:
        kept = user._role_scopes = {}
    if key not in kept:
        meetings = {each.meeting_id for each in granting if each.meeting_id is not None}
        groups = {each.group_id for each in granting if each.group_id is not None}
        if groups:
            meetings.update(Meeting.objects.filter(group__in=groups).order_by().values_list("pk", flat=True))
        kept[key] = frozenset(meetings)
    return kept[key]


def groups(user: Any, perm: str) -> frozenset[int] | None:
    """The primary keys of the groups of meetings for which the user has the permission as such; ``None``: all."""
    if _has_for_all(user, perm):
        return None
    return frozenset(
        each.group_id for each in _roles(user) if each.group_id is not None and perm in permissions(each.role)
    )


def may_all_of(user: Any, perm: str, *, meeting: int | None, group: int | None) -> bool:
    """Whether the user has the permission for all that a role is about: a meeting, a group, or, without them, all."""
    if meeting is not None:
        return may(user, perm, [meeting])
    found = groups(user, perm)
    return found is None or (group is not None and group in found)


def only(rows: QuerySet[M], user: Any, *perms: str, path: str = "meeting") -> QuerySet[M]:
    """Those of the rows whose meeting is one for which the user has any of these permissions.

    ``path`` leads from a row to its meeting; empty where the rows are meetings.
    """
    found = scope(user, *perms)
    return rows if found is None else rows.filter(**{f"{path or 'pk'}__in": found})


def may(user: Any, perm: str, meetings: Iterable[Meeting | int]) -> bool:
    """Whether the user has the permission for each of these meetings."""
    found = scope(user, perm)
    return found is None or all((each.pk if isinstance(each, Meeting) else each) in found for each in meetings)


def visible_questions(user: Any) -> Q:
    """The condition under which a question's answers may be shown to the user: it is not private, or they manage it."""
    found = scope(user, SEE_PRIVATE)
    return Q() if found is None else Q(is_private=False) | Q(meeting__in=found)


class _Assignment:
    """A role as it is asked about, without its rows."""

    def __init__(self, role: str, meeting_id: int | None, group_id: int | None) -> None:
        self.role, self.meeting_id, self.group_id = role, meeting_id, group_id

    @property
    def is_for_all(self) -> bool:
        return self.meeting_id is None and self.group_id is None

    def is_about(self, meeting: Meeting) -> bool:
        return self.is_for_all or self.meeting_id == meeting.pk or (self.group_id or 0) == meeting.group_id


def _roles(user: Any) -> Collection[_Assignment]:
    """The user's roles, read once for each time the user is read."""
    found: list[_Assignment] | None = getattr(user, "_role_assignments", None)
    if found is None:
        rows = RoleAssignment.objects.filter(user=user.pk).order_by().values_list("role", "meeting", "group")
        # Not into its __dict__: that of a request's user is not the user's.
        found = user._role_assignments = [_Assignment(*row) for row in rows]
    return found


def _has_for_all(user: Any, perm: str) -> bool:
    """Whether the user has it for every meeting: as a superuser, by Django's own permissions, or by a role for all."""
    if not user.is_active:
        return False
    if user.is_superuser or perm in ModelBackend().get_all_permissions(user):
        return True
    return any(each.is_for_all and perm in permissions(each.role, for_every_meeting=True) for each in _roles(user))
