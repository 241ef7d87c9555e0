"""The Webex accounts in whose name the portal calls Webex, and what all its processes must know about each."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """A Webex account: a host, or the administrator of a site. Each meeting belongs to one.

    The account of the settings is a row as well, without secrets: what must be shared by all processes, and outlive
    them, is kept here for every account alike. Secrets are sealed (accounts/seal.py) and read by accounts/ alone.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_from_settings = models.BooleanField(_("from the settings"), default=False, editable=False)

    client_id = models.CharField(_("client id"), max_length=200, blank=True)
    client_secret_sealed = models.TextField(blank=True, editable=False)
    access_token_sealed = models.TextField(blank=True, editable=False)
    access_token_expires_at = models.DateTimeField(_("access token expires at"), null=True, editable=False)
    renew_at = models.DateTimeField(null=True, editable=False, help_text="When the access token is due for renewal.")
    refresh_token_sealed = models.TextField(blank=True, editable=False)
    refresh_token_expires_at = models.DateTimeField(_("refresh token expires at"), null=True, editable=False)
    credentials_mark = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="A keyed digest of what the tokens stem from: when that changes, the stored tokens are void.",
    )
    renewing_until = models.DateTimeField(
        null=True, editable=False, help_text="Until when one process may be renewing the access token."
    )

    calls_per_minute = models.PositiveIntegerField(
        _("calls a minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("The most calls to Webex in any minute. Empty: as the setting WEBEX_CALLS_PER_MINUTE says."),
    )
    learned_per_minute = models.PositiveIntegerField(_("calls a minute that Webex takes"), null=True, editable=False)
    learned_at = models.DateTimeField(null=True, editable=False, help_text="When Webex last said: too many calls.")
    blocked_until = models.DateTimeField(
        _("no call before"), null=True, editable=False, help_text="As Webex asked, or while it gives no usable answers."
    )
    failures = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Calls in a row without a usable answer."
    )

    paused_at = models.DateTimeField(_("paused at"), null=True, editable=False)
    pause_reason = models.CharField(_("why it is paused"), max_length=1000, blank=True, editable=False)
    paused_mark = models.CharField(
        max_length=64, blank=True, editable=False, help_text="The credentials_mark at the time: new ones end the pause."
    )

    class Meta:
        verbose_name = _("Webex account")
        verbose_name_plural = _("Webex accounts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_from_settings"], condition=Q(is_from_settings=True), name="account_one_from_settings"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent in its name until a person resumes it."""
        return self.paused_at is not None


class WebexCall(models.Model):
    """When a call was begun in the name of an account: what the limit of calls a minute is counted by."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="calls", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "at"], name="webex_call_account_at")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%H:%M:%S}"
