"""What follows from a change to a meeting: who moves up, who is told, and what staff are warned of."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from registration.admin import look, news, publishing
from registration.flow import places, review
from registration.models import Meeting
from registration.states import WaitingList

_PLACES_DEPEND_ON = frozenset({"capacity", "waiting_list", "is_cancelled", "start_at", "end_at"})


def follow_up(request: HttpRequest, meeting: Meeting, form: Any, *, is_new: bool) -> None:
    """Do and say what follows from what the form has just changed of the meeting."""
    if not is_new and _PLACES_DEPEND_ON.intersection(form.changed_data):
        # There may be more places, or another rule for those who wait.
        places.fill_once_committed([meeting.pk], at=timezone.now())
        _warn_of_places(request, meeting)
    if "accent_color" in form.changed_data and meeting.accent_color and (words := look.too_pale(meeting.accent_color)):
        messages.warning(request, words)
    publishing.warn(request, meeting)
    if not is_new:
        news.point_to_it(request, meeting, form.changed_data)
        _tell_approved(request, meeting, before=form.initial)


def _warn_of_places(request: HttpRequest, meeting: Meeting) -> None:
    """Say what does not settle itself."""
    for more in places.overbooked([meeting]).values():
        messages.warning(request, review.overbooked_words(meeting, more))
    _taken, line = places.taken([meeting]).get(meeting.pk, (0, 0))
    if line and meeting.capacity is not None and meeting.waiting_list == WaitingList.NONE:
        words = ngettext(
            "%d person is still on the waiting list, and does not move up by itself any more: approve or decline them.",
            "%d people are still on the waiting list, and do not move up by themselves any more: approve or "
            "decline them.",
            line,
        )
        messages.warning(request, words % line)


def _tell_approved(request: HttpRequest, meeting: Meeting, *, before: Mapping[str, Any]) -> None:
    """Where the portal writes to approved people from now on and Webex did ``before``: nobody is left untold."""
    was = Meeting(send_email=before["send_email"], webex_id=before.get("webex_id", meeting.webex_id))
    if was.is_approval_mailed_by_us or not meeting.is_approval_mailed_by_us:
        return
    if count := review.tell_approved(meeting, at=timezone.now()):
        words = ngettext(
            "%d person who is approved had not been told by Webex: the portal writes to them now.",
            "%d people who are approved had not been told by Webex: the portal writes to them now.",
            count,
        )
        messages.info(request, words % count)
