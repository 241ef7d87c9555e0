"""The form on which a role is given: to whom, which, and for what; never beyond what its author administers."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import roles
from registration.models import Meeting, MeetingGroup, RoleAssignment

_GIVE = "registration.add_roleassignment"
_MOST = 500


class Suggestions(forms.TextInput):
    """A field to type in, for which the browser itself suggests the first few hundred of the choices."""

    template_name = "admin/registration/suggestions.html"
    choices: Any = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With what is suggested."""
        context = super().get_context(name, value, attrs)
        # The id of the list that the field names: fields of one form have names of their own.
        context["widget"]["attrs"]["list"] = context["list_id"] = f"suggestions_{name}"
        context["suggestions"] = list(islice(self._offered(), _MOST))
        return context

    def _offered(self) -> Iterator[tuple[str, str]]:
        return ((str(value), str(label)) for value, label in self.choices if str(value))


class _UserField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        """Their name, if they have one."""
        return obj.get_full_name() or obj.get_username()


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role. ``acting`` is who gives it."""

    acting: ClassVar[User]

    user = _UserField(
        User.objects.filter(is_staff=True, is_active=True).order_by("username"),
        label=gettext_lazy("Person"),
        to_field_name="username",
        widget=Suggestions(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The user name of one of the staff. A user becomes staff by “Staff status” on their own page under “Users”."
        ),
        error_messages={"invalid_choice": gettext_lazy("There is nobody of this user name among the staff.")},
    )
    meeting = forms.ModelChoiceField(
        Meeting.objects.none(),
        label=gettext_lazy("Meeting"),
        to_field_name="slug",
        required=False,
        widget=Suggestions(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Its short name in the address."),
        error_messages={"invalid_choice": gettext_lazy("You administer no meeting of this short name.")},
    )
    group = forms.ModelChoiceField(
        MeetingGroup.objects.none(),
        label=gettext_lazy("Group of meetings"),
        required=False,
        help_text=RoleAssignment._meta.get_field("group").help_text,
    )

    class Meta:
        model = RoleAssignment
        fields = ("user", "role", "meeting", "group")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "meeting" not in self.fields:
            # Somebody who may only look.
            return
        meetings = roles.only(Meeting.objects.order_by("-start_at", "-pk"), self.acting, _GIVE, path="")
        groups = roles.groups(self.acting, _GIVE)
        all_groups = MeetingGroup.objects.all()
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        self.fields["group"].queryset = (  # type: ignore[attr-defined]
            all_groups if groups is None else all_groups.filter(pk__in=groups)
        )
        if self.instance.meeting is not None:
            self.initial["meeting"] = self.instance.meeting.slug

    def clean_user(self) -> User:
        """Anybody but who gives it."""
        user: User = self.cleaned_data["user"]
        if user == self.acting:
            raise ValidationError(_("Somebody else must give you a role: nobody raises their own."))
        return user

    def clean(self) -> dict[str, Any] | None:
        """Refuse what goes beyond the meetings that its author administers."""
        given = super().clean() or {}
        meeting, group = given.get("meeting"), given.get("group")
        is_answered = not {"meeting", "group"} & set(self.errors)
        pks = {"meeting": meeting.pk if meeting else None, "group": group.pk if group else None}
        if is_answered and not roles.may_all_of(self.acting, _GIVE, **pks):
            raise ValidationError(_("Choose a meeting or a group: a role for every meeting is beyond your own."))
        return given
