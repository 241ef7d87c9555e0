"""What a question is, in words: the same where a form is edited and where it is written to Webex."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from registration.models import Question


def of_question(type_: str, *, is_required: bool, max_length: int | None, options: Iterable[str]) -> Iterator[str]:
    """All that Webex may be told of a question besides its text."""
    yield of_type(type_)
    yield of_required(is_required)
    if max_length is not None:
        yield of_length(max_length)
    if names := of_texts(options):
        yield _("with %s") % names


def of_type(name: str) -> str:
    """What kind of answer it wants; Webex may know kinds that are none of ours."""
    return str(Question.Type(name).label) if name in Question.Type.values else name[:50]


def of_required(is_required: bool) -> str:
    """Whether it has to be answered."""
    return _("required") if is_required else _("optional")


def of_length(characters: int) -> str:
    """How long an answer may be."""
    return _("at most %d characters") % characters


def of_texts(texts: Iterable[str]) -> str:
    """Texts of options or questions, in their order."""
    return ", ".join(f"“{text}”" for text in texts)
