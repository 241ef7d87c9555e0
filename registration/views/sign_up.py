"""The sign-up page of a meeting: what it shows, and what becomes of the form that is sent to it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registration import wording
from registration.errors import ProofNeeded, RegistrationClosed, TooManySignUps
from registration.flow import availability, submit
from registration.forms import RegistrationForm
from registration.models import Meeting
from registration.states import TAKES_SIGN_UPS, Availability
from registration.views import guard, kept, look
from registration.views.client import client_of

CHECKED = "checked"
CHANGE = "change"
"""The names of the buttons of the check step."""

_FORM = "registration/meeting.html"


@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """A meeting and its sign-up form; takes sign-ups, and answers a new and a known address alike."""
    now = timezone.now()
    subject = kept.published(slug)
    if request.method == "POST":
        return _take(request, subject, now=now)
    state = availability.of(subject, now=now)
    if state in TAKES_SIGN_UPS:
        own = guard.marks(subject, is_last_step=not subject.has_check_step, now=now)
        kind = _Kind(state, bool(own[guard.CHALLENGE]))
        form = kept.page_with_form(request, _FORM, subject, context=_EMPTY_FORM[kind], variant=str(kind), own=own)
        return HttpResponse(form)
    context = {"meeting": subject, "when": wording.when(subject), "closure": wording.closure(state, subject)}
    return render(request, "registration/closed.html", context | look.shown_elsewhere(subject))


def meeting_again(request: HttpRequest, slug: str) -> HttpResponse:
    """403: the form that was sent without a valid CSRF token, with all that was typed, to be sent again."""
    notice = _(
        "Send the form once more: it could not be checked. The page was open for a very long time, or cookies are "
        "turned off."
    )
    subject = kept.published(slug)
    return _form_page(request, subject, notice=notice, status=403)


def _take(request: HttpRequest, subject: Meeting, *, now: datetime) -> HttpResponse:
    """Register whoever sent the form, or give it back with everything typed: to be mended, changed or checked."""
    form = RegistrationForm(request.POST, meeting=subject, is_shown=False)
    is_final = form.is_valid() and CHANGE not in request.POST
    if is_final and (refusal := guard.refusal(request.POST, subject, now=now)):
        status = 429 if refusal.retry_after_seconds else 400
        return _form_page(request, subject, notice=refusal.words, status=status, retry=refusal.retry_after_seconds)
    if is_final and (CHECKED in request.POST or not subject.has_check_step):
        return _register(request, subject, form, now=now)
    state = availability.of(subject, now=now)
    if state not in TAKES_SIGN_UPS:
        return _closed_meanwhile(request, subject, wording.closure(state, subject).headline)
    if is_final:
        form.is_for_waiting_list = state is Availability.WAITING_LIST
        marks = guard.marks_again(request.POST, subject, is_last_step=True, now=now)
        context = {"meeting": subject, "form": form} | guard.context(marks)
        return render(request, "registration/check.html", context)
    return _form_page(request, subject, state=state)


def _register(request: HttpRequest, subject: Meeting, form: RegistrationForm, *, now: datetime) -> HttpResponse:
    try:
        submit.register(
            subject,
            values=form.values(),
            answers=form.answers(),
            language=get_language() or settings.LANGUAGE_CODE,
            now=now,
            client=client_of(request),
            proof=guard.proof_of(request.POST, subject, now=now),
        )
    except RegistrationClosed as closed:
        return _closed_meanwhile(request, subject, str(closed.words))
    except TooManySignUps as limit:
        return _form_page(request, subject, notice=str(limit.words), status=429, retry=limit.retry_after_seconds)
    except ProofNeeded as needed:
        # Where staff did not ask for it, too many came at once.
        notice, retry = str(needed.words), 0 if subject.has_challenge else 1
        return _form_page(request, subject, notice=notice, status=429 if retry else 400, retry=retry, is_proven=False)
    return redirect("done", slug=subject.slug)


def _closed_meanwhile(request: HttpRequest, subject: Meeting, headline: str) -> HttpResponse:
    """409: what was typed stays on the page. Closing must not take it away."""
    return _form_page(request, subject, notice=headline, status=409)


class _Kind(NamedTuple):
    """What an empty form depends on besides its meeting."""

    state: Availability
    is_challenged: bool


def _empty_form(kind: _Kind, subject: Meeting) -> dict[str, Any]:
    own = {name: kept.own_part(name) for name in (guard.SHOWN, guard.PROOF)}
    challenge = kept.own_part(guard.CHALLENGE) if kind.is_challenged else ""
    marks = {**own, guard.CHALLENGE: challenge}
    form = RegistrationForm(meeting=subject, is_for_waiting_list=kind.state is Availability.WAITING_LIST)
    return _form_context(subject, form, marks=marks)


_EMPTY_FORM = {
    (kind := _Kind(state, is_challenged)): partial(_empty_form, kind)
    for state in TAKES_SIGN_UPS
    for is_challenged in (False, True)
}


def _form_context(subject: Meeting, form: RegistrationForm, *, marks: Mapping[str, str]) -> dict[str, Any]:
    closes_at = subject.closes_at or subject.end_at
    context = {
        "meeting": subject,
        "when": wording.when(subject),
        "closes_at": closes_at,
        "closes": wording.moment(closes_at, meeting=subject),
        "form": form,
    }
    return context | guard.context(marks) | look.shown_elsewhere(subject)


def _form_page(
    request: HttpRequest,
    subject: Meeting,
    *,
    notice: str = "",
    status: int = 200,
    retry: int = 0,
    state: Availability | None = None,
    is_proven: bool = True,
) -> HttpResponse:
    """The form as it was sent, with what is wrong about it; to be sent again after so many seconds, if any.

    ``state`` is asked for where it is not given. ``is_proven``: whether a proof of work that came along may still hold.
    """
    sent, now = request.POST if is_proven else {**request.POST.dict(), guard.PROOF: ""}, timezone.now()
    marks = guard.marks_again(sent, subject, is_last_step=not subject.has_check_step, now=now)
    state = state or availability.of(subject, now=now)
    form = RegistrationForm(request.POST, meeting=subject, is_for_waiting_list=state is Availability.WAITING_LIST)
    context = _form_context(subject, form, marks=marks) | {"notice": notice, "is_unproven": not is_proven}
    response = render(request, _FORM, context, status=status)
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response
