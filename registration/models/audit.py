"""What staff did and saw: an entry for each action and meeting, whatever number of people it was about."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting
from registration.models.submission import Submission


class AuditEntry(models.Model):
    """One thing that one of the staff did or saw. Written by registration/audit.py alone, and never changed.

    ``before`` and ``after`` are of what was edited; for actions on people each person's are in ``AuditedPerson``.
    """

    class Action(models.TextChoices):
        """What was done."""

        VIEWED = "viewed", _("viewed")
        LISTED = "listed", _("viewed a list")
        EXPORTED = "exported", _("exported")
        IMPORTED = "imported", _("imported")
        UNDONE = "undone", _("undid")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        REOPENED = "reopened", _("put back to review")
        HELD = "held", _("decided, held")
        RELEASED = "released", _("released")
        NOTED = "noted", _("noted, tagged or assigned")
        EDITED = "edited", _("edited")
        ADDED = "added", _("added")
        DELETED = "deleted", _("deleted")
        PUSHED = "pushed", _("pushed to Webex")
        SYNCED = "synced", _("read statuses")
        RETRIED = "retried", _("had sent or looked up again")
        ADOPTED = "adopted", _("adopted or ignored drift")
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("resumed")
        MAILED = "mailed", _("had mails written")
        REFRESHED = "refreshed", _("read a form from Webex")
        FORM_PUSHED = "form_pushed", _("wrote a form to Webex")
        ERASED = "erased", _("erased")

    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    action = models.CharField(_("what"), max_length=11, choices=Action)
    meeting = models.ForeignKey(
        Meeting,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("meeting"),
        help_text="The one that it was about; empty where there were several.",
    )
    submission = models.ForeignKey(
        Submission,
        models.CASCADE,
        null=True,
        related_name="audit_entries",
        verbose_name=_("submission"),
        help_text="The one that it was about; where there were several, each is an AuditedPerson.",
    )
    thing = models.CharField(_("of"), max_length=200, blank=True, help_text="What was edited, by kind and name.")
    count = models.PositiveIntegerField(_("how many"), default=1)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    note = models.CharField(_("how"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["by", "-at"], name="audit_by"),
            models.Index(fields=["action", "-at"], name="audit_action"),
            models.Index(fields=["meeting", "-at"], name="audit_meeting"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by}: {self.get_action_display()}"


class AuditedPerson(models.Model):
    """One of the people that an action changed, with their state before and after it."""

    entry = models.ForeignKey(AuditEntry, models.CASCADE, related_name="people", db_index=False)
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="audited")
    before = models.CharField(_("before"), max_length=20, blank=True)
    after = models.CharField(_("after"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("audited person")
        verbose_name_plural = _("audited people")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["entry", "submission"], name="audited_once")]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.before or '–'} → {self.after or '–'}"
