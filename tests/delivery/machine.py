"""A portal, its people, its staff, its host at Webex and its runs, as a machine whose steps Hypothesis picks."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from registration.accounts import Clients
from registration.errors import AddressTaken, ChangedMeanwhile, RegistrationClosed
from registration.flow import correct, deliver, disagreements, drift, erase, moves, pauses, queries, submit, sync
from registration.models import Account, Meeting, Submission, UnknownRegistrant
from registration.report import Report
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.rows import Row
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.cast import MeetingFactory
from tests.delivery.killed import Killer, points
from tests.delivery.legality import illegal, is_as_decided
from tests.delivery.people import Clock
from tests.delivery.storm import INSTANT_FAULTS
from tests.delivery.witness import STATUS_AFTER, Witness

ADDRESSES = [f"person{number}@example.com" for number in range(3)]
CHANGES = [*STATUS_AFTER, "bulkDelete"]
# A process that dies while its body is under way is for real processes: the sandbox works on while the test goes on.
POINTS = [name for name in points(Killer()) if "the body" not in name]
# Others do nothing in the middle of a transaction.
BETWEEN = [name for name in POINTS if "inside" not in name]

address = st.sampled_from(ADDRESSES)
someone = st.integers(0, len(ADDRESSES) - 1)
deed = st.sampled_from([*Decision, "approved", "declined", "correct", "host", "erase"])


class Killed(BaseException):
    """What ends a run at a named point, as SIGKILL would."""


def die() -> None:
    raise Killed


class Portal(RuleBasedStateMachine):
    """One meeting, its people, its staff, its host at Webex, and the runs of the loop."""

    sandbox: SandboxServer
    staff: User

    # --- the beginning ------------------------------------------------------------------------------------------

    @initialize(
        duplicates=st.sampled_from(["second_row", "conflict", "old_row"]),
        auto_accept=st.booleans(),
        approves_pending=st.booleans(),
        withdrawal=st.sampled_from(["reject", "remove"]),
        registered=st.integers(0, len(ADDRESSES)),
    )
    def begin(
        self, duplicates: str, auto_accept: bool, approves_pending: bool, withdrawal: str, registered: int
    ) -> None:
        self.clock = Clock()
        self.meeting: Meeting = MeetingFactory(approves_pending=approves_pending, withdrawal=withdrawal)
        self.sandbox.store.duplicates = duplicates  # type: ignore[assignment]
        self.sandbox.store.add_meeting(id=self.meeting.webex_id, form=Form(auto_accept=auto_accept))
        self.sandbox.faults.clear()
        self.witness = Witness(self.sandbox, self.meeting)
        self.is_accepting = auto_accept
        self.touched_by_host: set[str] = set()
        self.once_touched_by_host: set[str] = set()
        self.once_deleted_by_host: set[str] = set()
        self.has_jumped = False
        self.may_find_nobody = True
        self.is_wrong = False
        for email in ADDRESSES[:registered]:
            self.submit(email)
        self.approve_all()
        if registered:
            self.push()

    @property
    def people(self) -> "QuerySet[Submission]":
        return self.meeting.submissions.order_by("pk")

    def person(self, number: int) -> list[Submission]:
        """One of the people, if there are any."""
        everybody = list(self.people)
        return [everybody[number % len(everybody)]] if everybody else []

    # --- what people do here ------------------------------------------------------------------------------------

    @rule(email=address)
    def submit(self, email: str) -> None:
        values = {"first_name": "Ann", "last_name": "Onymous", "email": email.title()}
        now = self.clock()
        with suppress(RegistrationClosed):
            submit.register(self.meeting, values=values, answers=(), language="en", now=now)

    @rule(number=someone, to=st.sampled_from([Decision.APPROVED, *Decision]))
    def decide(self, number: int, to: Decision) -> None:
        self.decide_all(self.people.filter(pk__in=[each.pk for each in self.person(number)]), to=to)

    @rule()
    def approve_all(self) -> None:
        self.decide_all(self.people, to=Decision.APPROVED)

    def decide_all(self, people: "QuerySet[Submission]", *, to: Decision) -> None:
        for pk in moves.decide(people, to=to, at=self.clock(), by=self.staff):
            self.acted(Submission.objects.get(pk=pk))

    @rule(number=someone, name=st.sampled_from(["Ann", "Anne", "Anna"]), email=st.none() | address)
    def correct(self, number: int, name: str, email: str | None) -> None:
        values = {"first_name": name} | ({"email": email} if email else {})
        for person in self.person(number):
            with suppress(AddressTaken, ChangedMeanwhile):
                correct.correct(person, values=values, answers=(), by=self.staff, at=self.clock())
                self.acted(person, has_decided=False)
                self.acted(Submission.objects.get(pk=person.pk), has_decided=False)

    @rule(number=someone)
    def erase(self, number: int) -> None:
        for person in self.person(number):
            self.witness.deleted_by_host -= {person.email_key, person.webex_key}
            if person.presence != Presence.SENDING:
                # Else a call that was about to leave may name them still; they are removed after it.
                self.witness.approved -= {person.email_key}
            erase.ask(self.people.filter(pk=person.pk), at=self.clock())

    @rule(ends=st.booleans())
    def end_or_begin_again(self, ends: bool) -> None:
        """The meeting is cancelled, and nobody but who is to be erased is touched; or it takes place after all."""
        Meeting.objects.filter(pk=self.meeting.pk).update(is_cancelled=ends)
        self.meeting.refresh_from_db()

    @rule()
    def send_again(self) -> None:
        moves.forgive(self.people.filter(decision=Decision.APPROVED))

    @rule()
    def look_up_again(self) -> None:
        for person in drift.missing(self.people):
            self.acted(person)
        drift.look_up_again(self.people, at=self.clock())

    @rule()
    def adopt(self) -> None:
        strangers = UnknownRegistrant.objects.filter(meeting=self.meeting)
        for stranger in strangers:
            self.witness.deleted_by_host.discard(stranger.email)
        drift.adopt(strangers, by=self.staff, at=self.clock())

    @rule()
    def resume(self) -> None:
        pauses.resume_meetings(Meeting.objects.filter(pk=self.meeting.pk), by=self.staff)

    def acted(self, person: Submission, *, has_decided: bool = True) -> None:
        """A person did something about them, so that what the host did before is no longer the last word.

        A correction says nothing about whether the host's rejection stands.
        """
        self.witness.deleted_by_host -= {person.email_key, person.webex_key}
        if has_decided and person.presence == Presence.REGISTERED:
            # Of whom we do not know to be at Webex nobody can say whether they were decided about before or after.
            self.touched_by_host -= {person.email_key, person.webex_key}
        if person.decision == Decision.APPROVED:
            self.witness.approved.add(person.email_key)

    # --- what the host, and others, do at Webex -----------------------------------------------------------------

    @rule(number=st.integers(0, 9), status=st.sampled_from(["approved", "rejected", "pending", None]))
    def host_acts(self, number: int, status: str | None) -> None:
        rows = self.witness.rows()
        if not rows:
            return
        row = rows[number % len(rows)]
        self.touched_by_host.add(row.email)
        self.once_touched_by_host.add(row.email)
        if status:
            self.sandbox.store.set_status(self.meeting.webex_id, [row.id], status)  # type: ignore[arg-type]
            return
        if self.people.filter(registrant_id=row.id, presence=Presence.REGISTERED, decision=Decision.APPROVED).exists():
            self.witness.deleted_by_host.add(row.email)
        self.once_deleted_by_host.add(row.email)
        self.sandbox.store.delete(self.meeting.webex_id, [row.id])

    @rule(email=address)
    def somebody_registers_on_webexs_own_page(self, email: str) -> None:
        """Where Webex would make a second row of those who are there, only strangers do so: it cannot be undone."""
        if self.sandbox.store.duplicates == "second_row":
            email = f"stranger.{email}"
        if not self.sandbox.store.with_emails(self.meeting.webex_id, [email]):
            self.witness.sign_up(Row({"firstName": "Ann", "lastName": "Onymous", "email": email}))

    # --- the loop, and time -------------------------------------------------------------------------------------

    def run_push(self) -> Report:
        approved = self.people.filter(decision=Decision.APPROVED)
        self.witness.approved = set(approved.values_list("email_key", flat=True))
        # Pacing has its own tests; here it would only take time.
        Account.objects.update(learned_per_minute=None, blocked_until=None, failures=0)
        with Clients(clock=self.clock) as clients:
            return deliver.push(Meeting.objects.filter(pk=self.meeting.pk), clients=clients, clock=self.clock)

    @rule()
    def push(self) -> None:
        self.run_push()

    @rule(fault=st.sampled_from(INSTANT_FAULTS), deed=deed, number=someone)
    def push_with_a_fault(self, fault: Fault, deed: str, number: int) -> None:
        self.do(deed, number)
        self.sandbox.faults.add(fault)
        self.run_push()
        self.sandbox.faults.clear()

    @rule(operation=st.sampled_from(["bulkInsert", "bulkInsert", *CHANGES]), deed=deed, number=someone)
    def push_with_a_write_that_lands_later(self, operation: str, deed: str, number: int) -> None:
        self.do(deed, number)
        self.witness.hold_back(operation)
        self.run_push()
        self.witness.take_held_back(operation)
        self.sandbox.faults.clear()

    @precondition(lambda self: self.may_find_nobody)
    @rule(deed=deed, number=someone)
    def push_with_a_look_up_that_finds_nobody(self, deed: str, number: int) -> None:
        """Once only: a second one in a row would be believed (docs/delivery.md)."""
        self.do(deed, number)
        self.sandbox.faults.add(Fault("query", body='{"items": []}'))
        self.run_push()
        self.may_find_nobody = any(fault.operation == "query" for fault in self.sandbox.faults.waiting())
        self.sandbox.faults.clear()

    def do(self, deed: str, number: int) -> None:
        """What somebody may do at any moment."""
        match deed:
            case "correct":
                self.correct(number, f"Ann {number}", None)
            case "host":
                self.host_acts(number, "rejected")
            case "erase":
                self.erase(number)
            case _:
                self.decide(number, Decision(deed))

    @rule(point=st.sampled_from(POINTS), deed=deed, number=someone)
    def push_killed(self, point: str, deed: str, number: int) -> None:
        self.do(deed, number)
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            points(Killer(patch.setattr, die))[point]()
            self.run_push()

    @rule(point=st.sampled_from(BETWEEN), deed=deed, meanwhile=deed, number=someone)
    def push_and_meanwhile(self, point: str, deed: str, meanwhile: str, number: int) -> None:
        self.do(deed, number)
        once = [meanwhile]
        with pytest.MonkeyPatch.context() as patch:
            points(Killer(patch.setattr, lambda: self.do(once.pop(), number) if once else None))[point]()
            self.run_push()

    @rule()
    def sync(self) -> None:
        self.run_sync()

    def run_sync(self) -> None:
        Account.objects.update(learned_per_minute=None, blocked_until=None, failures=0)
        with Clients(clock=self.clock) as clients:
            sync.statuses(Meeting.objects.filter(pk=self.meeting.pk), clients=clients, clock=self.clock)

    @rule(seconds=st.sampled_from([1, 61, 301, 7200]))
    def time_passes(self, seconds: int) -> None:
        """Whatever is under way to Webex lands long before a minute is over."""
        self.witness.land()
        self.has_jumped = False
        self.clock.ahead += timedelta(seconds=seconds)

    @precondition(lambda self: not self.has_jumped and not self.witness.has_changes_in_the_air())
    @rule(hours=st.sampled_from([-3, 3]))
    def the_clock_jumps(self, hours: int) -> None:
        """No time has passed, and nothing has landed."""
        if abs(self.clock.ahead + timedelta(hours=hours)) < timedelta(hours=7):
            self.has_jumped = True
            self.clock.ahead += timedelta(hours=hours)

    # --- what holds after each step -----------------------------------------------------------------------------

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not hasattr(self, "witness"):
            return
        wrongs = self.witness.wrongs + self.doubles() + [wrong for each in self.people for wrong in illegal(each)]
        wrongs += self.unexplained_rows()
        self.is_wrong = bool(wrongs)
        assert wrongs == [], wrongs

    def doubles(self) -> list[str]:
        ours = [row.email for row in self.witness.rows() if row.id in self.witness.ours]
        ids = [person.registrant_id for person in self.people if person.registrant_id]
        return [f"{email} twice" for email in {*ours} if ours.count(email) > 1] + [
            f"registrant {each} is two people" for each in {*ids} if ids.count(each) > 1
        ]

    def unexplained_rows(self) -> list[str]:
        known = {key for person in self.people for key in (person.email_key, person.webex_key)}
        return [row.email for row in self.witness.rows() if row.id in self.witness.ours and row.email not in known]

    # --- the end ------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """The faults stop, and time passes: Webex holds what was decided, or it is reported where it does not."""
        if not hasattr(self, "witness") or self.is_wrong:
            return
        self.sandbox.faults.clear()
        self.end_or_begin_again(False)
        self.time_passes(8 * 3600)  # any clock that was set back is right again
        for _ in range(8):
            self.time_passes(7200)
            self.resume()
            self.send_again()
            self.run_push()
            self.run_sync()
            self.nothing_is_wrong()
            report = self.run_push()
            left = (report.left, report.in_flight, report.refused)
            if left == (0, 0, 0):
                break
        assert left == (0, 0, 0)
        unlike_decided = [wrong for person in self.people for wrong in self.unlike_decided(person)]
        assert unlike_decided == [], unlike_decided
        assert not self.people.filter(erase_asked_at__isnull=False, erased_at=None).exists()

    def unlike_decided(self, person: Submission) -> list[str]:
        """How Webex holds the person otherwise than decided, if nobody is told of it."""
        is_meant = person.webex_key in self.touched_by_host
        # Also if something was decided or corrected since, by somebody who did not know that they are gone.
        is_missing = person.missing_at is not None and person.webex_key in self.once_deleted_by_host
        is_drift = disagreements.among(self.people.filter(pk=person.pk)).exists()
        is_stranger = self.meeting.unknown_registrants.filter(email=person.webex_key).exists()
        # Somebody else, whom the host rejected, keeps their address at Webex.
        is_held_back = self.people.filter(queries.is_taken(), pk=person.pk, presence=Presence.ABSENT).exists()
        is_told = (is_meant and is_drift) or is_missing or is_stranger or is_held_back
        rows = self.sandbox.store.with_emails(self.meeting.webex_id, [person.webex_key])
        # Only the host, and a form that does not accept by itself, leave people for the host to decide about.
        may_be_pending = not self.is_accepting or person.webex_key in self.once_touched_by_host
        if is_told or is_as_decided(person, rows, ours=self.witness.ours, may_be_pending=may_be_pending):
            return []
        return [f"{person.webex_key} {person.decision} {person.presence}: {rows}"]
