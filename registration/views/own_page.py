"""An attendee's own page: whoever knows its address sees the registration, and nobody else.

Most of it is the same for everybody whose registration stands alike, and is kept (see kept.py): ``Shape`` is that
part. What is about the person stands in the holes of it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from registration import deadlines, line, next_steps, wording
from registration.calendars.entry import Standing, standing_of
from registration.calendars.file import Method, calendar_file
from registration.calendars.links import calendar_links
from registration.flow import availability
from registration.mail import attachment
from registration.models import Meeting, SecondSignUp, Submission
from registration.models.submission import by_question
from registration.next_steps import Phase
from registration.signed_up_again import Answers, differences
from registration.states import TAKES_SIGN_UPS, Decision
from registration.views import kept
from registration.views.own_actions import Action, actions
from registration.views.secret import behind_token, done_words, own, submission_of, timed


class Shape(NamedTuple):
    """What an own page says beside what is its person's alone; ``calendar``: how the appointment stands, if it is one.

    ``is_left_over``: whether it may stand in their calendar although it is none any more.
    """

    headline: str
    tone: str
    steps: tuple[str, ...]
    actions: tuple[Action, ...]
    has_start: bool
    calendar: Standing | None
    is_left_over: bool
    can_change: bool


@behind_token("GET", "HEAD")
def registration(request: HttpRequest, token: str) -> HttpResponse:
    """A registration: its status in words, what happens next, what can be done, and what its owner told us."""
    submission, second_sign_up_pk, answered = own(token)
    meeting, now = submission.meeting, timezone.now()
    status = wording.status_of(submission, now=now, position=line.position(submission))
    if submission.erase_asked_at is not None:
        context = {"submission": submission, "meeting": meeting, "status": status}
        return render(request, "registration/being_erased.html", context)
    answers = by_question(answered)
    holes = {
        "reference": submission.reference,
        "submitted": wording.moment(submission.submitted_at, meeting=meeting),
        "done": _done(request, submission),
        "explanation": _explanation(submission, status, now=now),
        "to_do": _to_do(submission) if _is_coming(submission, now=now) else "",
        "again": _signed_up_again(submission, answers, now=now) if second_sign_up_pk else "",
        "given": _given(submission, answers),
    }
    shape = _shape(submission, status, now=now)
    return HttpResponse(
        kept.page_around("registration/own_page.html", meeting, context=_around, shape=shape, holes=holes)
    )


@behind_token("GET", "HEAD")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The meeting as a calendar file, in every state: one that is fetched once more takes back what was cancelled."""
    submission = submission_of(token)
    method = Method.PUBLISH if attachment.has_place(submission) else Method.CANCEL
    name = content_disposition_header(True, f"{submission.meeting.slug}.ics")
    return HttpResponse(
        calendar_file(submission, now=timezone.now(), method=method),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": name},
    )


# --- what is the same for everybody whose registration stands alike ---------------------------------------------------


def _shape(submission: Submission, status: wording.Status, *, now: datetime) -> Shape:
    state, standing = availability.again(submission, now=now), standing_of(submission)
    can_register_again = state in TAKES_SIGN_UPS
    return Shape(
        headline=str(status.headline),
        tone=status.tone,
        steps=tuple(next_steps.on_own_page(submission, now=now, can_register_again=can_register_again)),
        actions=actions(submission, state=state),
        has_start=_is_coming(submission, now=now) and standing is not Standing.CANCELLED,
        calendar=standing if attachment.is_expected(submission, at=now) else None,
        is_left_over=attachment.is_left_over(submission, at=now),
        can_change=not deadlines.against_change(submission, at=now),
    )


def _around(meeting: Meeting, shape: Shape) -> dict[str, Any]:
    is_approved = shape.calendar is Standing.CONFIRMED
    return {
        "meeting": meeting,
        "shape": shape,
        "when": wording.when(meeting),
        "starts": wording.moment(meeting.start_at, meeting=meeting),
        "calendar_links": calendar_links(meeting, is_approved=is_approved) if shape.calendar else [],
    }


# --- what is the person's alone ---------------------------------------------------------------------------------------


def _done(request: HttpRequest, submission: Submission) -> str:
    words = done_words(request, submission)
    return render_to_string("registration/own_done.html", {"done": words}) if words else ""


def _explanation(submission: Submission, status: wording.Status, *, now: datetime) -> SafeString:
    """What the status means; how it stands at Webex, where the meeting is to come; and why it was declined."""
    words = status.explanation
    if status.at is not None:
        words = timed(words, status.at, meeting=submission.meeting)
    said = format_html("<p>{}</p>", words)
    if _is_coming(submission, now=now) and (at_webex := wording.at_webex(submission)):
        said += format_html('<p class="hint">{}</p>', at_webex)
    if not submission.meeting.is_cancelled and (reason := wording.reason(submission)):
        said += format_html('<p dir="auto"><strong>{}</strong> {}</p>', _("Reason:"), linebreaksbr(reason))
    return said


def _to_do(submission: Submission) -> str:
    """What its owner is asked to do first, if anything."""
    if submission.confirm_by is None and submission.decision != Decision.OFFERED:
        return ""
    context = {"submission": submission, "meeting": submission.meeting}
    return render_to_string("registration/own_to_do.html", context)


def _signed_up_again(submission: Submission, answers: Answers, *, now: datetime) -> str:
    second = SecondSignUp.objects.get(submission=submission)
    second.submission = submission
    context = {
        "meeting": submission.meeting,
        "second_at": wording.moment(second.at, meeting=submission.meeting),
        "differences": differences(second, registered=answers),
        "can_change": not deadlines.against_change(submission, at=now),
    }
    return render_to_string("registration/signed_up_again.html", context)


def _given(submission: Submission, answers: Answers) -> SafeString:
    """What they told us, in rows."""
    fields = format_html_join("", "<div><dt>{}</dt><dd><bdi>{}</bdi></dd></div>\n", submission.given_fields)
    return fields + format_html_join(
        "", '<div><dt dir="auto">{}</dt>{}</div>\n', ((question, _texts(texts)) for question, texts in answers)
    )


def _texts(texts: Iterable[str]) -> SafeString:
    return format_html_join("", '<dd dir="auto">{}</dd>', ((text,) for text in texts))


def _is_coming(submission: Submission, *, now: datetime) -> bool:
    return next_steps.phase(submission.meeting, now=now) is Phase.COMING
