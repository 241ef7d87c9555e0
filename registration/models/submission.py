"""What an attendee sent us, what we decided about it, and what we know of it at Webex."""

import secrets
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registration.models.form import Option, Question
from registration.models.meeting import Meeting
from registration.standard_fields import BY_NAME, STANDARD_FIELDS
from registration.states import Decision, Presence, Step, WebexStatus, is_overruled, next_step
from registration.webex.records import email_key

# Without vowels and without what is easily mistaken for something else: 0 O 1 I L.
REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """A reference number that can be read out over the phone, such as ``K7QX-93MP`` (about 38 bits)."""
    letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def new_token() -> str:
    """The secret in the address of an attendee's own page: 256 bits."""
    return secrets.token_urlsafe(32)


def _partial(condition: Q, name: str, *columns: str) -> models.Index:
    return models.Index(fields=["meeting", *columns, "id"], condition=condition, name=f"submission_{name}")


def _text(name: str) -> "models.CharField[str, str]":
    field = BY_NAME[name]
    return models.CharField(field.label, max_length=field.max_length, blank=True)


# Where the delivery loop may have to do something (flow/regions.py), and where staff may: each is the condition of a
# partial index.
# Written with "or" and "not" where "in" would be shorter: in a question with parameters, SQLite sees that those imply
# the condition of an index, and of a list it does not.
TO_REGISTER = Q(decision=Decision.APPROVED, presence=Presence.ABSENT, erase_asked_at__isnull=True)
IN_FLIGHT = Q(presence=Presence.SENDING) | Q(presence=Presence.UNCERTAIN)
TO_ERASE = Q(presence=Presence.REGISTERED, erase_asked_at__isnull=False)
_AT_WEBEX = Q(presence=Presence.REGISTERED, missing_at__isnull=True, erase_asked_at__isnull=True)
TO_WITHDRAW = (
    _AT_WEBEX & (Q(decision=Decision.DECLINED) | Q(decision=Decision.CANCELLED)) & ~Q(webex_status=WebexStatus.REJECTED)
)
TO_MOVE_BACK = (
    _AT_WEBEX
    & (Q(decision=Decision.WAITING) | Q(decision=Decision.WAITLISTED) | Q(decision=Decision.OFFERED))
    & Q(webex_status=WebexStatus.APPROVED)
)
# Whose status there a newer approval is still to change; and who is pending there besides.
OVERRULED = _AT_WEBEX & Q(
    Q(webex_status=WebexStatus.REJECTED, decided_at__gt=F("webex_status_at"))
    | Q(webex_status=WebexStatus.PENDING, decided_at__gt=F("moved_back_at")),
    decision=Decision.APPROVED,
)
LEFT_PENDING = _AT_WEBEX & Q(
    Q(moved_back_at__isnull=True) | Q(decided_at__isnull=True) | Q(decided_at__lte=F("moved_back_at")),
    decision=Decision.APPROVED,
    webex_status=WebexStatus.PENDING,
)
# Whom Webex, or its host, rejected though we approved them.
REJECTED_THERE = _AT_WEBEX & Q(decision=Decision.APPROVED, webex_status=WebexStatus.REJECTED)
CORRECTED = _AT_WEBEX & Q(
    Q(sent_at__isnull=True) | Q(corrected_at__gt=F("sent_at")),
    decision=Decision.APPROVED,
    corrected_at__isnull=False,
)
# Who is, or may be, at Webex under another address than the one here.
MOVED = ~Q(sent_email="") & ~Q(sent_email=F("email_key"))
REFUSED = Q(decision=Decision.APPROVED, presence=Presence.REFUSED)
# Where time alone changes something (flow/periodic.py).
UNCONFIRMED = Q(confirm_by__isnull=False)
IN_LINE = Q(decision=Decision.WAITLISTED)
OFFERED = Q(decision=Decision.OFFERED)
HELD = ~Q(held_decision="")
ASSIGNED = Q(assigned_to__isnull=False)
# What staff look for, and is true of few.
UNSETTLED = Q(webex_status=WebexStatus.PENDING) | Q(webex_status=WebexStatus.REJECTED)
UNUSUAL = Q(presence=Presence.SENDING) | Q(presence=Presence.UNCERTAIN) | Q(presence=Presence.REFUSED)
CONFIRMED = Q(confirmed_at__isnull=False)
NOTED_BY_RULE = ~Q(review_note="")
ERASED = Q(erased_at__isnull=False)
BEING_ERASED = Q(erase_asked_at__isnull=False, erased_at__isnull=True)
# Of whom staff are told where they drifted: nobody left them as they are at Webex, or something has changed since.
NOT_LEFT = (
    Q(left_at__isnull=True)
    | Q(left_at__lt=F("missing_at"))
    | Q(left_at__lt=F("webex_status_at"))
    | Q(left_at__lt=F("decided_at"))
    | Q(left_at__lt=F("corrected_at"))
)
# Who is no longer at Webex, where staff are told: whoever was declined, cancelled or is being erased may well be gone.
MISSING = (
    Q(presence=Presence.REGISTERED, missing_at__isnull=False, erase_asked_at__isnull=True)
    & ~Q(decision=Decision.DECLINED)
    & ~Q(decision=Decision.CANCELLED)
    & NOT_LEFT
)


class Submission(models.Model):
    """One person's registration for one meeting.

    ``decision`` and ``presence`` are written by flow/moves/ alone.
    """

    # Without an index of its own: many others begin with the meeting.
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="submissions", verbose_name=_("meeting"), db_index=False
    )
    reference = models.CharField(_("reference"), max_length=9, default=new_reference, editable=False)
    token = models.CharField(max_length=43, default=new_token, editable=False)
    language = models.CharField(_("language"), max_length=10, default="en")
    submitted_at = models.DateTimeField(_("submitted at"))

    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    email = models.EmailField(_("e-mail address"), max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    job_title = _text("job_title")
    company_name = _text("company_name")
    address1 = _text("address1")
    address2 = _text("address2")
    city = _text("city")
    state = _text("state")
    zip_code = _text("zip_code")
    country_region = _text("country_region")
    work_phone = _text("work_phone")
    fax = _text("fax")

    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, default=Decision.WAITING, editable=False
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decision_reason = models.CharField(_("reason"), max_length=1000, blank=True, editable=False)
    held_decision = models.CharField(
        _("held decision"),
        max_length=10,
        choices=Decision,
        blank=True,
        editable=False,
        help_text="What was decided and waits to be released; until then it changes nothing.",
    )
    held_reason = models.CharField(max_length=1000, blank=True, editable=False)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    held_at = models.DateTimeField(null=True, editable=False)
    review_note = models.CharField(
        _("held for review"),
        max_length=1000,
        blank=True,
        editable=False,
        help_text="The words of the rule that wants a person to look. For staff.",
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned to"),
    )
    confirm_by = models.DateTimeField(
        _("address to be confirmed by"),
        null=True,
        editable=False,
        help_text="Set as long as nobody has confirmed the address; it is not decided about them until then.",
    )
    confirmed_at = models.DateTimeField(_("address confirmed at"), null=True, editable=False)
    in_line_since = models.DateTimeField(
        _("on the waiting list since"), null=True, editable=False, help_text="Their place in the line."
    )
    offer_ends_at = models.DateTimeField(_("place offered until"), null=True, editable=False)
    erase_asked_at = models.DateTimeField(
        _("asked to be erased at"), null=True, editable=False, help_text="From then on only their removal matters."
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)

    presence = models.CharField(
        _("presence at Webex"), max_length=10, choices=Presence, default=Presence.ABSENT, editable=False
    )
    presence_at = models.DateTimeField(_("since"), null=True, editable=False)
    due_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the lease of a call or the grace of an unknown outcome ends.",
    )
    failed_calls = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Calls in a row about this person that ended without a usable answer."
    )
    batch = models.ForeignKey("registration.Batch", models.SET_NULL, null=True, editable=False, related_name="claimed")
    sent_at = models.DateTimeField(
        null=True, editable=False, help_text="When what Webex has, or may have, was read to be sent."
    )
    sent_email = models.EmailField(
        max_length=254,
        blank=True,
        editable=False,
        help_text="The address under which Webex has, or may have, them; in the spelling of email_key.",
    )
    corrected_at = models.DateTimeField(_("corrected at"), null=True, editable=False)
    asked_at = models.DateTimeField(
        null=True, editable=False, help_text="When they were last taken for a call that changes something at Webex."
    )
    moved_back_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="The time of the decision for which we had them moved back to pending at Webex, or just before that "
        "of the approval as which we register them anew: who is approved later than this is approved there again. "
        "Until Webex is seen to hold them otherwise.",
    )
    absent_at = models.DateTimeField(
        null=True, editable=False, help_text="When a look-up first did not find them: it takes a second one."
    )
    missing_at = models.DateTimeField(
        _("missing at Webex since"), null=True, editable=False, help_text="When a sync no longer found them there."
    )
    left_at = models.DateTimeField(
        _("left as at Webex since"),
        null=True,
        editable=False,
        help_text="When staff left them as they are at Webex: until anything changes, nobody is told of it.",
    )
    refusal = models.CharField(_("Webex's words"), max_length=1000, blank=True, editable=False)
    registrant_id = models.CharField(_("registrant id"), max_length=200, blank=True, editable=False)
    registration_id = models.CharField(_("registration id"), max_length=200, blank=True, editable=False)
    registration_time = models.DateTimeField(_("registered at"), null=True, editable=False)
    webex_status = models.CharField(_("Webex status"), max_length=8, choices=WebexStatus, blank=True, editable=False)
    webex_status_at = models.DateTimeField(_("Webex status since"), null=True, editable=False)
    synced_at = models.DateTimeField(_("last seen at Webex"), null=True, editable=False)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            # One person, one registration: also under two simultaneous POSTs, and whatever was decided.
            models.UniqueConstraint(fields=["reference"], name="submission_reference"),
            models.UniqueConstraint(fields=["token"], name="submission_token"),
            models.UniqueConstraint(fields=["meeting", "email_key"], name="submission_one_per_person"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="submission_decision"),
            models.CheckConstraint(condition=Q(presence__in=Presence.values), name="submission_presence"),
            models.CheckConstraint(
                condition=Q(held_decision="")
                | Q(held_decision__in=[Decision.APPROVED, Decision.DECLINED, Decision.WAITING], held_at__isnull=False),
                name="submission_held_decision",
            ),
            # Without an end to the lease or the grace, nobody would ever look the person up.
            models.CheckConstraint(
                condition=~Q(presence__in=[Presence.SENDING, Presence.UNCERTAIN]) | Q(due_at__isnull=False),
                name="submission_in_flight_is_due",
            ),
            # Without a place in the line nobody would move up; without an end an offer would hold its place for ever.
            models.CheckConstraint(
                condition=~Q(decision=Decision.WAITLISTED) | Q(in_line_since__isnull=False),
                name="submission_waitlisted_is_in_line",
            ),
            models.CheckConstraint(
                condition=Q(decision=Decision.OFFERED, offer_ends_at__isnull=False)
                | (~Q(decision=Decision.OFFERED) & Q(offer_ends_at__isnull=True)),
                name="submission_offer_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["meeting", "decision", "presence"], name="submission_meeting_states"),
            models.Index(fields=["submitted_at", "meeting"], name="submission_submitted_at"),
            # The work of the delivery loop: a planning pass must not read the settled. The states are columns, too,
            # though the condition settles them: SQLite takes the index with the most columns that a question names.
            _partial(TO_REGISTER, "to_register", "decision", "presence", "failed_calls"),
            _partial(IN_FLIGHT, "in_flight", "presence", "due_at"),
            _partial(TO_WITHDRAW, "to_withdraw", "decision", "presence", "failed_calls"),
            _partial(TO_MOVE_BACK, "to_move_back", "decision", "presence", "failed_calls"),
            _partial(LEFT_PENDING, "left_pending", "decision", "presence", "failed_calls"),
            _partial(OVERRULED, "overruled", "decision", "presence", "failed_calls"),
            _partial(CORRECTED, "corrected", "decision", "presence", "failed_calls"),
            _partial(MOVED, "moved", "sent_email"),
            _partial(TO_ERASE, "to_erase", "presence", "failed_calls"),
            # What staff must look at.
            _partial(REFUSED, "refused", "decision", "presence"),
            _partial(Q(missing_at__isnull=False), "missing", "decision", "missing_at"),
            _partial(REJECTED_THERE, "rejected_there"),
            models.Index(fields=["meeting", "id"], condition=HELD, name="submission_held"),
            models.Index(fields=["assigned_to", "meeting"], condition=ASSIGNED, name="submission_assigned"),
            # What staff filter everybody by, over all meetings, newest first: each decision, the review's queue among
            # them, and what is true of a few. Of these, a sign-up writes into the first alone.
            models.Index(fields=["decision", "submitted_at", "id"], name="submission_decision_at"),
            models.Index(
                fields=["webex_status", "submitted_at", "id"], condition=UNSETTLED, name="submission_unsettled"
            ),
            models.Index(fields=["presence", "submitted_at", "id"], condition=UNUSUAL, name="submission_unusual"),
            models.Index(fields=["submitted_at", "id"], condition=CONFIRMED, name="submission_confirmed"),
            models.Index(fields=["submitted_at", "id"], condition=NOTED_BY_RULE, name="submission_review_note"),
            models.Index(fields=["submitted_at", "id"], condition=ERASED, name="submission_erased"),
            # What has its time.
            _partial(IN_LINE, "in_line", "in_line_since"),
            models.Index(fields=["offer_ends_at"], condition=OFFERED, name="submission_offered"),
            models.Index(fields=["confirm_by"], condition=UNCONFIRMED, name="submission_unconfirmed"),
            models.Index(fields=["erase_asked_at"], condition=BEING_ERASED, name="submission_being_erased"),
        ]

    def __str__(self) -> str:
        if self.erase_asked_at is not None:
            return self.reference
        return f"{self.first_name} {self.last_name} ({self.reference})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep ``email_key`` in step with ``email``; who asked to be erased has none of either."""
        if self.erase_asked_at is None:
            self.email_key = email_key(self.email)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The address of the attendee's own page: whoever knows it can see the registration."""
        return reverse("registration", args=[self.token])

    @property
    def webex_key(self) -> str:
        """The address to look the person up by at Webex: the one that was sent, which may have been corrected since."""
        return email_key(self.sent_email or self.email)

    @property
    def full_name(self) -> str:
        """The person's name as the mails and pages address them."""
        return f"{self.first_name} {self.last_name}"

    @property
    def next_step(self) -> Step:
        """What the delivery loop must do about this submission, if anything."""
        status = WebexStatus(self.webex_status) if self.webex_status else None
        return next_step(
            Decision(self.decision),
            Presence(self.presence),
            status,
            self.meeting.policy,
            is_decided_since=self.is_decided_since,
            is_moved_back=self.is_moved_back,
            is_corrected=self.is_corrected,
            is_missing=self.missing_at is not None,
            is_erasing=self.erase_asked_at is not None,
        )

    @property
    def is_corrected(self) -> bool:
        """Whether something has changed of what Webex is told since what it has was sent."""
        return bool(self.corrected_at and (self.sent_at is None or self.corrected_at > self.sent_at))

    @property
    def is_decided_since(self) -> bool:
        """Whether our decision is newer than what Webex last told of them: it is still to be asked for it."""
        known_at = self.webex_status_at
        return bool(known_at and self.decided_at and self.decided_at > known_at)

    @property
    def is_moved_back(self) -> bool:
        """Whether our own calls took their approval at Webex from them, and a decision of ours is newer."""
        return bool(self.moved_back_at and self.decided_at and self.decided_at > self.moved_back_at)

    @property
    def is_overruled(self) -> bool:
        """Whether their status at Webex is one that our newer approval is still to change, if they are approved."""
        status = WebexStatus(self.webex_status) if self.webex_status else None
        return is_overruled(status, is_decided_since=self.is_decided_since, is_moved_back=self.is_moved_back)

    @property
    def is_rejected_there(self) -> bool:
        """Whether Webex or its host has rejected whom we approved, and no newer approval of ours stands against it."""
        is_at_webex = self.decision == Decision.APPROVED and self.presence == Presence.REGISTERED
        return is_at_webex and self.webex_status == WebexStatus.REJECTED and not self.is_overruled

    @property
    def given_fields(self) -> list[tuple[Any, str]]:
        """The standard fields that the person filled in, as pairs of label and value, in the form's order."""
        pairs = [(field.label, getattr(self, field.name)) for field in STANDARD_FIELDS]
        return [(label, value) for label, value in pairs if value]

    @property
    def given_answers(self) -> list[tuple[str, list[str]]]:
        """The questions as they were asked, each with the texts of its answers."""
        return by_question(self.answers.all())


class Answer(models.Model):
    """One answer to a customized question, with the words of question and option as they were.

    Check boxes give one row for each box that was ticked.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="answers", verbose_name=_("submission"))
    question = models.ForeignKey(
        Question, models.SET_NULL, null=True, related_name="answers", verbose_name=_("question")
    )
    option = models.ForeignKey(Option, models.SET_NULL, null=True, related_name="answers", verbose_name=_("option"))
    question_text = models.CharField(_("question"), max_length=500)
    text = models.TextField(_("answer"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.question_text}: {self.text}"


class Answered(NamedTuple):
    """An answer without its row: the question, if there still is one, as it was asked, and the text."""

    question_id: int | None
    question_text: str
    text: str


def by_question(answers: Iterable[Answer | Answered]) -> list[tuple[str, list[str]]]:
    """The questions as they were asked, each with the texts of its answers, which stand together."""
    groups = groupby(answers, key=lambda answer: (answer.question_id, answer.question_text))
    return [(text, [answer.text for answer in group]) for (_pk, text), group in groups]


class SecondSignUp(models.Model):
    """What somebody typed who signed up again under an address that is registered already: the last time only.

    Nothing of it holds. It is kept so that nothing is lost, and shown on the own page, whose owner alone can tell
    whether it was they.
    """

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="second_sign_up")
    at = models.DateTimeField(_("sent at"))
    values = models.JSONField(help_text="The standard fields by our names.")
    answers = models.JSONField(help_text="Pairs of a question's text and the texts of its answers.")

    class Meta:
        verbose_name = _("second sign-up")
        verbose_name_plural = _("second sign-ups")

    def __str__(self) -> str:
        return str(self.submission)


class Move(models.Model):
    """One change of a submission: its decision, its Webex status or what it says. What, when, by whom and why.

    Only a decision and a status have a before and an after. The reason of a correction names what was corrected, and
    keeps no words of the person's. ``by`` is empty where it was not one of the staff: the reason says who it was then.
    """

    class Subject(models.TextChoices):
        """What changed."""

        DECISION = "decision", _("decision")
        WEBEX_STATUS = "webex_status", _("Webex status")
        CORRECTION = "correction", _("correction")
        CONFIRMATION = "confirmation", _("address confirmed")
        LINK = "link", _("new link")
        ERASURE = "erasure", _("erasure")
        HOLD = "hold", _("held for review")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="moves")
    subject = models.CharField(_("what"), max_length=12, choices=Subject)
    before = models.CharField(_("before"), max_length=10, blank=True)
    after = models.CharField(_("after"), max_length=10, blank=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("why"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_subject_display()}: {self.before or '–'} → {self.after or '–'}"
