"""An attendee's own page: whoever knows its address sees the registration, and nobody else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from registration import next_steps, wording
from registration.calendars.entry import Standing, standing_of
from registration.calendars.file import calendar_file
from registration.calendars.links import calendar_links
from registration.models import Move, Submission
from registration.next_steps import Phase
from registration.signed_up_again import differences, second_sign_up_of
from registration.states import Decision
from registration.views.secret import behind_token, submission_of, submissions


@behind_token("GET", "HEAD")
def registration(request: HttpRequest, token: str) -> HttpResponse:
    """A registration: its status in words, what happens next, and what its owner told us."""
    people = submissions().select_related("second_sign_up").prefetch_related("answers")
    submission = get_object_or_404(people, token=token)
    meeting, now = submission.meeting, timezone.now()
    phase = next_steps.phase(meeting, now=now)
    is_coming = phase is Phase.COMING
    is_expected = is_coming and standing_of(submission) is not Standing.CANCELLED
    context = {
        "submission": submission,
        "meeting": meeting,
        "when": wording.when(meeting),
        "starts": wording.moment(meeting.start_at, meeting=meeting),
        "submitted": wording.moment(submission.submitted_at, meeting=meeting),
        "status": wording.status_of(submission, now=now),
        "reason": "" if phase is Phase.CANCELLED else _reason(submission),
        "is_coming": is_coming,
        "is_expected": is_expected,
        "steps": next_steps.on_own_page(submission, now=now),
        "calendar_links": calendar_links(submission) if is_expected else [],
        **_signed_up_again(submission),
    }
    return render(request, "registration/own_page.html", context)


@behind_token("GET", "HEAD")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The meeting as a calendar file, in every state: one that is fetched once more takes back what was cancelled."""
    submission = submission_of(token)
    name = content_disposition_header(True, f"{submission.meeting.slug}.ics")
    return HttpResponse(
        calendar_file(submission, now=timezone.now()),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": name},
    )


def _reason(submission: Submission) -> str:
    """Why it was declined, where a person wrote that down: the words of a rule are for staff."""
    if submission.decision != Decision.DECLINED:
        return ""
    last = submission.moves.filter(subject=Move.Subject.DECISION).first()
    return submission.decision_reason if last is not None and last.by_id is not None else ""


def _signed_up_again(submission: Submission) -> dict[str, Any]:
    second = second_sign_up_of(submission)
    if second is None:
        return {"second": None}
    return {
        "second": second,
        "second_at": wording.moment(second.at, meeting=submission.meeting),
        "differences": differences(second),
    }
