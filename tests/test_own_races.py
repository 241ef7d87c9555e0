"""Many do something with their registrations at the same moment, in every order that chance finds."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registration.errors import ChangedMeanwhile, PortalError
from registration.flow import correct, moves, own, places
from registration.models import Mail, Meeting, Move, Submission
from registration.states import DECISION_MOVES, Decision, WaitingList
from tests.at_once import at_once, database_for_threads
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
CROWD = 12


def stored(pk: int) -> Submission:
    return Submission.objects.select_related("meeting").get(pk=pk)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_register_again_as_many_get_a_place_as_there_are(tmp_path: Path) -> None:
    meeting = MeetingFactory(start_at=TOMORROW, capacity=5, waiting_list=WaitingList.AT_ONCE)
    crowd = SubmissionFactory.create_batch(CROWD, meeting=meeting, decision=Decision.CANCELLED)
    with database_for_threads(tmp_path):
        at_once(CROWD, lambda number: own.register_again(stored(crowd[number].pk), at=NOW))
        assert Counter(Submission.objects.values_list("decision", flat=True)) == {"waiting": 5, "waitlisted": 7}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_cancel_each_place_goes_to_one_in_line(tmp_path: Path) -> None:
    meeting = MeetingFactory(start_at=TOMORROW, capacity=CROWD, waiting_list=WaitingList.AT_ONCE)
    crowd = SubmissionFactory.create_batch(CROWD, meeting=meeting, approved=True)
    SubmissionFactory.create_batch(CROWD, meeting=meeting, decision=Decision.WAITLISTED)
    with database_for_threads(tmp_path):
        at_once(CROWD, lambda number: own.cancel(stored(crowd[number].pk), at=NOW))
        assert Counter(Submission.objects.values_list("decision", flat=True)) == {"waiting": CROWD, "cancelled": CROWD}
        assert Counter(Mail.objects.values_list("kind", flat=True)) == {"cancelled": CROWD, "moved_up": CROWD}


@pytest.mark.django_db(transaction=True)
def test_one_who_does_everything_twice_at_once_has_it_done_once(tmp_path: Path) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(start_at=TOMORROW), approved=True)
    seen = stored(ann.pk)
    version = correct.version(seen)

    def change(number: int) -> str:
        try:
            correct.change(stored(ann.pk), values={"city": f"{number}"}, answers=(), at=NOW, seen=version)
        except ChangedMeanwhile:
            return "too late"
        return "changed"

    with database_for_threads(tmp_path):
        assert sorted(at_once(4, change)) == ["changed", "too late", "too late", "too late"]
        at_once(4, lambda _number: own.cancel(stored(ann.pk), at=NOW))
        at_once(4, lambda _number: own.register_again(stored(ann.pk), at=NOW))
        assert list(Mail.objects.order_by("pk").values_list("kind", flat=True)) == ["changed", "cancelled", "received"]
        assert Move.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_link_is_replaced_and_mailed_once_however_often_the_button_is_pressed(tmp_path: Path) -> None:
    """Whoever has the link could flood its owner's mailbox otherwise."""
    ann = SubmissionFactory()
    page = f"{ann.get_absolute_url()}new-link/"
    with database_for_threads(tmp_path):
        answers = at_once(6, lambda _number: Client().post(page).headers["Location"])
        assert answers == ["/registrations/link-sent/"] * 6
        assert list(Mail.objects.values_list("kind", flat=True)) == ["new_link"]
        assert Move.objects.count() == 1


# --- any order ----------------------------------------------------------------------------------------------------

DEEDS = st.tuples(
    st.sampled_from(["change", "spam", "cancel", "again", "approve", "decline", "reopen", "fill"]), st.integers(0, 3)
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, max_size=25), has_review=st.booleans(), waiting_list=st.sampled_from(WaitingList))
def test_whatever_is_done_in_whatever_order_no_place_is_given_twice_nor_left_while_somebody_waits(
    deeds: list[tuple[str, int]], has_review: bool, waiting_list: WaitingList
) -> None:
    facts = {"approval": "rules", "has_review_after_change": has_review, "waiting_list": waiting_list}
    meeting = MeetingFactory(start_at=TOMORROW, capacity=2, **facts)
    ApprovalRuleFactory(meeting=meeting, field="last_name", condition="equals", value="spam", result="reject")
    others = Decision.CANCELLED if waiting_list == WaitingList.NONE else Decision.WAITLISTED
    starts = [Decision.APPROVED, Decision.APPROVED, others, others]
    people = [SubmissionFactory(meeting=meeting, decision=decision) for decision in starts]
    places_of_staff = 0
    for minute, (deed, number) in enumerate(deeds):
        places_of_staff += _do(deed, people[number].pk, at=NOW + timedelta(minutes=minute))
        assert_places_are_right(meeting, places_of_staff)
    for person, start in zip(people, starts, strict=True):
        assert_history_is_right(person, start)


def _do(deed: str, pk: int, *, at: datetime) -> int:
    """Do it, as far as that is possible. Returns how many took a place that staff gave whatever was left."""
    person = stored(pk)
    try:
        if deed in {"change", "spam"}:
            name = "spam" if deed == "spam" else f"Lee {at:%H%M}"
            correct.change(person, values={"last_name": name}, answers=(), at=at, seen=correct.version(person))
        elif deed == "cancel":
            own.cancel(person, at=at)
        elif deed == "again":
            own.register_again(person, at=at)
        elif deed == "fill":
            places.fill([person.meeting_id], at=at)
        else:
            to = {"approve": Decision.APPROVED, "decline": Decision.DECLINED, "reopen": Decision.WAITING}[deed]
            is_given = person.decision not in {Decision.WAITING, Decision.APPROVED, Decision.OFFERED}
            moved = moves.decide(Submission.objects.filter(pk=pk), to=to, at=at)
            places.fill([person.meeting_id], at=at)
            return len(moved) if is_given and to is not Decision.DECLINED else 0
    except PortalError:
        pass
    return 0


def assert_places_are_right(meeting: Meeting, places_of_staff: int) -> None:
    taken, line = places.taken([meeting]).get(meeting.pk, (0, 0))
    assert taken <= 2 + places_of_staff
    assert line == 0 or taken >= 2


def assert_history_is_right(person: Submission, start: Decision) -> None:
    decisions = list(person.moves.filter(subject="decision").order_by("pk").values_list("before", "after"))
    path = [start, *(Decision(after) for _before, after in decisions)]
    assert [Decision(before) for before, _after in decisions] == path[:-1]
    assert all(after in DECISION_MOVES[before] for before, after in itertools.pairwise(path))
    assert stored(person.pk).decision == path[-1]
    assert person.mails.filter(kind="cancelled").count() == path[1:].count(Decision.CANCELLED)
