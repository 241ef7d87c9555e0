"""The registration form of a meeting: standard fields as the meeting shows them, then its questions."""

import re
from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.db.models import Prefetch, QuerySet
from django.forms import BoundField
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registration.forms import countries, mail_domains
from registration.forms.fields import PHONE_FIELDS, LineField, MailField, international, too_long
from registration.forms.layout import helper
from registration.forms.questions import answer_to, question_field
from registration.models import Meeting, Option, Question
from registration.standard_fields import NAME_FIELDS, STANDARD_FIELDS, StandardField, Use

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_MISSING = {
    "first_name": _("Enter your first name"),
    "last_name": _("Enter your last name"),
    "email": _("Enter your e-mail address"),
    "job_title": _("Enter your job title"),
    "company_name": _("Enter the name of your company"),
    "address1": _("Enter the first line of your address"),
    "address2": _("Enter the second line of your address"),
    "city": _("Enter your city"),
    "state": _("Enter your state or province"),
    "zip_code": _("Enter your postal code"),
    "country_region": _("Choose your country or region"),
    "work_phone": _("Enter your work phone number"),
    "fax": _("Enter your fax number"),
}
_WITHOUT_ADDRESS = {
    "first_name": _("Enter your first name without a web address"),
    "last_name": _("Enter your last name without a web address"),
}
_WITH_COUNTRY_CODE = _("With + and the country’s code, such as +44 20 7946 0000")
_WEB_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)


_MOST_KEPT = 100
# Four bytes of UTF-8, each of them written as %F0 and the like; and a field's name with the primary key of an option.
_LONGEST_CHARACTER, _LONGEST_NAME = 12, 100
# What is sent along: the tokens, and which button it was.
_FEW_BYTES, _FEW_FIELDS = 10_000, 20


class FormField(BoundField):
    """A field of the form as it stands on the pages of templates/registration/."""

    @property
    def aria_describedby(self) -> str | None:
        """With the hint at a mistyped mail domain, where there is one: nobody hears what stood there from the start."""
        described: str | None = super().aria_describedby
        has_hint = self.name == "email" and isinstance(self.form, RegistrationForm) and self.form.mail_suggestion
        return f"{described or ''} {self.auto_id}_suggestion".strip() if has_hint else described

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Without ``aria-describedby`` for a hidden input: what it would name is not on that page."""
        built = super().build_widget_attrs(attrs, widget)
        if widget is not None and widget.is_hidden:
            built.pop("aria-describedby", None)
        return built


class Given(NamedTuple):
    """A field, the texts that were given for it, and the id of the input to change them at."""

    field: BoundField
    texts: list[str]
    input_id: str


class Definition(NamedTuple):
    """What a form asks: its fields by name, and of these the questions that are the meeting's own."""

    fields: dict[str, forms.Field]
    questions: dict[str, Question]


class RegistrationForm(forms.Form):
    """The form of one meeting. It validates and nothing else: ``values`` and ``answers`` hand on what was given.

    ``is_shown``: whether it may be rendered. Crispy writes into the widgets that it renders, so it has its own then.
    ``is_for_waiting_list``: whether whoever sends it joins the waiting list, as its button says then.
    """

    bound_field_class: type[BoundField] = FormField

    def __init__(
        self, *args: Any, meeting: Meeting, is_shown: bool = True, is_for_waiting_list: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        self.is_for_waiting_list = is_for_waiting_list
        definition = self.definition()
        self.fields = deepcopy(definition.fields) if is_shown else definition.fields
        self.questions = definition.questions

    @cached_property
    def helper(self) -> FormHelper:
        """How crispy lays the form out."""
        button = _("Continue") if self.meeting.has_check_step else self.last_button
        return helper(list(self.fields), action=self.meeting.get_absolute_url(), button=button)

    @property
    def last_button(self) -> "StrOrPromise":
        """What stands on the button that sends it for good."""
        return _("Join the waiting list") if self.is_for_waiting_list else _("Register")

    def clean_work_phone(self) -> str:
        """The number in the international spelling."""
        return self._international("work_phone")

    def clean_fax(self) -> str:
        """The number in the international spelling."""
        return self._international("fax")

    def values(self) -> dict[str, str]:
        """What was given for the standard fields that the form shows, by our names; of a valid form only."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.questions}

    def answers(self) -> list[tuple[Question, list[tuple[Option | None, str]]]]:
        """The questions that were answered, in order, each with its options and texts; of a valid form only."""
        pairs = [(question, answer_to(question, self.cleaned_data[name])) for name, question in self.questions.items()]
        return [(question, answers) for question, answers in pairs if answers]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The errors in the form's order, as pairs of what to do and the id of the input to do it at."""
        return [(str(words), self._first_input_id(name)) for name, errors in self.errors.items() for words in errors]

    @property
    def given(self) -> list[Given]:
        """What was given, in the form's order; of a valid form only."""
        answers = {f"question_{question.pk}": [text for _option, text in pairs] for question, pairs in self.answers()}
        texts = answers | {name: [value] for name, value in self.values().items() if value}
        return [Given(self[name], texts.get(name, []), self._first_input_id(name)) for name in self.fields]

    @property
    def mail_suggestion(self) -> str:
        """The address that was meant, as far as anybody can tell, where its domain is one that many mistype."""
        return mail_domains.suggestion(self["email"].value() or "")

    def definition(self) -> Definition:
        """What the form asks."""
        return _kept_definition(self.meeting.pk, self.meeting.form_version, get_language() or settings.LANGUAGE_CODE)

    def _international(self, name: str) -> str:
        """The field's number; the chosen country says which prefix it may go without."""
        number: str = self.cleaned_data[name]
        region = countries.codes_by_name().get(self.cleaned_data.get("country_region", ""))
        return international(number, field=name, region=region) if number else ""

    def _first_input_id(self, name: str) -> str:
        field = self[name]
        # A group of boxes has no input of its own: the first box stands for it.
        return f"{field.auto_id}_0" if field.use_fieldset else field.auto_id


def define(meeting: Meeting, *, options: QuerySet[Option]) -> Definition:
    """What the meeting's form asks in the language that is active, with these options to choose from.

    A question whose options are all retired is left out: it would lock everybody out.
    """
    asked = meeting.questions.filter(is_retired=False).prefetch_related(Prefetch("options", options))
    questions = {
        f"question_{question.pk}": question for question in asked if not question.has_options or question.options.all()
    }
    fields = standard_fields_of(meeting)
    return Definition(fields | {name: question_field(question) for name, question in questions.items()}, questions)


def standard_fields_of(meeting: Meeting) -> dict[str, forms.Field]:
    """The standard fields that the meeting's form shows, by name."""
    fields = {}
    for field in STANDARD_FIELDS:
        use = Use.REQUIRED if field in NAME_FIELDS else meeting.use_of(field.name)
        if use is not Use.HIDDEN:
            fields[field.name] = standard_field(field, is_required=use is Use.REQUIRED)
    if "country_region" not in fields:
        for name in PHONE_FIELDS & fields.keys():
            fields[name].help_text = _WITH_COUNTRY_CODE
    return fields


def most_of(meeting: Meeting) -> tuple[int, int]:
    """The most bytes and fields that a browser can send with the meeting's form, filled in to its limits."""
    fields = RegistrationForm(meeting=meeting, is_shown=False).fields.values()
    longest = sum(getattr(field, "max_length", None) or 0 for field in fields)
    values = sum(
        len(list(field.widget.choices)) if isinstance(field, forms.MultipleChoiceField) else 1 for field in fields
    )
    return _FEW_BYTES + longest * _LONGEST_CHARACTER + values * _LONGEST_NAME, _FEW_FIELDS + values


@lru_cache(maxsize=_MOST_KEPT)
def _kept_definition(meeting_pk: int, form_version: str, language: str) -> Definition:
    """A meeting's definition, kept as long as its form is the same: it is needed for every sign-up."""
    return define(Meeting.objects.get(pk=meeting_pk), options=Option.objects.filter(is_retired=False))


def standard_field(field: StandardField, *, is_required: bool) -> forms.Field:
    """The form field of a standard field."""
    missing = {"required": _MISSING[field.name]}
    attributes = {"autocomplete": field.autocomplete}
    if field.name == "country_region":
        return forms.ChoiceField(
            label=field.label,
            required=is_required,
            choices=countries.choices(get_language() or "en"),
            widget=forms.Select(attrs=attributes),
            error_messages=missing | {"invalid_choice": _("Choose a country or region from the list")},
        )
    text_field: type[forms.CharField] = LineField
    widget: forms.Widget = forms.TextInput(attrs={"dir": "auto", **attributes})
    validators: list[RegexValidator] = []
    if field.name == "email":
        more = {"inputmode": "email", "spellcheck": "false", "data-mistyped": mail_domains.pairs()}
        text_field, widget = MailField, forms.EmailInput(attrs=more | attributes)
    elif field.name in PHONE_FIELDS:
        widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", **attributes})
    elif field.name in _WITHOUT_ADDRESS:
        # A name stands in our mails: nobody is to send a stranger a link in them.
        words = _WITHOUT_ADDRESS[field.name]
        validators = [RegexValidator(_WEB_ADDRESS, message=words, inverse_match=True)]
    return text_field(
        label=field.label,
        required=is_required,
        max_length=field.max_length,
        widget=widget,
        validators=validators,
        error_messages=missing | {"max_length": too_long(field.label)},
    )
