"""A condition asked of people as if something else was decided about them than is."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Q

from registration.states import Decision


def once_released(condition: Q) -> Q:
    """The condition, asked of what is held instead of what is decided; it is newer then than anything else."""
    return _decided_anew(condition, lambda name, value: (f"held_{name}", value))


def once_decided(condition: Q, decision: Decision) -> Q:
    """The condition, asked as if that was decided; it is newer then than anything else."""

    def is_so(name: str, value: Any) -> tuple[str, object]:
        decisions: Collection[object] = [value] if name == "decision" else value
        return ("pk__isnull", decision not in decisions)

    return _decided_anew(condition, is_so)


def _decided_anew(condition: Q, of_decision: Callable[[str, Any], tuple[str, object]]) -> Q:
    def renamed(child: Any) -> object:
        match child:
            case Q():
                return _decided_anew(child, of_decision)
            case (str(name), value) if name in ("decision", "decision__in"):
                return of_decision(name, value)
            case ("decided_at__isnull", bool(is_undecided)):
                return ("pk__isnull", is_undecided)
            case ("decided_at__gt", time):
                return (f"{time.name}__isnull", False)
            case ("decided_at__lte", _):
                return ("pk__isnull", True)
            case (str(name), value) if name.startswith("decided_at"):
                raise ValueError(f"Nobody knows what becomes of {name}={value} by a new decision.")
        return child

    children = [renamed(each) for each in condition.children]
    return Q(*children, _connector=condition.connector, _negated=condition.negated)
