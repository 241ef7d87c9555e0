"""The audit: one entry for each action and meeting, each person's state with it."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration import audit
from registration.models import AuditEntry
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_an_action_on_people_is_one_entry_with_each_person_s_state() -> None:
    dana, meeting = User.objects.create_user("dana"), MeetingFactory()
    one, two = SubmissionFactory.create_batch(2, meeting=meeting)
    states = {one.pk: "waiting", two.pk: "declined"}
    entry = audit.note_people(dana, audit.Action.APPROVED, {two.pk, one.pk}, before=states, after="approved")
    assert entry == AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.count, entry.meeting, entry.submission) == (
        dana, "approved", 2, meeting, None,
    )  # fmt: skip
    told = [("waiting", "approved"), ("declined", "approved")]
    assert list(entry.people.values_list("before", "after")) == told


def test_of_one_person_the_entry_names_them_and_their_meeting() -> None:
    dana, one = User.objects.create_user("dana"), SubmissionFactory()
    entry = audit.note_people(dana, audit.Action.VIEWED, [one.pk])
    assert entry is not None
    assert (entry.meeting, entry.submission, entry.count) == (one.meeting, one, 1)


@pytest.mark.parametrize("size", [2, 20])
def test_on_people_of_several_meetings_it_is_one_for_each_with_its_own_people(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    dana, (first, *others) = User.objects.create_user("dana"), MeetingFactory.create_batch(size)
    pairs = [SubmissionFactory.create_batch(2, meeting=meeting) for meeting in (first, *others)]
    alone = SubmissionFactory(meeting=(last := MeetingFactory()))
    everybody = [person.pk for person in (*(person for pair in pairs for person in pair), alone)]
    # The meetings are read; the entries, and the people, are one statement each, and there is a savepoint.
    with django_assert_num_queries(5):
        entry = audit.note_people(
            dana, audit.Action.DECLINED, everybody, before=dict.fromkeys(everybody, "waiting"), after="declined"
        )
    assert entry == AuditEntry.objects.order_by("pk").first()
    assert entry is not None
    found = audit.done_at_once(entry).order_by("pk").values_list("meeting", "submission", "count")
    assert list(found) == [*((meeting.pk, None, 2) for meeting in (first, *others)), (last.pk, alone.pk, 1)]
    told = [(person.submission_id, person.before, person.after) for person in entry.people.all()]
    assert told == [(person.pk, "waiting", "declined") for person in pairs[0]]
    again = audit.note_people(dana, audit.Action.DECLINED, [alone.pk])
    assert again is not None
    assert list(audit.done_at_once(again)) == [again]


def test_whom_it_turns_out_to_be_about_is_added_later() -> None:
    dana, meetings, now = User.objects.create_user("dana"), MeetingFactory.create_batch(2), timezone.now()
    of = {SubmissionFactory(meeting=meeting).pk: meeting.pk for meeting in (*meetings, meetings[0])}
    one, two, three = of
    entries = audit.begin(dana, audit.Action.RELEASED, of, at=now)
    audit.add_people(entries, of, before={}, after={one: "approved"})
    audit.add_people(entries, of, before={two: "waiting"}, after={two: "declined", three: "approved"})
    told = AuditEntry.objects.order_by("pk").values_list("at", "meeting", "submission", "count")
    assert list(told) == [(now, meetings[0].pk, None, 2), (now, meetings[1].pk, two, 1)]
    people = entries[meetings[1].pk].people.values_list("submission", "before", "after")
    assert list(people) == [(two, "waiting", "declined")]


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
