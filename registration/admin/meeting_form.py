"""The form behind a meeting's page, and the questions on it."""

import zoneinfo
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminRadioSelect
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration import roles
from registration.admin.long_select import LongSelect
from registration.admin.look import ColorField
from registration.admin.meanwhile import MergedForm
from registration.admin.rows import KeepsAnswers, RowForm, RowsInline
from registration.flow import queries
from registration.models import Account, Meeting, Question
from registration.states import WaitingList
from registration.validators import time_zones, validate_time_zone


class SeriesIdField(forms.CharField):
    """A Webex series id, which other Cisco tools show with hyphens and in capitals."""

    def to_python(self, value: Any) -> str:
        """Without hyphens, in lower case."""
        return (super().to_python(value) or "").replace("-", "").lower()


def account_field(*, label: Any, empty_label: Any, help_text: Any = "") -> "forms.ModelChoiceField[Account]":
    """A choice of one of the accounts that are kept here; none of them stands for the account of the settings."""
    return forms.ModelChoiceField(
        Account.objects.filter(is_from_settings=False),
        label=label,
        empty_label=empty_label,
        help_text=help_text,
        required=False,
    )


def may_see_accounts(request: HttpRequest) -> bool:
    """Whether the user may look at the Webex accounts, which belong to no meeting."""
    return any(request.user.has_perm(f"registration.{verb}_account") for verb in ("view", "change"))


def has_choice_of_accounts(request: HttpRequest) -> bool:
    """Whether there is any account besides that of the settings, and the user may see it; asked once for a page."""
    if not hasattr(request, "has_choice_of_accounts"):
        others = Account.objects.filter(is_from_settings=False)
        request.has_choice_of_accounts = may_see_accounts(request) and others.exists()  # type: ignore[attr-defined]
    return request.has_choice_of_accounts  # type: ignore[attr-defined, no-any-return]


def withheld(request: HttpRequest) -> set[str]:
    """The fields of a meeting that the user is not offered: they are about more than this meeting."""
    return {
        *(() if may_see_accounts(request) else ("account",)),
        *(() if roles.scope(request.user, "registration.change_meeting") is None else ("group",)),
    }


def shown_only(request: HttpRequest) -> set[str]:
    """The fields of a meeting that the user only sees: with another one, they would read and write another meeting at
    Webex, for which they have no role.
    """
    manages_all = roles.scope(request.user, "registration.change_meeting") is None
    return set() if manages_all else {"webex_id", "host_email_parameter"}


class MeetingForm(MergedForm):
    """A meeting, whose times are entered in its own time zone (see ``posted_or_own_zone``)."""

    why_not_published: ClassVar[Sequence[str]] = ()
    """Why it cannot be published as it is posted (see ``publishing.py``); set where the form is made for a request."""

    send_email = forms.TypedChoiceField(
        label=Meeting._meta.get_field("send_email").verbose_name.capitalize(),
        choices=Meeting._meta.get_field("send_email").choices or (),
        coerce=lambda value: str(value) == "True",
        initial=True,
        help_text=_(
            "One of them always does, and never both. Only Webex’s mail has the link for joining. Where the meeting "
            "has no Webex meeting id, the portal writes. Where the portal writes, it also writes to approved people "
            "whom the host rejects at Webex."
        ),
        widget=AdminRadioSelect(attrs={"class": "radiolist"}),
    )

    webex_id = SeriesIdField(
        label=_("Webex meeting id"),
        required=False,
        help_text=Meeting._meta.get_field("webex_id").help_text,
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"}),
    )
    account = account_field(
        label=Meeting._meta.get_field("account").verbose_name,
        empty_label=_("the account of the settings"),
        help_text=_("In whose name Webex is called."),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        initial="UTC",
        choices=lambda: [(name, name) for name in sorted(time_zones())],
        widget=LongSelect,
        help_text=_("The times on this page are times in this zone."),
    )

    accent_color = ColorField(
        label=Meeting._meta.get_field("accent_color").verbose_name.capitalize(),
        required=False,
        help_text=Meeting._meta.get_field("accent_color").help_text,
        widget=forms.TextInput(attrs={"spellcheck": "false", "size": 10}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "holds_decisions" in self.fields:
            more = _("What is held when this is turned off stays in the outbox, and is still to be released there.")
            self.fields["holds_decisions"].help_text = f"{self.fields['holds_decisions'].help_text} {more}"

    def clean(self) -> dict[str, Any] | None:
        """Keep what Webex calls the meeting by, while anybody is registered there, or may be."""
        cleaned = super().clean()
        self._check_places_and_times(cleaned or {})
        for words in self.why_not_published:
            self.add_error("is_published", words)
        for name in {"webex_id", "current"} & set(self.changed_data):
            if self.instance.pk and (people := queries.at_webex(self.instance)):
                words = ngettext(
                    "%(count)d person is, or may be, at Webex under the present value: they would be looked for, and "
                    "registered again, under the new one. Import the other meeting as one of its own.",
                    "%(count)d people are, or may be, at Webex under the present value: they would be looked for, and "
                    "registered again, under the new one. Import the other meeting as one of its own.",
                    people,
                )
                self.add_error(name, words % {"count": people})
        return cleaned

    def _check_places_and_times(self, cleaned: dict[str, Any]) -> None:
        """Refuse what would have no effect, or another one than whoever entered it may think."""
        has_line = cleaned.get("waiting_list", WaitingList.NONE) != WaitingList.NONE
        if has_line and "capacity" in cleaned and cleaned["capacity"] is None:
            self.add_error("capacity", _("A waiting list needs a number of places."))
        until, end_at = cleaned.get("changes_until"), cleaned.get("end_at")
        if until and end_at and until > end_at:
            self.add_error("changes_until", _("Once the meeting is over, nobody can change anything."))


def posted_or_own_zone(request: HttpRequest, meeting: Meeting | None) -> zoneinfo.ZoneInfo:
    """The zone in which the times of a meeting's page are shown and read: as posted, else the meeting's own."""
    own = meeting.timezone if meeting else "UTC"
    name = request.POST.get("timezone", own)
    try:
        validate_time_zone(name)
    except forms.ValidationError:
        return zoneinfo.ZoneInfo(own)
    return zoneinfo.ZoneInfo(name)


class QuestionRow(MergedForm, RowForm):
    """A question, whose Webex id is checked together with those of the others (see ``QuestionRows``)."""

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | {"webex_id"}


class QuestionRows(KeepsAnswers):
    """The questions of a meeting, each with a Webex id of its own."""

    def clean(self) -> None:
        """Refuse a Webex id that another question has, or had before: rows are saved one after the other."""
        super().clean()
        holders = {form.initial.get("webex_id"): form for form in self.initial_forms}
        for form in self.forms:
            webex_id = form.cleaned_data.get("webex_id") if form not in self.deleted_forms else ""
            if webex_id and holders.setdefault(webex_id, form) is not form:
                form.add_error("webex_id", _("Another question has this Webex id."))


class QuestionInline(RowsInline):
    """The questions, in the order in which they are asked; options have a page of their own."""

    model = Question
    form = QuestionRow
    formset = QuestionRows
    extra = 0
    show_change_link = True
    fields = ("position", "text", "type", "is_required", "is_private", "max_length", "is_retired", "webex_id")
    verbose_name_plural = _("questions (options: press “Change”)")

    def get_fields(self, request: HttpRequest, obj: Meeting | None = None) -> Any:
        """With what is shown of each, for whoever may store something else."""
        return (*self.fields, "shown") if obj and self.has_change_permission(request, obj) else self.fields
