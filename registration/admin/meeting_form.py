"""The form behind a meeting's page, and the questions and rules on it."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registration.admin.questions import KeepsAnswers
from registration.models import ApprovalRule, Meeting, Question
from registration.validators import validate_time_zone


class SeriesIdField(forms.CharField):
    """A Webex series id, which other Cisco tools show with hyphens and in capitals."""

    def to_python(self, value: Any) -> str:
        """Without hyphens, in lower case."""
        return (super().to_python(value) or "").replace("-", "").lower()


class MeetingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A meeting, whose times are entered in its own time zone (see ``posted_or_own_zone``)."""

    webex_id = SeriesIdField(
        label=_("Webex meeting id"),
        required=False,
        help_text=Meeting._meta.get_field("webex_id").help_text,
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"}),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        initial="UTC",
        choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())],
        help_text=_("The times on this page are times in this zone."),
    )


def posted_or_own_zone(request: HttpRequest, meeting: Meeting | None) -> zoneinfo.ZoneInfo:
    """The zone in which the times of a meeting's page are shown and read: as posted, else the meeting's own."""
    own = meeting.timezone if meeting else "UTC"
    name = request.POST.get("timezone", own)
    try:
        validate_time_zone(name)
    except forms.ValidationError:
        return zoneinfo.ZoneInfo(own)
    return zoneinfo.ZoneInfo(name)


class QuestionInline(admin.TabularInline):  # type: ignore[type-arg]
    """The questions, in the order in which they are asked; options have a page of their own."""

    model = Question
    formset = KeepsAnswers
    extra = 0
    show_change_link = True
    fields = ("position", "text", "type", "is_required", "max_length", "is_retired", "webex_id")
    verbose_name_plural = _("questions (options: press “Change”)")


class RuleInline(admin.TabularInline):  # type: ignore[type-arg]
    """The approval rules, in the order in which they are tried."""

    model = ApprovalRule
    extra = 0
    fields = ("order", "field", "question", "condition", "value", "match_case", "result")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApprovalRule]:
        """With the question, which every rule names."""
        return super().get_queryset(request).select_related("question")

    def get_formset(self, request: HttpRequest, obj: Meeting | None = None, **kwargs: Any) -> Any:
        """Offer the questions of this meeting, read once for all the rules."""
        formset = super().get_formset(request, obj, **kwargs)
        field = formset.form.base_fields.get("question")
        if isinstance(field, forms.ModelChoiceField):
            # Without links to add, change or delete a question: those are above.
            if isinstance(field.widget, RelatedFieldWidgetWrapper):
                field.widget = field.widget.widget
            questions = Question.objects.filter(meeting=obj) if obj else Question.objects.none()
            field.queryset = questions
            field.choices = [("", "---------"), *((question.pk, question.text) for question in questions)]
        return formset
