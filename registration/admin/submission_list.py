"""The list of submissions: read a page at a time, however many there are, with what belongs to each of its rows."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext as _

from registration import line
from registration.admin import submission_filters
from registration.admin.by_time import by_time
from registration.admin.meeting_filter import MeetingFilter, is_key
from registration.admin.paging import CappedPaginator, OncePaginator
from registration.admin.submission_filters import UntilFilter
from registration.models import Note, Submission, Tag
from registration.states import Decision


def sortable(request: HttpRequest, columns: Sequence[str]) -> Sequence[str]:
    """The columns by which can be sorted fast: everybody by when they came, and those of one meeting by each."""
    is_of_one = is_key(request.GET.get(str(MeetingFilter.parameter_name), ""))
    return columns if is_of_one else ("submitted",)


class SubmissionList(ChangeList):
    """A page of submissions, with their places on the waiting list, tags and number of notes: a query each."""

    paginator: CappedPaginator
    filter_specs: Any

    def get_filters(self, request: HttpRequest) -> Any:
        """Django's own, but that the filters are not beside the list: its template has a form of them."""
        specs, _has_filters, *rest = super().get_filters(request)
        return specs, False, *rest

    def get_ordering_field(self, field_name: Any) -> Any:
        """What cannot be sorted fast is not, whatever the address says (see ``sortable``)."""
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> Any:
        """In the order of time, where nothing else is asked for."""
        found = super().get_queryset(request, exclude_parameters)
        return found if self.params.get(ORDER_VAR) else by_time(found, request, newest_first=True)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then what belongs to its rows."""
        super().get_results(request)
        is_all = not self.multi_page or (self.show_all and self.can_show_all)
        found = self.paginator.rows() if is_all and isinstance(self.paginator, OncePaginator) else self.result_list
        submissions = list(found)
        add_what_staff_noted(submissions)
        in_line = [submission.pk for submission in submissions if submission.decision == Decision.WAITLISTED]
        positions = line.positions(in_line) if in_line else {}
        for submission in submissions:
            submission.position = positions.get(submission.pk)
        self.result_list = submissions

    # --- what the template asks for -----------------------------------------------------------------------------

    @property
    def count_words(self) -> str:
        """How many match."""
        if self.paginator.is_capped:
            return _("more than %s submissions") % f"{self.paginator.most:,}"
        name = self.opts.verbose_name if self.result_count == 1 else self.opts.verbose_name_plural
        return f"{self.result_count} {name}"

    @property
    def is_capped(self) -> bool:
        """Whether there are more than can be turned to."""
        return self.paginator.is_capped

    @property
    def filter_words(self) -> list[str]:
        """What the list is narrowed by, for people to read."""
        found = [submission_filters.words(spec) for spec in self.filter_specs]
        search = [_("search: %(words)s") % {"words": self.query}] if self.query else []
        return [*search, *filter(None, found)]

    @property
    def first_filters(self) -> list[Any]:
        """The filters beside the search."""
        return [spec for spec in self.filter_specs if spec.parameter_name in submission_filters.FIRST]

    @property
    def more_filters(self) -> list[Any]:
        """The other filters."""
        return [spec for spec in self.filter_specs if spec.parameter_name not in submission_filters.FIRST]

    @property
    def more_in_use(self) -> int:
        """How many of the others narrow the list."""
        return sum(1 for spec in self.more_filters if submission_filters.words(spec))

    @property
    def kept_query(self) -> str:
        """The filters of the list as a query, without what was searched for, and without the page."""
        return self._query(without={SEARCH_VAR, PAGE_VAR, ALL_VAR})

    @property
    def review_query(self) -> str:
        """Filters and search as a query."""
        return self._query(without={PAGE_VAR, ALL_VAR})

    def _query(self, *, without: Collection[str]) -> str:
        return urlencode(
            [(name, value) for name, value in sorted(self.params.items()) if value and name not in without]
        )

    @property
    def older(self) -> str:
        """The query of the rows that no page leads to; empty where there are none, or the order is another."""
        if not self.is_capped or self.params.get(ORDER_VAR) or self.page_num < self.paginator.num_pages:
            return ""
        last = self.result_list[-1].submitted_at.isoformat()
        return self.get_query_string({UntilFilter.parameter_name: last})


class FilteredOnly(SubmissionList):
    """Whom the filters keep, without reading a page of them."""

    def get_results(self, request: HttpRequest) -> None:
        """Read nothing."""


def add_what_staff_noted(submissions: list[Submission]) -> None:
    """Give each the names of its tags and the number of its notes: two queries, however many they are."""
    pks = [submission.pk for submission in submissions]
    tags: dict[int, list[str]] = defaultdict(list)
    for pk, name in Tag.objects.filter(submission__in=pks).order_by("name").values_list("submission_id", "name"):
        tags[pk].append(name)
    notes = Counter(Note.objects.filter(submission__in=pks).order_by().values_list("submission_id", flat=True))
    for submission in submissions:
        submission.tag_names, submission.note_count = tags[submission.pk], notes[submission.pk]  # type: ignore[attr-defined]
