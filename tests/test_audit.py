"""The audit: one entry for each action, each person's state with it."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from registration import audit
from registration.models import AuditEntry
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_an_action_on_people_is_one_entry_with_each_person_s_state() -> None:
    dana, one, two = User.objects.create_user("dana"), SubmissionFactory(), SubmissionFactory()
    states = {one.pk: "waiting", two.pk: "declined"}
    entry = audit.note_people(dana, audit.Action.APPROVED, {two.pk, one.pk}, before=states, after="approved")
    assert entry == AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.count, entry.meeting, entry.submission) == (dana, "approved", 2, None, None)
    told = [("waiting", "approved"), ("declined", "approved")]
    assert list(entry.people.values_list("before", "after")) == told


def test_of_one_person_the_entry_names_them_and_their_meeting() -> None:
    dana, one = User.objects.create_user("dana"), SubmissionFactory()
    entry = audit.note_people(dana, audit.Action.VIEWED, [one.pk])
    assert entry is not None
    assert (entry.meeting, entry.submission, entry.count) == (one.meeting, one, 1)


def test_about_nobody_nothing_is_written() -> None:
    assert audit.note_people(User.objects.create_user("dana"), audit.Action.APPROVED, []) is None
    assert not AuditEntry.objects.exists()


def test_of_many_meetings_there_is_an_entry_each_by_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    dana, meetings = User.objects.create_user("dana"), MeetingFactory.create_batch(3)
    counts = {meeting.pk: number for number, meeting in enumerate(meetings, start=1)}
    with django_assert_num_queries(1):
        audit.note_meetings(dana, audit.Action.EXPORTED, counts, thing="CSV", words="All.")
    entries = AuditEntry.objects.order_by("pk").values_list("by", "action", "meeting", "thing", "count", "note")
    assert list(entries) == [(dana.pk, "exported", pk, "CSV", count, "All.") for pk, count in counts.items()]
