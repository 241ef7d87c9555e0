"""What the migrations make of the rows that are there."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.utils import timezone

from registration import audit
from registration.flow import drift
from registration.models import AuditedPerson, AuditEntry, Batch, BatchItem, Submission
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_addresses_at_internationalized_domains_are_compared_in_their_ascii_form() -> None:
    old = SubmissionFactory(email="Ann@Bücher.example")
    Submission.objects.filter(pk=old.pk).update(email_key="ann@bücher.example", sent_email="ann@bücher.example")
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="eve@xn--bcher-kva.example")
    double = SubmissionFactory(meeting=meeting, email="eve@example.com")
    Submission.objects.filter(pk=double.pk).update(email_key="eve@bücher.example")
    import_module("registration.migrations.0004_ascii_email_keys").rekey(apps, None)
    assert list(Submission.objects.order_by("pk").values_list("email_key", "sent_email")) == [
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("eve@xn--bcher-kva.example", ""),
        ("eve@bücher.example", ""),
    ]


def test_whom_staff_left_as_they_are_at_webex_stays_left() -> None:
    dana = User.objects.create_user("dana")
    ann, bob, eve, carl = (SubmissionFactory().pk for _name in range(4))
    for who, before, after in (([ann, bob], "", drift.LEFT), ([ann], "", drift.LEFT), ([bob], drift.LEFT, "")):
        audit.note_people(dana, audit.Action.ADOPTED, who, before=dict.fromkeys(who, before), after=after)
    audit.note_people(dana, audit.Action.APPROVED, [eve], after="approved")
    audit.note_people(dana, audit.Action.ADOPTED, [carl], after=drift.LEFT)
    Submission.objects.filter(pk=carl).update(erase_asked_at=timezone.now())
    import_module("registration.migrations.0013_left_before").restore(apps, None)
    newest = AuditEntry.objects.filter(people__submission=ann).latest("at", "pk").at
    assert dict(Submission.objects.values_list("pk", "left_at")) == {ann: newest, bob: None, eve: None, carl: None}


def test_whom_we_moved_back_to_pending_is_known_to_be_moved_back() -> None:
    now = timezone.now()
    facts = {"presence": "registered", "registrant_id": "1", "webex_status": "pending"}
    moved, again, gone, erasing, other = (
        SubmissionFactory(**facts | more).pk
        for more in (
            {"sent_at": now - timedelta(hours=2)},
            {"sent_at": now},
            {"presence": "absent", "registrant_id": "", "webex_status": ""},
            {"erase_asked_at": now},
            {},
        )
    )
    for hours, who in ((3, [moved]), (1, [moved, again, gone, erasing])):
        for action in ("move_to_pending", "look_up"):
            at = now - timedelta(hours=hours)
            batch = Batch.objects.create(meeting=MeetingFactory(), action=action, size=1, started_at=at)
            BatchItem.objects.bulk_create(BatchItem(batch=batch, submission_id=pk) for pk in who)
    import_module("registration.migrations.0015_moved_back_before").restore(apps, None)
    found = dict(Submission.objects.values_list("pk", "moved_back_at"))
    assert found == dict.fromkeys([again, gone, erasing, other]) | {moved: now - timedelta(hours=1)}


def test_an_old_entry_about_people_of_several_meetings_becomes_one_for_each() -> None:
    dana, at = User.objects.create_user("dana"), timezone.now()
    ann, bob, eve = SubmissionFactory(), SubmissionFactory(), SubmissionFactory()
    Submission.objects.filter(pk=eve.pk).update(meeting=ann.meeting)
    entry = AuditEntry.objects.create(at=at, by=dana, action="approved", count=3, note="Held until now.")
    for person in (eve, bob, ann):
        AuditedPerson.objects.create(entry=entry, submission=person, after="approved")
    listed = AuditEntry.objects.create(at=at, by=dana, action="listed", count=3)
    import_module("registration.migrations.0017_entry_for_each_meeting").split(apps, None)
    facts = ("at", "by", "action", "meeting", "count", "note")
    assert list(AuditEntry.objects.order_by("pk").values_list(*facts)) == [
        (at, dana.pk, "approved", ann.meeting_id, 2, "Held until now."),
        (at, dana.pk, "listed", None, 3, ""),
        (at, dana.pk, "approved", bob.meeting_id, 1, "Held until now."),
    ]
    whose = {
        pk: {each.submission_id for each in AuditedPerson.objects.filter(entry=pk)} for pk in (entry.pk, listed.pk)
    }
    assert whose == {entry.pk: {ann.pk, eve.pk}, listed.pk: set()}
