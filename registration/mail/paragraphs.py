"""The words at the beginning of a mail with their placeholders filled in: as plain text and as HTML."""

import re
from collections.abc import Iterator, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from registration import placeholders

Values = Mapping[str, str]

_LINK = re.compile(r"https?://[^\s<>\"{}]+", re.IGNORECASE)
_AFTER_A_LINK = ".,;:!?)]}’”»'"
_ADDRESS_LIKE = re.compile(r"(?<=\S)[.:@/](?=\S)")


def one_line(text: str) -> str:
    """The text without line breaks: a subject, or a name."""
    return " ".join(text.split())


def typed(text: str) -> str:
    """What an attendee typed, in one line of which no mail program makes a link: anybody may type in anybody's name.

    An invisible break follows each character without which nothing looks like an address.
    """
    return _ADDRESS_LIKE.sub(lambda found: f"{found[0]}\N{ZERO WIDTH SPACE}", one_line(text))


def as_text(words: str, values: Values) -> list[str]:
    """The paragraphs in plain text."""
    return [placeholders.filled(paragraph, values) for paragraph in _paragraphs(words)]


def as_html(words: str, values: Values) -> list[SafeString]:
    """The paragraphs in HTML: everything is escaped, and only addresses that staff wrote out become links."""
    return [_html(paragraph, values) for paragraph in _paragraphs(words)]


def _paragraphs(words: str) -> list[str]:
    lines = words.replace("\r\n", "\n").replace("\r", "\n").strip()
    return [paragraph for paragraph in re.split(r"\n\s*\n", lines) if paragraph]


def _html(paragraph: str, values: Values) -> SafeString:
    found: list[str] = []
    for words, name in placeholders.pieces(paragraph):
        if name == "link":
            found.append(_anchor(values[name]))
        elif name:
            found.append(format_html("<bdi>{}</bdi>", values[name]))
        else:
            found.extend(_with_links(words))
    # Each of them is escaped.
    return mark_safe("".join(found))  # noqa: S308


def _with_links(words: str) -> Iterator[str]:
    end = 0
    for found in _LINK.finditer(words):
        address = found[0].rstrip(_AFTER_A_LINK)
        yield _escaped(words[end : found.start()])
        yield _anchor(address)
        end = found.start() + len(address)
    yield _escaped(words[end:])


def _escaped(words: str) -> SafeString:
    return mark_safe(format_html("{}", words).replace("\n", "<br>"))  # noqa: S308


def _anchor(address: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, address)
