"""The banner of the staff's pages: what waits for a person before the portal can go on with Webex."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from registration.accounts import notices
from registration.flow import post
from registration.mail import kept
from registration.models import Mail

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
    if _may_see_people(user) and (count := post.unreached(at=timezone.now()).count()):
        words = ngettext(
            "%d person’s mail could not be delivered and is given up.",
            "%d people’s mails could not be delivered and are given up.",
            count,
        )
        address = f"{reverse('admin:registration_mail_changelist')}?state={Mail.State.UNSENT}"
        found.append({"words": words % count, "reason": "", "address": address})
    return {"notices": found}


@register.simple_tag(takes_context=True)
def has_kept_mails(context: dict[str, Any]) -> bool:
    """Whether mails are kept as files, and the user may see them."""
    return context["request"].user.has_perm("registration.change_submission") and kept.is_kept()


def _may_see_people(user: Any) -> bool:
    return any(user.has_perm(f"registration.{verb}_submission") for verb in ("view", "change"))
