"""The list of meetings, the sign-up page, and the page after it."""

from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Case, F, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registration import wording
from registration.errors import RegistrationClosed
from registration.flow import submit
from registration.flow.submit import Availability
from registration.forms import RegistrationForm
from registration.models import Meeting

MEETINGS_ON_A_PAGE = 50


@require_safe
def meeting_list(request: HttpRequest) -> HttpResponse:
    """The published meetings: what is to come, soonest first, then what is over, latest first."""
    now = timezone.now()
    is_over = Case(When(end_at__lte=now, then=Value(1)), default=Value(0))
    soonest = Case(When(end_at__gt=now, then=F("start_at")))
    published = Meeting.objects.filter(is_published=True).order_by(is_over, soonest, "-start_at", "pk")
    page = Paginator(published, MEETINGS_ON_A_PAGE).get_page(request.GET.get("page"))
    states = submit.availabilities(list(page), now=now)
    rows = [{"meeting": meeting, "when": wording.when(meeting), "state": states[meeting.pk].name} for meeting in page]
    return render(request, "registration/meetings.html", {"rows": rows, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """A meeting and its sign-up form; takes sign-ups, and answers a new and a known address alike."""
    now = timezone.now()
    subject = _published(slug)
    if request.method == "POST":
        return _sign_up(request, subject, now=now)
    state = submit.availability(subject, now=now)
    if state is Availability.OPEN:
        return _meeting_page(request, subject, RegistrationForm(meeting=subject))
    return _meeting_page(request, subject, notice=submit.closed_words(state, subject))


def _sign_up(request: HttpRequest, subject: Meeting, *, now: datetime) -> HttpResponse:
    form = RegistrationForm(request.POST, meeting=subject)
    if not form.is_valid():
        state = submit.availability(subject, now=now)
        if state is Availability.OPEN:
            return _meeting_page(request, subject, form)
        return _meeting_page(request, subject, form, notice=submit.closed_words(state, subject), status=409)
    try:
        submit.register(subject, values=form.values(), answers=form.answers(), language=get_language() or "en", now=now)
    except RegistrationClosed as closed:
        # What was typed stays on the page: closing must not take it away.
        return _meeting_page(request, subject, form, notice=str(closed.words), status=409)
    return redirect("done", slug=subject.slug)


def meeting_again(request: HttpRequest, slug: str) -> HttpResponse:
    """403: the form that was sent without a valid CSRF token, with all that was typed, to be sent again."""
    subject = _published(slug)
    notice = _(
        "Send the form once more: it could not be checked. The page was open for a very long time, or cookies are "
        "turned off."
    )
    return _meeting_page(request, subject, RegistrationForm(request.POST, meeting=subject), notice=notice, status=403)


@require_safe
def done(request: HttpRequest, slug: str) -> HttpResponse:
    """What happens next: the same page for everybody, with or without a registration."""
    subject = _published(slug)
    return render(request, "registration/done.html", {"meeting": subject, "when": wording.when(subject)})


def _published(slug: str) -> Meeting:
    return get_object_or_404(Meeting, slug=slug, is_published=True)


def _meeting_page(
    request: HttpRequest, subject: Meeting, form: RegistrationForm | None = None, *, notice: str = "", status: int = 200
) -> HttpResponse:
    closes_at = subject.closes_at or subject.end_at
    context = {
        "meeting": subject,
        "when": wording.when(subject),
        "closes": wording.moment(closes_at, meeting=subject),
        "form": form,
        "notice": notice,
    }
    return render(request, "registration/meeting.html", context, status=status)
