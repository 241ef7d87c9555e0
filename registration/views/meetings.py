"""The list of meetings, and the page after a sign-up."""

from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, F, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from registration import next_steps, wording
from registration.flow import availability
from registration.models import Meeting
from registration.next_steps import Phase
from registration.views import kept

MEETINGS_ON_A_PAGE = 50
SECONDS_IN_SHARED_CACHES = 15


@require_safe
@cache_control(public=True, max_age=0, s_maxage=SECONDS_IN_SHARED_CACHES)
def meeting_list(request: HttpRequest) -> HttpResponse:
    """The published meetings: what is to come, soonest first, then what is over, latest first."""
    now = timezone.now()
    is_over = Case(When(end_at__lte=now, then=Value(1)), default=Value(0))
    soonest = Case(When(end_at__gt=now, then=F("start_at")))
    published = Meeting.objects.filter(is_published=True).order_by(is_over, soonest, "-start_at", "pk")
    page = Paginator(published, MEETINGS_ON_A_PAGE).get_page(request.GET.get("page"))
    states = availability.of_each(list(page), now=now)
    rows = [{"meeting": meeting, "when": wording.when(meeting), "state": states[meeting.pk].name} for meeting in page]
    return render(request, "registration/meetings.html", {"rows": rows, "page": page})


@require_safe
def done(request: HttpRequest, slug: str) -> HttpResponse:
    """What happens next: the same page for everybody, with or without a registration."""
    subject = kept.published(slug)
    phase = next_steps.phase(subject, now=timezone.now())
    return HttpResponse(
        kept.page("registration/done.html", subject, context=_AFTER_SIGN_UP[phase], variant=phase.value)
    )


def _after_sign_up(phase: Phase, subject: Meeting) -> dict[str, Any]:
    return {
        "meeting": subject,
        "when": wording.when(subject),
        "phase": phase.value,
        "steps": next_steps.after_sign_up(subject, phase=phase),
        "starts": wording.moment(subject.start_at, meeting=subject),
    }


_AFTER_SIGN_UP = {phase: partial(_after_sign_up, phase) for phase in Phase}
