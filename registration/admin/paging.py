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

MOST_FOUND = 2_000
"""The same of what was searched for."""


class CappedPaginator(_Paginator):
    """Counts no further than to see that there are more: a million rows take as long as five thousand."""

    @property
    def most(self) -> int:
        """So many are counted."""
        return MOST_COUNTED

    @cached_property
    def seen(self) -> int:
        """How many there are, or one more than are counted."""
        rows: Any = self.object_list
        count: int = rows.order_by().values("pk")[: self.most + 1].count()
        return count

    @cached_property
    def count(self) -> int:
        """How many there are, of those that are counted."""
        return min(self.seen, self.most)

    @property
    def is_capped(self) -> bool:
        """Whether there are more than are counted."""
        return self.seen > self.most

    def page(self, number: int | str) -> Page[Any]:
        """The page's keys first: the rows that are sorted, or stand before it, are not read with all that is theirs."""
        page = super().page(number)
        page.object_list = self._rows(self._keys_of(page))
        return page

    def _rows(self, keys: list[int]) -> list[Any]:
        rows: Any = self.object_list
        found = unconditioned(rows.order_by()).in_bulk(keys)
        return [found[key] for key in keys if key in found]

    def _keys_of(self, page: Page[Any]) -> list[int]:
        return list(page.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]


class OncePaginator(CappedPaginator):
    """Of rows that it takes long to find, or to sort: that is done once, for count and page."""

    @cached_property
    def _keys(self) -> list[int]:
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True)[: self.most + 1])

    @cached_property
    def seen(self) -> int:
        """How many there are, or one more than are counted."""
        return len(self._keys)

    def rows(self) -> list[Any]:
        """All that are counted, for a list that is not paged."""
        return self._rows(self._keys[: self.count])

    def _keys_of(self, page: Page[Any]) -> list[int]:
        first = page.start_index()
        return self._keys[first - 1 : page.end_index()] if first else []


class FoundPaginator(OncePaginator):
    """Of what was searched for: to look at a row takes so long that fewer are counted."""

    @property
    def most(self) -> int:
        """So many are counted."""
        return MOST_FOUND
