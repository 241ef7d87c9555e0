"""A meeting's look on its page: the logo, and what becomes of the colour."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import colors, pictures
from registration.admin.words import NOTHING
from registration.models import Logo, Meeting


class ColorField(forms.CharField):
    """A colour, which other tools show in capitals or without the ``#``."""

    def to_python(self, value: Any) -> str:
        """In lower case, after a ``#``."""
        digits = (super().to_python(value) or "").lower().removeprefix("#")
        return f"#{digits}" if digits else ""


def too_pale(color: str) -> str:
    """Where the colour's contrast is too low for text, by how much, and what is used instead; else nothing."""
    shade = colors.light(color).accent
    if shade == color.lower():
        return ""
    on_white = colors.contrast(color, colors.WHITE)
    is_on_white = on_white < colors.TEXT_CONTRAST
    words = {
        "color": color,
        "contrast": _ratio(on_white if is_on_white else colors.least_contrast(color, colors.LIGHT_GROUNDS)),
        "ground": _("white") if is_on_white else _("the page’s light grey"),
        "needed": _ratio(colors.TEXT_CONTRAST),
        "shade": shade,
    }
    return (
        _(
            "%(color)s has a contrast of %(contrast)s on %(ground)s, where text needs %(needed)s: a darker shade, "
            "%(shade)s, is used for text, links and buttons."
        )
        % words
    )


def shades(color: str) -> str:
    """The shades of the colour that the page uses, each with a sample of it, and why if it is not the colour itself."""
    if not color:
        return NOTHING
    samples = format_html(
        "{} {} · {} {}",
        _sample(colors.light(color)),
        _("%(shade)s on a light page") % {"shade": colors.light(color).accent},
        _sample(colors.dark(color)),
        _("%(shade)s in dark mode") % {"shade": colors.dark(color).accent},
    )
    words = too_pale(color)
    return format_html('{}<p class="caution">{}</p>', samples, words) if words else samples


def _sample(scheme: colors.Scheme) -> str:
    # Attributes of an SVG: the Content-Security-Policy allows no style in the page.
    return format_html(
        '<svg class="sample" width="36" height="24" aria-hidden="true"><rect width="36" height="24" rx="4" fill="{}"/>'
        '<text x="18" y="17" text-anchor="middle" fill="{}">Aa</text></svg>',
        scheme.accent,
        scheme.on_accent,
    )


def _ratio(contrast: float) -> str:
    # Cut, not rounded: 4.48 is less than 4.5.
    return f"{int(contrast * 10) / 10} : 1"


class LogoForm(forms.ModelForm):  # type: ignore[type-arg]
    """The logo: a picture to upload, unless it is to stay as it is, and what it says."""

    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 2 MB. It is made to fit into 240 × 80 points."),
        error_messages={
            "required": gettext_lazy("Choose a picture."),
            "empty": gettext_lazy("The file is empty. Choose another one."),
        },
        widget=forms.FileInput(attrs={"accept": ", ".join(("image/png", "image/jpeg", "image/webp"))}),
    )

    class Meta:
        model = Logo
        fields = ("text",)
        error_messages = {"text": {"required": gettext_lazy("Enter what the logo says, for those who cannot see it.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["picture"].required = False
            self.fields["picture"].label = _("Another picture")

    def clean_picture(self) -> pictures.Picture | None:
        """The picture as it is kept, if one was uploaded."""
        file = self.cleaned_data["picture"]
        if not isinstance(file, UploadedFile):
            return None
        if (file.size or 0) > pictures.MOST_BYTES:
            raise forms.ValidationError(pictures.TOO_HEAVY)
        return pictures.logo(file.read())

    def save(self, commit: bool = True) -> Logo:
        """With the picture, if there is a new one."""
        if picture := self.cleaned_data["picture"]:
            for name, value in vars(picture).items():
                setattr(self.instance, name, value)
        logo: Logo = super().save(commit)
        return logo


class LogoInline(admin.StackedInline):  # type: ignore[type-arg]
    """The logo on its meeting's page, for whoever may change the meeting."""

    model = Logo
    form = LogoForm
    fields = ("present", "picture", "text")
    readonly_fields = ("present",)
    view_on_site = False
    verbose_name_plural = gettext_lazy("logo")

    @admin.display(description=gettext_lazy("At present"))
    def present(self, logo: Logo) -> str:
        """The logo as visitors see it."""
        if not logo.pk:
            return NOTHING
        address = reverse("admin:registration_meeting_logo", args=[logo.meeting_id])
        return format_html(
            '<span class="logo"><img src="{}?{}" alt="{}" width="{}" height="{}"></span>',
            address,
            logo.digest,
            logo.text,
            logo.width,
            logo.height,
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Logo]:
        """Without the picture itself, which has an address of its own."""
        return super().get_queryset(request).defer("content")

    def has_view_permission(self, request: HttpRequest, obj: Meeting | None = None) -> bool:
        """Whether the user may look at meetings."""
        return request.user.has_perm("registration.view_meeting", obj) or self._may_change(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Meeting | None = None) -> bool:
        """Whether the user may change meetings."""
        return self._may_change(request, obj)

    has_change_permission = has_delete_permission = has_add_permission

    def _may_change(self, request: HttpRequest, obj: Meeting | None) -> bool:
        return request.user.has_perm("registration.change_meeting", obj)


def is_picture_refused(inlines: Iterable[Any]) -> bool:
    """Whether one of the page's forms says that the picture itself cannot be taken."""
    return any("picture" in errors for inline in inlines for errors in inline.formset.errors)
