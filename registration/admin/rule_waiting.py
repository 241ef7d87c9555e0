"""The page on which a manager has a meeting's rules decide about those who wait for review already."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.admin.base import StaffAdmin, acting_user, meeting_for, tell_held
from registration.admin.rule_page import LIST, address, render
from registration.admin.rule_trial import result_word
from registration.errors import ChangedMeanwhile
from registration.flow import rule_application
from registration.flow.rule_application import Plan
from registration.models import Meeting


def may(request: HttpRequest, meeting: Meeting) -> bool:
    """Whether the user may have the meeting's rules decide: who may change them, and may decide themselves."""
    perms = ("registration.change_meeting", "registration.change_submission")
    return all(request.user.has_perm(perm, meeting) for perm in perms)


def page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom it concerns, and once that is confirmed, do it. A GET leads to the rules."""
    meeting = meeting_for(model_admin, request, pk, verb="view")
    if not may(request, meeting):
        raise PermissionDenied
    back = HttpResponseRedirect(address(LIST, meeting))
    if request.method != "POST":
        return back
    if meeting.approval != Meeting.Approval.RULES:
        messages.error(request, _("Nobody was decided about: the rules of this meeting are not followed."))
        return back
    has_changed = False
    if shown := request.POST.get("shown", ""):
        try:
            done = rule_application.apply(meeting, shown=shown, by=acting_user(request), at=timezone.now())
        except ChangedMeanwhile:
            has_changed = True
        else:
            _tell(request, done)
            return back
    plan = rule_application.plan(meeting)
    return render(model_admin, request, meeting, "waiting", has_changed=has_changed, **_context(plan))


def _context(plan: Plan) -> dict[str, Any]:
    words = ngettext("Decide about %d person who waits", "Decide about %d people who wait", plan.count)
    return {
        "title": words % plan.count,
        "purpose": _("What the rules would decide about whoever waits for review, to look at before it is done."),
        "plan": plan,
        "by_rule": [
            {"number": number, "words": rule.words, "result": result_word(rule.result), "count": len(pks)}
            for number, rule, pks in plan.by_rule
        ],
        "left": _left(plan),
        "more": not plan.is_all,
    }


def _left(plan: Plan) -> list[str]:
    """How many are left as they are, and why."""
    counted = [
        (plan.unmatched, ngettext("%d is matched by no rule", "%d are matched by no rule", plan.unmatched)),
        (plan.held, ngettext("%d is held for review already", "%d are held for review already", plan.held)),
        (
            plan.for_a_person,
            ngettext(
                "%d was put back to review by a person, or rejected by the host",
                "%d were put back to review by a person, or rejected by the host",
                plan.for_a_person,
            ),
        ),
        (
            plan.unconfirmed,
            ngettext(
                "%d has not confirmed their address yet",
                "%d have not confirmed their addresses yet",
                plan.unconfirmed,
            ),
        ),
        (
            plan.decided,
            ngettext(
                "%d has a decision that waits to be released",
                "%d have decisions that wait to be released",
                plan.decided,
            ),
        ),
    ]
    return [words % count for count, words in counted if count]


def _tell(request: HttpRequest, done: Plan) -> None:
    counts = {"approve": 0, "reject": 0, "hold": 0} | done.counts()
    if not done.count:
        messages.info(request, _("Nobody was decided about: no rule matches anybody who waits."))
    elif not done.holds_decisions:
        words = _("By the rules: %(approve)d approved, %(reject)d declined, %(hold)d held for review.")
        messages.success(request, words % counts)
    else:
        if decided := counts["approve"] + counts["reject"]:
            tell_held(request, decided)
        if counts["hold"]:
            messages.success(request, _("By the rules: %(hold)d held for review.") % counts)
    if done.skipped:
        left = {"count": done.skipped, "why": "; ".join(_left(done))}
        messages.warning(request, _("Left as they were: %(count)d (%(why)s).") % left)
    if not done.is_all:
        messages.warning(request, _("There are more who wait: have the rules decide about them, too."))
