"""The questions of a meeting's form, with their options: reached from the meeting's page, not from the index."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from registration.admin.base import StaffAdmin
from registration.admin.meeting_filter import MeetingFilter
from registration.admin.private import sees_all
from registration.admin.question_form import QuestionForm
from registration.admin.rows import KeepsAnswers, RowForm, RowsInline, why_kept
from registration.flow import form_edit
from registration.form_design.checks import of_rewording
from registration.models import Option, Question


class OptionInline(RowsInline):
    """The options, in the order in which they are shown."""

    model = Option
    form = RowForm
    formset = KeepsAnswers
    extra = 0
    fields = ("position", "text", "is_retired", "webex_id")


@admin.register(Question)
class QuestionAdmin(StaffAdmin):
    """One question with its options."""

    form = QuestionForm
    inlines = (OptionInline,)
    purpose = _("The questions of all forms; new ones are added on the page of their meeting.")
    one_purpose = _("One question of a meeting’s form, and the options to choose from.")
    words_when_empty = _("No form asks a question yet.")
    first_step = _("Questions are added on the page of their meeting.")
    first_step_needs = "registration.add_question"
    list_display = ("text", "meeting", "type", "is_required", "is_retired")
    list_filter = ("is_retired", MeetingFilter)
    list_select_related = ("meeting",)
    search_fields = ("text",)
    readonly_fields = ("meeting_link",)
    fields = (
        "meeting_link",
        "text",
        "type",
        "is_required",
        "hint",
        "is_private",
        "max_length",
        "position",
        "is_retired",
        "webex_id",
    )
    # Without “delete selected”, which would not look at the answers and the rules.
    actions = None
    view_on_site = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Not on the index: a question is reached from its meeting."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here: a question is added on the page of its meeting."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        """With the meeting, which the page names."""
        return super().get_queryset(request).select_related("meeting")

    def get_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        """With what is shown, for whoever may store something else."""
        return (*self.fields, "shown") if self.has_change_permission(request, obj) else self.fields

    @admin.display(description=_("meeting"))
    def meeting_link(self, question: Question) -> SafeString:
        """The way back to the meeting."""
        address = reverse("admin:registration_meeting_change", args=[question.meeting_id])
        return format_html('<a href="{}">{}</a>', address, question.meeting)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store the options, and say what fails at Webex of those that were reworded."""
        super().save_related(request, form, formsets, change)
        rows = [row for formset in formsets for row in formset.forms if row.instance.pk and row.instance.webex_id]
        pairs = [
            (row.initial["text"], row.instance.text)
            for row in rows
            if "text" in row.changed_data and "webex_id" not in row.changed_data and not row.instance.is_retired
        ]
        if pairs and form.instance.webex_id and form.instance.meeting.webex_id:
            finding = of_rewording(pairs)
            messages.warning(request, f"{finding.words} {finding.advice}")

    def response_post_save_change(self, request: HttpRequest, obj: Question) -> HttpResponseRedirect:
        """Back to the meeting, where one came from."""
        return HttpResponseRedirect(reverse("admin:registration_meeting_change", args=[obj.meeting_id]))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete a question that nobody has answered and no rule is about."""
        question = self.get_object(request, unquote(object_id))
        is_theirs = question is not None and self.has_delete_permission(request, question)
        if question is None or not is_theirs or not (why := _why_not_deleted(request, question)):
            return super().delete_view(request, object_id, extra_context)
        messages.error(request, why)
        return HttpResponseRedirect(reverse("admin:registration_question_change", args=[question.pk]))


def _why_not_deleted(request: HttpRequest, question: Question) -> str:
    if question.answers.exists():
        return why_kept(f"“{question}”")
    return form_edit.why_ruled([question.pk], sees_private=sees_all(request, question.meeting))
