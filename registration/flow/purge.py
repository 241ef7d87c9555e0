"""Deletes what has served its purpose. Batches and moves are kept: they say what became of people, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from registration import queue
from registration.flow import jobs, moves
from registration.models import Mail, SpentChallenge, WebexCall
from registration.models.mail import KEPT_FOR

_CALLS_ARE_KEPT = timedelta(hours=1)
_CLIENTS_ARE_KEPT = timedelta(hours=1)
_MAILBOXES_ARE_KEPT = timedelta(days=1)
_JOBS_ARE_KEPT_HOURS = 7 * 24


@dataclass(frozen=True)
class Purged:
    """How many rows were deleted: expired logins, marks of calls to Webex, mails that wait no more, and ended jobs of
    workers; and files of exports and imports.
    """

    sessions: int
    calls: int
    mails: int
    jobs: int
    files: int = 0


def purge(*, at: datetime) -> Purged:
    """Delete expired sessions, marks of calls older than an hour, rows of mails that were written more than 90 days ago
    and no longer wait, spent challenges that have expired, and jobs that ended more than a week ago. Forget which
    client caused a mail and for which meeting after an hour, and whose mailbox it was written to after a day. Erase
    what is left of those who asked for it, for whatever reason. Delete files of exports and imports after a day.
    """
    moves.finish_erasing(at=at)
    sessions, _by_model = Session.objects.filter(expire_date__lt=at).delete()
    calls, _by_model = WebexCall.objects.filter(at__lt=at - _CALLS_ARE_KEPT).delete()
    an_hour_ago = Mail.objects.filter(queued_at__lt=at - _CLIENTS_ARE_KEPT)
    an_hour_ago.exclude(client="").update(client="")
    an_hour_ago.exclude(signed_up_for=None).update(signed_up_for=None)
    Mail.objects.filter(queued_at__lt=at - _MAILBOXES_ARE_KEPT).exclude(mailbox="").update(mailbox="")
    SpentChallenge.objects.filter(expires_at__lt=at).delete()
    old_mails = Mail.objects.filter(due_at=None, queued_at__lt=at - KEPT_FOR)
    mails, _by_model = old_mails.delete()
    finished = queue.delete_finished(hours=_JOBS_ARE_KEPT_HOURS)
    return Purged(sessions, calls, mails, finished, files=jobs.purge(at=at))
