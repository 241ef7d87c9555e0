"""Looks at attendees' data, noted in the audit: who looked at whom, and at which list, narrowed how."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from registration import audit
from registration.models import Submission

if TYPE_CHECKING:
    from registration.admin.base import StaffAdmin


def note_list(model_admin: "StaffAdmin", request: HttpRequest, shown: ChangeList) -> None:
    """Note a look at one page of a list, and by which filters it was narrowed.

    Its meeting is that of all who are on the page, where they are of one.
    """
    rows = list(shown.result_list)
    meetings = {meeting.pk for row in rows if (meeting := model_admin.audited_meeting(row)) is not None}
    audit.note(
        _by(request),
        audit.Action.LISTED,
        meeting=meetings.pop() if len(meetings) == 1 else None,
        thing=force_str(model_admin.opts.verbose_name_plural),
        count=len(rows),
        words=narrowed_by(model_admin, request, shown),
    )


def narrowed_by(model_admin: "StaffAdmin", request: HttpRequest, shown: ChangeList) -> str:
    """The titles of the filters that are in use, and never what was searched for or typed: that names people."""
    titles = [force_str(spec.title) for spec in shown.filter_specs if any(spec.used_parameters.values())]
    dates = model_admin.date_hierarchy
    if dates and any(name.startswith(f"{dates}__") for name in request.GET):
        titles.append(force_str(model_admin.opts.get_field(dates).verbose_name))  # type: ignore[union-attr]
    if request.GET.get(SEARCH_VAR):
        titles.append(_("a search"))
    return _("Narrowed by: %s.") % ", ".join(titles) if titles else ""


def note_page(model_admin: "StaffAdmin", request: HttpRequest, obj: Any, *, how: str = "") -> None:
    """Note a look at what shows somebody's data, or at several people's."""
    person = obj if isinstance(obj, Submission) else getattr(obj, "submission", None)
    number = "" if person is obj else f" {obj.pk}"
    audit.note(
        _by(request),
        audit.Action.VIEWED,
        meeting=model_admin.audited_meeting(obj),
        submission=person,
        thing=f"{model_admin.opts.verbose_name}{number}",
        words=how,
    )


def note(request: HttpRequest, thing: str) -> None:
    """Note a look at people's data of whatever meeting."""
    audit.note(_by(request), audit.Action.VIEWED, thing=thing)


def _by(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
