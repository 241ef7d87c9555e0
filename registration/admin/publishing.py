"""What would fail with the form that a meeting is published with, as the same save stores it, and as Webex has its own.

Webex is asked before the transaction that stores anything, and not for long: where it cannot be asked, that is said,
and what is known without it decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.admin.at_webex import tried
from registration.admin.base import StaffAdmin
from registration.flow import form_import
from registration.form_design.checks import Finding, findings
from registration.form_design.design import Design, design_of, with_questions
from registration.models import Meeting, Question

_MOST = 5
"""So many findings are told; the page “Form” tells all of them."""


@dataclass(frozen=True)
class _Found:
    """What was found; ``left_out``: what of Webex's form no refresh takes; ``why_not_asked``: why Webex was not."""

    findings: Sequence[Finding] = ()
    left_out: Sequence[str] = ()
    why_not_asked: str = ""


def look(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting | None) -> None:
    """Look at the form that the request would publish, if it would; ``refusals`` and ``warn`` say what was found.

    Called before anything is stored, and outside of the transaction that does. ``meeting`` gets what was posted.
    """
    if request.method == "POST" and "is_published" in request.POST and _may_publish(model_admin, request, meeting):
        request.found_on_publishing = _look(model_admin, request, meeting)  # type: ignore[attr-defined]


def refusals(request: HttpRequest, meeting: Meeting | None) -> list[str]:
    """Why the meeting is not published: with this form nobody at all, or nobody who answers, could be sent to Webex."""
    blocking = [finding for finding in _found(request).findings if finding.is_blocking]
    return list(_told(blocking, meeting))


def warn(request: HttpRequest, meeting: Meeting) -> None:
    """Say what of the form that is now published would fail at Webex, and where Webex could not be asked."""
    found = _found(request)
    for words in (*_told(found.findings, meeting), *found.left_out):
        messages.warning(request, words)
    if found.why_not_asked:
        words = _("It is published, though nobody knows whether Webex’s form is still the one here: %s")
        link = _link(meeting, _("Ask again: what would a refresh change?"))
        messages.warning(request, format_html("{} {}", words % found.why_not_asked, link))


def _may_publish(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting | None) -> bool:
    if meeting is None:
        return model_admin.has_add_permission(request)
    return not meeting.is_published and model_admin.has_change_permission(request, meeting)


def _look(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting | None) -> _Found:
    """What would fail; nothing where what was posted cannot be stored anyway."""
    fields = flatten_fieldsets(model_admin.get_fieldsets(request, meeting))
    form_class = model_admin.get_form(request, meeting, change=meeting is not None, fields=fields)
    form = form_class(request.POST, instance=meeting)
    # Django's own, so that the rows are read here as they are when they are stored.
    make: Any = model_admin._create_formsets  # type: ignore[attr-defined]
    formsets, _inlines = make(request, form.instance, change=meeting is not None)
    rows = [formset for formset in formsets if formset.model is Question]
    if not form.is_valid() or not form.instance.is_published or not all(formset.is_valid() for formset in rows):
        return _Found()
    posted: Meeting = form.instance
    design = _design(posted, rows)
    if not posted.webex_id:
        return _Found(findings(design, posted))
    read, why_not = tried(lambda clients: form_import.read_form(posted, clients=clients), is_hasty=True)
    seen, left_out = read or (None, [])
    return _Found(findings(design, posted, seen=seen), left_out, why_not)


def _design(meeting: Meeting, formsets: Sequence[Any]) -> Design:
    """The form as it would be stored; ``formsets`` are the questions on the page, if the user sees them there."""
    design = design_of(meeting)
    for formset in formsets:
        rows = (row for row in formset.forms if row not in formset.deleted_forms)
        design = with_questions(design, [row.instance for row in rows if row.instance.pk or row.has_changed()])
    return design


def _found(request: HttpRequest) -> _Found:
    return getattr(request, "found_on_publishing", _Found())


def _told(found: Sequence[Finding], meeting: Meeting | None) -> Iterator[str]:
    """What was found, a line each, the last with the way to what a refresh would change where that may mend it."""
    for finding in found[:_MOST]:
        yield f"{finding.words} {finding.advice}"
    if left := len(found[_MOST:]):
        yield ngettext("The page “Form” tells of %d more.", "The page “Form” tells of %d more.", left) % left
    if not any(finding.is_changed_there for finding in found):
        return
    if meeting is None:
        yield _("Save the meeting without publishing it: it can be refreshed from Webex then.")
    else:
        words = _("Webex’s form is not the one here.")
        yield format_html("{} {}", words, _link(meeting, _("See what a refresh from Webex would change.")))


def _link(meeting: Meeting, words: str) -> SafeString:
    address = reverse("admin:registration_meeting_form_refresh", args=[meeting.pk])
    return format_html('<a href="{}">{}</a>', address, words)
