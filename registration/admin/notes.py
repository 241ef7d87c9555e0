"""What staff note about one person: notes, tags, and who is to look at them; shown and changed where they are read."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from registration.admin.base import StaffAdmin, acting_user
from registration.admin.undo import way_back
from registration.flow import noting
from registration.forms.fields import LinesField
from registration.models import Submission
from registration.models.staff import Note, Tag

URL_NAME = "registration_submission_note"

_MOST_NOTES = 100


class TagForm(forms.Form):
    """The name of a tag: one line, without spaces around or more than one inside."""

    name = forms.CharField(label=gettext_lazy("Tag"), max_length=Tag._meta.get_field("name").max_length)

    def clean_name(self) -> str:
        """The name as it is stored: the same letters are one tag."""
        return " ".join(str(self.cleaned_data["name"]).split())


class NoteForm(forms.Form):
    """The text of a note."""

    note = LinesField(
        label=gettext_lazy("Note"),
        max_length=Note._meta.get_field("text").max_length,
        widget=AdminTextareaWidget(attrs={"dir": "auto"}),
        error_messages={"required": gettext_lazy("Write a note first: it is empty.")},
    )


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """Where notes, tags and assignments are posted to."""
    view = model_admin.admin_site.admin_view(require_POST(partial(_post, model_admin)))
    return [path("<int:pk>/note/", view, name=URL_NAME)]


def panel(model_admin: StaffAdmin, request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """What notes.html shows."""
    may_note = model_admin.has_review_permission(request, submission) and submission.erase_asked_at is None
    meetings = [submission.meeting_id]
    return {
        "notes": submission.notes.select_related("by")[:_MOST_NOTES],
        "tags": [tag.name for tag in submission.tags.all()],
        "assigned_to": submission.assigned_to,
        "may_note": may_note,
        "suggestions": noting.tags_in_use(meetings) if may_note else [],
        "assignable": noting.assignable(meetings) if may_note else [],
        "address": reverse(f"admin:{URL_NAME}", args=[submission.pk]),
        "next": request.get_full_path(),
    }


def _post(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Do what was asked for, and go back to where it was."""
    submission = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    if not model_admin.has_review_permission(request, submission):
        raise PermissionDenied
    by, one = acting_user(request), Submission.objects.filter(pk=pk)
    back = way_back(request) or model_admin.object_address(request, submission)
    if "note" in request.POST:
        note = NoteForm(request.POST)
        if not note.is_valid():
            return _note_page(model_admin, request, submission, note, back=back)
        if not noting.note(submission, note.cleaned_data["note"], by=by, at=timezone.now()):
            messages.warning(request, _("Nothing was noted: their data were erased meanwhile."))
    elif "tag" in request.POST or "untag" in request.POST:
        form = TagForm({"name": request.POST.get("tag", request.POST.get("untag"))})
        if not form.is_valid():
            messages.error(request, _("A tag is a word or a few, of at most 40 characters."))
        elif "tag" in request.POST:
            noting.tag(one, form.cleaned_data["name"], by=by)
        else:
            noting.untag(one, form.cleaned_data["name"], by=by)
    elif "assign" in request.POST:
        _assign(request, submission)
    return HttpResponseRedirect(back)


def _note_page(
    model_admin: StaffAdmin, request: HttpRequest, submission: Submission, form: NoteForm, *, back: str
) -> HttpResponse:
    """What was typed, and what is wrong with it."""
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("New note"),
        "purpose": _("Attendees never see it."),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "original": submission,
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "admin/registration/submission/note.html", context)


def _assign(request: HttpRequest, submission: Submission) -> None:
    to = chosen_user(request.POST["assign"], noting.assignable([submission.meeting_id]))
    if to is None and request.POST["assign"]:
        messages.error(request, _("Choose somebody who may review registrations for this meeting."))
    else:
        noting.assign(Submission.objects.filter(pk=submission.pk), to=to, by=acting_user(request))


def chosen_user(key: str, offered: list[User]) -> User | None:
    """The one of the offered whose key it is."""
    return next((user for user in offered if str(user.pk) == key), None)
