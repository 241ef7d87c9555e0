"""What all pages behind an attendee's secret address have in common."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import starmap
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from registration.errors import TooOften
from registration.models import Meeting, Submission
from registration.models.submission import Answered
from registration.states import Decision
from registration.views import kept
from registration.views.connected import asked_first

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

View = Callable[[HttpRequest, str], HttpResponse]


# What no page behind a secret address shows: each column costs all of them. If one is asked for after all, it is read.
_NOT_SHOWN = {
    "held_decision",
    "held_reason",
    "held_by",
    "held_at",
    "review_note",
    "assigned_to",
    "presence_at",
    "due_at",
    "failed_calls",
    "batch",
    "sent_email",
    "asked_at",
    "absent_at",
    "missing_at",
    "left_at",
    "refusal",
    "registrant_id",
    "registration_id",
    "registration_time",
    "synced_at",
}
_SHOWN = ", ".join(
    f"submission.{field.column}" for field in Submission._meta.local_concrete_fields if field.name not in _NOT_SHOWN
)
_ANSWERS = {
    "postgresql": """
        SELECT json_agg(json_build_array(question_id, question_text, text) ORDER BY position, id)::text
        FROM registration_answer WHERE submission_id = submission.id
    """,
    "sqlite": """
        SELECT json_group_array(json_array(question_id, question_text, text)) FROM (
            SELECT * FROM registration_answer WHERE submission_id = submission.id ORDER BY position, id
        )
    """,
}
# Written out: to have it put together for every visitor would cost more than all the rest of the page. And without a
# join: there is no order of them to be thought of then, which takes PostgreSQL longer than to answer.
_FOUND, _FOUND_WITH_ANSWERS = (
    f"""
    SELECT {_SHOWN}{further},
        (SELECT form_version FROM registration_meeting WHERE id = submission.meeting_id) AS form_version
    FROM registration_submission AS submission
    WHERE submission.token = %s AND submission.erased_at IS NULL
    """  # noqa: S608 — all names are those of the model
    for further in (
        "",
        f""",
        (SELECT id FROM registration_secondsignup WHERE submission_id = submission.id) AS second_sign_up_pk,
        ({_ANSWERS[connection.vendor]}) AS answers_as_json""",  # noqa: S608
    )
)


class Done(NamedTuple):
    """Something that was done: in words, and the decisions with which that is true."""

    words: "StrOrPromise"
    decisions: frozenset[Decision] = frozenset(Decision)


def behind_token(*methods: str) -> Callable[[View], View]:
    """For a view behind a secret address, which answers these methods.

    What keeps the address secret stands above every answer there, also where no view is asked: portal/headers.py.
    """

    guard: Callable[[View], View] = require_http_methods(methods)
    return guard


class Own(NamedTuple):
    """A submission as its owner sees it. Its meeting is shared, see ``kept``: read it, and change nothing of it."""

    submission: Submission
    second_sign_up_pk: int | None
    answers: list[Answered]


def own(token: str) -> Own:
    """The submission with this token, with its answers, its meeting and what a page shows of the logo. One query.

    Raises ``Http404`` where there is none. Of those that were erased nothing is left to show.
    """
    submission = _found(token, _FOUND_WITH_ANSWERS)
    answers = json.loads(submission.answers_as_json or "[]")
    return Own(submission, submission.second_sign_up_pk, list(starmap(Answered, answers)))


def submission_of(token: str) -> Submission:
    """The submission with this token, with its meeting and what a page shows of the logo. One query.

    Raises ``Http404`` where there is none, as ``own`` does.
    """
    submission: Submission = _found(token, _FOUND)
    return submission


def _found(token: str, query: str) -> Any:
    found: list[Any] = asked_first(lambda: list(Submission.objects.raw(query, [token])))
    if not found:
        raise Http404
    [submission] = found
    submission.meeting = kept.as_of(submission.meeting_id, submission.form_version)
    return submission


DONE: dict[str, Done] = {
    "changed": Done(_("Your answers have been changed")),
    "unchanged": Done(_("Nothing was changed: this is what is stored already")),
    "cancelled": Done(_("Your registration has been cancelled"), frozenset({Decision.CANCELLED})),
    "again": Done(_("You have registered again"), frozenset(Decision) - {Decision.CANCELLED}),
    "taken": Done(_("The place is yours"), frozenset({Decision.WAITING, Decision.APPROVED})),
    "left": Done(_("You have left the place to others"), frozenset({Decision.CANCELLED})),
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


def timed(words: "StrOrPromise", at: datetime, *, meeting: Meeting) -> SafeString:
    """Words that name this moment in the meeting's zone: whoever is elsewhere reads it in their own time, too."""
    context = {"words": words, "at": at, "until": at, "meeting": meeting}
    return render_to_string("registration/time.html", context)


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
