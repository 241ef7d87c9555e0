"""Countries and regions: listed under their names in the visitor's language, kept under the names that Webex gets."""

from functools import cache

from django.utils.translation import override
from django_countries import countries


@cache
def choices(language: str) -> list[tuple[str, str]]:
    """Pairs of English name and name in ``language``, sorted as that language is read."""
    english = _english_names()
    with override(language):
        return [(english[code], name) for code, name in countries]


@cache
def codes_by_name() -> dict[str, str]:
    """The two-letter code (ISO 3166-1) of each country, by its English name."""
    return {name: code for code, name in _english_names().items()}


@cache
def _english_names() -> dict[str, str]:
    with override("en"):
        return dict(countries)
