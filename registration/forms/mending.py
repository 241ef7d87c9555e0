"""A few standard fields of a registration, to be corrected where a list shows what is wrong with them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registration.forms import countries
from registration.forms.fields import PHONE_FIELDS, international
from registration.forms.registration import standard_field
from registration.models import Submission
from registration.standard_fields import BY_NAME, NAME_FIELDS, Use

COUNTRIES = "countries"
"""The id of the ``datalist`` that a page with such forms has: the names of all countries, once for the page."""


class MendingForm(forms.Form):
    """The fields of these names, checked as on the form of the submission's meeting. It asks no database."""

    def __init__(self, data: Any = None, *, submission: Submission, names: Iterable[str], prefix: str) -> None:
        initial = {name: getattr(submission, name) for name in names}
        super().__init__(data, prefix=prefix, auto_id="mend-%s", initial=initial)
        self.submission = submission
        for name in initial:
            self.fields[name] = self._field(name)

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
        """Whether each of the fields was sent: what was not is not to be emptied."""
        return all(self.add_prefix(name) in self.data for name in self.fields)

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


def can_be_mended(submission: Submission, name: str) -> bool:
    """Whether the submission's form asks for the standard field."""
    return BY_NAME[name] in NAME_FIELDS or submission.meeting.use_of(name) is not Use.HIDDEN
