"""One bulk call to Webex, and what became of each person in it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting
from registration.models.submission import Submission


class Batch(models.Model):
    """One bulk call to Webex: who asked for it, when, and how it ended.

    Written before the call and completed after it, so that a crash in between leaves a trace.
    """

    class Action(models.TextChoices):
        """What the call asked of Webex."""

        REGISTER = "register", _("register")
        LOOK_UP = "look_up", _("look up")
        APPROVE = "approve", _("approve")
        REJECT = "reject", _("reject")
        MOVE_TO_PENDING = "move_to_pending", _("move back to pending")
        REMOVE = "remove", _("remove")

    class Outcome(models.TextChoices):
        """How the call ended."""

        UNDER_WAY = "under_way", _("under way")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused by Webex")
        POSTPONED = "postponed", _("not processed, will be tried again")
        UNKNOWN = "unknown", _("outcome unknown, will be looked up")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="batches", verbose_name=_("meeting"))
    action = models.CharField(_("action"), max_length=15, choices=Action)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked for by"),
        help_text=_("Empty: a scheduled command."),
    )
    size = models.PositiveSmallIntegerField(_("people"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, default=Outcome.UNDER_WAY)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    tracking_id = models.CharField(_("Webex tracking id"), max_length=200, blank=True)
    error = models.CharField(_("error"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()} #{self.pk}"

    @property
    def seconds(self) -> float | None:
        """How long the call took, as far as it has ended."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class BatchItem(models.Model):
    """What became of one person in a batch: written once that is known.

    While a call is under way, its people are those whose submission points to the batch.
    """

    class Outcome(models.TextChoices):
        """What became of the person."""

        REGISTERED = "registered", _("at Webex")
        ABSENT = "absent", _("not at Webex")
        REFUSED = "refused", _("refused by Webex")
        POSTPONED = "postponed", _("not processed, will be tried again")
        UNKNOWN = "unknown", _("outcome unknown, will be looked up")
        LEFT_OUT = "left_out", _("not in Webex’s answer, will be looked up")

    # Without an index of its own: the constraint's begins with it.
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items", db_index=False)
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="batch_items", verbose_name=_("submission"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    webex_status = models.CharField(_("Webex status"), max_length=8, blank=True)
    registrant_id = models.CharField(_("registrant id"), max_length=200, blank=True)
    registration_id = models.CharField(_("registration id"), max_length=200, blank=True)
    registration_time = models.DateTimeField(_("registered at"), null=True)

    class Meta:
        verbose_name = _("person in a batch")
        verbose_name_plural = _("people in a batch")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "submission"], name="batch_item_once")]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.get_outcome_display()}"
