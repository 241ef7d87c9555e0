"""Countries and regions: listed under their names in the visitor's language, kept under the names that Webex gets."""

from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import override
from django_countries import countries

from registration.forms.fields import Choices


@cache
def choices(language: str) -> Choices:
    """An empty choice, then pairs of English name and name in ``language``, sorted as that language is read."""
    english = _english_names()
    with override(language):
        return Choices([("", _("Choose a country or region")), *((english[code], name) for code, name in countries)])


@cache
def codes_by_name() -> dict[str, str]:
    """The two-letter code (ISO 3166-1) of each country, by its English name."""
    return {name: code for code, name in _english_names().items()}


@cache
def _english_names() -> dict[str, str]:
    with override("en"):
        return dict(countries)
