"""Fields and answers that are mended in a row of the list: stored as a correction, and sent or mailed again."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.admin.attention.asked import asked_of
from registration.admin.attention.places import back, kind_of
from registration.admin.attention.rows import form_for
from registration.admin.base import acting_user
from registration.errors import AddressTaken, ChangedMeanwhile
from registration.flow import attention, correct, post, review
from registration.flow.attention import Kind
from registration.forms import MendingForm
from registration.forms.mending import was
from registration.models import Mail, Submission

Again = Callable[[Kind, int, MendingForm], HttpResponse]


def mend(request: HttpRequest, what: str, pk: int, *, again: Again) -> HttpResponse:
    """Store what was sent for the row, if it still waits; ``again`` shows the list with what was typed and is wrong."""
    kind = kind_of(what)
    if kind not in (Kind.REFUSED, Kind.MAILS):
        raise Http404
    if not attention.may_resolve(kind, acting_user(request)):
        raise PermissionDenied
    if request.method != "POST":
        return back(request, kind)
    waiting = attention.parts(kind, request.user, at=timezone.now(), resolvable=True)
    found = Submission.objects.filter(pk__in=attention.keys(waiting, pk=pk))
    # The answers are read before those that are compared with what the list showed, and not again.
    submission = found.select_related("meeting").prefetch_related("answers").first()
    form = _form(kind, submission, request) if submission is not None else None
    if submission is None or form is None or not form.is_whole:
        messages.warning(request, _("Nothing was stored: what you were about to mend has been resolved meanwhile."))
        return back(request, kind)
    if form.is_valid() and not _is_stale(request, form) and _store(request, kind, submission, form):
        return back(request, kind)
    messages.error(request, _("Nothing was stored yet: see what is wrong where you typed it."))
    return again(kind, pk, form)


def _form(kind: Kind, submission: Submission, request: HttpRequest) -> MendingForm | None:
    return form_for(kind, submission, request.POST, asked=asked_of(kind, [submission], request.user))


def _is_stale(request: HttpRequest, form: MendingForm) -> bool:
    """Whether somebody else has stored another value since the list was shown, which the field says then."""
    for name in form.fields:
        stored = form.stored(name)
        # A browser ends each line of what it sends in its own way.
        if request.POST.get(was(name), stored).replace("\r\n", "\n") == stored:
            continue
        if said := form.said(name):
            words = _("Somebody else has changed this meanwhile, to “%s”. What you typed is not stored yet.") % said
        else:
            words = _("Somebody else has emptied this meanwhile. What you typed is not stored yet.")
        form.add_error(name, words)
    return bool(form.errors)


def _store(request: HttpRequest, kind: Kind, submission: Submission, form: MendingForm) -> bool:
    """Correct the submission and have it sent, or mailed, again; says so. What cannot be stored the field says."""
    by, at, values, answers = acting_user(request), timezone.now(), form.values(), form.answers()
    try:
        with transaction.atomic():
            # Of what was compared with what the list showed: under the lock it must be the same still.
            shown = correct.plan(submission, values=values, answers=answers, at=at).fingerprint
            plan = correct.correct(submission, values=values, answers=answers, by=by, at=at, shown=shown)
            if not plan.changes:
                form.add_error(next(iter(form.fields)), _("This is what is stored already: change it."))
                return False
            words = plan.consequences
            if kind is Kind.REFUSED:
                # They go again whatever changed: an address that is spelt otherwise, too.
                words = correct.of_sending_again(submission, plan, at=at)
                review.send_again(Submission.objects.filter(pk=submission.pk), by=by)
            else:
                _write_again(submission, by=by, at=at)
    except AddressTaken as error:
        form.add_error("email", str(error.words))
        return False
    except ChangedMeanwhile as error:
        form.add_error(next(iter(form.fields)), str(error.words))
        return False
    labels = ", ".join(str(field.label) for field in form.fields.values())
    told = _("%(name)s: corrected (%(fields)s).") % {"name": submission.full_name, "fields": labels}
    messages.success(request, " ".join([told, *words]))
    return True


def _write_again(submission: Submission, *, by: User, at: datetime) -> None:
    """Have whatever failed to reach them sent to the address that is theirs now."""
    failing = attention.failing().filter(submission=submission)
    post.once_more(Mail.objects.filter(pk__in=list(failing.values_list("pk", flat=True))), at=at, by=by)
    if not Mail.objects.filter(submission=submission, due_at__isnull=False).exists():
        post.again(Submission.objects.filter(pk=submission.pk), at=at, by=by)
