"""People who are at Webex and not with us."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting
from registration.states import WebexStatus


class UnknownRegistrant(models.Model):
    """A registrant of a meeting whom Webex has and the portal has not sent: registered on Webex's own page, say.

    Written by flow/sync/, which deletes the row once Webex no longer has them or a submission stands for them.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="unknown_registrants", verbose_name=_("meeting"))
    registrant_id = models.CharField(_("registrant id"), max_length=200)
    email = models.CharField(_("e-mail address"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    webex_status = models.CharField(_("Webex status"), max_length=8, choices=WebexStatus, blank=True)
    registration_time = models.DateTimeField(_("registered at"), null=True)
    details = models.JSONField(default=dict, help_text="The other fields and the answers, as Webex told them.")
    seen_at = models.DateTimeField(_("last seen at Webex"))
    is_ignored = models.BooleanField(_("ignored"), default=False, help_text=_("A person decided to leave them there."))

    class Meta:
        verbose_name = _("person at Webex only")
        verbose_name_plural = _("people at Webex only")
        ordering = ["-registration_time", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "registrant_id"], name="unknown_registrant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.registrant_id
