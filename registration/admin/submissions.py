"""Submissions: the list, one person's page, and the review."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration import search
from registration.admin import (
    audit,
    export,
    notes,
    one_by_one,
    private,
    saved_views,
    submission_filters,
    submission_page,
    undo,
)
from registration.admin.base import WhenEmpty
from registration.admin.by_time import is_searched, sees_many
from registration.admin.correct import URL_NAME, correct_address, correct_page
from registration.admin.erase import erasure_word
from registration.admin.paging import CappedPaginator, FoundPaginator, OncePaginator
from registration.admin.submission_actions import SubmissionActions
from registration.admin.submission_list import FilteredOnly, SubmissionList, sortable
from registration.admin.words import NOTHING, decision_words, state_word
from registration.flow import drift
from registration.models import Submission
from registration.signed_up_again import second_sign_up_of
from registration.states import Presence, WebexStatus


@admin.register(Submission)
class SubmissionAdmin(SubmissionActions):
    """Read-only, but for the review and for corrections, which have a page of their own."""

    purpose = _("Everybody who signed up: find people, decide about them, and see what Webex made of them.")
    one_purpose = _("One registration: what the person told us, what was decided, and what Webex made of it.")
    list_display = (
        "name",
        "decision_word",
        "presence_word",
        "webex_word",
        "email_address",
        "meeting",
        "submitted",
        "noted",
    )
    verb_permissions = {"erase": ("registration.delete_submission",)}
    shows_people = True
    list_display_links = ("name",)
    list_filter = submission_filters.FILTERS
    # They are searched by get_search_results.
    search_fields = search.COLUMNS
    search_help_text = _("Name, e-mail address, company or reference")
    ordering = ("-submitted_at", "-pk")
    actions = (*SubmissionActions.actions, export.export_csv, export.export_xlsx)
    # The page is a template of its own; the form behind it has nothing to fill in.
    fields = ("reference",)
    # Its address is the attendee's secret.
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: people register themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the review is by actions (see ``has_review_permission``)."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: somebody at Webex would be forgotten."""
        return False

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may delete submissions: what a reviewer does can be undone, and this cannot."""
        return self.may(request, "erase", obj)

    # --- the list -----------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list with all that belongs to its rows; the review asks for no more than who they are."""
        match = request.resolver_match
        is_review = match is not None and match.url_name in (one_by_one.FIRST, one_by_one.ONE)
        return FilteredOnly if is_review else SubmissionList

    def get_list_filter(self, request: HttpRequest) -> Any:
        """With a filter for each question of the chosen meeting."""
        return [*self.list_filter, *submission_filters.of_answers(request)]

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """All columns where the list is of one meeting."""
        return sortable(request, self.list_display)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        """Those who have each of the words somewhere (registration/search.py)."""
        are_some = is_searched(request) and not sees_many(request)
        return search.matching(queryset, search_term, are_some=are_some), False

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """Its own for what is searched for, and for the people of some meetings, who are sorted for each page."""
        paginator = CappedPaginator if sees_many(request) else OncePaginator
        if is_searched(request):
            paginator = FoundPaginator
        return paginator(queryset, per_page, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Add the saved views; go on without the filters by answers that there are not."""
        if without := submission_filters.without_lost_answers(request):
            return without
        context = {"views": saved_views.offered(request), "may_review": self.has_review_permission(request)}
        context |= export.export_context(self, request)
        response: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **context})
        return response

    def when_empty(self, request: HttpRequest) -> WhenEmpty:
        """Lead those who may publish a meeting to the meetings."""
        if not request.user.has_perm("registration.change_meeting"):
            return WhenEmpty(_("No submissions yet: they come here as soon as people sign up."))
        words = _("No submissions yet: publish a meeting and share the address of its sign-up page.")
        return WhenEmpty(words, [(_("Meetings"), reverse("admin:registration_meeting_changelist"))])

    @admin.display(description=_("name"), ordering="last_name")
    def name(self, submission: Submission) -> SafeString:
        """First and last name, in whichever direction they are written."""
        if word := erasure_word(submission):
            return format_html("{}", word)
        return format_html('<bdi class="words">{}</bdi>', submission.full_name)

    @admin.display(description=_("e-mail address"), ordering="email_key")
    def email_address(self, submission: Submission) -> SafeString | str:
        """The address, which breaks before its @ where it is too long for a line."""
        if not submission.email:
            return NOTHING
        name, at, host = submission.email.rpartition("@")
        return format_html('<bdi class="words email">{}<wbr>{}{}</bdi>', name, at, host)

    @admin.display(description=_("submitted (UTC)"), ordering="submitted_at")
    def submitted(self, submission: Submission) -> str:
        """When it was submitted: short, and in an order in which it can be compared."""
        return f"{submission.submitted_at:%Y-%m-%d %H:%M}"

    @admin.display(description=_("decision"), ordering="decision")
    def decision_word(self, submission: Submission) -> str:
        """Our decision as a coloured word, with their place on the waiting list; and what it waits for."""
        return decision_words(submission, position=getattr(submission, "position", None))

    @admin.display(description=_("presence"), ordering="presence")
    def presence_word(self, submission: Submission) -> str:
        """What we know of the person at Webex, as a coloured word."""
        return state_word(Presence, submission.presence)

    @admin.display(description=_("Webex status"), ordering="webex_status")
    def webex_word(self, submission: Submission) -> str:
        """The status as Webex last told it, as a coloured word."""
        return state_word(WebexStatus, submission.webex_status)

    @admin.display(description=_("among staff"))
    def noted(self, submission: Submission) -> SafeString | str:
        """Tags, who is to look at them, and how many notes there are."""
        parts = [format_html('<span class="tag"><bdi>{}</bdi></span>', name) for name in submission.tag_names]  # type: ignore[attr-defined]
        if submission.assigned_to is not None:
            parts.append(format_html("{}", _("for %s") % submission.assigned_to))
        if count := submission.note_count:  # type: ignore[attr-defined]
            parts.append(format_html("{}", ngettext("%d note", "%d notes", count) % count))
        return format_html_join(" ", "{}", ((part,) for part in parts)) or NOTHING

    # --- one person's page --------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the pages on which answers are corrected, people reviewed and decisions undone, and the saved views."""
        view = self.admin_site.admin_view(self.correct_view)
        pages = (one_by_one, undo, notes, saved_views)
        ours = [address for page in pages for address in page.addresses(self)]
        export_view = self.admin_site.admin_view(partial(export.export_view, self))
        ours.append(path("export/", export_view, name=export.URL_NAME))
        return [path("<int:pk>/correct/", view, name=URL_NAME), *ours, *super().get_urls()]

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Correct the answers of one attendee."""
        return correct_page(self, request, pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """With the meeting, which every page shows, and who is to look at them."""
        return super().get_queryset(request).select_related("meeting", "assigned_to")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add what the page shows."""
        submission = context["original"]
        second = second_sign_up_of(submission)
        may_undo = self.has_review_permission(request, submission)
        texts = private.texts(request, submission.meeting, [submission])
        history = submission_page.history(submission, texts=texts, may_undo=may_undo)
        context |= {
            "title": submission.full_name if submission.erase_asked_at is None else str(submission),
            "erasure": erasure_word(submission),
            "subtitle": None,
            "buttons": self.buttons(request, submission),
            "correct_address": correct_address(self, request, submission),
            "audit_address": audit.address_of(request, submission),
            **submission_page.states(submission),
            **submission_page.reasons(submission, history, texts=texts),
            "questions": private.answers(request, submission),
            "staff": notes.panel(self, request, submission),
            "second_sign_up": second,
            "differences": private.differences_of(request, second) if second else [],
            "mails": submission_page.mails(submission),
            "history": history,
            "is_undoable": any(change["is_undoable"] for change in history),
            "is_left": drift.is_left(submission),
            "batch_items": submission_page.batch_items(submission),
        }
        return super().render_change_form(request, context, *args, **kwargs)
