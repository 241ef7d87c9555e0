"""The page on which attendees change their own answers."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import deadlines, wording
from registration.errors import ChangedMeanwhile, NotPossible, TooOften
from registration.flow import correct
from registration.forms import ChangeForm
from registration.models import Submission
from registration.views.secret import back, behind_token, refuse, submission_of, until_later


@behind_token("GET", "HEAD", "POST")
def change(request: HttpRequest, token: str) -> HttpResponse:
    """The form with what is stored; takes what was changed, or gives the form back with everything typed."""
    submission = _stored(token)
    if request.method == "POST":
        return _take(request, submission)
    if words := deadlines.against_change(submission, at=timezone.now()):
        return refuse(request, submission, words)
    return _page(request, ChangeForm(submission=submission, version=correct.version(submission)))


@behind_token("POST")
def change_again(request: HttpRequest, token: str) -> HttpResponse:
    """403: the form that was sent without a valid CSRF token, with all that was typed, to be sent again."""
    notice = _(
        "Send the form once more: it could not be checked. The page was open for a very long time, or cookies are "
        "turned off."
    )
    form = ChangeForm(request.POST, submission=_stored(token), version=request.POST.get("version", ""))
    return _page(request, form, notice=notice, status=403)


def _take(request: HttpRequest, submission: Submission) -> HttpResponse:
    now, seen = timezone.now(), request.POST.get("version", "")
    if words := deadlines.against_change(submission, at=now):
        return _too_late(request, submission, words)
    form = ChangeForm(request.POST, submission=submission, version=seen)
    if not form.is_valid():
        return _page(request, form)
    try:
        changed = correct.change(submission, values=form.values(), answers=form.answers(), at=now, seen=seen)
    except NotPossible as error:
        return _too_late(request, submission, str(error.words))
    except ChangedMeanwhile as error:
        return _changed_meanwhile(request, submission.token, form, notice=str(error.words))
    except TooOften as error:
        return until_later(_page(request, form, notice=str(error.words)), error)
    return back(submission, done="changed" if changed else "unchanged")


def _too_late(request: HttpRequest, submission: Submission, words: str) -> HttpResponse:
    """409: what was typed stays on the page, though it can no longer be sent."""
    form = ChangeForm(request.POST, submission=submission, version="", is_open=False)
    return _page(request, form, notice=words, status=409)


def _changed_meanwhile(request: HttpRequest, token: str, sent: ChangeForm, *, notice: str) -> HttpResponse:
    """409: what was typed, and beside it what is stored by now. To send it again replaces that."""
    submission = _stored(token)
    form = ChangeForm(request.POST, submission=submission, version=correct.version(submission))
    differences = correct.changes(submission, values=sent.values(), answers=sent.answers())
    return _page(request, form, notice=notice, differences=differences, status=409)


def _stored(token: str) -> Submission:
    """Read once, so that the version is that of what is shown."""
    submission = submission_of(token)
    prefetch_related_objects([submission], "answers")
    return submission


def _page(request: HttpRequest, form: ChangeForm, *, status: int = 200, **more: Any) -> HttpResponse:
    submission = form.submission
    ends_at = deadlines.changes_end_at(submission.meeting)
    context = {
        "submission": submission,
        "meeting": submission.meeting,
        "form": form,
        "ends_at": ends_at,
        "ends": wording.moment(ends_at, meeting=submission.meeting),
        "may_have_link": wording.may_have_link(submission),
        **more,
    }
    return render(request, "registration/change.html", context, status=status)
