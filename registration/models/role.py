"""Who of the staff may do what, and for which meetings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting, MeetingGroup


class RoleAssignment(models.Model):
    """A role that one of the staff has: for one meeting, for a group of meetings, or for every meeting.

    What each role may do is said in registration/roles.py.
    """

    class Role(models.TextChoices):
        """From the least to the most; each may do what the ones before it may."""

        VIEWER = "viewer", _("viewer: sees meetings and registrations")
        REVIEWER = "reviewer", _("reviewer: decides, pushes to Webex, exports")
        MANAGER = "manager", _("manager: changes meetings, forms and rules, imports, erases, sees private answers")
        ADMINISTRATOR = "administrator", _("administrator: gives roles to others")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="role_assignments", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=13, choices=Role)
    meeting = models.ForeignKey(
        Meeting, models.CASCADE, null=True, blank=True, related_name="role_assignments", verbose_name=_("meeting")
    )
    group = models.ForeignKey(
        MeetingGroup,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="role_assignments",
        verbose_name=_("group of meetings"),
        help_text=_("Neither a meeting nor a group: the role holds for every meeting."),
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["user__username", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(meeting=None) | Q(group=None),
                name="role_has_one_scope",
                violation_error_message=_("Choose a meeting or a group, not both."),
            ),
            models.UniqueConstraint(
                fields=["user", "meeting"],
                condition=Q(meeting__isnull=False),
                name="role_once_a_meeting",
                violation_error_message=_("This person has a role for this meeting already: change that one."),
            ),
            models.UniqueConstraint(
                fields=["user", "group"],
                condition=Q(group__isnull=False),
                name="role_once_a_group",
                violation_error_message=_("This person has a role for this group already: change that one."),
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(meeting=None, group=None),
                name="role_once_for_all",
                violation_error_message=_("This person has a role for every meeting already: change that one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} ({self.meeting or self.group or _('every meeting')})"
