"""What has served its purpose is deleted, and nothing else."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from registration.accounts import settings_account
from registration.models import Batch, Mail, Move, Submission, WebexCall
from registration.states import Decision
from tests.cast import SubmissionFactory

pytestmark = pytest.mark.django_db


def test_expired_logins_and_old_marks_of_calls_go_and_registrations_and_batches_stay() -> None:
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=400)
    person = SubmissionFactory(submitted_at=long_ago)
    Batch.objects.create(meeting=person.meeting, action=Batch.Action.REGISTER, size=1, started_at=long_ago)
    Move.objects.create(submission=person, subject=Move.Subject.DECISION, after=Decision.WAITING, at=long_ago)
    for key, hours in (("expired", -1), ("valid", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))
    for minutes in (59, 61, 600):
        WebexCall.objects.create(account=settings_account(), at=now - timedelta(minutes=minutes))
    for days, facts in ((89, {"sent_at": now}), (91, {"sent_at": now}), (91, {}), (91, {"due_at": now})):
        Mail.objects.create(submission=person, kind=Mail.Kind.RECEIVED, queued_at=now - timedelta(days=days), **facts)
    told = StringIO()
    call_command("purge", stdout=told)
    assert (
        told.getvalue()
        == "Deleted: 1 expired logins, 2 marks of calls, 2 mails, 0 jobs, 0 files of exports and imports.\n"
    )
    assert list(Session.objects.values_list("session_key", flat=True)) == ["valid"]
    assert list(Mail.objects.values_list("sent_at", "due_at")) == [(now, None), (None, now)]
    assert [model.objects.count() for model in (WebexCall, Submission, Batch, Move)] == [1, 1, 1, 1]
