"""What attendees do with their own registration: cancel it, register again, have the link to it replaced.

That they change their answers is a correction, see flow/correct. Each of these is done once, however often it is asked.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import audit, deadlines, mail, wording
from registration.errors import NotPossible, RegistrationClosed
from registration.flow import approval, availability, limits, moves, places
from registration.models import Mail, Meeting, Move, Submission
from registration.models.submission import new_token
from registration.states import TAKES_SIGN_UPS, Availability, Decision, WaitingList


def cancel(submission: Submission, *, at: datetime) -> None:
    """Cancel it, and mail its owner that; the place that becomes free goes to the first in line.

    The next push rejects or removes them at Webex, as the meeting says. Where it is cancelled already, nothing happens.
    Raises ``NotPossible`` where it cannot be cancelled.
    """
    # For staff, whatever language the attendee reads.
    with override(settings.LANGUAGE_CODE):
        reason = _("cancelled by the attendee")
    with transaction.atomic():
        while submission.decision != Decision.CANCELLED:
            if words := deadlines.against_cancelling(submission, at=at):
                raise NotPossible(words)
            if moves.decide_one(submission, to=Decision.CANCELLED, at=at, reason=reason):
                mail.write(submission.pk, Mail.Kind.CANCELLED, at=at)
            else:
                # Somebody has decided something since it was read.
                submission.refresh_from_db(fields=["decision", "erase_asked_at"])
    if submission.meeting.waiting_list != WaitingList.NONE:
        places.fill([submission.meeting_id], at=at)


def register_again(submission: Submission, *, at: datetime) -> None:
    """Register one who had cancelled, with their answers as they are, as if they signed up now; and mail them that.

    Where all places are taken, they stand last on the waiting list, if the meeting has one. Who is registered already
    stays so. Raises ``RegistrationClosed`` where the meeting takes no registrations, and ``NotPossible`` where this one
    was declined or is being erased, and ``TooOften`` where they do it over and over.
    """
    with transaction.atomic():
        # One at a time: places are counted, and then taken. The meeting first, see flow/places.py.
        meeting = Meeting.objects.select_for_update(no_key=True).get(pk=submission.meeting_id)
        locked = Submission.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=submission.pk)
        if locked.decision == Decision.CANCELLED and locked.erase_asked_at is None:
            limits.hold_owner(locked, at=at)
            _register(locked, availability.of(meeting, now=at), at=at)
        elif words := deadlines.against_cancelling(locked, at=at):
            raise NotPossible(words)


def _register(submission: Submission, state: Availability, *, at: datetime) -> None:
    if state not in TAKES_SIGN_UPS:
        raise RegistrationClosed(wording.closure(state, submission.meeting).headline)
    is_in_line = state is Availability.WAITING_LIST
    people = Submission.objects.filter(pk=submission.pk)
    with override(settings.LANGUAGE_CODE):
        reason = _("registered again by the attendee")
    moves.confirm(people, at=at, reason=reason)
    moves.decide(people, to=Decision.WAITLISTED if is_in_line else Decision.WAITING, at=at, reason=reason)
    mail.write(submission.pk, Mail.Kind.WAITLISTED if is_in_line else Mail.Kind.RECEIVED, at=at)
    approval.decide_anew(submission, at=at)


def replace_links(
    submissions: QuerySet[Submission], *, at: datetime, by: User | None = None, when: Q | None = None
) -> int:
    """Give each a new link to its page, which is mailed to its owner; the old one opens nothing any more.

    Without ``by`` it was the attendee. ``when`` must hold of them once they are locked: what chose them, such as the
    old link, may be replaced by then. Returns how many; whose data are being erased keeps theirs.
    """
    with override(settings.LANGUAGE_CODE):
        reason = "" if by else _("asked for by the attendee")
    with transaction.atomic():
        people = Submission.objects.filter(when or Q(), pk__in=submissions.order_by().values("pk"), erase_asked_at=None)
        rows = list(people.order_by("pk").select_for_update().only("pk"))
        for row in rows:
            row.token = new_token()
        Submission.objects.bulk_update(rows, ["token"], batch_size=500)
        Move.objects.bulk_create(
            (Move(submission=row, subject=Move.Subject.LINK, at=at, by=by, reason=reason) for row in rows),
            batch_size=500,
        )
        pks = [row.pk for row in rows]
        mail.write_all(pks, Mail.Kind.NEW_LINK, at=at)
        audit.note_people(by, audit.Action.EDITED, pks, words=_("The link to their page was replaced."))
    return len(rows)
