"""Sign-ups, confirmations, cancellations, offers, reviews and changed places, in any order: Hypothesis picks the steps.

It takes the same ones each time; ``PLACES_SEED`` in the environment makes it take others, and ``PLACES_EXAMPLES`` as
many as one likes.
"""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registration import line
from registration.errors import RegistrationClosed
from registration.flow import confirm, moves, offers, periodic, places, review, submit, told_late
from registration.models import Mail, Meeting, Move, Submission
from registration.states import Decision, WaitingList
from tests.cast import MeetingFactory
from tests.pages import HOUR

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
PEOPLE = 8
LOST = {
    Mail.Kind.CONFIRM: "the address was not confirmed in time",
    Mail.Kind.OFFERED: "the offered place was not taken in time",
}
"""Why somebody loses a place, by the mail that tells of the time."""

someone = st.integers(0, PEOPLE - 1)


class Line(RuleBasedStateMachine):
    """One meeting with few places, and more people than that."""

    dana: User

    @initialize(
        capacity=st.integers(0, 3), rule=st.sampled_from(WaitingList), confirms=st.booleans(), automatic=st.booleans()
    )
    def begin(self, capacity: int, rule: WaitingList, confirms: bool, automatic: bool) -> None:
        for model in (Mail, Submission, Meeting):
            model._default_manager.all().delete()
        self.now = NOW
        self.meeting: Meeting = MeetingFactory(
            start_at=NOW + timedelta(days=90),
            capacity=capacity,
            waiting_list=rule,
            confirms_address=confirms,
            approval="automatic" if automatic else "manual",
        )
        # Staff, and they alone, may take more people than there are places.
        self.most_taken = capacity
        self.came: list[int] = []

    @property
    def people(self) -> "QuerySet[Submission]":
        return self.meeting.submissions.order_by("pk")

    def person(self, number: int) -> "QuerySet[Submission]":
        return self.people.filter(email_key=f"person{number}@example.com")

    def commit(self) -> None:
        """What waits for the end of a transaction happens now: the one of the test never ends."""
        while connection.run_on_commit:
            callbacks, connection.run_on_commit = connection.run_on_commit, []
            for entry in callbacks:
                entry[1]()

    # --- attendees ----------------------------------------------------------------------------------------------

    @rule(number=someone)
    def sign_up(self, number: int) -> None:
        values = {"first_name": "Ann", "last_name": "Lee", "email": f"person{number}@example.com"}
        meeting = Meeting.objects.get()
        is_full = places.taken([meeting]).get(meeting.pk, (0, 0))[0] >= (meeting.capacity or 0)
        try:
            pk = submit.register(meeting, values=values, answers=(), language="en", now=self.now)
        except RegistrationClosed:
            assert is_full
            assert meeting.waiting_list == WaitingList.NONE
        else:
            if pk not in self.came:
                self.came.append(pk)

    @rule(number=someone)
    def confirm(self, number: int) -> None:
        for person in self.person(number):
            confirm.by_owner(person.pk, at=self.now)

    @rule(number=someone)
    def take(self, number: int) -> None:
        for person in self.person(number):
            waits = person.mails.filter(kind=Mail.Kind.OFFERED, due_at__isnull=False).exists()
            is_offered = person.offer_ends_at is not None and (person.offer_ends_at > self.now or waits)
            assert offers.take(person.pk, at=self.now) is is_offered

    @rule(number=someone)
    def leave(self, number: int) -> None:
        for person in self.person(number):
            offers.leave(person.pk, at=self.now)

    @rule(number=someone)
    def cancel(self, number: int) -> None:
        moves.decide(self.person(number), to=Decision.CANCELLED, at=self.now)
        places.fill_once_committed([self.meeting.pk], at=self.now)

    # --- staff --------------------------------------------------------------------------------------------------

    @rule(number=someone)
    def approve(self, number: int) -> None:
        review.approve(self.person(number), by=self.dana)
        self.allow_for_staff()

    @rule(number=someone)
    def decline(self, number: int) -> None:
        review.decline(self.person(number), by=self.dana, reason="No")

    @rule(number=someone)
    def reopen(self, number: int) -> None:
        review.reopen(self.person(number), by=self.dana)
        self.allow_for_staff()

    @rule()
    def take_all_as_confirmed(self) -> None:
        confirm.by_staff(self.people, by=self.dana, at=self.now)

    @rule(capacity=st.integers(0, 4), rule=st.sampled_from(WaitingList))
    def change_the_places(self, capacity: int, rule: WaitingList) -> None:
        Meeting.objects.update(capacity=capacity, waiting_list=rule)
        self.most_taken = max(capacity, self.taken())
        places.fill_once_committed([self.meeting.pk], at=self.now)

    # --- time ---------------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 23, 24, 48]))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule()
    def send_the_mails(self) -> None:
        """As soon as they are written, or days later: until then no time runs out of which they tell."""
        waiting = Mail.objects.filter(due_at__isnull=False)
        for letter in waiting.select_related("submission__meeting"):
            told_late.begin(letter, at=self.now)
        waiting.update(due_at=None, sent_at=self.now)
        places.fill([self.meeting.pk], at=self.now)

    @rule()
    def run(self) -> None:
        untold = {kind: list(self.people.filter(told_late.is_untold(kind, at=self.now))) for kind in LOST}
        known = list(Move.objects.values_list("pk", flat=True))
        assert periodic.run(at=self.now).problems == {}
        for kind, people in untold.items():
            assert not Move.objects.filter(submission__in=people, reason=LOST[kind]).exclude(pk__in=known).exists()

    # --- what must be so ----------------------------------------------------------------------------------------

    def taken(self) -> int:
        return self.people.filter(places.TAKES_A_PLACE).count()

    def allow_for_staff(self) -> None:
        self.most_taken = max(self.most_taken, self.taken())

    @invariant()
    def no_more_places_are_taken_than_there_are(self) -> None:
        self.commit()
        capacity = Meeting.objects.get().capacity
        assert capacity is not None
        assert self.taken() <= max(self.most_taken, capacity)
        # Once it is no longer overbooked, it is not again.
        self.most_taken = max(self.taken(), capacity)

    @invariant()
    def nobody_waits_beside_a_free_place(self) -> None:
        meeting = Meeting.objects.get()
        in_line = self.people.filter(decision=Decision.WAITLISTED)
        in_time = [person for person in in_line if person.confirm_by is None or person.confirm_by > self.now]
        if meeting.waiting_list != WaitingList.NONE:
            assert self.taken() >= (meeting.capacity or 0) or not in_time

    @invariant()
    def the_line_is_in_the_order_in_which_they_came(self) -> None:
        in_line = list(self.people.filter(decision=Decision.WAITLISTED).values_list("pk", flat=True))
        positions = line.positions(in_line)
        assert sorted(positions.values()) == list(range(1, len(in_line) + 1))
        assert sorted(positions, key=positions.__getitem__) == [pk for pk in self.came if pk in positions]

    @invariant()
    def nobody_is_lost_and_nobody_is_two_things(self) -> None:
        assert sorted(self.came) == [person.pk for person in self.people]
        for person in self.people:
            assert (person.decision == Decision.OFFERED) == (person.offer_ends_at is not None)
            waits = {Decision.WAITING, Decision.WAITLISTED, Decision.OFFERED}
            assert person.confirm_by is None or (person.decision in waits and person.confirmed_at is None)

    @invariant()
    def what_happened_to_the_waiting_list_was_mailed(self) -> None:
        """By what was written down of it: who was offered a place, took it, lost it or got one."""
        happened: Counter[tuple[str, str, str]] = Counter(
            Move.objects.filter(by=None, subject="decision").values_list("before", "after", "reason")
        )
        mails: Counter[str] = Counter(Mail.objects.values_list("kind", flat=True))
        assert mails["offered"] == happened["waitlisted", "offered", "a place has become free"]
        assert mails["moved_up"] == happened["waitlisted", "waiting", "a place has become free"]
        assert mails["place_lost"] == happened["offered", "cancelled", "the offered place was not taken in time"]
        assert mails["cancelled"] == happened["offered", "cancelled", "they left the place that was offered to others"]


@pytest.mark.timeout(600)
def test_whatever_happens_in_whatever_order() -> None:
    chosen = os.environ.get("PLACES_SEED")
    Line.dana = User.objects.create_user("dana")
    run_state_machine_as_test(
        seed(int(chosen))(Line) if chosen else Line,
        settings=settings(
            derandomize=not chosen,
            max_examples=int(os.environ.get("PLACES_EXAMPLES", "10")),
            stateful_step_count=30,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
