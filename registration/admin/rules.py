"""The approval rules of a meeting: the list as staff read it, and the page on which its managers edit and try it."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from registration.admin import rule_trial, rule_waiting
from registration.admin.base import StaffAdmin, acting_user, meeting_for
from registration.admin.meeting_filter import is_key
from registration.admin.rule_advice import advice
from registration.admin.rule_page import LIST, WAITING, address, render, sentence
from registration.admin.rule_rows import Rows, Subjects, posted, raw_of, stored
from registration.errors import ChangedMeanwhile
from registration.flow import rule_list, ruling
from registration.flow.rule_list import MOST_RULES, Seen
from registration.models import ApprovalRule, Meeting

_OF_THE_LIST = frozenset({"show", "save", "follow", "try"})
"""The buttons that look at the whole list."""


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of the page, and of the one behind it."""
    view = model_admin.admin_site.admin_view
    return [
        path("<int:pk>/rules/", view(partial(rules_page, model_admin)), name=LIST),
        path("<int:pk>/rules/waiting/", view(partial(rule_waiting.page, model_admin)), name=WAITING),
    ]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str]:
    """The way there."""
    return _("Approval rules"), address(LIST, meeting)


def summary(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What is shown of the rules where they are not edited."""
    may_change = model_admin.has_change_permission(request, meeting)
    return {
        "sentences": [sentence(rule, may_see=may_change) for rule in ruling.rules_of(meeting)],
        "is_followed": meeting.approval == Meeting.Approval.RULES,
        "approval": meeting.get_approval_display(),
        "address": address(LIST, meeting),
        "may_change": may_change,
    }


def rules_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The list to read; for those who may change the meeting, to edit, to try, and to store."""
    meeting = meeting_for(model_admin, request, pk, verb="view")
    if not model_admin.has_change_permission(request, meeting):
        if request.method == "POST":
            raise PermissionDenied
        rules = summary(model_admin, request, meeting)
        words = _("What decides about a sign-up by itself: the first rule that matches, from the top.")
        return render(model_admin, request, meeting, "read", title=_("Approval rules"), purpose=words, rules=rules)
    if request.method == "POST":
        shown = _read_seen(request.POST.get("seen", ""))
        if shown is None:
            messages.warning(request, _("Nothing was stored, as what was sent cannot be read. This is what is stored."))
            return HttpResponseRedirect(request.path)
        return _Edit(model_admin, request, meeting, shown).answer()
    kept = ruling.rules_of(meeting)
    return _editor(model_admin, request, meeting, stored(kept), kept=kept, subjects=Subjects(meeting))


class _Edit:
    """What one of the buttons of the page does with the list that was posted."""

    def __init__(self, model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, shown: list[Seen]) -> None:
        self.model_admin, self.request, self.meeting, self.shown = model_admin, request, meeting, shown
        self.rows, self.subjects = posted(request.POST), Subjects(meeting)

    def answer(self) -> HttpResponse:
        """Do it, and show the list as it is then; or go to the page anew once it is stored."""
        button = self.request.POST.get("do", "show")
        if not self.rows.press(button) and button in _OF_THE_LIST:
            self.rows.checked = set(range(1, len(self.rows.raws) + 1))
        forms = self.rows.forms(self.subjects)
        if button in ("save", "follow", "try") and all(form.is_valid() for form in forms):
            drafts = [form.rule(self.meeting) for form in forms]
            if button != "try":
                return self._save(drafts, is_followed=button == "follow")
            self.rows.focus = "trial"
            return self._shown(trial=rule_trial.tried(self.request, self.meeting, drafts))
        return self._shown(is_unsaved=True)

    def _save(self, drafts: Sequence[ApprovalRule], *, is_followed: bool) -> HttpResponse:
        by = acting_user(self.request)
        try:
            has_changed = rule_list.store(self.meeting, drafts, shown=self.shown, by=by)
        except ChangedMeanwhile:
            return self._refused()
        if has_changed:
            self.model_admin.log_change(self.request, self.meeting, "Changed the approval rules.")
        if is_followed and rule_list.have_them_decide(self.meeting, by=by):
            self.model_admin.log_change(self.request, self.meeting, "Had the approval rules decide.")
            messages.success(self.request, _("Stored: from now on the rules decide about whoever signs up."))
        elif has_changed:
            messages.success(self.request, _("Stored. Whoever is decided about stays as they are."))
        else:
            messages.info(self.request, _("Nothing has changed."))
        return HttpResponseRedirect(self.request.path)

    def _refused(self) -> HttpResponse:
        """Keep what was typed, with what is new meanwhile at its end, and say what has changed."""
        now = ruling.rules_of(self.meeting)
        before = {each.pk: each for each in self.shown}
        after = {each.pk: each for each in rule_list.seen(now)}
        for raw in self.rows.raws:
            if raw["pk"] not in map(str, after):
                raw["pk"] = ""
        for rule in now:
            if rule.pk not in before:
                self.rows.take_in(raw_of(rule))
        self.rows.checked, self.rows.focus = set(), "refused"
        changes = [_("New: %s") % each.words for pk, each in after.items() if pk not in before]
        changes += [_("Removed, yet below: %s") % each.words for pk, each in before.items() if pk not in after]
        changes += [
            _("Changed: %(before)s; now %(after)s") % {"before": before[pk].words, "after": each.words}
            for pk, each in after.items()
            if pk in before and before[pk] != each
        ]
        self.shown = rule_list.seen(now)
        return self._shown(changes=changes or [_("They stand in another order.")])

    def _shown(self, **more: Any) -> HttpResponse:
        kept = ruling.rules_of(self.meeting)
        return _editor(
            self.model_admin,
            self.request,
            self.meeting,
            self.rows,
            kept=kept,
            subjects=self.subjects,
            shown=self.shown,
            **more,
        )


def _editor(
    model_admin: StaffAdmin,
    request: HttpRequest,
    meeting: Meeting,
    rows: Rows,
    *,
    kept: Sequence[ApprovalRule],
    subjects: Subjects,
    shown: Sequence[Seen] | None = None,
    **more: Any,
) -> HttpResponse:
    return render(
        model_admin,
        request,
        meeting,
        "edit",
        title=_("Approval rules"),
        purpose=_(
            "What decides about a sign-up by itself: the first rule that matches, from the top. Whom none matches, or "
            "one holds for review, waits for a person."
        ),
        rows=_listed(meeting, rows, kept=kept, subjects=subjects),
        focus=rows.focus,
        options=subjects.options,
        seen=json.dumps(rule_list.seen(kept) if shown is None else shown, ensure_ascii=False),
        is_full=len(rows.raws) >= MOST_RULES,
        most=MOST_RULES,
        is_followed=meeting.approval == Meeting.Approval.RULES,
        may_decide=rule_waiting.may(request, meeting),
        waiting=address(WAITING, meeting),
        **more,
    )


def _listed(meeting: Meeting, rows: Rows, *, kept: Sequence[ApprovalRule], subjects: Subjects) -> list[dict[str, Any]]:
    """The rows as the page shows them."""
    forms = rows.forms(subjects)
    drafts = [form.rule(meeting) if form.is_valid() else None for form in forms]
    words = advice(drafts, subjects)
    of_webex = {rule.pk: rule for rule in kept if rule.is_from_webex}
    return [
        {
            "number": number,
            "key": str(number),
            "form": rows.shown(number, form, subjects),
            "is_open": bool(raw["is_open"]),
            "hidden": rows.hidden(number),
            "has_errors": number in rows.checked and not form.is_valid(),
            "sentence": sentence(draft, may_see=True) if draft else None,
            "is_active": bool(raw["is_active"]),
            "advice": words[number - 1],
            **_origin(draft, raw["pk"], of_webex=of_webex, is_there=bool(meeting.webex_id)),
        }
        for number, (form, draft, raw) in enumerate(zip(forms, drafts, rows.raws, strict=True), start=1)
    ]


def _origin(
    draft: ApprovalRule | None, key: str, *, of_webex: Mapping[int, ApprovalRule], is_there: bool
) -> dict[str, bool]:
    """Whether the rule is from Webex, says something else by now, and can be removed."""
    rule = of_webex.get(int(key)) if is_key(key) else None
    return {
        "is_from_webex": rule is not None,
        "is_changed": rule is not None and draft is not None and rule_list.says(rule) != rule_list.says(draft),
        "may_remove": rule is None or not is_there,
    }


def _read_seen(text: str) -> list[Seen] | None:
    """The list that was shown, as the page sent it; ``None`` where it cannot be read."""
    try:
        return [Seen(int(pk), str(subject), str(words)) for pk, subject, words in json.loads(text)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
