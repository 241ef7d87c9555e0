"""What all pages behind an attendee's secret address have in common."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from registration.errors import TooOften
from registration.models import Submission
from registration.states import Decision
from registration.views import kept

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

View = Callable[[HttpRequest, str], HttpResponse]


# Written out: to have it put together for every visitor would cost more than all the rest of the page.
_FOUND = """
    SELECT submission.*, meeting.form_version, second.id AS second_sign_up_pk
    FROM registration_submission AS submission
    JOIN registration_meeting AS meeting ON meeting.id = submission.meeting_id
    LEFT JOIN registration_secondsignup AS second ON second.submission_id = submission.id
    WHERE submission.token = %s AND submission.erased_at IS NULL
"""


class Done(NamedTuple):
    """Something that was done: in words, and the decisions with which that is true."""

    words: "StrOrPromise"
    decisions: frozenset[Decision] = frozenset(Decision)


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


class Own(NamedTuple):
    """A submission as its owner sees it. Its meeting is shared, see ``kept``: read it, and change nothing of it."""

    submission: Submission
    second_sign_up_pk: int | None


def own(token: str) -> Own:
    """The submission with this token, with its meeting and what a page shows of the logo. One query.

    Raises ``Http404`` where there is none. Of those that were erased nothing is left to show.
    """
    found: list[Any] = list(Submission.objects.raw(_FOUND, [token]))
    if not found:
        raise Http404
    [submission] = found
    submission.meeting = kept.as_of(submission.meeting_id, submission.form_version)
    return Own(submission, submission.second_sign_up_pk)


def submission_of(token: str) -> Submission:
    """The submission with this token, see ``own``."""
    return own(token).submission


DONE: dict[str, Done] = {
    "changed": Done(_("Your answers have been changed")),
    "unchanged": Done(_("Nothing was changed: this is what is stored already")),
    "cancelled": Done(_("Your registration has been cancelled"), frozenset({Decision.CANCELLED})),
    "again": Done(_("You have registered again"), frozenset(Decision) - {Decision.CANCELLED}),
}
"""What was done last, by the word for it in the own page's address: it says nothing of the person."""


def back(submission: Submission, *, done: str) -> HttpResponseRedirect:
    """To the own page, which then says what was done: one of the words in ``DONE``."""
    return HttpResponseRedirect(f"{submission.get_absolute_url()}?done={done}")


def done_words(request: HttpRequest, submission: Submission) -> "StrOrPromise":
    """What the own page is to say of what was done last; empty where that is not so, or no longer."""
    done = DONE.get(request.GET.get("done", ""))
    return done.words if done and submission.decision in done.decisions else ""


def refuse(
    request: HttpRequest, submission: Submission, words: "StrOrPromise", *, is_for_good: bool = True
) -> HttpResponse:
    """409: what cannot be done with the registration as it is, and why."""
    context = {"submission": submission, "meeting": submission.meeting, "words": words, "is_for_good": is_for_good}
    return render(request, "registration/refused.html", context, status=409)


def until_later(response: HttpResponse, error: TooOften) -> HttpResponse:
    """429: the same page, for what was done too often and can be done again later."""
    response.status_code = 429
    response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def ask(
    request: HttpRequest,
    submission: Submission,
    *,
    question: str,
    words: Sequence[str],
    button: str,
    template: str = "registration/ask.html",
) -> HttpResponse:
    """The page that asks once more before anything is done: a GET shows it, and its button posts to the same address.

    So a link that a mail scanner opens changes nothing. ``template`` extends the usual one.
    """
    context = {
        "submission": submission,
        "meeting": submission.meeting,
        "question": question,
        "words": words,
        "button": button,
    }
    return render(request, template, context)
