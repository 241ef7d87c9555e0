"""A list to choose from that is very long."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_SELECTED = mark_safe(" selected")
_OPTION = '<option value="{}"{}>{}</option>'


class LongSelect(forms.Select):
    """A select of hundreds of options, without groups, whose labels are the same in every language: as Django's own,
    which renders two templates for each. What was made for the same choices last is kept.
    """

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The element with its options; the chosen one is selected."""
        options = _options(tuple(self.choices))
        chosen = "" if value is None else str(value)
        return format_html(
            "<select{}>\n{}\n</select>",
            flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name})),
            format_html_join(
                "\n", "{}", ((chosen_so if key == chosen else plain,) for key, plain, chosen_so in options)
            ),
        )


@lru_cache(maxsize=8)
def _options(choices: tuple[tuple[Hashable, str], ...]) -> list[tuple[str, SafeString, SafeString]]:
    """Each option's key, and what it is if it is not chosen, and if it is."""
    return [
        (str(key), format_html(_OPTION, key, "", label), format_html(_OPTION, key, _SELECTED, label))
        for key, label in choices
    ]
