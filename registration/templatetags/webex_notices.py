"""The banner of the staff's pages: what waits for a person before the portal can go on with Webex."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone

from registration.accounts import notices

register = template.Library()


@register.inclusion_tag("admin/registration/notices.html", takes_context=True)
def webex_notices(context: dict[str, Any]) -> dict[str, Any]:
    """What waits for a person, as far as the user may look at what it is about."""
    user = context["request"].user
    found = []
    for notice in notices.of_all(now=timezone.now()):
        model = notice.subject._meta.model_name
        if user.has_perm(f"registration.view_{model}") or user.has_perm(f"registration.change_{model}"):
            address = reverse(f"admin:registration_{model}_change", args=[notice.subject.pk])
            found.append({"words": notice.words, "reason": notice.reason, "address": address})
    return {"notices": found}
