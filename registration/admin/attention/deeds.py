"""What is done about what waits: each resolves the rows and writes that down, in the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.admin import adopting, at_webex
from registration.admin.pausing import why_paused_still
from registration.flow import attention, drift, pauses, post, review
from registration.flow.moves.locking import chunks
from registration.flow.review import Reviewed
from registration.models import Account, Mail, Meeting, Submission, UnknownRegistrant

Rows = QuerySet[Any]


# --- accounts and meetings --------------------------------------------------------------------------------------------


def resume_accounts(by: User, accounts: QuerySet[Account], at: datetime) -> Reviewed:
    """Call Webex in their name again."""
    paused = accounts.count()
    resumed = pauses.resume_accounts(accounts, by=by)
    return Reviewed(resumed, paused - resumed, (_somebody_else(),))


def resume_meetings(by: User, meetings: QuerySet[Meeting], at: datetime) -> Reviewed:
    """Go on with them."""
    paused = meetings.count()
    held = [why_paused_still(meeting) for meeting in pauses.not_to_resume(meetings)]
    resumed = pauses.resume_meetings(meetings, by=by)
    others = [_somebody_else()] if paused - resumed > len(held) else []
    return Reviewed(resumed, paused - resumed, (*held, *others))


# --- people -----------------------------------------------------------------------------------------------------------


def send_again(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Let the refused go again."""
    return review.send_again(people, by=by)


def try_at_once(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Send with the next push whose calls failed over and over."""
    return review.try_at_once(people, by=by)


def look_up_again(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Let the next push look up the missing."""
    count = people.count()
    done = drift.look_up_again(people, at=at, by=by)
    return Reviewed(done, count - done, (_somebody_else(),))


def ask_again(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Let the next push ask Webex once more for what is decided about them."""
    return review.ask_again(people, by=by)


def approve_here(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Approve here whom Webex, or its host, approved."""
    return review.approve(people, by=by)


def mail_again(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Have whatever failed to reach them sent again."""
    pks = _keys(people)
    failing = attention.failing().filter(submission__in=pks)
    tried = set(failing.order_by().values_list("submission", flat=True))
    post.once_more(Mail.objects.filter(pk__in=list(failing.values_list("pk", flat=True))), at=at, by=by)
    post.again(Submission.objects.filter(pk__in=set(pks) - tried), at=at, by=by)
    return Reviewed(len(pks), 0)


def leave(by: User, people: QuerySet[Submission], at: datetime) -> Reviewed:
    """Leave them as they are at Webex."""
    return Reviewed(drift.leave(people, at=at, by=by), 0)


def adopt(by: User, strangers: QuerySet[UnknownRegistrant], at: datetime) -> Reviewed:
    """Let registrations here stand for them."""
    return adopting.adopt(strangers, by=by, at=at)


def ignore(by: User, strangers: QuerySet[UnknownRegistrant], at: datetime) -> Reviewed:
    """Leave them at Webex, and report them no more."""
    chosen = strangers.count()
    ignored = drift.ignore(strangers, by=by)
    return Reviewed(ignored, chosen - ignored, (_somebody_else(),))


def warn_of_registering(pks: Collection[int]) -> list[str]:
    """What follows from looking up the missing."""
    again = mailed = 0
    for chunk in chunks(pks):
        more_again, more_mailed = drift.registered_again(Submission.objects.filter(pk__in=chunk))
        again, mailed = again + more_again, mailed + more_mailed
    words = []
    if again:
        approved = ngettext(
            "%d of them is approved: if Webex does not have them, the push registers them again.",
            "%d of them are approved: if Webex does not have them, the push registers them again.",
            again,
        )
        words.append(approved % again)
    if mailed:
        words.append(ngettext("Webex mails %d of them about it.", "Webex mails %d of them about it.", mailed) % mailed)
    return [*words, _("If the host removed them on purpose, decline them instead, or leave them as they are.")]


def warn_of_asking(pks: Collection[int]) -> list[str]:
    """What follows from asking Webex again."""
    return [
        _("The next push asks Webex for what is decided here. The host decided otherwise: talk to them first."),
        _("Either Webex mails those who are approved here that they are, or we do. To the others we write nothing."),
    ]


def warn_of_approving(pks: Collection[int]) -> list[str]:
    """What follows from approving here, too."""
    return [
        _("They are approved here, as at Webex. Where a meeting holds its decisions, it waits to be released."),
        _("Where it is not Webex that writes to those who are approved, we do."),
    ]


def _somebody_else() -> str:
    return _("somebody else was changing them at the same time")


def _keys(rows: Rows) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def look_up_now(request: HttpRequest, people: QuerySet[Submission]) -> None:
    """Ask Webex now what became of the people."""
    at_webex.push_people(request, people)


def read_statuses(request: HttpRequest, people: QuerySet[Submission]) -> None:
    """Read the people's statuses at Webex now."""
    at_webex.sync_people(request, people)
