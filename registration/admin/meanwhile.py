"""Forms that two may have open at once: what one has stored meanwhile is not overwritten by the other unseen."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.utils.formats import localize
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

_MOST_WORDS = 200


class ShownField(forms.CharField):
    """What the page showed, to be sent back with what was typed; no change of its own."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Never."""
        return False


class MergedForm(forms.ModelForm):  # type: ignore[type-arg]
    """What was left as it was shown stays as it is stored by now. What two have changed is refused to the second, once:
    what the first has stored is said then.

    Sends back a digest of each of its fields. Without them, it saves all that was posted.
    """

    shown = ShownField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "shown" in self.fields and self.instance.pk and not self.is_bound:
            names = [field.name for field in self.instance._meta.concrete_fields if field.name in self.fields]
            self.initial["shown"] = json.dumps({name: _digest(self._stored(name)) for name in names})

    def clean(self) -> dict[str, Any] | None:
        """Take over what was changed meanwhile and left as it was here; refuse to overwrite it unseen."""
        cleaned = super().clean() or {}
        shown = _read(cleaned.get("shown", ""))
        seen: dict[str, str] = {}
        for name in shown.keys() & cleaned.keys() & self.fields.keys():
            stored, typed = _digest(self._stored(name)), _digest(_key(cleaned[name]))
            if stored in (shown[name], typed):
                continue
            if typed == shown[name]:
                cleaned[name] = getattr(self.instance, name)
                self.changed_data.remove(name)
            else:
                self.add_error(name, self._meanwhile(name))
                seen[name] = stored
        if seen:
            # Saved once more, what was typed is put in the place of what is stored.
            data: Any = self.data
            self.data = data = data.copy()
            data[self.add_prefix("shown")] = json.dumps(shown | seen)
        return cleaned

    def _stored(self, name: str) -> Any:
        return getattr(self.instance, self.instance._meta.get_field(name).attname)

    def _meanwhile(self, name: str) -> ValidationError:
        words = _(
            "Somebody else has changed this since you were shown it. Stored by now: %(stored)s. Save again to put what "
            "you typed in its place."
        )
        return ValidationError(words % {"stored": _words(self.instance, self.instance._meta.get_field(name))})


def _read(shown: str) -> dict[str, str]:
    try:
        told = json.loads(shown)
    except ValueError:
        return {}
    return {name: text for name, text in told.items() if isinstance(text, str)} if isinstance(told, dict) else {}


def _key(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _digest(value: Any) -> str:
    """The same for what is stored and for what a browser sends of it, which knows no parts of a second."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(microsecond=0).isoformat()
    return sha256(("" if value is None else str(value)).encode()).hexdigest()[:12]


def _words(thing: Model, field: "Field[Any, Any]") -> str:
    """The stored value, for people to read."""
    value = getattr(thing, field.name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        value = dict(field.flatchoices).get(value, value)
    if isinstance(value, datetime):
        value = localtime(value)
    text = str(localize(value)) if value not in (None, "") else _("nothing")
    return Truncator(text).chars(_MOST_WORDS)
