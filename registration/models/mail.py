"""Mails that wait to be sent, and what became of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registration.models.submission import Submission

GIVEN_UP = Q(due_at__isnull=True, sent_at__isnull=True)
"""Neither waiting nor sent: it is not tried again by itself."""


class Mail(models.Model):
    """One mail to an attendee: written in the transaction of the change that it tells of, and sent after it.

    It holds no words: they are written when it is sent, of what is true then. It waits as long as ``due_at`` is set:
    until its next try or, while a run tries it, until the end of that run's lease. One that neither waits nor was sent
    was given up.
    """

    class Kind(models.TextChoices):
        """What the mail says: the name of its template.

        ``RECEIVED``: their registration has arrived, how it stands, and the address of their own page. ``KNOWN``: that
        again to somebody whom we know, however we decided, after somebody signed them up once more.
        """

        RECEIVED = "received", _("received")
        KNOWN = "known", _("signed up again")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="mails", verbose_name=_("submission"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    queued_at = models.DateTimeField(_("written at"))
    due_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    failed_tries = models.PositiveSmallIntegerField(_("failed tries"), default=0)
    failure = models.CharField(
        _("last failure"), max_length=100, blank=True, help_text=_("The kind of error; it names nobody.")
    )

    client = models.CharField(
        max_length=16,
        blank=True,
        editable=False,
        help_text="Who caused it, as views/client.py tells clients apart; emptied after an hour.",
    )

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-queued_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="mail_due"),
            models.Index(fields=["submission"], condition=GIVEN_UP, name="mail_given_up"),
            models.Index(fields=["client", "queued_at"], condition=~Q(client=""), name="mail_client"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.submission_id})"

    @property
    def is_given_up(self) -> bool:
        """Whether it neither waits nor was sent."""
        return self.due_at is None and self.sent_at is None
