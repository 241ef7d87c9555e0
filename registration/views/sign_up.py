"""The sign-up page of a meeting: what it shows, and what becomes of the form that is sent to it."""

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registration import wording
from registration.errors import RegistrationClosed, TooManySignUps
from registration.flow import availability, submit
from registration.forms import RegistrationForm
from registration.models import Meeting
from registration.states import Availability
from registration.views import kept, look
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
    if state in availability.TAKES_SIGN_UPS:
        form = kept.page_with_form(request, _FORM, subject, context=_EMPTY_FORM[state], variant=state.name)
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
    if is_final and (CHECKED in request.POST or not subject.has_check_step):
        return _register(request, subject, form, now=now)
    state = availability.of(subject, now=now)
    if state not in availability.TAKES_SIGN_UPS:
        return _closed_meanwhile(request, subject, wording.closure(state, subject).headline)
    if is_final:
        context = {"meeting": subject, "form": form}
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
        )
    except RegistrationClosed as closed:
        return _closed_meanwhile(request, subject, str(closed.words))
    except TooManySignUps as limit:
        response = _form_page(request, subject, notice=str(limit.words), status=429)
        response.headers["Retry-After"] = str(limit.retry_after_seconds)
        return response
    return redirect("done", slug=subject.slug)


def _closed_meanwhile(request: HttpRequest, subject: Meeting, headline: str) -> HttpResponse:
    """409: what was typed stays on the page. Closing must not take it away."""
    return _form_page(request, subject, notice=headline, status=409)


def _empty_form(state: Availability, subject: Meeting) -> dict[str, Any]:
    return _form_context(subject, RegistrationForm(meeting=subject), state=state)


_EMPTY_FORM = {state: partial(_empty_form, state) for state in availability.TAKES_SIGN_UPS}


def _form_context(subject: Meeting, form: RegistrationForm, *, state: Availability) -> dict[str, Any]:
    closes_at = subject.closes_at or subject.end_at
    context = {
        "meeting": subject,
        "when": wording.when(subject),
        "closes_at": closes_at,
        "closes": wording.moment(closes_at, meeting=subject),
        "form": form,
        "is_for_waiting_list": state is Availability.WAITING_LIST,
    }
    return context | look.shown_elsewhere(subject)


def _form_page(
    request: HttpRequest,
    subject: Meeting,
    *,
    notice: str = "",
    status: int = 200,
    state: Availability = Availability.OPEN,
) -> HttpResponse:
    """The form as it was sent, with what is wrong about it."""
    form = RegistrationForm(request.POST, meeting=subject)
    context = _form_context(subject, form, state=state) | {"notice": notice}
    return render(request, _FORM, context, status=status)
