"""What was edited on a page, for the audit: the fields that changed, before and after, by their labels. No secret."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone
from django.utils.choices import flatten_choices
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from registration import audit
from registration.models import Meeting

SECRET = "•••"  # noqa: S105 - what hides one
"""What stands for a secret, whatever it was."""

_LONGEST = 1000
_MOST = 300
_SECRETS = ("password", "token", "secret", "sealed", "mark")

_Words = dict[str, str]


def note(by: User, meeting: Meeting | None, form: forms.ModelForm, formsets: Sequence[Any], *, is_new: bool) -> None:  # type: ignore[type-arg]
    """Note what a page's form, and the rows on it, have just changed; where nothing was, nothing."""
    before, after = _Words(), _Words()
    _take(form, before, after, is_new=is_new)
    for formset in formsets:
        gone = formset.deleted_forms
        for row in formset.forms:
            if row in gone:
                if row.instance.pk or row.initial:
                    before[_name(row.instance)] = force_str(row.instance)
            elif row.has_changed():
                _take(row, before, after, is_new="pk" not in row.initial and not row.initial, of=_name(row.instance))
    if before or after or is_new:
        action = audit.Action.ADDED if is_new else audit.Action.EDITED
        audit.note(by, action, meeting=meeting, thing=_name(form.instance), before=_cut(before), after=_cut(after))


def note_deletion(by: User, meeting: Meeting | None, thing: Model) -> None:
    """Note what is about to be deleted, with what it said."""
    said = {
        capfirst(force_str(field.verbose_name)): _words(_of_field(thing, field))
        for field in thing._meta.concrete_fields
        if field.editable
        and not field.primary_key
        and field.get_internal_type() != "BinaryField"
        and not _is_secret(field.name)
    }
    before = {label: words for label, words in said.items() if words}
    audit.note(by, audit.Action.DELETED, meeting=meeting, thing=_name(thing), before=_cut(before))


def _take(form: Any, before: _Words, after: _Words, *, is_new: bool, of: str = "") -> None:
    for name in form.changed_data:
        field = form.fields[name]
        label = capfirst(force_str(field.label or name))
        key = f"{of}: {label}" if of else label
        if _is_secret(name) or isinstance(field.widget, forms.PasswordInput):
            before[key], after[key] = "" if is_new else SECRET, SECRET
            continue
        if not is_new:
            before[key] = _words(_named(field, form.initial.get(name)))
        after[key] = _words(_named(field, form.cleaned_data.get(name)))


def _named(field: Any, value: Any) -> Any:
    """What a form was filled in with: the thing itself, where that is a key, and of what was chosen the label."""
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices: Any = field.choices
        labels = {str(key): label for key, label in dict(flatten_choices(choices)).items()}
        if isinstance(value, list | tuple | set):
            return [labels.get(str(each), each) for each in value]
        return value if value in (None, "") else labels.get(str(value), value)
    if isinstance(field, forms.ModelMultipleChoiceField) or not isinstance(field, forms.ModelChoiceField):
        return value
    if value in (None, "") or isinstance(value, Model):
        return value
    named = field.queryset.model._default_manager if field.queryset is not None else None
    key = field.to_field_name or "pk"
    return (named.filter(**{key: value}).first() if named is not None else None) or value


def _of_field(thing: Model, field: Any) -> Any:
    value = getattr(thing, field.name)
    return dict(flatten_choices(field.choices)).get(value, value) if field.choices else value


def _words(value: Any) -> str:
    """For people to read; a time in the current zone, which is the meeting's on its pages."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if isinstance(value, Model | Promise | str | int | float):
        return force_str(value)
    if hasattr(value, "isoformat"):
        return force_str(value.isoformat(" ", "minutes") if hasattr(value, "hour") else value.isoformat())
    if hasattr(value, "content_type"):
        return "…"  # a file
    if hasattr(value, "__iter__"):
        return ", ".join(_words(each) for each in value)
    return force_str(value)


def _name(thing: Model) -> str:
    return f"{thing._meta.verbose_name}: {thing}"


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRETS)


def _cut(said: Mapping[str, str]) -> dict[str, str]:
    return {key[:200]: Truncator(words).chars(_LONGEST) for key, words in list(said.items())[:_MOST]}
