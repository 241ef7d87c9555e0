"""What staff note for themselves, which attendees never see: notes, tags, reasons to decline with, views of lists."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting
from registration.models.submission import Submission


class Note(models.Model):
    """An internal note about one submission."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="notes", verbose_name=_("submission"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))
    text = models.TextField(_("note"), max_length=2000)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.at:%Y-%m-%d %H:%M}"


class Tag(models.Model):
    """A word that staff put on a submission, to find it by."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="tags", verbose_name=_("submission"), db_index=False
    )
    name = models.CharField(_("tag"), max_length=40)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["submission", "name"], name="tag_once")]
        indexes = [models.Index(fields=["name", "submission"], name="tag_name")]

    def __str__(self) -> str:
        return self.name


class DeclineReason(models.Model):
    """A reason to decline with that staff need often: for one meeting, or for every one."""

    meeting = models.ForeignKey(
        Meeting,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="decline_reasons",
        verbose_name=_("meeting"),
        help_text=_("Empty: for every meeting."),
    )
    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("reason"), max_length=1000, help_text=_("What the attendees read; it can be changed."))

    class Meta:
        verbose_name = _("reason to decline with")
        verbose_name_plural = _("reasons to decline with")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A list of submissions as it was filtered, searched and ordered, under a name."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(
        max_length=2000, help_text="The query string of the list. Not words that were searched for: they name people."
    )
    is_shared = models.BooleanField(_("others may use it"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_view_once",
                violation_error_message=_("You have a view of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
