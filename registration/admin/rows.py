"""Rows on the page of what they belong to: read once for the page, checked only where they were changed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.utils import pretty_name
from django.http import HttpRequest
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from registration.flow import form_edit
from registration.models import Meeting, Option, Question

_LONGEST_NAME = 40


class RowsInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows on the page of a meeting, or of what belongs to one: who may do what is asked for that meeting."""

    template = "admin/registration/rows.html"

    def may(self, request: HttpRequest, verb: str, page: "Meeting | Question | None") -> bool:
        """Whether the user may do this to rows on the page; on that of a new meeting, to any rows at all."""
        meeting = page.meeting if isinstance(page, Question) else page
        return request.user.has_perm(f"{self.opts.app_label}.{verb}_{self.opts.model_name}", meeting)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may look at them."""
        return self.may(request, "view", obj) or self.may(request, "change", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may add some."""
        return self.may(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change them."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may delete some."""
        return self.may(request, "delete", obj)


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """One row. What was not changed is not checked again, which would ask the database several times a row."""

    def _post_clean(self) -> None:
        if self.instance._state.adding or self.has_changed():
            super()._post_clean()  # type: ignore[misc]


class Rows(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows that are saved with as many queries for many unchanged ones as for few."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Let each row's key be that of the row that was read in its place: Django would read it once more.

        And let each input have the names of its column and of its row, which stand above and beside it for those only
        who see them.
        """
        super().add_fields(form, index)
        row = form.instance
        of_row = _("new") if row._state.adding else Truncator(" ".join(str(row).split())).chars(_LONGEST_NAME)
        for name, field in form.fields.items():
            if not field.widget.is_hidden:
                column = capfirst(str(field.label or pretty_name(name)))
                field.widget.attrs["aria-label"] = f"{column}: {of_row}"
        form.fields[row._meta.pk.name] = forms.TypedChoiceField(
            choices=[] if row._state.adding else [(row.pk, row.pk)],
            coerce=lambda key: row,
            empty_value=None,
            initial=row.pk,
            required=False,
            widget=forms.HiddenInput,
        )


class KeepsAnswers(Rows):
    """Rows of questions or options of which none is deleted that has been answered, or that a rule is about."""

    model: type[Question | Option]

    def clean(self) -> None:
        """Refuse to delete what has been answered or what a rule is about, and say what to do instead."""
        super().clean()
        doomed = [form.instance.pk for form in self.deleted_forms if form.instance.pk]
        answered = self.model._default_manager.filter(pk__in=doomed, answers__isnull=False).distinct()
        if texts := ", ".join(f"“{thing}”" for thing in answered):
            raise ValidationError(why_kept(texts))
        # Whoever may save the page of a meeting sees the answers to its private questions.
        if self.model is Question and (why := form_edit.why_ruled(doomed, sees_private=True)):
            raise ValidationError(why)


def why_kept(texts: str) -> str:
    """Why what has been answered is not deleted, and what to do instead; ``texts`` name it."""
    words = _("%(texts)s has been answered and cannot be deleted. Mark it as retired instead: it is no longer asked.")
    return words % {"texts": texts}
