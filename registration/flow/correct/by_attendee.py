"""What attendees change of their own answers, and what is decided about them then."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import deadlines, mail
from registration.errors import ChangedMeanwhile, NotPossible
from registration.flow import approval, limits, moves, places
from registration.flow.correct.changes import AnswerChange, Answers, FieldChange, changes, version
from registration.flow.correct.storing import store
from registration.models import Mail, Submission
from registration.states import Decision


def change(
    submission: Submission, *, values: Mapping[str, str], answers: Answers, at: datetime, seen: str
) -> tuple[FieldChange | AnswerChange, ...]:
    """Store the ``values`` and ``answers`` that an attendee gave in the place of what is stored, and mail them that.

    ``seen`` is the version of what they were shown. Their e-mail address stays as it is, whatever ``values`` says: else
    whoever has the link could have strangers mailed. As they have the link, our mail has reached them: their address
    counts as confirmed.

    Who is approved is decided about anew, if the meeting says so; and so is whoever waits, as an answer may settle it.
    Returns what changed. Raises ``NotPossible`` where it is too late, ``ChangedMeanwhile`` where something else is
    stored than they saw, and ``TooOften`` where they do it over and over; then nothing has changed.
    """
    with transaction.atomic():
        # Read under its lock: the loop, too, notes under it what it reads to be sent.
        rows = Submission.objects.select_for_update(of=("self",)).select_related("meeting")
        locked = rows.get(pk=submission.pk)
        if words := deadlines.against_change(locked, at=at):
            raise NotPossible(words)
        found = changes(locked, values={**values, "email": locked.email}, answers=answers)
        if found and version(locked) != seen:
            raise ChangedMeanwhile(_("Your answers have been changed meanwhile"))
        if found:
            limits.hold_owner(locked, at=at)
        # The reasons are for staff, whatever language the attendee reads.
        with override(settings.LANGUAGE_CODE):
            reason = _("by the attendee, who changed their answers")
            is_confirmed = bool(moves.confirm(Submission.objects.filter(pk=locked.pk), at=at, reason=reason))
            if found:
                store(locked, found, by=None, at=at)
                mail.write(locked.pk, Mail.Kind.CHANGED, at=at)
            _decide(locked, is_changed=bool(found), at=at)
        if is_confirmed and not found and locked.decision != Decision.OFFERED:
            # As by the link to confirm it: they may have been approved by it, which nobody else tells them.
            mail.write(locked.pk, approval.outcome(locked), at=at)
    # The meeting may have declined them, and so have freed their place.
    places.fill([locked.meeting_id], at=at)
    return tuple(found)


def _decide(submission: Submission, *, is_changed: bool, at: datetime) -> None:
    if is_changed and submission.decision == Decision.APPROVED and submission.meeting.has_review_after_change:
        people = Submission.objects.filter(pk=submission.pk)
        moves.decide(people, to=Decision.WAITING, at=at, reason=_("the attendee changed their answers"))
    approval.decide_anew(submission, at=at)
