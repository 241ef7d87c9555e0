"""What the pages of a meeting's approval rules share."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from registration.admin.base import StaffAdmin
from registration.models import ApprovalRule, Meeting

LIST, WAITING = "registration_meeting_rules", "registration_meeting_rules_waiting"
"""The names of the addresses: of the list, and of having it decide about those who wait."""

TONES: dict[str, str] = {
    ApprovalRule.Result.APPROVE: "good",
    ApprovalRule.Result.REJECT: "bad",
    ApprovalRule.Result.HOLD: "doubt",
}


def sentence(rule: ApprovalRule, *, may_see: bool) -> dict[str, Any]:
    """The parts of the sentence that the rule is. Of one about a private question others see only that there is one.

    The ``key`` of that one is what a decision by it is known by.
    """
    is_shown = may_see or not rule.is_private
    return {
        "subject": rule.subject if is_shown else "",
        "phrase": rule.phrase if is_shown else "",
        "result": rule.get_result_display(),
        "tone": TONES[rule.result],
        "key": rule.pk if rule.is_private else None,
        "is_active": rule.is_active,
        "is_from_webex": rule.is_from_webex,
    }


def address(name: str, meeting: Meeting) -> str:
    """The address of one of the pages."""
    return reverse(f"admin:{name}", args=[meeting.pk])


def render(
    model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, template: str, **more: Any
) -> TemplateResponse:
    """One of the pages."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "meeting": meeting,
        "back": reverse("admin:registration_meeting_change", args=[meeting.pk]),
        "list": address(LIST, meeting),
        **more,
    }
    return TemplateResponse(request, f"admin/registration/meeting/rules_{template}.html", context)
