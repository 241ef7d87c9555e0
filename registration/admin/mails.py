"""Mails: the list of all that were written, and what became of each."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from registration import roles, search
from registration.admin import kept_mails, looks
from registration.admin.across import AsksAcross
from registration.admin.base import acting_user, tell
from registration.admin.choice import SHOWN_NAMES, note_look
from registration.admin.html_page import html_page
from registration.admin.meeting_filter import MeetingFilter
from registration.admin.words import NOTHING, failure_words, state_word
from registration.flow import availability, post
from registration.flow.review import Reviewed
from registration.mail import sample
from registration.mail.message import Letter
from registration.models import Mail, Submission
from registration.models.mail import IN_STATE


class StateFilter(admin.SimpleListFilter):
    """By what became of the mails."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every state."""
        return list(Mail.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        """Keep those in the chosen state; one that there is not keeps all."""
        value = self.value()
        return queryset.filter(IN_STATE[Mail.State(value)]) if value in Mail.State.values else queryset


class MailMeetingFilter(MeetingFilter):
    """By the meeting that they are about."""

    parameter_name = "meeting"
    path = "submission__meeting"


@admin.register(Mail)
class MailAdmin(AsksAcross):
    """Read-only, but that each can be sent again."""

    purpose = _("Every mail to an attendee, the newest first: whether it was sent, and if not, why.")
    one_purpose = _("One mail: what it says now, and what became of it.")
    words_when_empty = _("No mail has been written yet: the portal writes one for each sign-up and each decision.")
    list_display = ("about", "person", "meeting", "state_word", "failed_tries", "last_failure", "written")
    meeting_path = "submission__meeting"
    shows_people = True
    verb_permissions = {"view": roles.SEE_PEOPLE}
    list_display_links = ("about",)
    list_filter = (StateFilter, "kind", MailMeetingFilter)
    list_select_related = ("submission__meeting",)
    # They are searched by get_search_results.
    search_fields = tuple(f"submission__{column}" for column in search.COLUMNS)
    search_help_text = _("Name, e-mail address, company or reference")
    # As they were written, and there is an index of it.
    ordering = ("-pk",)
    actions = ("send_again",)
    object_actions = actions
    # The page is a template of its own; the form behind it has nothing to fill in.
    fields = ("kind",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mail], search_term: str
    ) -> tuple[QuerySet[Mail], bool]:
        """Those to people who have each of the words somewhere (registration/search.py)."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(submission__in=search.matching(Submission.objects.order_by(), search_term)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: mails are written with what they tell of."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a mail says what is so when it is sent."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: they are deleted once they are old."""
        return False

    # --- the list -----------------------------------------------------------------------------------------------

    @admin.display(description=_("about"), ordering="kind")
    def about(self, mail: Mail) -> str:
        """What it is about."""
        return mail.get_kind_display()

    @admin.display(description=_("person"), ordering="submission__last_name")
    def person(self, mail: Mail) -> SafeString:
        """To whom it was written."""
        return format_html('<bdi class="words">{}</bdi>', mail.submission.full_name)

    @admin.display(description=_("meeting"), ordering="submission__meeting")
    def meeting(self, mail: Mail) -> SafeString:
        """Which meeting it is about."""
        return format_html('<bdi class="words">{}</bdi>', mail.submission.meeting)

    @admin.display(description=_("state"))
    def state_word(self, mail: Mail) -> str:
        """What became of it, as a coloured word."""
        return state_word(Mail.State, mail.state)

    @admin.display(description=_("last failure"), ordering="failure")
    def last_failure(self, mail: Mail) -> str:
        """Why it was not sent the last time."""
        return NOTHING if mail.state is Mail.State.OUTDATED else failure_words(mail.failure) or NOTHING

    @admin.display(description=_("written (UTC)"), ordering="queued_at")
    def written(self, mail: Mail) -> str:
        """When it was written."""
        return f"{mail.queued_at:%Y-%m-%d %H:%M}"

    @admin.action(description=_("Send again"), permissions=["review"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Mail]) -> None:
        """Have exactly the chosen mails sent once more."""
        chosen_count = chosen.count()
        count = post.once_more(chosen, at=timezone.now(), by=acting_user(request))
        left = chosen_count - count
        words = ngettext("%d mail is on its way.", "%d mails are on their way.", count) % count
        why = ngettext("%d is on its way already", "%d are on their way already", left) % left
        tell(request, words, Reviewed(count, left, (why,)))

    def named_across(self, request: HttpRequest, rows: QuerySet[Mail]) -> list[str]:
        """To whom each was written, and about what."""
        mails = list(rows[:SHOWN_NAMES])
        note_look(request, list({mail.submission_id: mail.submission for mail in mails}.values()))
        return [f"{mail.submission.full_name}: {mail.get_kind_display()}" for mail in mails]

    # --- one mail's page, and those that are kept ----------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add a mail's HTML, and the mails that are kept as files."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/html/", view(require_safe(self.html_view)), name="registration_mail_html"),
            *kept_mails.addresses(self),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        """With person and meeting, which every page shows."""
        return super().get_queryset(request).select_related("submission__meeting")

    def is_of_use(self, action: str, obj: Model) -> bool:
        """Whether there is anything to send again."""
        return isinstance(obj, Mail) and obj.state is not Mail.State.QUEUED

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add what the page shows."""
        mail = context["original"]
        context |= {
            "title": capfirst(mail.get_kind_display()),
            "subtitle": None,
            "buttons": self.buttons(request, mail),
            "state": self.state_word(mail),
            "failure": self.last_failure(mail),
            "letter": _as_it_is_now(mail),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the mail says now, as HTML."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mail = get_object_or_404(self.get_queryset(request), pk=pk)
        letter = _as_it_is_now(mail)
        if letter is None:
            raise Http404
        looks.note_page(self, request, mail)
        return html_page(letter.html)


def _as_it_is_now(mail: Mail) -> Letter | None:
    now = timezone.now()
    return sample.as_it_is_now(mail, at=now, again=availability.again(mail.submission, now=now))
