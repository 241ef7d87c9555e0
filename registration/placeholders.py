"""Placeholders in the words that staff write, such as ``{first_name}``: each is a name and stands for a text.

There is nothing else to them, no attributes and no formats. They are filled in one go, so that no value, whoever typed
it, can be another placeholder.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PLACEHOLDERS: "dict[str, StrOrPromise]" = {
    "first_name": _("the attendee’s first name"),
    "last_name": _("the attendee’s last name"),
    "title": _("the meeting’s title"),
    "when": _("day, time and time zone of the meeting"),
    "reference": _("the attendee’s reference number"),
    "status": _("how the registration stands, in a few words"),
    "link": _("the address of the attendee’s own page; it stands below your text, too"),
    "organiser": _("the name of the meeting’s host"),
}

_PIECE = re.compile(r"\{([^{}]*)\}")
_IN_A_LINK = re.compile(r"https?://[^\s<>\"{}]*\{", re.IGNORECASE)
_LONGEST_QUOTE = 30


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in order, as pairs of what stands there and the name of a placeholder; one of each pair is empty."""
    end = 0
    for found in _PIECE.finditer(text):
        if found[1] in PLACEHOLDERS:
            yield text[end : found.start()], ""
            yield "", found[1]
            end = found.end()
    yield text[end:], ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the placeholders' values."""
    return "".join(values[name] if name else words for words, name in pieces(text))


def complaints(text: str) -> list[str]:
    """What is wrong with the placeholders of the text, in words for whoever wrote it."""
    found = [_unknown(name) for name in _PIECE.findall(text) if name not in PLACEHOLDERS]
    rest = _PIECE.sub(lambda match: " " * len(match[0]), text)
    found += [_broken(text, at) for at, letter in enumerate(rest) if letter in "{}"]
    if _IN_A_LINK.search(text):
        found.append(gettext("A placeholder cannot be part of a link: put a space between them."))
    return found


def _unknown(name: str) -> str:
    words = {"name": name, "nearest": _nearest(name)}
    return gettext("There is no placeholder {%(name)s}. Did you mean {%(nearest)s}?") % words


def _broken(text: str, at: int) -> str:
    if text[at] == "{":
        quote = text[at : at + _LONGEST_QUOTE].split("\n")[0].rstrip()
        nearest = _nearest(next(iter(re.findall(r"\w+", quote)), ""))
    else:
        quote = text[max(0, at - _LONGEST_QUOTE) : at + 1].split("\n")[-1].lstrip()
        nearest = _nearest(next(reversed(re.findall(r"\w+", quote)), ""))
    words = {"quote": quote, "nearest": nearest}
    return gettext("A placeholder is broken at “%(quote)s”. Did you mean {%(nearest)s}?") % words


def _nearest(name: str) -> str:
    return get_close_matches(name.strip().lower(), PLACEHOLDERS, n=1, cutoff=0.0)[0]
