"""The banner of the staff's pages: what waits for a person, in one line, and the way there."""

from typing import Any

from django import template

from registration import roles
from registration.flow import all_waiting, attention
from registration.mail import kept

register = template.Library()


@register.inclusion_tag("admin/registration/attention/banner.html", takes_context=True)
def webex_notices(context: dict[str, Any]) -> dict[str, Any]:
    """How many of each kind wait for a person, as far as the user may see them."""
    found = all_waiting.counts(context["request"].user)
    return {"counts": [(kind.label, attention.in_words(count)) for kind, count in found.items()]}


@register.simple_tag(takes_context=True)
def has_kept_mails(context: dict[str, Any]) -> bool:
    """Whether mails are kept as files, and the user may see them."""
    return roles.scope(context["request"].user, "registration.change_submission") is None and kept.is_kept()
