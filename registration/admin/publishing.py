"""What would fail with the form that a meeting is published with, as the same save stores it: fields and questions."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets
from django.http import HttpRequest
from django.utils.translation import ngettext

from registration.admin.base import StaffAdmin
from registration.form_design.checks import Finding, findings
from registration.form_design.design import Design, design_of, with_questions
from registration.models import Meeting, Question

_MOST = 5
"""So many findings are told; the page “Form” tells all of them."""


def look(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting | None) -> None:
    """Look at the form that the request would publish, if it would; ``refusals`` and ``warn`` say what was found.

    Called before anything is stored, and outside of the transaction that does. ``meeting`` gets what was posted.
    """
    if request.method == "POST" and "is_published" in request.POST and _may_publish(model_admin, request, meeting):
        request.found_on_publishing = _found(model_admin, request, meeting)  # type: ignore[attr-defined]


def refusals(request: HttpRequest) -> list[str]:
    """Why the meeting is not published: with this form nobody at all could be sent to Webex."""
    return list(_told([finding for finding in _findings(request) if finding.is_blocking]))


def warn(request: HttpRequest) -> None:
    """Say what of the form that is now published would fail at Webex."""
    for words in _told(_findings(request)):
        messages.warning(request, words)


def _may_publish(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting | None) -> bool:
    if meeting is None:
        return model_admin.has_add_permission(request)
    return not meeting.is_published and model_admin.has_change_permission(request, meeting)


def _found(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting | None) -> list[Finding]:
    """What would fail; nothing where what was posted cannot be stored anyway."""
    fields = flatten_fieldsets(model_admin.get_fieldsets(request, meeting))
    form_class = model_admin.get_form(request, meeting, change=meeting is not None, fields=fields)
    form = form_class(request.POST, instance=meeting)
    # Django's own, so that the rows are read here as they are when they are stored.
    make: Any = model_admin._create_formsets  # type: ignore[attr-defined]
    formsets, _inlines = make(request, form.instance, change=meeting is not None)
    rows = [formset for formset in formsets if formset.model is Question]
    if not form.is_valid() or not form.instance.is_published or not all(formset.is_valid() for formset in rows):
        return []
    return findings(_design(form.instance, rows), form.instance)


def _design(meeting: Meeting, formsets: Sequence[Any]) -> Design:
    """The form as it would be stored; ``formsets`` are the questions on the page, if the user sees them there."""
    design = design_of(meeting)
    for formset in formsets:
        rows = (row for row in formset.forms if row not in formset.deleted_forms)
        design = with_questions(design, [row.instance for row in rows if row.instance.pk or row.has_changed()])
    return design


def _findings(request: HttpRequest) -> list[Finding]:
    return getattr(request, "found_on_publishing", [])


def _told(found: Sequence[Finding]) -> Iterator[str]:
    for finding in found[:_MOST]:
        yield f"{finding.words} {finding.advice}"
    if left := len(found[_MOST:]):
        yield ngettext("The page “Form” tells of %d more.", "The page “Form” tells of %d more.", left) % left
