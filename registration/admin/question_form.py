"""The form behind a question's own page: refused where somebody else has changed the question since it was shown."""

from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registration.admin.meanwhile import ShownField
from registration.form_design.design import Design, question_design
from registration.form_design.differences import question_differences
from registration.models import Meeting, Question

_SALT = "registration.question_page"


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A question, with what was shown of it and of its options, signed."""

    shown = ShownField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial["shown"] = _signed(self.instance)

    def clean(self) -> dict[str, Any] | None:
        """Refuse to overwrite what somebody else has stored meanwhile, and say what that is; then it can be saved."""
        cleaned = super().clean() or {}
        # As the form's editor does: of two saves at the same moment the second waits, and sees what the first stored.
        Meeting.objects.select_for_update().get(pk=self.instance.meeting_id)
        stored = Question.objects.get(pk=self.instance.pk)
        changes = _changes(cleaned.get("shown", ""), stored)
        if changes is not None:
            self.data = {**dict(self.data.items()), self.add_prefix("shown"): _signed(stored)}
            raise ValidationError([_meanwhile(), *changes, _how(stored)])
        return cleaned


def _signed(question: Question) -> str:
    told = {**Design({}, (question_design(question),)).to_json(), "position": question.position}
    return signing.dumps(told, salt=_SALT, compress=True)


def _changes(shown: str, stored: Question) -> list[str] | None:
    """What has changed since, a line each; nothing at all where it is what was shown."""
    try:
        told = signing.loads(shown, salt=_SALT)
    except signing.BadSignature:
        return []
    [before], after = Design.from_json(told).questions, question_design(stored)
    if before.key != after.key:
        return []
    changes = question_differences(before, after)
    if told["position"] != stored.position:
        words, label = _("%(what)s: %(before)s → %(after)s."), Question._meta.get_field("position").verbose_name
        changes.append(words % {"what": capfirst(str(label)), "before": told["position"], "after": stored.position})
    return changes or None


def _meanwhile() -> str:
    return _("Somebody else has changed this question since you were shown it. Nothing has been stored.")


def _how(question: Question) -> str:
    address = reverse("admin:registration_question_change", args=[question.pk])
    words = _("Below is what you typed: save again to put it in the place of theirs.")
    return format_html('{} <a href="{}">{}</a>', words, address, _("Or see what is stored."))
