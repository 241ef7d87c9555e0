"""Batches: every call to Webex, and what became of each person in it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registration.admin.base import StaffAdmin
from registration.admin.meeting_filter import MeetingFilter
from registration.admin.push_progress import mending
from registration.admin.words import NOTHING, state_word
from registration.models import Batch, BatchItem
from registration.states import WebexStatus

_MOST_PEOPLE = 100
"""So many are shown at most; no call to Webex has more."""


@admin.register(Batch)
class BatchAdmin(StaffAdmin):
    """Read-only: the trace of what was done."""

    purpose = gettext_lazy("Every call to Webex, the newest first: what was asked, and what became of it.")
    one_purpose = gettext_lazy("One call to Webex, and what became of each person in it.")
    words_when_empty = gettext_lazy("Webex has not been called yet.")
    first_step = gettext_lazy("Approve people, and push them to Webex.")
    first_step_needs = "registration.change_submission"
    list_display = (
        "call", "meeting", "asked_by", "started", "duration", "size", "outcome_word", "http_status", "tracking_id",
    )  # fmt: skip
    shows_people = True
    list_display_links = ("call",)
    list_filter = ("outcome", "action", MeetingFilter)
    list_select_related = ("meeting", "requested_by")
    search_fields = ("tracking_id", "error")
    date_hierarchy = "started_at"
    actions = None
    # The page is a template of its own; the form behind it has nothing to fill in.
    fields = ("tracking_id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: a batch is the trace of a call."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a batch is the trace of a call."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a batch is the trace of a call."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        """With the meeting and who asked, which every page shows."""
        return super().get_queryset(request).select_related("meeting", "requested_by")

    @admin.display(description=gettext_lazy("call"), ordering="action")
    def call(self, batch: Batch) -> str:
        """What was asked of Webex, with the number of the batch."""
        return str(batch)

    @admin.display(description=gettext_lazy("asked for by"), ordering="requested_by")
    def asked_by(self, batch: Batch) -> str:
        """Who asked for the call."""
        return str(batch.requested_by or _("scheduled command"))

    @admin.display(description=gettext_lazy("started (UTC)"), ordering="started_at")
    def started(self, batch: Batch) -> str:
        """When the call began."""
        return f"{batch.started_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description=gettext_lazy("seconds"))
    def duration(self, batch: Batch) -> str:
        """How many seconds the call took."""
        return NOTHING if batch.seconds is None else f"{batch.seconds:.1f}"

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def outcome_word(self, batch: Batch) -> str:
        """How the call ended, as a coloured word."""
        return state_word(Batch.Outcome, batch.outcome)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add what the page shows."""
        batch = context["original"]
        context |= {
            "title": str(batch),
            "subtitle": None,
            "state_address": reverse("admin:registration_batch_state", args=[batch.pk]),
            **self._state(request, batch),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the address of what changes on the page while the call is under way."""
        view = self.admin_site.admin_view(require_safe(self.state_view))
        return [path("<int:pk>/state/", view, name="registration_batch_state"), *super().get_urls()]

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """That part of the page. Its header ``X-Poll`` says when it changes no more."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        state = self._state(request, batch)
        response = TemplateResponse(request, "admin/registration/batch/state.html", {"original": batch, **state})
        if not state["is_under_way"]:
            response.headers["X-Poll"] = "done"
        return response

    def _state(self, request: HttpRequest, batch: Batch) -> dict[str, Any]:
        people = _people(request, batch)
        return {
            "asked_by": self.asked_by(batch),
            "duration": self.duration(batch),
            "outcome": self.outcome_word(batch),
            "is_under_way": batch.outcome == Batch.Outcome.UNDER_WAY,
            "people": people[:_MOST_PEOPLE],
            "has_words": any(person.get("refusal") for person in people),
            "is_cut": len(people) > _MOST_PEOPLE,
        }


def _people(request: HttpRequest, batch: Batch) -> list[dict[str, object]]:
    """The people of the batch: each with what became of them, or those whose call is under way."""
    if batch.outcome == Batch.Outcome.UNDER_WAY:
        claimed = batch.claimed.order_by("pk")[: _MOST_PEOPLE + 1]
        word = state_word(Batch.Outcome, Batch.Outcome.UNDER_WAY)
        return [{"submission": person, "outcome": word, "webex_status": NOTHING} for person in claimed]
    return [
        {
            "submission": item.submission,
            "outcome": state_word(BatchItem.Outcome, item.outcome),
            "webex_status": state_word(WebexStatus, item.webex_status),
            **mending(request, item.submission),
        }
        for item in batch.items.select_related("submission__meeting")[: _MOST_PEOPLE + 1]
    ]
