"""Work on very many people that goes on in the background: exports, and imports with their rows."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting
from registration.models.submission import Submission


def new_runner() -> str:
    """What tells one run of a job from any other, such as one that was taken for dead and was not."""
    return secrets.token_hex(8)


class Job(models.Model):
    """An export, or an import: what is to be done, how far it is, and what came of it. Written by flow/jobs.py alone.

    An import is one job through all its steps: its file is checked, then its people are imported, and that may be
    undone. ``parameters`` and ``result`` name no attendee; what does is in ``JobPart`` and ``JobRow``, and goes soon.
    """

    class Work(models.TextChoices):
        """What is being done, or was done last."""

        EXPORT = "export", _("export")
        CHECK = "check", _("check of a file")
        IMPORT = "import", _("import")
        UNDO = "undo", _("undoing of an import")

    class State(models.TextChoices):
        """How far that is."""

        PREPARED = "prepared", _("being prepared")
        WAITING = "waiting", _("about to begin")
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    work = models.CharField(_("work"), max_length=6, choices=Work)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PREPARED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    meeting = models.ForeignKey(
        Meeting, models.CASCADE, null=True, related_name="jobs", verbose_name=_("meeting"), help_text="Of an import."
    )
    asked_at = models.DateTimeField(_("asked for at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    beat_at = models.DateTimeField(null=True, help_text="The last sign of life of the process that runs it.")
    runner = models.CharField(max_length=16, blank=True, help_text="Which run of it that is: see new_runner.")
    runs = models.PositiveSmallIntegerField(default=0, help_text="How often this work was begun.")
    done = models.PositiveIntegerField(_("done"), default=0, help_text="Rows.")
    total = models.PositiveIntegerField(_("of"), default=0, help_text="Rows.")
    parameters = models.JSONField(default=dict, help_text="What staff chose.")
    result = models.JSONField(default=dict, help_text="Counts.")
    failure = models.CharField(_("why it failed"), max_length=500, blank=True, help_text="Words for staff.")

    class Meta:
        verbose_name = _("export or import")
        verbose_name_plural = _("exports and imports")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "asked_at"], name="job_state"),
            models.Index(fields=["meeting", "-asked_at"], name="job_meeting"),
            models.Index(fields=["by", "-asked_at"], name="job_by"),
        ]

    def __str__(self) -> str:
        return f"{self.get_work_display()} {self.pk}: {self.get_state_display()}"

    @property
    def is_going_on(self) -> bool:
        """Whether it will change by itself."""
        return self.state in (self.State.WAITING, self.State.RUNNING)


class JobPart(models.Model):
    """A piece of a file: of one that was uploaded, or that waits to be downloaded. In order they are the file.

    In the database, since the web server and the worker that made it may be two machines; in pieces, so that no process
    ever holds all of it.
    """

    class Kind(models.TextChoices):
        """Of which file it is a piece."""

        CHOSEN = "chosen", "the primary keys of whom an export is about"
        UPLOAD = "upload", "what staff uploaded"
        DOWNLOAD = "download", "what staff download"

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "kind", "number"], name="job_part_once")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.kind} {self.number}"


class JobRow(models.Model):
    """A row of a file that is imported, and what became of it.

    ``values`` and ``answers`` are what will be stored, ``problems`` what is wrong: emptied once it is over. The
    ``submission`` stays for a while: by it the import can be undone.
    """

    class Outcome(models.TextChoices):
        """What became of it, or would."""

        NEW = "new", _("new")
        KNOWN = "known", _("registered already")
        TWICE = "twice", _("twice in the file")
        BAD = "bad", _("something is wrong")
        IMPORTED = "imported", _("imported")
        KEPT = "kept", _("left as it is: changed since")
        REMOVED = "removed", _("removed again")

    job = models.ForeignKey(Job, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("row"), help_text="As spreadsheets count: the header is row 1.")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    email_key = models.CharField(max_length=254, blank=True)
    values = models.JSONField(default=dict, help_text="The standard fields by our names.")
    answers = models.JSONField(default=list, help_text="Question, option or null, and text of each answer.")
    problems = models.JSONField(default=list, help_text="Column, value and what is wrong with it, of each bad cell.")
    moves = models.PositiveSmallIntegerField(default=0, help_text="How many changes the import itself made to them.")
    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, related_name="import_rows", verbose_name=_("submission")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_row_once")]
        indexes = [
            models.Index(fields=["job", "outcome", "number"], name="job_row_outcome"),
            models.Index(fields=["email_key"], condition=~models.Q(email_key=""), name="job_row_email_key"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.number}"
