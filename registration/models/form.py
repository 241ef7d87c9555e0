"""What a meeting's registration form asks besides the standard fields, and the rules that decide by it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting, form_changed
from registration.standard_fields import NAME_FIELDS, STANDARD_FIELDS, Use

_ALWAYS_ASKED = frozenset(field.name for field in NAME_FIELDS)


class Question(models.Model):
    """A customized question of a meeting's registration form."""

    class Type(models.TextChoices):
        """Webex's five question types."""

        SINGLE_LINE = "singleLineTextBox", _("one line of text")
        MULTI_LINE = "multiLineTextBox", _("several lines of text")
        CHECKBOX = "checkbox", _("check boxes (several answers)")
        DROPDOWN = "dropdownList", _("drop-down list")
        RADIO = "radioButtons", _("radio buttons")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="questions", verbose_name=_("meeting"))
    webex_id = models.CharField(
        _("Webex question id"),
        max_length=64,
        blank=True,
        help_text=_("Without it the answers stay in the portal and are not sent to Webex."),
    )
    text = models.CharField(_("question"), max_length=500)
    type = models.CharField(_("type"), max_length=17, choices=Type)
    is_required = models.BooleanField(_("required"), default=False)
    max_length = models.PositiveSmallIntegerField(
        _("longest answer"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(999)],
        help_text=_("In characters, for text; at most 999."),
    )
    hint = models.CharField(
        _("hint"), max_length=300, blank=True, help_text=_("Shown below the question. Webex does not know it.")
    )
    is_private = models.BooleanField(
        _("private"),
        default=False,
        help_text=_("Only managers see the answers, and may filter by them or export them."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("No longer asked; the answers given are kept.")
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "webex_id"], condition=~Q(webex_id=""), name="question_webex_id_unique"
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def has_options(self) -> bool:
        """Whether an answer is chosen from options, rather than written."""
        return self.type not in {self.Type.SINGLE_LINE, self.Type.MULTI_LINE}


class Option(models.Model):
    """One option of a customized question."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="options", verbose_name=_("question"))
    webex_id = models.CharField(_("Webex option id"), max_length=64, blank=True)
    text = models.CharField(_("option"), max_length=500)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class ApprovalRule(models.Model):
    """A rule that decides a submission by one of its answers, or holds it for review. The first match decides."""

    class Condition(models.TextChoices):
        """Webex's conditions."""

        CONTAINS = "contains", _("contains")
        NOT_CONTAINS = "notContains", _("does not contain")
        BEGINS_WITH = "beginsWith", _("begins with")
        ENDS_WITH = "endsWith", _("ends with")
        EQUALS = "equals", _("equals")
        NOT_EQUALS = "notEquals", _("does not equal")

    class Result(models.TextChoices):
        """Webex's results, and one of our own."""

        APPROVE = "approve", _("approve")
        REJECT = "reject", _("decline")
        HOLD = "hold", _("hold for review")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="rules", verbose_name=_("meeting"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    field = models.CharField(
        _("standard field"),
        max_length=20,
        blank=True,
        choices=[(field.name, field.label) for field in STANDARD_FIELDS],
    )
    question = models.ForeignKey(
        Question,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("or question"),
    )
    condition = models.CharField(_("condition"), max_length=11, choices=Condition)
    value = models.CharField(_("value"), max_length=500)
    match_case = models.BooleanField(_("upper and lower case matter"), default=False)
    result = models.CharField(_("result"), max_length=7, choices=Result)
    is_active = models.BooleanField(
        _("switched on"), default=True, help_text=_("Switched off, it decides nothing, and can be tried.")
    )
    is_from_webex = models.BooleanField(
        _("from Webex"),
        default=False,
        editable=False,
        help_text="Imported: replaced by the next import. The others are the portal's own, and stay.",
    )

    class Meta:
        verbose_name = _("approval rule")
        verbose_name_plural = _("approval rules")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(field="") & Q(question__isnull=False)) | (~Q(field="") & Q(question__isnull=True)),
                name="rule_has_one_subject",
                violation_error_message=_("Choose a standard field or a question, one of them."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.phrase}: {self.get_result_display()}"

    @property
    def subject(self) -> str:
        """What the rule looks at, as the form calls it."""
        return self.question.text if self.question else str(self.get_field_display())

    @property
    def phrase(self) -> str:
        """What must hold of it, in words."""
        words = f"{self.get_condition_display()} “{self.value}”"
        return f"{words} ({_('upper and lower case matter')})" if self.match_case else words

    @property
    def is_private(self) -> bool:
        """Whether its words tell of the answers to a private question."""
        return self.question is not None and self.question.is_private

    @property
    def is_asked(self) -> bool:
        """Whether the form asks what the rule is about: an answer that nobody could give decides nothing."""
        if self.question is not None:
            return not self.question.is_retired
        return self.field in _ALWAYS_ASKED or self.meeting.use_of(self.field) is not Use.HIDDEN

    @property
    def may_go_to_webex(self) -> bool:
        """Whether Webex may be told of the rule: it is followed, and Webex knows both its result and its subject.

        Whom a rule holds for review here, a later one may approve at Webex: Webex knows of no holding.
        """
        is_known = self.question is None or bool(self.question.webex_id)
        return self.is_active and self.result != self.Result.HOLD and self.is_asked and is_known

    def clean(self) -> None:
        """Hold a rule to questions of its own meeting."""
        if self.question is not None and self.question.meeting_id != self.meeting_id:
            raise ValidationError({"question": _("Choose a question of this meeting.")})


@receiver([post_save, post_delete], sender=Question)
def _question_changed(instance: Question, **kwargs: Any) -> None:
    form_changed([instance.meeting_id])


@receiver([post_save, post_delete], sender=Option)
def _option_changed(instance: Option, **kwargs: Any) -> None:
    form_changed(Question.objects.filter(pk=instance.question_id).values_list("meeting_id", flat=True))
