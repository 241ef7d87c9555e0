"""The form behind a Webex account's page: its secrets can be entered there, and never be read."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.accounts import credentials, seal
from registration.errors import NotConfigured
from registration.models import Account
from registration.validators import validate_year

_KEEP = gettext_lazy("Write-only. Leave it empty to keep what is stored.")


class Kind(TextChoices):
    """What an account's access tokens stem from."""

    INTEGRATION = "integration", gettext_lazy("an integration, whose tokens the portal renews itself")
    TOKEN = "token", gettext_lazy("an access token made by hand, until it ends")


class SecretField(forms.CharField):
    """A secret: what was entered is not shown again, and an empty one keeps what is stored."""

    def __init__(self, *, label: Any) -> None:
        widget = forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"})
        super().__init__(label=label, required=False, max_length=5000, widget=widget, help_text=_KEEP)


class PlainAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account without its credentials."""

    class Meta:
        model = Account
        fields = ("name", "calls_per_minute")


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account with the credentials of one kind; those of the other kind are dropped."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Credentials"),
        choices=Kind.choices,
        initial=Kind.INTEGRATION,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("What is stored for the other kind is dropped."),
    )
    client_secret = SecretField(label=gettext_lazy("Client secret"))
    refresh_token = SecretField(label=gettext_lazy("Refresh token"))
    access_token = SecretField(label=gettext_lazy("Access token"))
    ends_at = forms.SplitDateTimeField(
        label=gettext_lazy("It ends at"),
        required=False,
        widget=AdminSplitDateTime,
        validators=[validate_year],
        help_text=gettext_lazy("As far as it is known; you are warned when it has ended. In UTC."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance.refresh_token_sealed:
            self.fields["kind"].initial = Kind.TOKEN
            self.fields["ends_at"].initial = self.instance.access_token_expires_at

    def clean(self) -> dict[str, Any]:
        """Take the credentials in. Says what is missing, and where TOKEN_KEYS is."""
        given = super().clean() or {}
        if self.errors:
            return given
        if problem := seal.keys_problem():
            self.add_error(None, problem)
        elif given["kind"] == Kind.INTEGRATION:
            self._check_integration(given)
        elif not given["access_token"] and (
            not self.instance.access_token_sealed or self.instance.refresh_token_sealed
        ):
            self.add_error("access_token", _("Enter the access token."))
        if not self.errors:
            self._take(given)
        return given

    def _check_integration(self, given: dict[str, Any]) -> None:
        if not given["client_id"]:
            self.add_error("client_id", _("Enter the client id."))
        if not given["client_secret"] and not self.instance.client_secret_sealed:
            self.add_error("client_secret", _("Enter the client secret."))
        if not given["refresh_token"] and not self.instance.refresh_token_sealed:
            self.add_error("refresh_token", _("Enter the refresh token."))

    def _take(self, given: dict[str, Any]) -> None:
        """Put new credentials into the account; where nothing of them was changed, it keeps its tokens."""
        if not self.changes_credentials:
            return
        try:
            if given["kind"] == Kind.INTEGRATION:
                credentials.take_integration(
                    self.instance,
                    client_id=given["client_id"],
                    client_secret=given["client_secret"],
                    refresh_token=given["refresh_token"],
                )
            else:
                given["client_id"] = ""
                credentials.take_access_token(
                    self.instance, access_token=given["access_token"], expires_at=given["ends_at"]
                )
        except NotConfigured as error:
            self.add_error(None, str(error.words))

    @property
    def changes_credentials(self) -> bool:
        """Whether anything of the credentials was changed."""
        asked = {"kind", "client_id", "client_secret", "refresh_token", "access_token", "ends_at"}
        return bool(asked & set(self.changed_data))

    class Meta:
        model = Account
        fields = ("name", "client_id", "calls_per_minute")
