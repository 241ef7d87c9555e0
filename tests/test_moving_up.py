"""Who would move up is told in advance: exactly those do, and are mailed so, once the places are free."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import TestCase
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration import audit
from registration.flow import erase, moving_up, preview, release, review, undo
from registration.models import AuditEntry, Mail, Meeting, Submission
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory
from tests.undoing import decided, people

pytestmark = pytest.mark.django_db

everybody = Submission.objects.order_by("pk")


@pytest.fixture
def by() -> User:
    return User.objects.create_user("rita")


@pytest.fixture(params=["offer", "manual", "automatic", "rules"])
def meeting(request: pytest.FixtureRequest) -> Iterator[Meeting]:
    """A meeting that is full, with seven in line: of whom some are for a person, and the rules decline every other."""
    is_offer = request.param == "offer"
    full: Meeting = MeetingFactory(
        capacity=3,
        waiting_list="offer" if is_offer else "at_once",
        approval="manual" if is_offer else request.param,
        send_email=False,
        city_use="optional",
    )
    ApprovalRuleFactory(meeting=full, field="city", condition="equals", value="Bonn", result="reject")
    ApprovalRuleFactory(meeting=full, field="city", condition="equals", value="Kiel", result="approve")
    SubmissionFactory.create_batch(3, meeting=full, approved=True)
    now = timezone.now()
    cities = ["Bonn", "Kiel", "Bonn", "Bonn", "Ulm", "Kiel", "Kiel"]
    facts: list[dict[str, Any]] = [{} for _city in cities]
    facts[1] = {"confirm_by": now + timedelta(hours=1)}
    facts[2] = {"review_note": "a rule"}
    facts[3] = {"confirm_by": now - timedelta(hours=1)}
    for number, (city, fact) in enumerate(zip(cities, facts, strict=True)):
        # The later they signed up, the earlier they stand.
        since = now - timedelta(days=number)
        SubmissionFactory(meeting=full, decision=Decision.WAITLISTED, city=city, **fact)
        everybody.filter(pk=everybody.latest("pk").pk).update(in_line_since=since)
    yield full


def with_commit(work: Any) -> Any:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return work()


def told(found: list[moving_up.Next]) -> list[tuple[int, str, str]]:
    return sorted((each.pk, each.decision.value, each.mail.value) for each in found)


def moved(line: dict[int, str]) -> list[tuple[int, str, str]]:
    """Of those who were in line: what became of whoever moved, and what they were mailed last."""
    letters = dict(Mail.objects.order_by("pk").values_list("submission", "kind"))
    now = dict(everybody.filter(pk__in=line).values_list("pk", "decision"))
    return sorted((pk, now[pk], letters[pk]) for pk in line if now[pk] != "waitlisted" or pk in letters)


def in_line() -> dict[int, str]:
    return dict(everybody.filter(decision=Decision.WAITLISTED).values_list("pk", "decision"))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_declining_moves_up_whom_it_was_said_to(meeting: Meeting, by: User, count: int) -> None:
    chosen = everybody.filter(pk__in=list(everybody.values_list("pk", flat=True)[:count]))
    found = told(moving_up.if_decided(chosen, to=Decision.DECLINED, at=timezone.now()))
    line = in_line()
    with_commit(lambda: review.decline(chosen, by=by, reason="No"))
    assert found
    assert found == moved(line)


def test_erasing_moves_up_whom_it_was_said_to_and_nobody_who_is_erased(
    meeting: Meeting, by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "_AT_ONCE", 1)
    last = everybody.order_by("in_line_since").filter(decision=Decision.WAITLISTED)[0]
    chosen = everybody.filter(pk__in=[everybody[0].pk, everybody[1].pk, last.pk])
    found = told(moving_up.if_decided(chosen, to=Decision.CANCELLED, at=timezone.now()))
    line = in_line()
    del line[last.pk]
    with_commit(lambda: erase.ask(chosen, at=timezone.now(), by=by))
    assert found == moved(line)
    assert Mail.objects.filter(submission=last.pk).count() == 0


@pytest.mark.parametrize("is_held_still", [True, False])
def test_a_release_moves_up_whom_the_preview_named(meeting: Meeting, by: User, is_held_still: bool) -> None:
    Meeting.objects.update(holds_decisions=True)
    meeting.refresh_from_db()
    having, line = everybody.filter(decision="approved"), in_line()
    first, *_others = everybody.filter(decision="waitlisted").order_by("in_line_since").values_list("pk", flat=True)
    review.decline(having, by=by, reason="No")
    review.approve(everybody.filter(pk=first), by=by)
    Meeting.objects.update(holds_decisions=is_held_still)
    meeting.refresh_from_db()
    found = preview.moving_up(meeting, at=timezone.now())
    then = [
        each.pks for each in preview.plan(Meeting.objects.all(), at=timezone.now(), is_released=True, moving_up=found)
    ]
    del line[first]
    now = timezone.now()
    with_commit(lambda: release.release(everybody.exclude(held_decision=""), by=by, at=now, seen_at=now))
    assert len(found) >= 2
    assert told(found) == moved(line)
    assert [each.pks for each in preview.plan(Meeting.objects.all(), at=timezone.now())] == then


def test_a_release_that_declines_nobody_moves_nobody_up(meeting: Meeting, by: User) -> None:
    Meeting.objects.update(holds_decisions=True, capacity=9)
    meeting.refresh_from_db()
    review.reopen(everybody.filter(decision="approved"), by=by)
    assert preview.moving_up(meeting, at=timezone.now()) == []


@pytest.mark.parametrize("before", ["declined", "waitlisted"])
def test_undoing_moves_up_whom_it_was_said_to(meeting: Meeting, by: User, before: str) -> None:
    """Who goes back to the waiting list may be the next."""
    chosen = list(everybody.filter(decision="approved")[:2])
    if before == "declined":
        people(*chosen).update(decision="declined")
    else:
        chosen = list(everybody.filter(decision="waitlisted", confirm_by=None).order_by("in_line_since")[1:3])
        people(*everybody.filter(decision="approved")[:2]).update(decision="declined")
    review.approve(people(*chosen), by=by)
    Mail.objects.all().delete()
    entry = decided(audit.Action.APPROVED, *chosen, by=by)
    plan = undo.of_entry(entry, everybody.all(), at=timezone.now())
    line = in_line() | ({person.pk: "approved" for person in chosen} if before == "waitlisted" else {})
    with_commit(lambda: undo.entry_back(entry, everybody.all(), by=by, at=timezone.now(), shown=plan.fingerprint))
    stay = {person.pk for person in people(*chosen) if person.decision == "waitlisted"}
    assert told(plan.moving_up) == [each for each in moved(line) if each[0] not in stay]
    assert plan.moving_up


def test_who_goes_back_far_behind_in_the_line_is_not_the_next(by: User) -> None:
    """Not even where the rules decline the first: others stand in between."""
    meeting = MeetingFactory(capacity=1, waiting_list="at_once", approval="rules", city_use="optional")
    ApprovalRuleFactory(meeting=meeting, field="city", condition="equals", value="Bonn", result="reject")
    now = timezone.now()
    for number in range(12):
        city = "Bonn" if number < 2 else "Kiel"
        SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED, city=city, submitted_at=now)
        everybody.filter(pk=everybody.latest("pk").pk).update(in_line_since=now - timedelta(days=20 - number))
    last = everybody.latest("in_line_since")
    review.approve(people(last), by=by)
    Mail.objects.all().delete()
    entry = decided(audit.Action.APPROVED, last, by=by)
    plan = undo.of_entry(entry, everybody.all(), at=timezone.now())
    line = in_line() | {last.pk: "approved"}
    with_commit(lambda: undo.entry_back(entry, everybody.all(), by=by, at=timezone.now(), shown=plan.fingerprint))
    assert told(plan.moving_up) == [each for each in moved(line) if each[0] != last.pk]
    assert [(each.decision, each.mail) for each in plan.moving_up] == [
        ("declined", "declined"), ("declined", "declined"), ("waiting", "moved_up"),
    ]  # fmt: skip


def test_what_was_shown_before_the_line_was_another_is_not_done(meeting: Meeting, by: User) -> None:
    person = everybody[0]
    people(person).update(decision="declined")
    review.approve(people(person), by=by)
    entry = AuditEntry.objects.latest("pk")
    shown = undo.of_entry(entry, everybody.all(), at=timezone.now()).fingerprint
    first = everybody.filter(decision="waitlisted").order_by("in_line_since")[0]
    people(first).update(decision="cancelled")
    assert undo.entry_back(entry, everybody.all(), by=by, at=timezone.now(), shown=shown) is None


@pytest.mark.parametrize(
    "change", [{"waiting_list": "none"}, {"is_cancelled": True}, {"capacity": 2}], ids=["no list", "cancelled", "full"]
)
def test_nobody_moves_up_where_nobody_does_by_themselves(meeting: Meeting, change: dict[str, Any]) -> None:
    Meeting.objects.update(**change)
    assert moving_up.if_decided(everybody.filter(pk=everybody[0].pk), to=Decision.DECLINED, at=timezone.now()) == []


def test_of_several_meetings_each_line_moves_by_itself_in_as_many_queries(
    by: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for places in (1, 2, 3):
        meeting = MeetingFactory(capacity=places, waiting_list="offer")
        SubmissionFactory.create_batch(places, meeting=meeting, approved=True)
        SubmissionFactory.create_batch(2, meeting=meeting, decision=Decision.WAITLISTED)
    chosen = everybody.filter(decision="approved")
    with django_assert_num_queries(4):
        found = moving_up.if_decided(chosen, to=Decision.DECLINED, at=timezone.now())
    line = in_line()
    assert len(found) == 5
    with_commit(lambda: review.decline(chosen, by=by, reason="No"))
    assert told(found) == moved(line)
