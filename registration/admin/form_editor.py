"""The form editor of a meeting: fields, questions and options on one page, beside what attendees will see."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from registration.accounts import Clients
from registration.admin.at_webex import with_webex
from registration.admin.base import StaffAdmin, acting_user, meeting_for
from registration.admin.form_draft import Draft
from registration.flow import form_edit, form_push
from registration.form_design.checks import findings, of_rewording, reworded
from registration.form_design.design import Design, design_of
from registration.forms.draft import DraftForm
from registration.models import Meeting
from registration.webex.records import FormInfo

EDITOR, PREVIEW = "registration_meeting_form", "registration_meeting_form_preview"
"""The names of the addresses."""

_SALT = "registration.form_editor"
_PERMISSIONS = ("add_question", "change_question", "delete_question")


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of the editor and of its preview, below that of the meeting."""
    view = model_admin.admin_site.admin_view
    return [
        path("<int:pk>/form/", view(partial(editor_page, model_admin)), name=EDITOR),
        path("<int:pk>/form/preview/", view(require_POST(partial(preview_part, model_admin))), name=PREVIEW),
    ]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str] | None:
    """The way there, for those who may change the meeting and its questions."""
    return (_("Form"), reverse(f"admin:{EDITOR}", args=[meeting.pk])) if may_edit(request, meeting) else None


def may_edit(request: HttpRequest, meeting: Meeting) -> bool:
    """Whether the user may change the meeting's form."""
    return all(request.user.has_perm(f"registration.{perm}", meeting) for perm in ("change_meeting", *_PERMISSIONS))


def meeting_to_edit(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> Meeting:
    """The meeting, where the user may change it, and its form."""
    meeting = meeting_for(model_admin, request, pk, verb="change")
    if not may_edit(request, meeting):
        raise PermissionDenied
    return meeting


def editor_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form; on a POST do what the button says: store it, or show it as it was typed, changed by the button."""
    meeting = meeting_to_edit(model_admin, request, pk)
    stored = design_of(meeting)
    page = _Page(model_admin, request, meeting, stored)
    if request.method != "POST":
        return page.show(Draft.of(stored))
    draft = Draft.posted(request.POST, stored=stored)
    words = request.POST.get("do", "")
    if words == "save":
        return page.save(draft)
    if words == "check":
        return page.show(draft, seen=_read_webex(request, meeting), is_checked=True)
    if why_not := draft.act(words):
        messages.warning(request, why_not)
    return page.show(draft)


def preview_part(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """What attendees would see of the form as it is typed: a fragment of HTML that takes the place of the last one."""
    meeting = meeting_to_edit(model_admin, request, pk)
    draft = Draft.posted(request.POST, stored=design_of(meeting))
    return HttpResponse(_preview(meeting, draft.design()))


class _Page:
    """The answers to a request about one meeting's form."""

    def __init__(self, model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, stored: Design) -> None:
        self.model_admin, self.request, self.meeting, self.stored = model_admin, request, meeting, stored
        self.address = reverse(f"admin:{EDITOR}", args=[meeting.pk])

    def save(self, draft: Draft) -> HttpResponse:
        """Store the draft, unless something is wrong with it, or somebody else has changed the form."""
        if not draft.is_valid():
            return self.show(draft, status=400)
        shown, design = self._shown(), draft.design()
        by = acting_user(self.request)
        try:
            changes = form_edit.save(self.meeting, design, shown=shown, by=by)
        except form_edit.EditedMeanwhile as error:
            self.stored = design_of(self.meeting)
            draft.take_in(self.stored)
            return self.show(draft, status=409, meanwhile=error.changes)
        except form_edit.StillAnswered as error:
            messages.error(self.request, str(error.words))
            return self.show(draft, status=400)
        if changes:
            self.model_admin.log_change(self.request, self.meeting, "Changed the form.")
        self._tell(changes, design)
        return HttpResponseRedirect(self.address)

    def show(
        self,
        draft: Draft,
        *,
        status: int = 200,
        seen: FormInfo | None = None,
        is_checked: bool = False,
        meanwhile: Iterable[str] = (),
    ) -> HttpResponse:
        """The page with the draft, what would fail at Webex, and what attendees would see."""
        is_unsaved = draft.differs_from(self.stored)
        draft.mark_answered(form_edit.answered(self.meeting))
        typed = draft.design()
        design = Design(typed.uses, typed.questions, self.stored.rules)
        context = page_context(self.model_admin, self.request, self.meeting) | {
            "title": _("Form"),
            "purpose": _("What people are asked when they sign up, in this order. Nothing is stored before you save."),
            "address": self.address,
            "preview_address": reverse(f"admin:{PREVIEW}", args=[self.meeting.pk]),
            "draft": draft,
            "is_unsaved": is_unsaved,
            "shown": signing.dumps(self.stored.to_json(), salt=_SALT, compress=True),
            "findings": findings(design, self.meeting, seen=seen),
            "is_checked": is_checked and seen is not None,
            "meanwhile": list(meanwhile),
            "preview": _preview(self.meeting, typed),
        }
        return TemplateResponse(self.request, "admin/registration/form_editor/editor.html", context, status=status)

    def _shown(self) -> Design:
        """The form that the user was shown, as their browser sent it back; else none, so that nothing is the same."""
        try:
            told = signing.loads(self.request.POST.get("shown", ""), salt=_SALT)
        except signing.BadSignature:
            return Design(uses=dict.fromkeys(self.stored.uses, "hidden"))
        return Design.from_json(told)

    def _tell(self, changes: list[str], design: Design) -> None:
        if not changes:
            messages.info(self.request, _("Nothing was changed: this is what is stored already."))
            return
        words = ngettext("Saved: %d change.", "Saved: %d changes.", len(changes)) % len(changes)
        messages.success(self.request, words)
        if self.meeting.webex_id and (pairs := reworded(self.stored, design)):
            finding = of_rewording(pairs)
            messages.warning(self.request, f"{finding.words} {finding.advice}")
        elif self.meeting.webex_id:
            messages.info(self.request, _("Webex’s own form is as it was, until you push this one to it."))


def page_context(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What the pages about a meeting's form share."""
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "meeting": meeting,
        "back": reverse("admin:registration_meeting_change", args=[meeting.pk]),
        "editor": reverse(f"admin:{EDITOR}", args=[meeting.pk]),
    }


def _preview(meeting: Meeting, design: Design) -> SafeString:
    return render_to_string(
        "admin/registration/form_editor/preview.html", {"form": DraftForm(meeting=meeting, design=design)}
    )


def _read_webex(request: HttpRequest, meeting: Meeting) -> FormInfo | None:
    def read(clients: Clients) -> FormInfo:
        return form_push.read(meeting, clients=clients)

    return with_webex(request, read)
