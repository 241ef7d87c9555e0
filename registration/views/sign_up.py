"""The sign-up page of a meeting: what it shows, and what becomes of the form that is sent to it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registration import wording
from registration.errors import RegistrationClosed
from registration.flow import submit
from registration.forms import RegistrationForm
from registration.models import Meeting
from registration.states import Availability
from registration.views import kept_form, look

CHECKED = "checked"
CHANGE = "change"
"""The names of the buttons of the check step."""


@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """A meeting and its sign-up form; takes sign-ups, and answers a new and a known address alike."""
    now = timezone.now()
    subject = _published(slug)
    if request.method == "POST":
        return _take(request, subject, now=now)
    state = submit.availability(subject, now=now)
    if state is Availability.OPEN:
        return HttpResponse(kept_form.page(request, subject))
    context = {"meeting": subject, "when": wording.when(subject), "closure": wording.closure(state, subject)}
    return render(request, "registration/closed.html", context | look.shown_elsewhere(subject))


def meeting_again(request: HttpRequest, slug: str) -> HttpResponse:
    """403: the form that was sent without a valid CSRF token, with all that was typed, to be sent again."""
    notice = _(
        "Send the form once more: it could not be checked. The page was open for a very long time, or cookies are "
        "turned off."
    )
    subject = _published(slug)
    return _form_page(request, subject, RegistrationForm(request.POST, meeting=subject), notice=notice, status=403)


def _take(request: HttpRequest, subject: Meeting, *, now: datetime) -> HttpResponse:
    """Register whoever sent the form, or give it back with everything typed: to be mended, changed or checked."""
    form = RegistrationForm(request.POST, meeting=subject)
    is_final = form.is_valid() and CHANGE not in request.POST
    if is_final and (CHECKED in request.POST or not subject.has_check_step):
        return _register(request, subject, form, now=now)
    state = submit.availability(subject, now=now)
    if state is not Availability.OPEN:
        return _closed_meanwhile(request, subject, form, wording.closure(state, subject).headline)
    if is_final:
        context = {"meeting": subject, "form": form}
        return render(request, "registration/check.html", context)
    return _form_page(request, subject, form)


def _register(request: HttpRequest, subject: Meeting, form: RegistrationForm, *, now: datetime) -> HttpResponse:
    try:
        submit.register(subject, values=form.values(), answers=form.answers(), language=get_language() or "en", now=now)
    except RegistrationClosed as closed:
        return _closed_meanwhile(request, subject, form, str(closed.words))
    return redirect("done", slug=subject.slug)


def _closed_meanwhile(request: HttpRequest, subject: Meeting, form: RegistrationForm, headline: str) -> HttpResponse:
    """409: what was typed stays on the page. Closing must not take it away."""
    return _form_page(request, subject, form, notice=headline, status=409)


def _published(slug: str) -> Meeting:
    return get_object_or_404(Meeting, slug=slug, is_published=True)


def _form_page(
    request: HttpRequest, subject: Meeting, form: RegistrationForm, *, notice: str = "", status: int = 200
) -> HttpResponse:
    context = kept_form.context(subject, form) | {"notice": notice}
    return render(request, kept_form.TEMPLATE, context, status=status)
