"""What an entry of the audit says has changed, in words: a row for each part, as it was and as it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registration.admin.words import NOTHING
from registration.models import AuditEntry, Meeting, Option, Question
from registration.standard_fields import BY_NAME, Use

Row = tuple[str, str, str]
"""What it is, before, and after."""

_FIELDS = [field.name for field in Question._meta.get_fields() if not field.auto_created]
_BLANK: tuple[Any, ...] = (None, "", False, [])
"""What a question that is new, or gone, is not told to have."""


def changes(entry: AuditEntry) -> list[Row]:
    """The rows. Of a question, which is stored whole, only what is otherwise."""
    return [row for key in {**entry.before, **entry.after} for row in _rows(key, entry.before, entry.after)]


def _rows(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Row]:
    was, now = before.get(key), after.get(key)
    if isinstance(was, dict) or isinstance(now, dict):
        yield from _of_question(was if isinstance(was, dict) else {}, now if isinstance(now, dict) else {})
    elif key in BY_NAME and all(use is None or use in Use.values for use in (was, now)):
        yield capfirst(str(BY_NAME[key].label)), _use(was), _use(now)
    else:
        yield _label(key), _said(was), _said(now)


def _use(value: str | None) -> str:
    return NOTHING if value is None else str(Use(value).label)


def _of_question(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Row]:
    text = now.get("text") or was.get("text") or ""
    for name in sorted({**was, **now}, key=_place):
        before, after = was.get(name), now.get(name)
        is_otherwise = before != after if was and now else (now or was)[name] not in _BLANK
        if is_otherwise:
            yield f"{text}: {_part(name)}", _spelled(name, before), _spelled(name, after)


def _place(name: str) -> int:
    """In the order of the model, the options last: PostgreSQL stores what JSON has in an order of its own."""
    return _FIELDS.index(name) if name in _FIELDS else len(_FIELDS)


def _part(name: str) -> str:
    if name == "options":
        return str(Option._meta.verbose_name_plural)
    try:
        return str(Question._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _spelled(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "position" and isinstance(value, int):
        return str(value + 1)
    return str(Question.Type(value).label) if name == "type" and value in Question.Type.values else _said(value)


def _label(key: str) -> str:
    """The words for a field of a meeting, or for what belongs to it; what has words already keeps them."""
    try:
        field: Any = Meeting._meta.get_field(key)
    except FieldDoesNotExist:
        return key
    return capfirst(str(field.related_model._meta.verbose_name_plural if field.auto_created else field.verbose_name))


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(each) for each in value) or NOTHING
    return NOTHING if value in (None, "") else str(value)
