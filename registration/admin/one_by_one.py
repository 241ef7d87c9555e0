"""Reviewing one after another: who waits among those that the list's filters keep, the one who waits longest first.

Every decision is an ordinary POST, which says what was seen: where somebody else decided meanwhile, the answers have
changed, or the button was pressed twice, nothing is decided, and a message says so. The keys
(static/registration/review.js) press the buttons that are on the page.
"""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registration import audit
from registration.admin import notes, private, submission_page
from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.by_time import by_time, is_searched
from registration.admin.decline import DeclineForm
from registration.admin.erase import erasure_word
from registration.admin.held import can_be_decided, can_be_taken_back
from registration.admin.paging import MOST_COUNTED
from registration.admin.submission_filters import leave_out_lost_answers, without_lost_answers
from registration.admin.undo import OF_PERSON
from registration.flow import review, undo
from registration.flow.review import Reviewed
from registration.keys import among_few, unconditioned
from registration.models import Move, Submission
from registration.states import Decision

FIRST, ONE = "registration_submission_review", "registration_submission_review_one"
"""The names of the addresses."""

_VERBS = {"approve": Decision.APPROVED, "decline": Decision.DECLINED, "reopen": Decision.WAITING}
_LAST = "last_reviewed"
"""In the session: whom the user decided about last, by key, and by the key of the decision, or that it is held."""
_HELD = 0


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The review, and each person in it."""
    view = model_admin.admin_site.admin_view
    return [
        path("review/", view(require_safe(partial(first_page, model_admin))), name=FIRST),
        path("review/<int:pk>/", view(partial(one_page, model_admin)), name=ONE),
    ]


def queue(model_admin: StaffAdmin, request: HttpRequest) -> QuerySet[Submission]:
    """Who waits to be decided about, of those whom the filters keep and the user may review, in order."""
    try:
        kept = model_admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters as error:
        raise BadRequest("No such filter.") from error
    waiting = kept.filter(decision=Decision.WAITING, held_decision="", confirm_by=None, erase_asked_at=None)
    theirs = model_admin.only(request, "review", waiting)
    if is_searched(request) and (few := among_few(theirs, most=MOST_COUNTED)):
        # To look at a row for words takes long, and it is asked of them more than once.
        theirs = unconditioned(theirs).filter(few)
    return by_time(theirs, request, newest_first=False)


def _waits(submission: Submission) -> bool:
    """Whether they wait to be decided about, whatever is filtered."""
    is_undecided = submission.decision == Decision.WAITING and not submission.held_decision
    return is_undecided and submission.confirm_by is None and submission.erase_asked_at is None


def first_page(model_admin: StaffAdmin, request: HttpRequest) -> HttpResponse:
    """Go to whoever waits longest; where nobody does, say so."""
    if not model_admin.has_review_permission(request):
        raise PermissionDenied
    if without := without_lost_answers(request):
        return without
    first = queue(model_admin, request).values_list("pk", flat=True).first()
    if first is not None:
        return HttpResponseRedirect(_address(request, first))
    return TemplateResponse(
        request, "admin/registration/submission/review_done.html", _context(model_admin, request, None)
    )


def one_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person, or decide about them and go to the next."""
    submission = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    if not model_admin.has_review_permission(request, submission):
        raise PermissionDenied
    if request.method == "POST":
        # It is about this person, whatever is filtered; and a reason that was typed is not lost.
        leave_out_lost_answers(request)
    elif without := without_lost_answers(request):
        return without
    form = DeclineForm.of([submission.meeting_id], request.POST if request.POST.get("verb") == "decline" else None)
    verb = request.POST.get("verb", "")
    if request.method == "POST" and verb in _VERBS and (verb != "decline" or form.is_valid()):
        return _decide(model_admin, request, submission, verb, form)
    return _show(model_admin, request, submission, form)


def _show(model_admin: StaffAdmin, request: HttpRequest, submission: Submission, form: DeclineForm) -> HttpResponse:
    waiting = queue(model_admin, request)
    before, after = waiting.filter(_is_before(submission)), waiting.filter(_is_after(submission))
    previous = before.reverse().values_list("pk", flat=True).first()
    following = after.values_list("pk", flat=True).first()
    ahead, behind = _counted(before), _counted(after)
    is_waiting = _waits(submission)
    audit.note_people(acting_user(request), audit.Action.VIEWED, [submission.pk])
    last = undo.last_of(submission)
    texts = private.texts(request, submission.meeting, [submission])
    history = submission_page.history(submission, texts=texts, may_undo=False)
    context = {
        **_context(model_admin, request, submission),
        **submission_page.states(submission),
        "title": submission.full_name if submission.erase_asked_at is None else submission.reference,
        "original": submission,
        "erasure": erasure_word(submission),
        "questions": private.answers(request, submission),
        **submission_page.reasons(submission, history, texts=texts),
        "held": submission_page.held(submission, texts=texts),
        "history": history[:10],
        "staff": notes.panel(model_admin, request, submission),
        "form": form,
        "seen": version(submission),
        "decided": None if is_waiting else last,
        "is_waiting": is_waiting,
        "is_held_undecided": can_be_taken_back(submission, Decision.WAITING),
        "may": [verb for verb, to in _VERBS.items() if can_be_decided(submission, to)],
        "position": ahead + 1,
        "total": ahead + behind + 1,
        "is_about": MOST_COUNTED in (ahead, behind),
        "previous": _address(request, previous) if previous else "",
        "following": _address(request, following) if following else _first_address(request),
        "page": model_admin.object_address(request, submission),
    }
    return TemplateResponse(request, "admin/registration/submission/review.html", context)


def _decide(
    model_admin: StaffAdmin, request: HttpRequest, submission: Submission, verb: str, form: DeclineForm
) -> HttpResponse:
    by, to = acting_user(request), _VERBS[verb]
    with transaction.atomic():
        # Whoever decides at this moment is waited for, and seen.
        now = Submission.objects.select_for_update().get(pk=submission.pk)
        if version(now) != (seen := request.POST.get("seen", "")):
            return _changed_meanwhile(model_admin, request, now, to, seen=seen)
        one = Submission.objects.filter(pk=submission.pk)
        if to is Decision.APPROVED:
            done = review.approve(one, by=by)
        elif to is Decision.DECLINED:
            done = review.decline(one, by=by, reason=form.cleaned_data["reason"])
        else:
            done = review.reopen(one, by=by)
    _tell(request, submission, to, done)
    decided = Submission.objects.get(pk=submission.pk)
    if version(decided) == version(now):
        return HttpResponseRedirect(_address(request, submission.pk))
    if done.held:
        request.session[_LAST] = [submission.pk, _HELD]
    elif done.changed and (move := undo.last_of(decided)):
        request.session[_LAST] = [submission.pk, move.pk]
    return HttpResponseRedirect(_next_address(model_admin, request, submission))


def _changed_meanwhile(
    model_admin: StaffAdmin, request: HttpRequest, submission: Submission, to: Decision, *, seen: str
) -> HttpResponse:
    """Nothing is decided. A second click goes on to the next; who is otherwise than they were seen is shown again."""
    if _is_done_by(acting_user(request), submission, to):
        messages.info(request, _named(_("%s: was done already."), submission))
        return HttpResponseRedirect(_next_address(model_admin, request, submission))
    if seen.startswith(_decided(submission)):
        words = _("%s: their answers have changed meanwhile. You changed nothing: look again.")
    else:
        words = _("%s: somebody else decided meanwhile. You changed nothing.")
    messages.warning(request, _named(words, submission))
    return HttpResponseRedirect(_address(request, submission.pk))


def _is_done_by(user: User, submission: Submission, to: Decision) -> bool:
    """Whether the user decided so, or took back what was held of the person who waits again."""
    if submission.held_decision:
        return submission.held_by == user and submission.held_decision == to
    last = undo.last_of(submission)
    is_theirs = last.by == user if last is not None else to is Decision.WAITING
    return is_theirs and submission.decision == to


def version(submission: Submission) -> str:
    """What one must have seen of a submission to decide about it: what is decided, and what they answered."""
    corrections = submission.moves.filter(subject=Move.Subject.CORRECTION)
    return f"{_decided(submission)} {corrections.values_list('pk', flat=True).first() or ''}"


def _decided(submission: Submission) -> str:
    decided_at = submission.decided_at.isoformat() if submission.decided_at else ""
    return f"{submission.decision} {decided_at} {submission.held_decision} {submission.erase_asked_at or ''}"


def _tell(request: HttpRequest, submission: Submission, to: Decision, done: Reviewed) -> None:
    words = {
        Decision.APPROVED: _("%s: approved."),
        Decision.DECLINED: _("%s: declined."),
        Decision.WAITING: _("%s: put back to review."),
    }
    tell(request, _named(words[to], submission), done)


def _named(words: str, submission: Submission) -> str:
    """The words, with the person's name in them, in whichever direction it is written."""
    before, _name, after = words.partition("%s")
    return format_html('{}<bdi class="words">{}</bdi>{}', before, submission.full_name, after)


def _is_before(submission: Submission) -> Q:
    at = submission.submitted_at
    return Q(submitted_at__lte=at) & (Q(submitted_at__lt=at) | Q(pk__lt=submission.pk))


def _is_after(submission: Submission) -> Q:
    at = submission.submitted_at
    return Q(submitted_at__gte=at) & (Q(submitted_at__gt=at) | Q(pk__gt=submission.pk))


def _counted(people: QuerySet[Submission]) -> int:
    return people.order_by().values("pk")[:MOST_COUNTED].count()


def _query(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _address(request: HttpRequest, pk: int) -> str:
    return reverse(f"admin:{ONE}", args=[pk]) + _query(request)


def _first_address(request: HttpRequest) -> str:
    return reverse(f"admin:{FIRST}") + _query(request)


def _next_address(model_admin: StaffAdmin, request: HttpRequest, submission: Submission) -> str:
    after = queue(model_admin, request).filter(_is_after(submission)).values_list("pk", flat=True).first()
    return _address(request, after) if after else _first_address(request)


def _context(model_admin: StaffAdmin, request: HttpRequest, submission: Submission | None) -> dict[str, Any]:
    changes = model_admin.get_changelist_instance(request)
    return {
        **model_admin.admin_site.each_context(request),
        "title": _("Review"),
        "purpose": _("Decide about one person after another, with the buttons or their keys."),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "filters": getattr(changes, "filter_words", []),
        "list": reverse("admin:registration_submission_changelist") + _query(request),
        "undo": _undo_address(model_admin, request, submission),
    }


def _undo_address(model_admin: StaffAdmin, request: HttpRequest, shown: Submission | None) -> str:
    """Where the decision that the user made last is undone, as long as it holds.

    What is held is taken back on the person's page: empty where that is the one that is ``shown``.
    """
    pk, move_pk = request.session.get(_LAST) or (0, 0)
    reviewed = model_admin.get_queryset(request).filter(pk=pk).first() if pk else None
    if reviewed is not None and move_pk == _HELD:
        return _address(request, pk) if reviewed.held_decision and reviewed != shown else ""
    last = undo.last_of(reviewed) if reviewed is not None else None
    if last is None or last.pk != move_pk:
        return ""
    return _undo_of(request, pk, move_pk)


def _undo_of(request: HttpRequest, pk: int, move_pk: int) -> str:
    # Back to whoever it was: they wait again.
    return reverse(f"admin:{OF_PERSON}", args=[pk, move_pk]) + "?" + urlencode({"next": _address(request, pk)})
