"""What all pages behind an attendee's secret address have in common."""

from collections.abc import Callable, Sequence
from functools import wraps

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from registration.models import Submission

View = Callable[[HttpRequest, str], HttpResponse]


def behind_token(*methods: str) -> Callable[[View], View]:
    """For a view behind a secret address, which answers these methods.

    No search engine or cache keeps its answer, and no other site is told of its address. Our own is: without the
    address that a form was sent from, or its origin, it could not be checked where it comes from.
    """

    def guard(view: View) -> View:
        @require_http_methods(methods)
        @cache_control(no_store=True)
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            response = view(request, token)
            response["X-Robots-Tag"] = "noindex, nofollow"
            response["Referrer-Policy"] = "same-origin"
            return response

        return guarded

    return guard


def submissions() -> QuerySet[Submission]:
    """Submissions with their meetings and what a page shows of their logos: all but the picture itself."""
    return Submission.objects.select_related("meeting__logo").defer("meeting__logo__content")


def submission_of(token: str) -> Submission:
    """The submission with this token. Raises ``Http404`` where there is none."""
    return get_object_or_404(submissions(), token=token)


def ask(
    request: HttpRequest, submission: Submission, *, question: str, words: Sequence[str], button: str
) -> HttpResponse:
    """The page that asks once more before anything is done: a GET shows it, and its button posts to the same address.

    So a link that a mail scanner opens changes nothing.
    """
    context = {
        "submission": submission,
        "meeting": submission.meeting,
        "question": question,
        "words": words,
        "button": button,
    }
    return render(request, "registration/ask.html", context)
