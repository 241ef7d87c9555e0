"""Whatever staff, attendees and rules do where decisions are held: nothing held shows, and nothing is lost.

Hypothesis takes the same examples each time; ``HOLD_EXAMPLES`` in the environment makes it take as many as one likes.
"""

import os
from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from registration.errors import NotPossible
from registration.flow import approval, correct, erase, own, places, release, review
from registration.models import Mail, Meeting, Move, Submission
from registration.models.submission import HELD
from registration.states import DECISION_MOVES, Decision
from tests.cast import MeetingFactory, SubmissionFactory

_HOLDS = ("approve", "decline", "reopen", "take_back")
_DEEDS = (
    *_HOLDS,
    *_HOLDS,
    "release",
    "release",
    "cancel",
    "register_again",
    "change",
    "erase",
    "fill",
    "switch",
    "rule",
)

everybody = Submission.objects.order_by("pk")


class WhateverHappens(TestCase):
    """Three people of one meeting: one waits, one is approved, and one is on the waiting list."""

    @given(st.lists(st.tuples(st.sampled_from(_DEEDS), st.integers(0, 2)), max_size=14))
    @settings(max_examples=int(os.environ.get("HOLD_EXAMPLES", "10")), deadline=None, derandomize=True)
    def test_nothing_that_is_held_shows_and_nothing_is_lost(self, deeds: list[tuple[str, int]]) -> None:
        self.by = User.objects.create_user("rita")
        self.meeting: Meeting = MeetingFactory(
            holds_decisions=True, capacity=2, waiting_list="at_once", approval="automatic"
        )
        for decision in (Decision.WAITING, Decision.APPROVED, Decision.WAITLISTED):
            SubmissionFactory(meeting=self.meeting, decision=decision)
        for deed, number in deeds:
            person = everybody.select_related("meeting")[number]
            before = self.seen_outside()
            holds = Meeting.objects.get().holds_decisions
            self.do(deed, person)
            if deed == "take_back" or (holds and deed in (*_HOLDS, "rule")):
                assert self.seen_outside() == before
            for each in everybody.filter(HELD):
                assert each.held_decision in DECISION_MOVES[Decision(each.decision)]
                assert each.erase_asked_at is None
        releasable = dict(everybody.filter(HELD).values_list("pk", "held_decision"))
        left = [pk for pk in releasable if everybody.filter(pk=pk, moves__subject=Move.Subject.CORRECTION).exists()]
        self.do("release", person=everybody[0])
        for pk, held in releasable.items():
            now = Submission.objects.get(pk=pk)
            assert (now.decision, now.held_decision) == (held, "") or (pk in left and now.held_decision == held)

    def seen_outside(self) -> tuple[object, ...]:
        """What attendees and Webex are told, and what takes a place."""
        rows = [(each.decision, each.presence, each.next_step) for each in everybody.select_related("meeting")]
        return rows, Mail.objects.count(), Move.objects.count(), places.taken([self.meeting])

    def do(self, deed: str, person: Submission) -> None:
        now, one = timezone.now(), everybody.filter(pk=person.pk)
        match deed:
            case "approve":
                review.approve(one, by=self.by)
            case "decline":
                review.decline(one, by=self.by, reason="Full.")
            case "reopen":
                review.reopen(one, by=self.by)
            case "take_back":
                release.take_back(one, by=self.by)
            case "release":
                release.release(everybody.filter(HELD), by=self.by, at=now, seen_at=now)
            case "cancel":
                with suppress(NotPossible):
                    own.cancel(person, at=now)
            case "register_again":
                with suppress(NotPossible):
                    own.register_again(person, at=now + timedelta(days=1))
            case "change" if person.erase_asked_at is None:
                values = {"first_name": f"{person.first_name[:90]}x", "last_name": person.last_name}
                with suppress(NotPossible):
                    correct.change(person, values=values, answers=(), at=now, seen=correct.version(person))
            case "erase":
                erase.ask(one, at=now)
            case "fill":
                places.fill([self.meeting.pk], at=now)
            case "switch":
                Meeting.objects.update(holds_decisions=not person.meeting.holds_decisions)
            case "rule":
                approval.decide(person, {}, at=now)
