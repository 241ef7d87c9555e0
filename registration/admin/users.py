"""Django's own users and groups of users, on pages that note what is changed like every other."""

from http import HTTPStatus

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from registration import audit
from registration.admin import edits
from registration.admin.base import StaffAdmin, acting_user

admin.site.unregister([User, Group])


@admin.register(User)
class StaffUserAdmin(StaffAdmin, UserAdmin):  # type: ignore[type-arg]
    """Who can sign in. What they may do is said by roles, or by Django's own permissions."""

    meeting_path = None

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
class StaffGroupAdmin(StaffAdmin, GroupAdmin):
    """Users with the same permissions, for every meeting."""

    words_when_empty = _("There is no group yet.")
    first_step = _("Give people roles instead, unless they are to do so for every meeting.")

    meeting_path = None
