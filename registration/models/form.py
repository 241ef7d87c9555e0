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
from registration.standard_fields import STANDARD_FIELDS


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
    """A rule that approves or declines a submission by one of its answers. The first rule that matches decides."""

    class Condition(models.TextChoices):
        """Webex's conditions."""

        CONTAINS = "contains", _("contains")
        NOT_CONTAINS = "notContains", _("does not contain")
        BEGINS_WITH = "beginsWith", _("begins with")
        ENDS_WITH = "endsWith", _("ends with")
        EQUALS = "equals", _("equals")
        NOT_EQUALS = "notEquals", _("does not equal")

    class Result(models.TextChoices):
        """Webex's results."""

        APPROVE = "approve", _("approve")
        REJECT = "reject", _("decline")

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
        subject = self.question.text if self.question else self.get_field_display()
        return f"{subject} {self.get_condition_display()} “{self.value}”: {self.get_result_display()}"

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
