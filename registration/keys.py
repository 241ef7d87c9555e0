"""Naming rows by their primary keys, of which there may be thousands."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def named(pks: Collection[int], *, of: str = "pk") -> Q:
    """Those with these primary keys, for a query; or those of the rows with these, as ``of="meeting"``.

    The keys are written into it as they are: hundreds of parameters would take longer than the answer.
    """
    listed: Any = RawSQL(",".join(f"{pk:d}" for pk in pks), ()) if pks else []  # noqa: S611 — numbers only
    return Q((f"{of}__in", listed))


def unconditioned(rows: Rows) -> Rows:
    """The same query without its conditions, for who has the keys: to see again that they fulfil them takes time."""
    bare = rows.all()
    bare.query.clear_where()
    return bare


def among_few(rows: "QuerySet[Any]", *, most: int) -> Q | None:
    """These rows, by their keys; nothing where they are more than so many."""
    found = list(rows.order_by().values_list("pk", flat=True)[: most + 1])
    return named(found) if len(found) <= most else None
