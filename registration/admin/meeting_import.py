"""Importing a meeting and its registration form from Webex."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.accounts import Clients
from registration.admin.at_webex import with_webex
from registration.admin.base import StaffAdmin, WhenEmpty, acting_user
from registration.admin.form_editor import may_edit
from registration.admin.meeting_form import account_field, has_choice_of_accounts
from registration.flow import form_import
from registration.models import Meeting


class ImportForm(forms.Form):
    """What ``form_import.import_meeting`` wants to know."""

    required_css_class = "required"

    webex_id = forms.CharField(
        label=gettext_lazy("Webex meeting id"),
        max_length=200,
        widget=AdminTextInputWidget(attrs={"spellcheck": "false", "autofocus": True, "size": 40}),
        help_text=gettext_lazy("The id of the meeting series: 32 characters, with or without hyphens."),
    )
    account = account_field(
        label=gettext_lazy("Webex account"),
        empty_label=gettext_lazy("the account of the settings"),
    )
    host_email = forms.EmailField(
        label=gettext_lazy("Act for the host"),
        required=False,
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("The host's e-mail address, for a token with admin scopes. Otherwise leave it empty."),
    )
    current = forms.BooleanField(label=gettext_lazy("Only the current meeting of the series"), required=False)
    slug = forms.SlugField(
        label=gettext_lazy("Short name in the address"),
        max_length=100,
        required=False,
        widget=AdminTextInputWidget(),
        help_text=gettext_lazy("Empty: made from the title."),
    )
    approval = forms.ChoiceField(
        label=gettext_lazy("Approval"),
        required=False,
        choices=Meeting.Approval.choices,
        initial=Meeting.Approval.MANUAL,
    )
    publish = forms.BooleanField(label=gettext_lazy("Publish the sign-up page at once"), required=False)

    def __init__(self, *args: Any, has_accounts: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_accounts:
            del self.fields["account"]


def may_import(model_admin: StaffAdmin, request: HttpRequest) -> bool:
    """Whether the user may import: it leads to a new meeting’s page, or to the refresh of one."""
    return model_admin.has_add_permission(request) and model_admin.has_change_permission(request)


def when_there_is_none(model_admin: StaffAdmin, request: HttpRequest) -> WhenEmpty:
    """What to do where there is no meeting that the user may see."""
    if not may_import(model_admin, request):
        return WhenEmpty(_("There is no meeting here for you yet: ask whoever gives roles here for one."))
    words = _("There is no meeting yet: import one from Webex, whose form comes along, or make one by hand.")
    ways = [
        (_("Import one from Webex"), reverse("admin:registration_meeting_import")),
        (_("Make one by hand"), reverse("admin:registration_meeting_add")),
    ]
    return WhenEmpty(words, ways)


def import_page(model_admin: StaffAdmin, request: HttpRequest) -> HttpResponse:
    """Ask which meeting to import; import it and go to its page. What Webex or we refuse is said on the form's page.

    A meeting that is here already is left as it is: its refresh shows first what would change.
    """
    if not may_import(model_admin, request):
        raise PermissionDenied
    form = ImportForm(request.POST or None, has_accounts=has_choice_of_accounts(request))
    found = _import(request, form.cleaned_data) if form.is_valid() else None
    if isinstance(found, form_import.Imported):
        tell_imported(model_admin, request, found)
        return HttpResponseRedirect(reverse("admin:registration_meeting_change", args=[found.meeting.pk]))
    if found is not None and may_edit(request, found):
        return _to_refresh(request, found, has_choices=set(form.changed_data) != {"webex_id"})
    if found is not None:
        messages.error(request, _("This meeting is here already, and you may not change it: ask whoever may."))
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Import a meeting from Webex"),
        "purpose": _("Bring a meeting and its form over from Webex. One that is here already is not changed."),
        "opts": model_admin.opts,
        "form": form,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/registration/meeting/import.html", context)


def _import(request: HttpRequest, given: dict[str, Any]) -> form_import.Imported | Meeting | None:
    """Import as the form says. The meeting, as it is, where it is here already; nothing where Webex or we refused,
    which a message says.
    """

    def call(clients: Clients) -> form_import.Imported | Meeting:
        try:
            return form_import.import_meeting(
                given["webex_id"],
                clients=clients,
                account=given.get("account"),
                host_email=given["host_email"],
                current=given["current"],
                slug=given["slug"],
                approval=given["approval"] or None,
                publish=given["publish"],
                may_update=False,
                by=acting_user(request),
            )
        except form_import.HereAlready as error:
            return error.meeting

    return with_webex(request, call)


def _to_refresh(request: HttpRequest, meeting: Meeting, *, has_choices: bool) -> HttpResponse:
    """Lead to what a refresh of the meeting would change; ``has_choices``: whether more than its id was entered."""
    messages.info(
        request,
        _("“%s” is here already. What reading it again from Webex would change is shown first; nothing is changed yet.")
        % meeting,
    )
    if has_choices:
        messages.warning(request, _("What else you entered was not taken: it is set on the meeting’s own page."))
    return HttpResponseRedirect(reverse("admin:registration_meeting_form_refresh", args=[meeting.pk]))


def tell_imported(model_admin: StaffAdmin, request: HttpRequest, imported: form_import.Imported) -> None:
    """Log it, and say what was done and what changed."""
    meeting = imported.meeting
    if imported.is_new:
        model_admin.log_addition(request, meeting, "Imported from Webex.")
        messages.success(request, _("“%s” was imported from Webex.") % meeting)
    else:
        model_admin.log_change(request, meeting, "Read again from Webex.")
        messages.success(request, _("“%s” was read again from Webex.") % meeting)
    for note in imported.notes:
        messages.info(request, str(note))
