"""What an attendee does about their place: confirm the address, take the place that is offered, or leave it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import line, next_steps, wording
from registration.flow import confirm, offers
from registration.models import Submission
from registration.next_steps import Phase
from registration.states import Decision
from registration.views.secret import ask, back, behind_token, submission_of, timed


@behind_token("GET", "HEAD", "POST")
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail's link leads: asks, and confirms on a POST; then, and again later, says that it is confirmed."""
    submission, now = submission_of(token), timezone.now()
    if not _may_answer(submission, now=now):
        return _answer(request, submission, heading=wording.status_of(submission, now=now).headline)
    if request.method == "POST":
        confirm.by_owner(submission.pk, at=now)
        return redirect("confirm", token=token)
    if submission.confirm_by is None:
        return _as_confirmed(request, submission)
    if submission.confirm_by <= now and submission.decision != Decision.OFFERED:
        return _ended(request, submission)
    words = [
        _("We send our mails to %(address)s. Press the button if that is your address.")
        % {"address": submission.email},
        *_until(submission),
    ]
    return ask(request, submission, question=_("Confirm your address"), words=words, button=_("Confirm the address"))


@behind_token("GET", "HEAD", "POST")
def place(request: HttpRequest, token: str) -> HttpResponse:
    """Whether they take the place that is offered; a POST says so. Afterwards it says what became of the offer."""
    submission, now = submission_of(token), timezone.now()
    if not _may_answer(submission, now=now):
        return _answer(request, submission, heading=wording.status_of(submission, now=now).headline)
    if request.method == "POST":
        is_left = request.POST.get("answer") == "leave"
        is_done = (offers.leave if is_left else offers.take)(submission.pk, at=now)
        return back(submission, done="left" if is_left else "taken") if is_done else redirect("place", token=token)
    if submission.offer_ends_at is None:
        return _as_answered(request, submission)
    if submission.offer_ends_at <= now:
        return _too_late(request, submission)
    meeting, ends_at = submission.meeting, submission.offer_ends_at
    until = _("A place has become free. It is kept for you until %(moment)s. After that it goes to the next in line.")
    words = [
        timed(until % {"moment": wording.moment(ends_at, meeting=meeting)}, ends_at, meeting=meeting),
        _("If you leave it to others, your registration ends, and you are no longer on the waiting list."),
    ]
    return ask(
        request,
        submission,
        question=_("Do you want the place?"),
        words=words,
        button=_("Take the place"),
        template="registration/place.html",
    )


def _until(submission: Submission) -> list[str]:
    """Until when the address must be confirmed. Whom a place is offered has until the offer ends, by taking it."""
    meeting, ends_at = submission.meeting, submission.confirm_by
    if ends_at is None or submission.decision == Decision.OFFERED:
        return []
    words = _("Your place is kept until %(moment)s. Without your confirmation, the registration ends then.")
    return [timed(words % {"moment": wording.moment(ends_at, meeting=meeting)}, ends_at, meeting=meeting)]


def _may_answer(submission: Submission, *, now: datetime) -> bool:
    """Whether anything can come of it: not for a meeting that is over or cancelled, nor while one is being erased."""
    return next_steps.phase(submission.meeting, now=now) is Phase.COMING and submission.erase_asked_at is None


def _as_confirmed(request: HttpRequest, submission: Submission) -> HttpResponse:
    """What the confirmation page says where there is nothing to confirm, or no longer."""
    if submission.decision == Decision.CANCELLED and submission.confirmed_at is None:
        return _ended(request, submission)
    heading = _("There is nothing to confirm") if submission.confirmed_at is None else _("Your address is confirmed")
    return _answer(request, submission, heading=heading)


def _ended(request: HttpRequest, submission: Submission) -> HttpResponse:
    words = _("The address was not confirmed in time, or the registration was cancelled.")
    return _answer(request, submission, heading=_("This registration has ended"), words=words, may_register_again=True)


def _as_answered(request: HttpRequest, submission: Submission) -> HttpResponse:
    """What became of an offer that is no more, as far as that matters."""
    match Decision(submission.decision):
        case Decision.WAITING | Decision.APPROVED:
            return _answer(request, submission, heading=_("The place is yours"))
        case Decision.CANCELLED:
            return _too_late(request, submission)
    return _answer(request, submission, heading=_("No place is offered to you at the moment"))


def _too_late(request: HttpRequest, submission: Submission) -> HttpResponse:
    words = _("The time for taking it is over, or you have left it to others.")
    heading = _("The place is no longer offered to you")
    return _answer(request, submission, heading=heading, words=words, may_register_again=True)


def _answer(
    request: HttpRequest, submission: Submission, *, heading: Any, words: str = "", may_register_again: bool = False
) -> HttpResponse:
    """A page that asks nothing: what it says, or else how the registration stands, and the way on."""
    meeting, now = submission.meeting, timezone.now()
    status = wording.status_of(submission, now=now, position=line.position(submission))
    is_said_already = heading == status.headline
    context = {
        "submission": submission,
        "meeting": meeting,
        "heading": heading,
        "status": None if words or is_said_already else status,
        "words": words or (status.explanation if is_said_already else ""),
        "may_register_again": may_register_again,
    }
    return render(request, "registration/answered.html", context)
