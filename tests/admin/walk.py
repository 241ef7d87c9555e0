"""Every address of the admin, made from its own patterns.

A page that is added is walked like the others, or the test says what it does not know about it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, reverse

from registration.admin.attention.verbs import VERBS
from registration.models import AuditEntry, Job, Move, SavedView
from tests.admin.hidden import CHECK_PK, EXPORT_PK, IN_ATTENTION, PKS, PUSH_PK, UNDO_PK

# The page of a question, say, is found by its name; what is filled in where the name does not tell, by the name of the
# address, or of the argument.
_BY_NAME: dict[str, dict[str, list[Any]]] = {
    **{f"job{page}": {"pk": [EXPORT_PK]} for page in ("", "_progress", "_download", "_stop")},
    **{f"registration_push{page}": {"pk": [PUSH_PK]} for page in ("", "_state")},
    **{f"registration_submission_view_{verb}": {"pk": [PKS[SavedView]]} for verb in ("open", "delete")},
}
_BY_ARGUMENT: dict[str, list[Any]] = {
    "kind_name": ["received"],
    "name": ["mails.log"],
    "number": [0],
    "place": [0],
    "app_label": ["registration", "auth"],
    "move_pk": [PKS[Move]],
    "entry_pk": [PKS[AuditEntry]],
    "job_pk": [PKS[Job], CHECK_PK, UNDO_PK],
}
# Where the values of several arguments belong together.
_TOGETHER: dict[str, list[dict[str, Any]]] = {
    "registration_attention_mend": [{"what": kind.value, "pk": pk} for kind, pk in IN_ATTENTION.items()],
    "registration_attention_do": [
        {"what": kind.value, "verb_name": verb.name} for kind, verbs in VERBS.items() for verb in verbs
    ],
}
# They are about whoever is signed in, and about nothing else; or they sign out.
PERSONAL = frozenset(
    {
        *("login", "logout", "password_change", "password_change_done", "jsi18n", "autocomplete"),
        "registration_submission_view_save",
    }
)


def patterns() -> Iterator[URLPattern]:
    """Every pattern that has a name. Those without one lead to another that has."""
    return (pattern for pattern in _walk(admin.site.urls[0]) if pattern.name)


def addresses(pattern: URLPattern) -> list[str]:
    """The addresses of a pattern, filled in with the hidden meeting and what belongs to it."""
    if pattern.name in _TOGETHER:
        return [reverse(f"admin:{pattern.name}", kwargs=choice) for choice in _TOGETHER[pattern.name]]
    choices: list[dict[str, Any]] = [{}]
    for argument in pattern.pattern.regex.groupindex:
        values = _values(str(pattern.name), argument)
        choices = [{**choice, argument: value} for choice in choices for value in values]
    return [reverse(f"admin:{pattern.name}", kwargs=choice) for choice in choices]


def lists() -> Iterator[tuple["ModelAdmin[Any]", str]]:
    """Every list, with its address."""
    for model, model_admin in admin.site._registry.items():
        yield model_admin, reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def completions() -> Iterator[str]:
    """Every question that the admin's own completion of words may be asked."""
    for model, _model_admin in admin.site._registry.items():
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete:
                names = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}"
                yield f"{reverse('admin:autocomplete')}?term=hush&{names}&field_name={field.name}"


def actions(model: type[Model]) -> list[str]:
    """The names of the actions on a model's list, and on its objects' pages."""
    model_admin = admin.site._registry[model]
    named = [name if isinstance(name, str) else name.__name__ for name in model_admin.actions or ()]
    return [*named, *getattr(model_admin, "object_actions", ()), "delete_selected"]


def _values(name: str, argument: str) -> list[Any]:
    if argument in _BY_NAME.get(name, {}):
        return _BY_NAME[name][argument]
    model = _model(name)
    if argument in {"pk", "object_id", "id"} and model is not None:
        return [PKS[model]]
    if argument == "action" and model is not None:
        return sorted(set(actions(model)))
    if argument in _BY_ARGUMENT:
        return _BY_ARGUMENT[argument]
    raise AssertionError(f"Say in tests/admin/walk.py what is filled in for “{argument}” in the address “{name}”.")


def _model(name: str) -> type[Model] | None:
    """The model whose page it is: the one whose name the address begins with."""
    found = [
        model
        for model in admin.site._registry
        if f"{name}_".startswith(f"{model._meta.label_lower.replace('.', '_')}_")
    ]
    return max(found, key=lambda model: len(model._meta.label), default=None)


def _walk(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns)
        else:
            yield pattern
