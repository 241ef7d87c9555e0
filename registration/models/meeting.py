"""A meeting, and groups of meetings."""

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registration import colors
from registration.models.account import Account
from registration.standard_fields import CHOSEN_FIELDS, Use
from registration.states import Policy, WaitingList, Withdrawal
from registration.validators import validate_color, validate_time_zone, validate_webex_series_id, validate_year

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def new_form_version() -> str:
    """A mark that no sign-up page has had before."""
    return secrets.token_urlsafe(9)


def _use(label: str) -> "models.CharField[str, str]":
    return models.CharField(label, max_length=8, choices=Use, default=Use.HIDDEN)


def _hours(label: "StrOrPromise", **more: Any) -> "models.PositiveSmallIntegerField[Any, Any]":
    limits = [MinValueValidator(1), MaxValueValidator(_LONGEST_HOURS)]
    return models.PositiveSmallIntegerField(label, validators=limits, **more)


_LONGEST_HOURS = 60 * 24

_BOOKKEEPING = frozenset({"warnings", "paused_at", "pause_reason", "synced_at", "sync_tried_at"})
"""Fields of a meeting that its sign-up page does not show."""


class MeetingGroup(models.Model):
    """Meetings that belong together: one of the staff may have a role for all of them."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("group of meetings")
        verbose_name_plural = _("groups of meetings")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Meeting(models.Model):
    """A Webex meeting or webinar that people can register for."""

    class ScheduledType(models.TextChoices):
        """Webex's ``scheduledType``."""

        MEETING = "meeting", _("meeting")
        WEBINAR = "webinar", _("webinar")

    class Approval(models.TextChoices):
        """Who approves a submission."""

        MANUAL = "manual", _("a person reviews every submission")
        AUTOMATIC = "automatic", _("every submission is approved at once")
        RULES = "rules", _("the approval rules decide; what no rule matches waits for a person")

    slug = models.SlugField(_("short name in the address"), max_length=100, unique=True)
    title = models.CharField(_("title"), max_length=300)
    agenda = models.TextField(_("agenda"), max_length=3000, blank=True)
    scheduled_type = models.CharField(_("kind"), max_length=8, choices=ScheduledType, default=ScheduledType.MEETING)
    start_at = models.DateTimeField(_("starts at"), validators=[validate_year])
    end_at = models.DateTimeField(_("ends at"), validators=[validate_year])
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    host_display_name = models.CharField(_("host"), max_length=200, blank=True)
    host_email = models.EmailField(_("host's e-mail address"), blank=True)

    intro = models.TextField(
        _("introduction"), max_length=2000, blank=True, help_text=_("The organisers’ own words, above the agenda.")
    )
    accent_color = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[validate_color],
        help_text=_("Of buttons and links, such as #0f5c6e. Empty: the portal’s own."),
    )

    is_published = models.BooleanField(
        _("published"), default=False, help_text=_("Only published meetings can be seen by visitors.")
    )
    is_cancelled = models.BooleanField(
        _("cancelled"),
        default=False,
        help_text=_("The meeting does not take place. Visitors read that, and nobody is sent to Webex any more."),
    )
    opens_at = models.DateTimeField(_("registration opens at"), null=True, blank=True, validators=[validate_year])
    closes_at = models.DateTimeField(
        _("registration closes at"),
        null=True,
        blank=True,
        validators=[validate_year],
        help_text=_("Empty: when the meeting ends."),
    )
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True, help_text=_("Empty: as many as come."))
    waiting_list = models.CharField(
        _("when all places are taken"), max_length=7, choices=WaitingList, default=WaitingList.NONE
    )
    offer_hours = _hours(
        _("an offer holds for (hours)"), default=24, help_text=_("Then the place is offered to the next in line.")
    )
    approval = models.CharField(_("approval"), max_length=9, choices=Approval, default=Approval.MANUAL)
    confirms_address = models.BooleanField(
        _("addresses are confirmed"),
        default=False,
        help_text=_("People follow a link in a mail before anybody decides. Their place counts from the first moment."),
    )
    confirm_hours = _hours(
        _("time to confirm (hours)"), default=48, help_text=_("Then the registration ends, and its place is free.")
    )
    changes_until = models.DateTimeField(
        _("attendees can change answers until"),
        null=True,
        blank=True,
        validators=[validate_year],
        help_text=_("Empty: until the meeting starts. They can cancel until it ends."),
    )
    has_review_after_change = models.BooleanField(
        _("changes are reviewed"),
        default=False,
        help_text=_("Who is approved and changes an answer is decided about anew."),
    )

    has_check_step = models.BooleanField(
        _("answers are checked"),
        default=False,
        help_text=_("People see what they typed once more before they send it."),
    )

    group = models.ForeignKey(
        MeetingGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("group of meetings"),
        help_text=_("Whoever has a role for the group has it for this meeting."),
    )
    holds_decisions = models.BooleanField(
        _("decisions are held"),
        default=False,
        help_text=_("Nobody is told of a decision, and Webex neither, until staff release it in the outbox."),
    )

    account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("Webex account"),
        help_text=_("In whose name Webex is called. Empty: the account of the settings."),
    )
    webex_id = models.CharField(
        _("Webex meeting id"),
        max_length=32,
        blank=True,
        validators=[validate_webex_series_id],
        help_text=_("The id of the meeting series: 32 characters. Without it nobody is sent to Webex."),
    )
    current = models.BooleanField(
        _("only the current meeting of the series"),
        default=False,
        help_text=_("Webex's parameter “current”, sent with every call for this meeting."),
    )
    host_email_parameter = models.EmailField(
        _("act for the host"),
        blank=True,
        help_text=_("Webex's parameter “hostEmail”, for a token with admin scopes. Empty: not sent."),
    )
    send_email = models.BooleanField(
        _("who writes to approved people"),
        default=True,
        choices=[
            (True, _("Webex, with each person’s own link for joining")),
            (False, _("the portal, without a link for joining: those come from Webex only, so send one yourself")),
        ],
        help_text=_("One of them always does, and never both."),
    )
    reply_to = models.EmailField(
        _("answers go to"),
        blank=True,
        help_text=_("Whom attendees write to: named on the pages, and reached by answering a mail. Empty: the host."),
    )
    reminder_hours = _hours(
        _("reminder (hours before the start)"),
        null=True,
        blank=True,
        help_text=_("A mail to everybody who is approved. Empty: none."),
    )
    has_challenge = models.BooleanField(
        _("sign-ups need a proof of work"),
        default=False,
        help_text=_(
            "Against bots: the visitor’s own computer works for a second or so, which needs JavaScript. Without this, "
            "it is asked for only while very many people sign up at once."
        ),
    )
    approves_pending = models.BooleanField(
        _("approve at Webex whom we approved"),
        default=False,
        help_text=_("Where Webex leaves an approved person pending. Otherwise the host decides at Webex."),
    )
    withdrawal = models.CharField(
        _("declined or cancelled people at Webex"),
        max_length=6,
        choices=Withdrawal,
        default=Withdrawal.REJECT,
    )
    auto_accept_request = models.BooleanField(
        _("Webex accepts everybody"), default=False, help_text=_("As imported from Webex.")
    )
    imported_fields = models.JSONField(
        default=list, editable=False, help_text="The standard fields that Webex showed at the last import."
    )
    imported_at = models.DateTimeField(_("imported from Webex at"), null=True, blank=True, editable=False)

    paused_at = models.DateTimeField(_("paused at"), null=True, editable=False)
    pause_reason = models.CharField(_("why it is paused"), max_length=1000, blank=True, editable=False)
    warnings = models.JSONField(
        default=list, editable=False, help_text="What the last look at Webex's form before a push warned of."
    )
    synced_at = models.DateTimeField(_("statuses last read at"), null=True, editable=False)
    sync_tried_at = models.DateTimeField(
        null=True, editable=False, help_text="When a sync last began to read the statuses, whatever came of it."
    )

    job_title_use = _use("job title")
    company_name_use = _use("company")
    address1_use = _use("address line 1")
    address2_use = _use("address line 2")
    city_use = _use("city")
    state_use = _use("state or province")
    zip_code_use = _use("postal code")
    country_region_use = _use("country or region")
    work_phone_use = _use("work phone")
    fax_use = _use("fax")

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    form_version = models.CharField(
        max_length=12,
        default=new_form_version,
        editable=False,
        help_text="Another one whenever something changes that the sign-up page shows: see form_changed.",
    )

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["start_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["webex_id"],
                condition=~Q(webex_id=""),
                name="meeting_webex_id_unique",
                violation_error_message=_("This Webex meeting has been imported already."),
            ),
            models.CheckConstraint(
                condition=Q(end_at__gte=models.F("start_at")),
                name="meeting_ends_after_start",
                violation_error_message=_("The meeting cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")) | Q(opens_at=None) | Q(closes_at=None),
                name="meeting_closes_after_opening",
                violation_error_message=_("Registration cannot close before it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give the form another version, unless only what delivery writes down is saved."""
        names = kwargs.get("update_fields")
        if names is None or not _BOOKKEEPING.issuperset(names):
            self.form_version = new_form_version()
            if names is not None:
                kwargs["update_fields"] = {*names, "form_version"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The address of the sign-up page."""
        return reverse("meeting", args=[self.slug])

    def get_colors_url(self) -> str:
        """The address of the style sheet with the meeting's colour; another one when that changes."""
        return reverse("colors", args=[self.slug, colors.stylesheet_digest(self.accent_color)])

    @property
    def zone(self) -> ZoneInfo:
        """The meeting's own time zone."""
        return ZoneInfo(self.timezone)

    @property
    def contact(self) -> str:
        """Whom attendees write to, on every page and by answering a mail; empty where nobody is named."""
        return self.reply_to or self.host_email

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent for this meeting until a person resumes it."""
        return self.paused_at is not None

    @property
    def is_approval_mailed_by_us(self) -> bool:
        """Whether the portal writes to people that they are approved; else Webex does, with the link for joining."""
        return not (self.send_email and self.webex_id)

    @property
    def policy(self) -> Policy:
        """What ``next_step`` needs to know of this meeting."""
        return Policy(self.approves_pending, Withdrawal(self.withdrawal))

    def use_of(self, field_name: str) -> Use:
        """Whether the standard field is hidden, optional or required on this meeting's form."""
        return Use(getattr(self, f"{field_name}_use"))

    def set_use(self, field_name: str, use: Use) -> None:
        """Set whether the standard field is hidden, optional or required; does not save."""
        setattr(self, f"{field_name}_use", use)

    @property
    def shown_fields(self) -> list[str]:
        """The names of the chosen standard fields that the form shows, in Webex's order."""
        return [field.name for field in CHOSEN_FIELDS if self.use_of(field.name) is not Use.HIDDEN]


def form_changed(meeting_ids: Collection[int]) -> None:
    """Give the meetings' forms another version: what was kept of their sign-up pages is no longer used.

    Called *after* the change, or in its transaction. Saving or deleting a meeting, question, option or logo does it by
    itself; ``update``, ``bulk_update`` and ``bulk_create`` do not.
    """
    Meeting.objects.filter(pk__in=meeting_ids).update(form_version=new_form_version())
