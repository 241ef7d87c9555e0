"""A few fields and answers of a registration, to be corrected where a list shows what is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registration.forms import countries
from registration.forms.fields import PHONE_FIELDS, international
from registration.forms.questions import answer_to, given_to, question_field
from registration.forms.registration import standard_field
from registration.models import Answer, Option, Question, Submission
from registration.standard_fields import BY_NAME, NAME_FIELDS, Use

COUNTRIES = "countries"
"""The id of the ``datalist`` that a page with such forms has: the names of all countries, once for the page."""

Asked = Mapping[Question, Sequence[Answer]]
"""Questions, each with its answers."""


class MendingForm(forms.Form):
    """The fields of these names, and these questions as they are answered: checked as on the form of the submission's
    meeting. It asks no database beyond the questions' options.
    """

    def __init__(
        self, data: Any = None, *, submission: Submission, names: Iterable[str], asked: Asked | None = None, prefix: str
    ) -> None:
        self.submission = submission
        self.questions = {f"question_{question.pk}": question for question in asked or {}}
        values = {name: getattr(submission, name) for name in names}
        answers = {f"question_{question.pk}": given_to(question, those) for question, those in (asked or {}).items()}
        super().__init__(data, prefix=prefix, auto_id="mend-%s", initial=values | answers)
        for name in values:
            self.fields[name] = self._field(name)
        for name, question in self.questions.items():
            self.fields[name] = _question_field(question, answers[name])

    def clean(self) -> dict[str, Any]:
        """With phone numbers in the international spelling."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in PHONE_FIELDS & cleaned.keys():
            region = countries.codes_by_name().get(cleaned.get("country_region", self.submission.country_region))
            try:
                cleaned[name] = international(cleaned[name], field=name, region=region) if cleaned[name] else ""
            except ValidationError as error:
                self.add_error(name, error)
        return cleaned

    @property
    def is_whole(self) -> bool:
        """Whether each of the fields was sent: what was not is not to be emptied.

        Boxes of which none is ticked are not sent; what stood there before is.
        """
        return all(
            self.add_prefix(name) in self.data
            or (isinstance(field, forms.MultipleChoiceField) and was(name) in self.data)
            for name, field in self.fields.items()
        )

    @property
    def shown(self) -> Iterator[tuple[forms.BoundField, str, str]]:
        """Each field, with the name and the value under which the page sends along what is stored there now."""
        for field in self:
            yield field, was(field.name), self.stored(field.name)

    def stored(self, name: str) -> str:
        """What is stored there now, as one text."""
        value = self.initial[name]
        return value if isinstance(value, str) else ",".join(value)

    def said(self, name: str) -> str:
        """The same as people read it; nothing where nothing is stored."""
        options = dict(getattr(self.fields[name], "choices", ()))
        value = self.initial[name]
        return ", ".join(
            str(options.get(each, each)) for each in ([value] if isinstance(value, str) else value) if each
        )

    def values(self) -> dict[str, str]:
        """The standard fields, by our names; of a valid form only."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.questions}

    def answers(self) -> list[tuple[Question, list[tuple[Option | None, str]]]]:
        """Each question with its options and texts; of a valid form only."""
        return [(question, answer_to(question, self.cleaned_data[name])) for name, question in self.questions.items()]

    def _field(self, name: str) -> forms.Field:
        is_required = BY_NAME[name] in NAME_FIELDS or self.submission.meeting.use_of(name) is Use.REQUIRED
        field = standard_field(BY_NAME[name], is_required=is_required)
        if isinstance(field, forms.ChoiceField):
            # A list of all countries in each row would be most of the page.
            field.widget = forms.TextInput(attrs={"list": COUNTRIES})
            field.widget.is_required = is_required
        field.widget.attrs |= {"autocomplete": "off"}
        field.widget.attrs.pop("data-mistyped", None)
        return field


def was(name: str) -> str:
    """Under what name a page sends along what was stored in the field when it was shown."""
    return f"was-{name}"


def _question_field(question: Question, given: str | list[str]) -> forms.Field:
    chosen = [given] if isinstance(given, str) else given
    offered = [each for each in question.options.all() if not each.is_retired or str(each.pk) in chosen]
    field = question_field(question, offered)
    if isinstance(field, forms.ChoiceField) and question.type == Question.Type.RADIO:
        # One line of the row instead of several.
        field.widget = forms.Select()
        field.widget.is_required = field.required
        field.choices = [("", _("Choose an option")), *field.choices]  # type: ignore[misc]
    field.widget.attrs |= {"autocomplete": "off"}
    return field


def can_be_mended(submission: Submission, name: str) -> bool:
    """Whether the submission's form asks for the standard field."""
    return BY_NAME[name] in NAME_FIELDS or submission.meeting.use_of(name) is not Use.HIDDEN
