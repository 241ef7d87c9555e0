"""The picture that a company puts on the sign-up page of its meeting."""

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registration.models.meeting import Meeting, form_changed
from registration.pictures import FORMATS


class Logo(models.Model):
    """A meeting's logo, small enough to be kept with the rows: one backup has all, and every machine serves it."""

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="logo", verbose_name=_("meeting"))
    content = models.BinaryField(_("picture"))
    content_type = models.CharField(max_length=20, editable=False)
    digest = models.CharField(max_length=16, editable=False, help_text="Of the content: a part of its address.")
    width = models.PositiveSmallIntegerField(editable=False, help_text="CSS pixels.")
    height = models.PositiveSmallIntegerField(editable=False, help_text="CSS pixels.")
    text = models.CharField(
        _("what it says"), max_length=100, help_text=_("For those who cannot see it, such as “Example Ltd.”")
    )

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """The address of the picture; another one when that changes."""
        return reverse("logo", args=[self.meeting.slug, self.digest, FORMATS[self.content_type]])


@receiver([post_save, post_delete], sender=Logo)
def _logo_changed(instance: Logo, **kwargs: Any) -> None:
    form_changed([instance.meeting_id])
