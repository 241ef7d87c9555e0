"""What every page of the staff's side says: what it is for, and, where a list is empty, what to do next."""

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()

# Pages that are Django's own, by the name of the address or what that ends with.
_DJANGOS: dict[str, Promise] = {
    "app_list": _("Every list of this part of the portal that you may open."),
    "password_change": _("Change the password with which you sign in here."),
    "password_change_done": _("From now on you sign in with the new password."),
    "auth_user_changelist": _("Who can sign in here; what they may do for a meeting is said by their roles."),
    "auth_user_add": _("Give somebody an account; what they may do is chosen on the next page."),
    "auth_user_change": _("One person’s account: whether they can sign in, and what they may do for every meeting."),
    "auth_user_password_change": _("Give this person a new password, which they then change themselves."),
    "auth_group_changelist": _("Permissions that are given to several people at once, for every meeting."),
    "auth_group_add": _("Put permissions together that several people are to have."),
    "auth_group_change": _("The permissions that everybody in this group has."),
    "_history": _("What was changed on this page, when, and by whom."),
    "_delete": _("What would be deleted, to look at once more before it is."),
}


@register.simple_tag(takes_context=True)
def purpose(context: dict[str, Any]) -> SafeString | str:
    """What the page is for, in a sentence: the context's ``purpose``, or what is said of Django's own pages."""
    words = context.get("purpose") or _of_djangos(context)
    return format_html('<p class="purpose">{}</p>', words) if words else ""


@register.inclusion_tag("admin/registration/empty_list.html", takes_context=True)
def empty_list(context: dict[str, Any]) -> dict[str, Any]:
    """What a list says that has no rows: how to see more, or how there will be any. Nothing where there are rows."""
    cl = context["cl"]
    said = context.get("when_empty")
    return {
        "is_empty": not cl.result_count,
        "is_narrowed": bool(cl.query or cl.get_filters_params()),
        "words": said.words if said else _("There is nothing here yet."),
        "ways": said.ways if said else (),
    }


def _of_djangos(context: dict[str, Any]) -> Promise | str:
    match = getattr(context.get("request"), "resolver_match", None)
    name = (match.url_name if match else "") or ""
    ends = [words for end, words in _DJANGOS.items() if end.startswith("_") and name.endswith(end)]
    return _DJANGOS.get(name) or (ends[0] if ends else "")
