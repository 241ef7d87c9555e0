"""The form behind a meeting's page, and the questions and rules on it."""

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminRadioSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration.admin.look import ColorField
from registration.admin.rows import KeepsAnswers, RowForm, Rows
from registration.flow import queries
from registration.models import Account, ApprovalRule, Meeting, Question
from registration.states import WaitingList
from registration.validators import validate_time_zone


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


def has_choice_of_accounts() -> bool:
    """Whether there is any account besides that of the settings."""
    return Account.objects.filter(is_from_settings=False).exists()


class MeetingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A meeting, whose times are entered in its own time zone (see ``posted_or_own_zone``)."""

    send_email = forms.TypedChoiceField(
        label=Meeting._meta.get_field("send_email").verbose_name.capitalize(),
        choices=Meeting._meta.get_field("send_email").choices or (),
        coerce=lambda value: str(value) == "True",
        initial=True,
        help_text=_(
            "One of them always does, and never both. Only Webex’s mail has the link for joining. Where the meeting "
            "has no Webex meeting id, the portal writes."
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
        choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())],
        help_text=_("The times on this page are times in this zone."),
    )

    accent_color = ColorField(
        label=Meeting._meta.get_field("accent_color").verbose_name.capitalize(),
        required=False,
        help_text=Meeting._meta.get_field("accent_color").help_text,
        widget=forms.TextInput(attrs={"spellcheck": "false", "size": 10}),
    )

    def clean(self) -> dict[str, Any] | None:
        """Keep what Webex calls the meeting by, while anybody is registered there, or may be."""
        cleaned = super().clean()
        self._check_places_and_times(cleaned or {})
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


class QuestionRow(RowForm):
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


class QuestionInline(admin.TabularInline):  # type: ignore[type-arg]
    """The questions, in the order in which they are asked; options have a page of their own."""

    model = Question
    form = QuestionRow
    formset = QuestionRows
    extra = 0
    show_change_link = True
    fields = ("position", "text", "type", "is_required", "max_length", "is_retired", "webex_id")
    verbose_name_plural = _("questions (options: press “Change”)")


class RuleInline(admin.TabularInline):  # type: ignore[type-arg]
    """The approval rules, in the order in which they are tried."""

    model = ApprovalRule
    form = RowForm
    formset = Rows
    extra = 0
    fields = ("order", "field", "question", "condition", "value", "match_case", "result")
    verbose_name_plural = _(
        "approval rules (“Refresh from Webex” replaces them by Webex’s, also those that were made by hand)"
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApprovalRule]:
        """With the question, which every rule names."""
        return super().get_queryset(request).select_related("question")

    def get_formset(self, request: HttpRequest, obj: Meeting | None = None, **kwargs: Any) -> Any:
        """Offer the questions of this meeting, read once for all the rules."""
        formset = super().get_formset(request, obj, **kwargs)
        if "question" in formset.form.base_fields:
            formset.form.base_fields["question"] = _choice_of(list(obj.questions.all()) if obj else [])
        return formset


def _choice_of(questions: Sequence[Question]) -> forms.TypedChoiceField:
    """A choice of one of the questions or none; without links to add, change or delete one: those are above."""

    def chosen(key: object) -> Question:
        for question in questions:
            if str(question.pk) == str(key):
                return question
        raise ValueError

    return forms.TypedChoiceField(
        label=ApprovalRule._meta.get_field("question").verbose_name,
        choices=[("", "---------"), *((question.pk, question.text) for question in questions)],
        coerce=chosen,
        empty_value=None,
        required=False,
    )
