"""Naming rows by their primary keys, of which there may be thousands."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def named(pks: Sequence[int]) -> Q:
    """Those with these primary keys, for a query.

    The keys are written into it as they are: thousands of parameters would take longer than the answer.
    """
    return Q(pk__in=RawSQL(",".join(f"{pk:d}" for pk in pks), ())) if pks else Q(pk__in=[])  # noqa: S611 — numbers only


def unconditioned(rows: Rows) -> Rows:
    """The same query without its conditions, for who has the keys: to see again that they fulfil them takes time."""
    bare = rows.all()
    bare.query.clear_where()
    return bare
