"""Django's own users and groups of users, on pages that note what is changed like every other."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from registration import audit
from registration.admin import edits
from registration.admin.base import StaffAdmin, acting_user

admin.site.unregister([User, Group])


class BoxesToTick(StaffAdmin):
    """A page on which several are chosen by ticking them, not by moving them between two lists by a script."""

    meeting_path = None
    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A box for each."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)


@admin.register(User)
class StaffUserAdmin(BoxesToTick, UserAdmin):  # type: ignore[type-arg]
    """Who can sign in. What they may do is said by roles, or by Django's own permissions."""

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Give somebody another password, and note that it was; never which."""
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if response.status_code == HTTPStatus.FOUND and request.method == "POST":
                thing = f"{User._meta.verbose_name}: {self.get_object(request, unquote(id))}"
                secret = {"password": edits.SECRET}
                audit.note(acting_user(request), audit.Action.EDITED, thing=thing, before=secret, after=secret)
        return response


@admin.register(Group)
class StaffGroupAdmin(BoxesToTick, GroupAdmin):  # type: ignore[misc]
    """Users with the same permissions, for every meeting."""

    words_when_empty = _("There is no group yet.")
    first_step = _("Give people roles instead, unless they are to do so for every meeting.")
