"""Mails that wait to be sent, and what became of them."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting
from registration.models.submission import Submission

GIVEN_UP = Q(due_at__isnull=True, sent_at__isnull=True)
"""Neither waiting nor sent: it is not tried again by itself."""

KEPT_FOR = timedelta(days=90)
"""So long it is known what became of a mail."""

OUTDATED = "outdated"
"""The failure of a mail that was not sent, since its news was no longer true: nobody need look at it."""


class Mail(models.Model):
    """One mail to an attendee: written in the transaction of the change that it tells of, and sent after it.

    It holds no words: they are written when it is sent, of what is true then. It waits as long as ``due_at`` is set:
    until its next try or, while a run tries it, until the end of that run's lease. One that neither waits nor was sent
    was given up, or was not sent since its news was no longer true.
    """

    class Kind(models.TextChoices):
        """What the mail is about: the name of its template.

        Each says besides how the registration stands, and has the address of the own page.
        """

        CONFIRM = "confirm", _("confirm your address")
        RECEIVED = "received", _("received")
        KNOWN = "known", _("signed up again")
        WAITLISTED = "waitlisted", _("on the waiting list")
        OFFERED = "offered", _("place offered")
        MOVED_UP = "moved_up", _("a place from the waiting list")
        PLACE_LOST = "place_lost", _("place lost")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        BACK_IN_REVIEW = "back_in_review", _("back in review")
        CHANGED = "changed", _("changed")
        CANCELLED = "cancelled", _("cancelled")
        REMINDER = "reminder", _("reminder")
        NEW_LINK = "new_link", _("new link")
        NEWS = "news", _("news of the meeting")

    class State(models.TextChoices):
        """What became of it: derived, see ``state`` and ``IN_STATE``."""

        QUEUED = "queued", _("waiting to be sent")
        RETRIED = "retried", _("failed, tried again")
        SENT = "sent", _("sent")
        UNSENT = "unsent", _("given up")
        OUTDATED = "outdated", _("no longer true, not sent")

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
    mailbox = models.CharField(
        max_length=16,
        blank=True,
        editable=False,
        help_text="Whose mailbox a visitor had it written to, over all meetings; emptied after a day.",
    )
    # Without a constraint, which would have the meeting's row locked for each sign-up: nothing is looked up by it.
    signed_up_for = models.ForeignKey(
        Meeting,
        models.DO_NOTHING,
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="For which meeting a visitor signed up with it; emptied after an hour.",
    )

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-queued_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="mail_due"),
            models.Index(fields=["submission"], condition=GIVEN_UP, name="mail_given_up"),
            models.Index(fields=["client", "queued_at"], condition=~Q(client=""), name="mail_client"),
            models.Index(fields=["mailbox", "queued_at"], condition=~Q(mailbox=""), name="mail_mailbox"),
            models.Index(
                fields=["signed_up_for", "queued_at"],
                condition=Q(signed_up_for__isnull=False),
                name="mail_signed_up_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.submission_id})"

    @property
    def state(self) -> State:
        """What became of it."""
        if self.due_at is not None:
            return self.State.RETRIED if self.failed_tries else self.State.QUEUED
        if self.sent_at is not None:
            return self.State.SENT
        return self.State.OUTDATED if self.failure == OUTDATED else self.State.UNSENT

    @property
    def is_untouched(self) -> bool:
        """Whether it waits, and nobody has begun to send it since it was written."""
        return self.due_at == self.queued_at and not self.failed_tries


IN_STATE: dict[Mail.State, Q] = {
    Mail.State.QUEUED: Q(due_at__isnull=False, failed_tries=0),
    Mail.State.RETRIED: Q(due_at__isnull=False, failed_tries__gt=0),
    Mail.State.SENT: Q(due_at__isnull=True, sent_at__isnull=False),
    Mail.State.UNSENT: GIVEN_UP & ~Q(failure=OUTDATED),
    Mail.State.OUTDATED: GIVEN_UP & Q(failure=OUTDATED),
}
"""The same, as conditions."""


class MailText(models.Model):
    """A meeting's own words at the beginning of one kind of mail; the rest of it stays as it is.

    The words have placeholders, see registration/placeholders.py.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="mail_texts", verbose_name=_("meeting"))
    kind = models.CharField(_("mail"), max_length=20, choices=Mail.Kind)
    subject = models.CharField(_("subject"), max_length=200, blank=True, help_text=_("Empty: the portal’s own."))
    text = models.TextField(_("text"), max_length=4000, blank=True, help_text=_("Empty: the portal’s own."))

    class Meta:
        verbose_name = _("text of a mail")
        verbose_name_plural = _("texts of mails")
        ordering = ["meeting", "kind"]
        constraints = [models.UniqueConstraint(fields=["meeting", "kind"], name="mail_text_one_per_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()
