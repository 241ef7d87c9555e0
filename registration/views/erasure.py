"""Behind an attendee's secret address: the download of all that is held of them, and erasing it."""

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from registration import download
from registration.flow import erase
from registration.models import Submission
from registration.states import Decision
from registration.views.secret import ask, behind_token, submission_of


@behind_token("GET", "HEAD")
def data(request: HttpRequest, token: str) -> HttpResponse:
    """All that is held of them, as a file."""
    # Whole: what the pages do not show is in it as well.
    submission = get_object_or_404(Submission.objects.select_related("meeting"), token=token, erased_at=None)
    name = content_disposition_header(True, f"{submission.meeting.slug}-{submission.reference}.json")
    return JsonResponse(
        download.of(submission),
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": name},
    )


@behind_token("GET", "HEAD", "POST")
def erasure(request: HttpRequest, token: str) -> HttpResponse:
    """Asks whether everything is to be erased, and does it.

    Whose page is gone by then, by a double click or another tab, reads the same: it is erased.
    """
    if request.method == "POST":
        people = Submission.objects.filter(token=token)
        erase.ask(people, at=timezone.now())
        return redirect("erased")
    submission = submission_of(token)
    if submission.erase_asked_at is not None:
        return redirect("erased")
    return ask(
        request,
        submission,
        question=_("Erase everything you told us?"),
        words=_words(submission),
        button=_("Erase it for good"),
    )


@require_safe
@cache_control(no_store=True)
def erased(request: HttpRequest) -> HttpResponse:
    """What becomes of somebody who asked to be erased: the same page for everybody."""
    return render(request, "registration/erased.html")


def _words(submission: Submission) -> list[str]:
    """What goes, what stays, and what follows from it."""
    words = [
        _(
            "Your name, your e-mail address, all your answers and what was written about them are erased here, and the "
            "address of your own page no longer opens anything."
        ),
        _(
            "What stays is a number: that somebody registered for this meeting, when, and what was decided. It says "
            "nothing of who you are."
        ),
    ]
    is_coming = submission.meeting.end_at > timezone.now()
    if is_coming and submission.decision not in (Decision.CANCELLED, Decision.DECLINED):
        has_place = submission.meeting.capacity is not None and submission.decision != Decision.WAITLISTED
        words.append(
            _("This cancels your registration: your place goes to somebody else.")
            if has_place
            else _("This cancels your registration.")
        )
    if submission.meeting.webex_id:
        words.append(
            _(
                "If Webex has your registration, we have it removed there, too. Until that is done we keep the address "
                "and the ids under which Webex has it, and nothing else; Webex may write to you about it."
            )
        )
    return [*words, _("It cannot be undone. You can register anew, as somebody whom we do not know.")]
