"""A meeting's own words for each kind of mail: the list, and a page to write and preview one of them."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registration import audit
from registration.admin import edits
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.html_page import html_page
from registration.flow import post, telling
from registration.forms.fields import LinesField
from registration.mail import own_words, sample
from registration.mail.message import Letter, addressed
from registration.mail.own_words import Words
from registration.models import Mail, MailText, Meeting
from registration.placeholders import PLACEHOLDERS, complaints

LIST, EDIT = "registration_meeting_mails", "registration_meeting_mail"
"""The names of the addresses."""


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """Subject and text, whose placeholders must be some that there are."""

    class Meta:
        model = MailText
        fields = ("subject", "text")
        field_classes = {"text": LinesField}
        widgets = {
            "subject": AdminTextInputWidget(attrs={"dir": "auto"}),
            "text": AdminTextareaWidget(attrs={"rows": 12, "dir": "auto"}),
        }
        help_texts = {
            "subject": gettext_lazy("Empty: the portal’s own."),
            "text": gettext_lazy(
                "What the mail begins with, after “Hello” and the name. An empty line begins a paragraph; addresses "
                "that begin with https:// become links. Empty: the portal’s own."
            ),
        }

    def clean_subject(self) -> str:
        """Without a placeholder that there is not."""
        return self._checked("subject")

    def clean_text(self) -> str:
        """Without a placeholder that there is not."""
        return self._checked("text")

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if problems := complaints(text):
            raise ValidationError(problems)
        return text


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of both pages, below that of the meeting."""
    view = model_admin.admin_site.admin_view
    return [
        path("<int:pk>/mails/", view(require_safe(partial(list_page, model_admin))), name=LIST),
        path("<int:pk>/mails/<slug:kind_name>/", view(partial(edit_page, model_admin)), name=EDIT),
    ]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str]:
    """The way there."""
    return _("Texts of mails"), reverse(f"admin:{LIST}", args=[meeting.pk])


def list_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The kinds of mails, which of them have words of the meeting's own, and which are sent at all."""
    meeting = _meeting(model_admin, request, pk)
    theirs = own_words.theirs([meeting.pk])
    kinds = [
        {
            "label": kind.label,
            "address": reverse(f"admin:{EDIT}", args=[meeting.pk, kind]),
            "subject": own_words.of(kind, meeting, theirs).subject,
            "is_own": any(theirs.get((meeting.pk, kind), ())),
            **_unsent(kind, meeting),
        }
        for kind in Mail.Kind
    ]
    return _page(model_admin, request, meeting, "list", title=_("Texts of mails"), kinds=kinds)


def edit_page(model_admin: StaffAdmin, request: HttpRequest, pk: int, kind_name: str) -> HttpResponse:
    """Write the words for one kind. They are stored by one of the buttons; the others show or mail what they make."""
    meeting = _meeting(model_admin, request, pk)
    if kind_name not in Mail.Kind.values:
        raise Http404
    kind = Mail.Kind(kind_name)
    may_change = model_admin.has_change_permission(request, meeting)
    stored = MailText.objects.filter(meeting=meeting, kind=kind).first() or MailText(meeting=meeting, kind=kind)
    form = TextForm(request.POST or None, instance=stored)
    letter = None
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if form.is_valid():
            if "save" in request.POST:
                return _save(model_admin, request, meeting, form)
            letter = _letter(meeting, kind, form)
            if "html" in request.POST:
                return html_page(letter.html)
            if "test" in request.POST:
                _send_test(request, meeting, kind, letter)
    ours = own_words.portal(kind, meeting)
    return _page(
        model_admin,
        request,
        meeting,
        "edit",
        title=capfirst(kind.label),
        form=form,
        letter=letter,
        ours=ours,
        placeholders=[(f"{{{name}}}", words) for name, words in PLACEHOLDERS.items()],
        may_change=may_change,
        own_address=acting_user(request).email,
        own_account=_own_account(request),
        **_unsent(kind, meeting),
    )


def _own_account(request: HttpRequest) -> str:
    """Where whoever is signed in can give themselves an address; empty where they may not."""
    user = acting_user(request)
    return reverse("admin:auth_user_change", args=[user.pk]) if user.has_perm("auth.change_user") else ""


def _unsent(kind: Mail.Kind, meeting: Meeting) -> dict[str, str]:
    return {"why_unsent": telling.why_unsent(kind, meeting), "exception": telling.exception(kind, meeting)}


def _save(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, form: TextForm) -> HttpResponse:
    text = form.save(commit=False)
    with transaction.atomic():
        if text.subject or text.text:
            text.save()
            messages.success(request, _("Stored: from now on these mails begin with your words."))
        else:
            MailText.objects.filter(meeting=meeting, kind=text.kind).delete()
            messages.success(request, _("Stored: these mails begin with the portal’s own words."))
        model_admin.log_change(request, meeting, f"Changed the text of the mail “{text.kind}”.")
        edits.note(acting_user(request), meeting, form, (), is_new=False)
    return HttpResponseRedirect(reverse(f"admin:{LIST}", args=[meeting.pk]))


def _letter(meeting: Meeting, kind: Mail.Kind, form: TextForm) -> Letter:
    typed = Words(form.cleaned_data["subject"], form.cleaned_data["text"])
    return sample.to_somebody(meeting, kind, at=timezone.now(), theirs={(meeting.pk, kind): typed})


def _send_test(request: HttpRequest, meeting: Meeting, kind: Mail.Kind, letter: Letter) -> None:
    """Mail it to who is signed in, at once, and say whether that worked."""
    email = acting_user(request).email
    if not email:
        messages.error(request, _("Nothing was sent: your own account here has no e-mail address."))
        return
    person = sample.made_up(meeting, kind, at=timezone.now())
    if failure := post.try_out(addressed(letter, person, to=email)):
        messages.error(request, _("The mail server did not take it: %(failure)s.") % {"failure": failure})
    else:
        audit.note(acting_user(request), audit.Action.MAILED, meeting=meeting, words=_("A test mail to themselves."))
        messages.success(request, _("A test mail is on its way to %(email)s.") % {"email": email})


def _meeting(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> Meeting:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    meeting: Meeting = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    return meeting


def _page(
    model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, template: str, **more: Any
) -> TemplateResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "purpose": _("How the mails of this meeting begin: in the portal’s words, or in your own."),
        "meeting": meeting,
        "back": reverse("admin:registration_meeting_change", args=[meeting.pk]),
        "list": reverse(f"admin:{LIST}", args=[meeting.pk]),
        **more,
    }
    return TemplateResponse(request, f"admin/registration/meeting/mails_{template}.html", context)
