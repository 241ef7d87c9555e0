"""Pages of a list that may be endless: nobody counts to its end, and of the rows before a page little is read."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

from registration.keys import unconditioned

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

MOST_COUNTED = 5_000
"""So many are counted, and can be turned to page by page; whoever looks for others narrows the list."""


class CappedPaginator(_Paginator):
    """Counts no further than to see that there are more: a million rows take as long as five thousand."""

    @cached_property
    def seen(self) -> int:
        """How many there are, or one more than are counted."""
        rows: Any = self.object_list
        count: int = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
        return count

    @cached_property
    def count(self) -> int:
        """How many there are, of those that are counted."""
        return min(self.seen, MOST_COUNTED)

    @property
    def is_capped(self) -> bool:
        """Whether there are more than are counted."""
        return self.seen > MOST_COUNTED

    def page(self, number: int | str) -> Page[Any]:
        """The page's keys first: the rows that are sorted, or stand before it, are not read with all that is theirs."""
        page, rows = super().page(number), self.object_list
        keys = list(page.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]
        found = unconditioned(rows.order_by()).in_bulk(keys)  # type: ignore[attr-defined]
        page.object_list = [found[key] for key in keys if key in found]
        return page
