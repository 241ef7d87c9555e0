"""Copy a meeting with its form: ask for what is the copy's own, and say what it does not have."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.admin.base import StaffAdmin, acting_user, meeting_for
from registration.flow import meeting_copy
from registration.models import Meeting
from registration.validators import validate_year

COPY = "registration_meeting_copy"
"""The name of the address."""


def _time_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, validators=[validate_year])


class CopyForm(forms.Form):
    """What the copy has of its own. The times are in the source's time zone, as everything on its pages."""

    required_css_class = "required"

    title = forms.CharField(label=gettext_lazy("Title"), max_length=300, widget=AdminTextInputWidget({"dir": "auto"}))
    slug = forms.SlugField(
        label=gettext_lazy("Short name in the address"), max_length=100, widget=AdminTextInputWidget()
    )
    start_at = _time_field(gettext_lazy("Starts at"))
    end_at = _time_field(gettext_lazy("Ends at"))

    def clean_slug(self) -> str:
        """A name that no other meeting has."""
        slug: str = self.cleaned_data["slug"]
        if Meeting.objects.filter(slug=slug).exists():
            raise ValidationError(_("Another meeting has this short name already. Choose another."))
        return slug

    def clean(self) -> dict[str, Any] | None:
        """A meeting that ends after it starts."""
        cleaned = super().clean() or {}
        start_at, end_at = cleaned.get("start_at"), cleaned.get("end_at")
        if start_at and end_at and end_at < start_at:
            self.add_error("end_at", _("The meeting cannot end before it starts."))
        return cleaned


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The address of the page, below that of the meeting."""
    view = model_admin.admin_site.admin_view
    return [path("<int:pk>/copy/", view(partial(copy_page, model_admin)), name=COPY)]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str] | None:
    """The way there, for those who may add meetings."""
    return (_("Copy"), reverse(f"admin:{COPY}", args=[meeting.pk])) if _may_copy(model_admin, request) else None


def _may_copy(model_admin: StaffAdmin, request: HttpRequest) -> bool:
    return model_admin.has_add_permission(request) and model_admin.has_view_permission(request)


def copy_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for what is the copy's own; copy, and go to the new meeting."""
    source = meeting_for(model_admin, request, pk, verb="view")
    if not _may_copy(model_admin, request):
        raise PermissionDenied
    with timezone.override(source.zone):
        form = CopyForm(request.POST or None, initial=_initial(source))
        if form.is_valid() and (copied := _copy(request, source, form)):
            model_admin.log_addition(request, copied, "Copied from another meeting.")
            messages.success(request, _("“%s” was copied. The copy is not published.") % source)
            for words in meeting_copy.not_copied():
                messages.info(request, _("Not copied: %s") % words)
            return HttpResponseRedirect(reverse("admin:registration_meeting_change", args=[copied.pk]))
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Copy a meeting with its form"),
            "purpose": _("Make a new meeting with the settings and the form of this one."),
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
            "meeting": source,
            "form": form,
            "not_copied": meeting_copy.not_copied(),
            "back": reverse("admin:registration_meeting_change", args=[source.pk]),
        }
        response = TemplateResponse(request, "admin/registration/form_editor/copy.html", context)
        # Here, since it would otherwise be rendered after the zone was left.
        return response.render()


def _copy(request: HttpRequest, source: Meeting, form: CopyForm) -> Meeting | None:
    """The copy; nothing where another meeting got the short name at the same moment, which the form says."""
    try:
        return meeting_copy.copy(source, **form.cleaned_data, by=acting_user(request))
    except IntegrityError:
        form.add_error("slug", _("Another meeting has this short name already. Choose another."))
        return None


def _initial(source: Meeting) -> dict[str, Any]:
    return {
        "title": source.title,
        "slug": f"{source.slug[:90]}-copy",
        "start_at": source.start_at,
        "end_at": source.end_at,
    }
