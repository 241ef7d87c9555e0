"""The page before a decision is undone: who goes back to what, what that does at Webex, and which mails it causes."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import audit, roles
from registration.admin import beyond_places, next_in_line
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.choice import named
from registration.admin.words import state_word
from registration.flow import places, undo
from registration.flow.review import Reviewed, overbooked_words
from registration.models import AuditEntry, Mail, Meeting, Move, Submission
from registration.states import Decision, Step

OF_PERSON, OF_ENTRY = "registration_submission_undo", "registration_submission_undo_entry"
"""The names of the addresses."""


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses: below the person's page, and, for an entry of the audit, below the list."""
    view = model_admin.admin_site.admin_view
    return [
        path("<int:pk>/undo/<int:move_pk>/", view(partial(person_page, model_admin)), name=OF_PERSON),
        path("undo/<int:entry_pk>/", view(partial(entry_page, model_admin)), name=OF_ENTRY),
    ]


def person_page(model_admin: StaffAdmin, request: HttpRequest, pk: int, move_pk: int) -> HttpResponse:
    """Undo a decision about one person."""
    submission = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    if not model_admin.has_review_permission(request, submission):
        raise PermissionDenied
    decisions = Move.objects.filter(subject=Move.Subject.DECISION, submission=submission)
    move = get_object_or_404(decisions.select_related("by"), pk=move_pk)
    if move.by is None and not undo.is_by_rule(move):
        raise Http404
    back = way_back(request) or model_admin.object_address(request, submission)
    now, user = timezone.now(), acting_user(request)
    if request.method == "POST":
        done = undo.move_back(move, by=user, at=now, shown=request.POST.get("shown", ""))
        if done is not None:
            return _tell(request, done, back)
        if undo.is_move_undone(move, by=user):
            return HttpResponseRedirect(back)
    by = str(move.by or _("a rule"))
    return _page(model_admin, request, undo.of_move(move, at=now), at=move.at, by=by, back=back)


def entry_page(model_admin: StaffAdmin, request: HttpRequest, entry_pk: int) -> HttpResponse:
    """Undo what was decided about many at once, of whatever meetings, as far as the user may review them."""
    if not model_admin.has_review_permission(request):
        raise PermissionDenied
    entry = get_object_or_404(AuditEntry.objects.select_related("by"), pk=entry_pk, action__in=undo.UNDOABLE)
    at_once = audit.done_at_once(entry)
    people = model_admin.only(request, "review", Submission.objects.filter(audited__entry__in=at_once))
    first = list(people.order_by("pk")[:2])
    if not first:
        raise Http404
    back = way_back(request) or _where_it_was_decided(model_admin, request, first)
    now, user = timezone.now(), acting_user(request)
    plan = undo.of_entry(entry, people, at=now)
    if request.method == "POST":
        done = undo.entry_back(entry, people, by=user, at=now, shown=request.POST.get("shown", ""))
        if done is not None:
            return _tell(request, done, back)
        if not plan.people and undo.is_entry_undone(entry, people, by=user):
            return HttpResponseRedirect(back)
    return _page(model_admin, request, plan, at=entry.at, by=str(entry.by), back=back)


def _where_it_was_decided(model_admin: StaffAdmin, request: HttpRequest, people: list[Submission]) -> str:
    """The page of the only person, or else the list."""
    if len(people) == 1:
        return model_admin.object_address(request, people[0])
    return reverse("admin:registration_submission_changelist")


def address_of_entry(request: HttpRequest, entry: AuditEntry) -> str:
    """Where the entry is undone, and from there back to this page; empty where it is no decision, or about nobody whom
    the user may review.
    """
    if entry.action not in undo.UNDOABLE:
        return ""
    people = roles.only(entry.people.all(), request.user, "registration.change_submission", path="submission__meeting")
    return _address(entry.pk, back=request.get_full_path()) if people.exists() else ""


def _address(entry_pk: int, *, back: str) -> str:
    return f"{reverse(f'admin:{OF_ENTRY}', args=[entry_pk])}?{urlencode({'next': back})}"


def with_way_back(request: HttpRequest, words: str, done: Reviewed, action: AuditEntry.Action, *, back: str) -> str:
    """The words for what was just decided about somebody, and the way to undo it, which ends at ``back``."""
    if not done.changed:
        return words
    entry_pk = done.entry_pk or _latest(request, action, count=done.changed)
    if entry_pk is None:
        return words
    return format_html('{} <a href="{}">{}</a>', words, _address(entry_pk, back=back), _("Undo …"))


def _latest(request: HttpRequest, action: AuditEntry.Action, *, count: int) -> int | None:
    """The user's latest entry for such an action, if it is for so many, of whatever meetings."""
    entry = AuditEntry.objects.filter(by=acting_user(request), action=action).order_by("-at", "pk").first()
    if entry is None:
        return None
    noted = sum(audit.done_at_once(entry).order_by().values_list("count", flat=True))
    return entry.pk if noted == count else None


def way_back(request: HttpRequest) -> str:
    """Where to go from here, if the address says, and it is one of ours."""
    return local(request.POST.get("next") or request.GET.get("next") or "")


def local(address: str) -> str:
    """The address, if it is one of ours; else none."""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def _page(
    model_admin: StaffAdmin, request: HttpRequest, plan: undo.Plan, *, at: Any, by: str, back: str
) -> HttpResponse:
    names = named(request, [person.submission for person in plan.people])
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Undo a decision"),
        "purpose": _("What undoing does, at Webex and by mail, to look at before it is done."),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "plan": plan,
        "at": at,
        "by": by,
        "names": names,
        "more": len(plan.people) - len(names),
        "targets": [
            {"count": count, "before": state_word(Decision, now), "after": state_word(Decision, to)}
            for (now, to), count in plan.targets.items()
        ],
        "follows": [
            *_steps(plan),
            *_mails(plan),
            *_of_addresses(plan),
            *_of_rules(plan),
            *_of_places(plan),
            *next_in_line.words(request, plan.moving_up),
            *_of_holding(plan),
        ],
        "without_place": beyond_places.if_undone(plan),
        "left": [{"count": count, "why": why} for why, count in plan.left.items()],
        "has_changed": request.method == "POST",
        "back": back,
    }
    return TemplateResponse(request, "admin/registration/submission/undo.html", context)


def _steps(plan: undo.Plan) -> list[str]:
    """What happens at Webex."""
    words = {
        Step.LOOK_UP: _("At Webex: %d is looked up first, since it is not known what is there; then it is made so."),
        Step.REGISTER: _("At Webex: the next push registers %d."),
        Step.APPROVE: _("At Webex: the next push approves %d."),
        Step.REJECT: _("At Webex: the next push rejects %d."),
        Step.MOVE_TO_PENDING: _("At Webex: the next push moves %d back to pending."),
        Step.REMOVE: _("At Webex: the next push removes %d."),
        Step.NOTHING: _("At Webex: nothing is done about %d."),
    }
    steps = plan.steps
    steps[Step.REMOVE] -= plan.sent_anew
    found = [words[step] % steps[step] for step in Step if steps[step]]
    if plan.sent_anew:
        anew = _("At Webex: the next push removes %d and registers them anew, as corrected.")
        found.append(anew % plan.sent_anew)
    if plan.called:
        under_way = _("At Webex: a call about %d is under way; what comes of it is then made so.")
        found.append(under_way % plan.called)
    return found


def _mails(plan: undo.Plan) -> list[str]:
    """Who is written to."""
    found = []
    mails = plan.mails
    # Nobody else is told that they are back in review.
    corrected = mails.pop(Mail.Kind.BACK_IN_REVIEW, 0)
    for counts, words in (
        (plan.withdrawn, _("Mails: “%(kind)s” to %(count)d still waits, and is not sent: nobody has heard of it yet.")),
        (mails, _("Mails: the portal writes “%(kind)s” to %(count)d.")),
        (plan.turned, _("Mails: “%(kind)s” to %(count)d still waits, and says how they stand when it is sent.")),
    ):
        found += [words % {"kind": Mail.Kind(kind).label, "count": count} for kind, count in counts.items()]
    if corrected:
        words = _("Mails: the portal writes to %d, who were mailed what is undone, that they are back in review.")
        found.append(words % corrected)
    misled = plan.misled
    # Whatever it was about, it said how they stood.
    told_besides = misled.pop(Mail.Kind.RECEIVED, 0)
    for kind, count in misled.items():
        words = _("Mails: “%(kind)s” went to %(count)d already; that it is undone is on their own page alone.")
        found.append(words % {"kind": kind.label, "count": count})
    if told_besides:
        words = ngettext(
            "Mails: %d was mailed how they stood; that it is undone is on their own page alone.",
            "Mails: %d were mailed how they stood; that it is undone is on their own page alone.",
            told_besides,
        )
        found.append(words % told_besides)
    if plan.mailed_by_webex:
        found.append(_("Mails: Webex may write to %d about it.") % plan.mailed_by_webex)
    silent = len(plan.people) - plan.mails.total() - plan.turned.total() - plan.misled.total()
    if silent:
        found.append(_("Mails: the portal writes nothing to %d; their own page says how they stand.") % silent)
    return found


def _of_addresses(plan: undo.Plan) -> list[str]:
    """Of whom something is asked first."""
    if not plan.asked:
        return []
    words = ngettext(
        "Addresses: %d has to confirm theirs before anything is decided, with as much time as whoever signs up now.",
        "Addresses: %d have to confirm theirs before anything is decided, with as much time as whoever signs up now.",
        plan.asked,
    )
    return [words % plan.asked]


def _of_rules(plan: undo.Plan) -> list[str]:
    """Who is held for a person, as before. Not by which rule: it may be about a private question."""
    if not plan.held_for_review:
        return []
    words = ngettext(
        "Review: %d is held for review again, by the rule that held them.",
        "Review: %d are held for review again, by the rules that held them.",
        plan.held_for_review,
    )
    return [words % plan.held_for_review]


def _of_places(plan: undo.Plan) -> list[str]:
    """Who is in line again, and who has no place any more."""
    found = []
    if in_line := sum(1 for person in plan.people if person.to is Decision.WAITLISTED):
        words = ngettext(
            "Places: %d goes back to their old place on the waiting list.",
            "Places: %d go back to their old places on the waiting list.",
            in_line,
        )
        found.append(words % in_line)
    if freed := plan.freeing.total():
        words = ngettext("Places: %d has no place any more.", "Places: %d have no place any more.", freed)
        found.append(words % freed)
    return found


def _of_holding(plan: undo.Plan) -> list[str]:
    """What is otherwise than with decisions, where these are held."""
    found = []
    if any(person.submission.meeting.holds_decisions for person in plan.people):
        found.append(_("Outbox: undoing is not held, it counts at once."))
    if held := sum(1 for person in plan.people if person.submission.held_decision):
        words = ngettext(
            "Outbox: what is held of %d is forgotten.", "Outbox: what is held of %d of them is forgotten.", held
        )
        found.append(words % held)
    return found


def _tell(request: HttpRequest, done: undo.Plan, back: str) -> HttpResponse:
    """Say how many went back, and how many did not and why."""
    if count := len(done.people):
        messages.success(request, ngettext("Undone for %d person.", "Undone for %d people.", count) % count)
    if done.left:
        why = "; ".join(f"{count}: {words}" for words, count in done.left.items())
        words = _("Left as they were: %(count)d (%(why)s).")
        messages.warning(request, words % {"count": sum(done.left.values()), "why": why})
    meetings = {person.submission.meeting_id: person.submission.meeting for person in done.people}
    for pk, more in places.overbooked(list(meetings.values())).items():
        meeting: Meeting = meetings[pk]
        messages.warning(request, overbooked_words(meeting, more))
    return HttpResponseRedirect(back)
