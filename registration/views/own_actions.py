"""What attendees can do on their own page: each asks once more, does it, and leads back to the page."""

from typing import NamedTuple

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registration import deadlines, wording
from registration.errors import NotPossible, RegistrationClosed, TooOften
from registration.flow import availability, own
from registration.models import Submission
from registration.states import TAKES_SIGN_UPS, Availability, Decision, WaitingList
from registration.views.secret import ask, back, behind_token, refuse, submission_of, until_later


class Action(NamedTuple):
    """Something that can be done now, and until when or what for. ``name`` is that of its address, and the last part of
    it: the own page links to it from where it stands.
    """

    name: str
    words: str
    hint: str


def actions(submission: Submission, *, state: Availability | None) -> tuple[Action, ...]:
    """What can be done now with a registration; ``state`` is how the meeting takes one that was cancelled."""
    meeting, now, found = submission.meeting, timezone.now(), []
    until = _("until %(moment)s")
    if not deadlines.against_change(submission, at=now):
        ends = wording.moment(deadlines.changes_end_at(meeting), meeting=meeting)
        found.append(Action("change", _("Change my answers"), until % {"moment": ends}))
    if not deadlines.against_cancelling(submission, at=now):
        ends = wording.moment(meeting.end_at, meeting=meeting)
        found.append(Action("cancel", _("Cancel my registration"), until % {"moment": ends}))
    if state in TAKES_SIGN_UPS:
        ends = wording.moment(meeting.closes_at or meeting.end_at, meeting=meeting)
        words = _("for the waiting list, until %(moment)s") if state is Availability.WAITING_LIST else until
        found.append(Action("again", _("Register again"), words % {"moment": ends}))
    hint = _("if somebody else may know the address of this page")
    return (*found, Action("new-link", _("Get a new link"), hint))


@behind_token("GET", "HEAD", "POST")
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to cancel, and cancel. Twice is once."""
    submission = submission_of(token)
    if request.method == "POST":
        try:
            own.cancel(submission, at=timezone.now())
        except NotPossible as error:
            return refuse(request, submission, error.words)
        return back(submission, done="cancelled")
    if words := deadlines.against_cancelling(submission, at=timezone.now()):
        return refuse(request, submission, words)
    return ask(
        request,
        submission,
        question=_("Cancel your registration?"),
        words=[_what_cancelling_does(submission), _("We mail you that it is cancelled.")],
        button=_("Cancel my registration"),
    )


@behind_token("GET", "HEAD", "POST")
def again(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to register again, and do it. Twice is once."""
    submission = submission_of(token)
    if request.method == "POST":
        try:
            own.register_again(submission, at=timezone.now())
        except (NotPossible, RegistrationClosed) as error:
            return refuse(request, submission, error.words)
        except TooOften as error:
            return until_later(refuse(request, submission, error.words, is_for_good=False), error)
        return back(submission, done="again")
    state = availability.again(submission, now=timezone.now())
    if state is None:
        words = deadlines.against_cancelling(submission, at=timezone.now())
        return refuse(request, submission, words or _("This registration has not been cancelled"))
    if state not in TAKES_SIGN_UPS:
        return refuse(request, submission, wording.closure(state, submission.meeting).headline)
    return ask(
        request,
        submission,
        question=_("Register again?"),
        words=[
            _("All places are taken. You would stand last on the waiting list.")
            if state is Availability.WAITING_LIST
            else _("Your registration is treated as if you signed up now."),
            _("Your answers are kept as they are. You can change them afterwards."),
        ],
        button=_("Register again"),
    )


@behind_token("GET", "HEAD", "POST")
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to replace the link, and replace it. The new one is told by mail alone, and shown nowhere here."""
    if request.method == "POST":
        # Of a link that opens nothing, as after a double click, the next page says nothing else.
        has_link = Q(token=token)
        own.replace_links(Submission.objects.filter(has_link), at=timezone.now(), when=has_link)
        return redirect("link-sent")
    submission = submission_of(token)
    if submission.erase_asked_at is not None:
        return refuse(request, submission, _("Your data are being erased"))
    return ask(
        request,
        submission,
        question=_("Get a new link?"),
        words=[
            _(
                "We mail a new link to %(email)s. The one that you have now, and the ones in our earlier mails, open "
                "nothing any more."
            )
            % {"email": submission.email},
            _("Calendar entries stay as they are."),
        ],
        button=_("Mail me a new link"),
    )


@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """Where the new link is: the same page for everybody."""
    return render(request, "registration/link_sent.html")


def _what_cancelling_does(submission: Submission) -> str:
    if submission.decision == Decision.WAITLISTED:
        return _("You leave the waiting list. If you register again, you stand last on it.")
    if submission.meeting.capacity is None:
        return _("You can register again as long as registration is open.")
    if submission.meeting.waiting_list != WaitingList.NONE:
        return _(
            "Your place is given to somebody else. If all places are taken when you register again, you stand last on "
            "the waiting list."
        )
    return _("Your place is given to somebody else. You can register again only while there are places.")
