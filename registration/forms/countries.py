"""Countries and regions: listed under their names in the visitor's language, kept under the names that Webex gets."""

from collections.abc import Iterator
from functools import cache

from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_countries import countries


class Choices(BaseChoiceIterator):
    """Choices that are known to be in order: a field takes them as they are, and does not go through all of them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)


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
