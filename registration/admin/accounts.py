"""The Webex accounts: their credentials, which nobody can read here, their state, and resuming them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from registration.accounts import credentials, notices, settings_account
from registration.admin.account_form import AccountForm, PlainAccountForm
from registration.admin.across import AsksAcross
from registration.admin.pausing import resume
from registration.admin.words import NOTHING, tone_word
from registration.flow import pauses
from registration.models import Account, Meeting

_ALWAYS = ("name", "calls_per_minute")


@admin.register(Account)
class AccountAdmin(AsksAcross):
    """An account. That of the settings is shown; its secrets are where the settings are, and it stays."""

    fieldsets = (
        (None, {"fields": (*_ALWAYS, "kind")}),
        (
            _("Integration"),
            {
                "fields": ("client_id", "client_secret", "refresh_token"),
                "description": _("Authorize it with Webex once; from then on the portal renews its tokens."),
            },
        ),
        (_("Access token made by hand"), {"fields": ("access_token", "ends_at")}),
    )
    purpose = _("In whose name the portal calls Webex: whether each account works, and when its tokens end.")
    one_purpose = _("One Webex account: its credentials, whether it works, and how many calls a minute are made.")
    words_when_empty = _("There is no account yet.")
    first_step = _("Add one with the credentials of its integration.")
    meeting_path = None
    list_display = ("name", "meetings_link", "state", "tokens")
    actions = ("resume",)
    object_actions = ("resume",)

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Not for the account of the settings: it would come back."""
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.is_from_settings)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """With the number of meetings."""
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(meeting_count=Count("meetings"))

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        """Without credentials where the user has none to enter."""
        return self.fieldsets if self._takes_credentials(request, obj) else [(None, {"fields": _ALWAYS})]

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Without credentials where the user has none to enter."""
        form = AccountForm if self._takes_credentials(request, obj) else PlainAccountForm
        return super().get_form(request, obj, change, **{"form": form} | kwargs)

    def _takes_credentials(self, request: HttpRequest, account: Account | None) -> bool:
        """Not for the account of the settings, whose credentials are made there, and not from who may only look."""
        return account is None or (not account.is_from_settings and self.has_change_permission(request, account))

    # --- the list -----------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the account of the settings also before its first use."""
        settings_account()
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("meetings"))
    def meetings_link(self, account: Account) -> str:
        """How many meetings it calls Webex for, as a link to them."""
        count: int = account.meeting_count  # type: ignore[attr-defined]
        if account.is_from_settings:
            count += Meeting.objects.filter(account=None).count()
        changelist = reverse("admin:registration_meeting_changelist")
        if not Account.objects.filter(is_from_settings=False).exists():
            return format_html('<a href="{}">{}</a>', changelist, count)
        return format_html('<a href="{}?account={}">{}</a>', changelist, account.pk, count)

    @admin.display(description=_("state"))
    def state(self, account: Account) -> str:
        """Whether calls are made in its name, and if not, why."""
        now = timezone.now()
        if account.paused_at is not None:
            return tone_word("bad", "✗", _("paused since %s") % notices.moment(account.paused_at))
        if account.blocked_until is not None and account.blocked_until > now:
            return tone_word("waits", "○", _("waits until %s") % notices.moment(account.blocked_until))
        return tone_word("good", "✓", _("in use"))

    @admin.display(description=_("tokens"))
    def tokens(self, account: Account) -> str:
        """What kind of credentials it has, and when they end."""
        return notices.tokens_in_words(account)

    # --- actions and buttons ------------------------------------------------------------------------------------

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Account]) -> None:
        """Call Webex again in the name of the chosen that are paused."""
        resume(self, request, chosen, by=pauses.resume_accounts)

    def is_of_use(self, action: str, obj: Any) -> bool:
        """Only what is paused can be resumed."""
        return action != "resume" or obj.is_paused

    # --- pages --------------------------------------------------------------------------------------------------

    @method_decorator(sensitive_post_parameters("client_secret", "refresh_token", "access_token"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page. What was posted is kept out of error reports."""
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Write what the form is about and nothing else: a renewal may have stored new tokens since it was shown."""
        if not change:
            obj.save()
            return
        written = {"name", "calls_per_minute"} & set(form.fields)
        if isinstance(form, AccountForm) and form.changes_credentials:
            written |= set(credentials.COLUMNS)
        obj.save(update_fields=written)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add the buttons and the state to the page of an account."""
        account = context["original"]
        if account is not None:
            context |= {
                "buttons": self.buttons(request, account),
                "notices": list(notices.of_account(account, now=timezone.now())),
                "facts": [
                    (_("state"), self.state(account)),
                    (_("tokens"), self.tokens(account)),
                    (_("meetings"), self.meetings_link(account)),
                    (_("calls a minute that Webex takes"), account.learned_per_minute or NOTHING),
                ],
            }
        return super().render_change_form(request, context, *args, **kwargs)
