"""A sign-up: stored whole or not at all, decided by rule or at once, once for each person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from registration import mail as mails
from registration.errors import RegistrationClosed
from registration.flow import submit
from registration.flow.submit import Answers
from registration.models import Answer, Mail, Meeting, Move, SecondSignUp, Submission
from registration.states import Decision, Presence
from tests.at_once import at_once, database_for_threads
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import delivered, written

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ANN = {"first_name": "Ann", "last_name": "Lee", "email": "Ann@Example.com"}


def meeting_with(**facts: Any) -> Meeting:
    return MeetingFactory(**{"start_at": NOW + timedelta(days=1)} | facts)


def register(meeting: Meeting, answers: Answers = (), *, now: datetime = NOW, **values: str) -> Submission:
    pk = submit.register(meeting, values=ANN | values, answers=answers, language="en", now=now)
    return Submission.objects.get(pk=pk)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"is_published": False}, "Registration for this meeting is closed"),
        ({"closes_at": NOW}, "Registration for this meeting is closed"),
        ({"capacity": 0}, "All places are taken"),
        ({"start_at": NOW - HOUR, "end_at": NOW}, "This meeting is over"),
        ({"opens_at": NOW + HOUR}, "Registration opens on Tuesday, 1 December 2026, 14:00 (Europe/Berlin)"),
        ({"is_cancelled": True}, "This meeting has been cancelled"),
    ],
)
def test_nothing_is_stored_or_mailed_where_registration_is_not_open(facts: dict[str, Any], words: str) -> None:
    meeting = meeting_with(**facts)
    with pytest.raises(RegistrationClosed) as refusal:
        register(meeting)
    assert (refusal.value.words, Submission.objects.count(), written()) == (words, 0, [])


# --- what is stored ----------------------------------------------------------------------------------------------


def test_a_sign_up_is_stored_with_everything_that_was_given() -> None:
    meeting = meeting_with(shows_all=True)
    given = ANN | {
        "job_title": "Engineer",
        "company_name": "Acme",
        "address1": "1 Main Street",
        "address2": "Floor 2",
        "city": "Bonn",
        "state": "NRW",
        "zip_code": "01234",
        "country_region": "Germany",
        "work_phone": "+49 30 901820",
        "fax": "030 901821",
    }
    stored = Submission.objects.get(pk=submit.register(meeting, values=given, answers=(), language="de", now=NOW))
    assert {name: getattr(stored, name) for name in given} == given
    assert (stored.meeting, stored.email_key, stored.language, stored.submitted_at) == (
        meeting,
        "ann@example.com",
        "de",
        NOW,
    )
    assert (stored.decision, stored.decided_at, stored.presence) == (Decision.WAITING, None, Presence.ABSENT)


def test_answers_keep_the_words_of_question_and_option_as_they_were() -> None:
    meeting = meeting_with()
    colour = QuestionFactory(meeting=meeting, text="Colour?", type="checkbox", options=["Red", "Green"])
    why = QuestionFactory(meeting=meeting, text="Why?")
    red, green = colour.options.all()
    submission = register(meeting, [(colour, [(red, "Red"), (green, "Green")]), (why, [(None, "Because")])])
    colour.text, red.text = "Hue?", "Crimson"
    colour.save()
    red.save()
    green.delete()
    rows = submission.answers.values_list("question_text", "text", "question", "option", "position")
    assert list(rows) == [
        ("Colour?", "Red", colour.pk, red.pk, 0),
        ("Colour?", "Green", colour.pk, None, 1),
        ("Why?", "Because", why.pk, None, 2),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing_behind() -> None:
    meeting = meeting_with()
    question = QuestionFactory(meeting=meeting)
    of_nobody: Any = [(question, [(None, None)])]
    with pytest.raises(IntegrityError):
        register(meeting, of_nobody)
    assert (Submission.objects.count(), Answer.objects.count(), written()) == (0, 0, [])


@pytest.mark.django_db(transaction=True)
def test_nothing_is_mailed_by_a_sign_up_itself_nor_after_a_rollback() -> None:
    meeting = meeting_with()
    register(meeting)
    with pytest.raises(InterruptedError), transaction.atomic():
        register(meeting, email="bob@example.com")
        raise InterruptedError
    assert mail.outbox == []
    assert ([message.to for message in delivered()], Submission.objects.count()) == ([["Ann@Example.com"]], 1)


def test_a_mail_costs_a_sign_up_one_statement_and_is_due_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = SubmissionFactory()
    with django_assert_num_queries(1):
        mails.write(person.pk, Mail.Kind.RECEIVED, at=NOW)
    assert list(Mail.objects.values_list("submission", "kind", "queued_at", "due_at", "sent_at", "failed_tries")) == [
        (person.pk, "received", NOW, NOW, None, 0)
    ]


# --- once for each person ----------------------------------------------------------------------------------------


KNOWN = "We have your registration already"
TOLD = {
    Decision.CANCELLED: "You are not registered at the moment",
    Decision.DECLINED: "Your registration was declined",
}


@pytest.mark.parametrize("email", ["Ann@Example.com", "ann@example.com", "ANN@EXAMPLE.COM"])
@pytest.mark.parametrize("decision", Decision)
def test_a_known_address_is_not_registered_again_and_nothing_of_it_changes(email: str, decision: Decision) -> None:
    meeting = meeting_with()
    question = QuestionFactory(meeting=meeting)
    known = SubmissionFactory(meeting=meeting, email="ann@example.com", first_name="Ann", decision=decision)
    before = Submission.objects.filter(pk=known.pk).values().get()
    again = register(meeting, [(question, [(None, "Hello")])], email=email, first_name="Mallory")
    assert again == known
    assert list(Submission.objects.values()) == [before]
    assert Answer.objects.count() == 0
    assert [(message.to, message.subject) for message in delivered()] == [
        (["ann@example.com"], f"{TOLD.get(decision, KNOWN)}, {known.reference}: {meeting.title}")
    ]


def test_what_a_known_person_typed_is_kept_the_last_time_only() -> None:
    meeting = meeting_with()
    colours = QuestionFactory(meeting=meeting, text="Colours?", type="checkbox", options=["Red", "Green"])
    why = QuestionFactory(meeting=meeting, text="Why?")
    red, green = colours.options.all()
    register(meeting, [(why, [(None, "Because")])])
    register(meeting, [(why, [(None, "No reason")])], now=NOW + HOUR)
    known = register(meeting, [(colours, [(red, "Red"), (green, "Green")])], now=NOW + 2 * HOUR, last_name="Leigh")
    assert list(SecondSignUp.objects.values("submission", "at", "values", "answers")) == [
        {
            "submission": known.pk,
            "at": NOW + 2 * HOUR,
            "values": ANN | {"last_name": "Leigh"},
            "answers": [["Colours?", ["Red", "Green"]]],
        }
    ]
    assert [answer.text for answer in known.answers.all()] == ["Because"]


def test_the_same_person_may_register_for_another_meeting() -> None:
    first, second = register(meeting_with()), register(meeting_with())
    assert first.meeting != second.meeting
    assert Submission.objects.count() == 2


def test_a_stranger_does_not_learn_from_a_full_meeting_who_has_a_place() -> None:
    meeting = meeting_with(capacity=1)
    SubmissionFactory(meeting=meeting, email="ann@example.com", first_name="Ann", last_name="Lee", submitted_at=NOW)
    for email in ("ann@example.com", "bob@example.com"):
        with pytest.raises(RegistrationClosed):
            register(meeting, email=email, first_name="Mallory")


def test_a_double_click_that_took_the_last_place_is_no_refusal() -> None:
    meeting = meeting_with(capacity=1)
    first = register(meeting)
    assert register(meeting, now=NOW + timedelta(seconds=2)) == first
    with pytest.raises(RegistrationClosed):
        register(meeting, now=NOW + timedelta(minutes=2))


def test_a_double_click_sends_no_second_mail() -> None:
    meeting = meeting_with()
    question = QuestionFactory(meeting=meeting, type="checkbox", options=["Red", "Green"])
    red, green = question.options.all()
    answers = [(question, [(red, "Red"), (green, "Green")])]

    def kinds(answers: Answers = answers, *, seconds: int, **values: str) -> list[str]:
        Mail.objects.all().delete()
        register(meeting, answers, now=NOW + timedelta(seconds=seconds), **values)
        return [kind for _email, kind in written()]

    assert kinds(seconds=0) == ["received"]
    assert kinds(seconds=1) == []
    assert kinds(seconds=59) == []
    # Whoever mends something is told that nothing of it was kept; and so is everybody who comes back later.
    assert kinds(seconds=2, last_name="Leigh") == ["known"]
    assert kinds([(question, [(green, "Green")])], seconds=2) == ["known"]
    assert kinds([], seconds=2) == ["known"]
    assert kinds(seconds=60) == ["known"]


@pytest.mark.parametrize(("forms", "mails"), [("aa", 1), ("ab", 2), ("aba", 3), ("abb", 2)])
def test_an_address_that_was_known_before_causes_as_many_mails_as_a_new_one(forms: str, mails: int) -> None:
    """Mails count towards a client's limit: whoever reaches it could read from it who was registered."""
    meeting = meeting_with()
    question = QuestionFactory(meeting=meeting)
    SubmissionFactory(meeting=meeting, email="known@example.com", submitted_at=NOW - HOUR)
    for email in ("new@example.com", "known@example.com"):
        for second, answer in enumerate(forms):
            register(meeting, [(question, [(None, answer)])], now=NOW + timedelta(seconds=second), email=email)
    assert [Mail.objects.filter(submission__email=f"{who}@example.com").count() for who in ("new", "known")] == [
        mails,
        mails,
    ]


@pytest.fixture
def threads_may_write(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads can write to at the same moment."""
    with database_for_threads(tmp_path):
        yield


@pytest.mark.usefixtures("threads_may_write")
def test_sign_ups_of_one_person_at_the_same_moment_make_one_registration() -> None:
    meeting = meeting_with(approval=Meeting.Approval.AUTOMATIC)
    spellings = ["ann@example.com", "Ann@Example.com", "ANN@example.com", "ann@EXAMPLE.com"]
    results = at_once(4, lambda number: register(meeting, email=spellings[number]).pk)
    assert results == [Submission.objects.get().pk] * 4
    assert sorted(kind for _email, kind in written()) == ["known", "known", "known", "received"]
    assert Move.objects.count() == 1


@pytest.mark.usefixtures("threads_may_write")
def test_sign_ups_at_the_same_moment_never_take_more_places_than_there_are() -> None:
    meeting = meeting_with(capacity=3)

    def gets_a_place(number: int) -> bool:
        try:
            register(meeting, email=f"person{number}@example.com")
        except RegistrationClosed:
            return False
        return True

    assert sorted(at_once(8, gets_a_place)) == [False] * 5 + [True] * 3
    assert Submission.objects.count() == 3


# --- who decides -------------------------------------------------------------------------------------------------


def test_automatic_approval_approves_at_once_and_writes_it_down() -> None:
    submission = register(meeting_with(approval=Meeting.Approval.AUTOMATIC))
    stored = Submission.objects.get(pk=submission.pk)
    assert (stored.decision, stored.decided_at, stored.decision_reason) == (Decision.APPROVED, NOW, "")
    move = stored.moves.get()
    assert (move.before, move.after, move.at, move.by, move.reason) == ("waiting", "approved", NOW, None, "")


@pytest.mark.parametrize(
    ("email", "decision"),
    [
        ("ann@example.com", Decision.APPROVED),
        ("ann@spam.example", Decision.DECLINED),
        ("ann@elsewhere.org", Decision.WAITING),
    ],
)
def test_rules_approve_or_decline_and_leave_the_others_to_a_person(email: str, decision: Decision) -> None:
    meeting = meeting_with(approval=Meeting.Approval.RULES)
    ApprovalRuleFactory(meeting=meeting, order=2, value="ann", condition="beginsWith", field="last_name")
    approving = ApprovalRuleFactory(meeting=meeting, order=1, value="@EXAMPLE.com")
    declining = ApprovalRuleFactory(meeting=meeting, order=0, value="@spam.example", result="reject")
    words = {Decision.APPROVED: str(approving), Decision.DECLINED: str(declining), Decision.WAITING: ""}[decision]
    stored = Submission.objects.get(pk=register(meeting, email=email).pk)
    assert (stored.decision, stored.decision_reason) == (decision, words)


def test_rules_are_left_alone_where_people_review() -> None:
    meeting = meeting_with(approval=Meeting.Approval.MANUAL)
    ApprovalRuleFactory(meeting=meeting, value="@example.com")
    assert register(meeting).decision == Decision.WAITING


def test_a_rule_looks_at_the_answers_to_its_question() -> None:
    meeting = meeting_with(approval=Meeting.Approval.RULES)
    colour = QuestionFactory(meeting=meeting, type="checkbox", options=["Red", "Green"])
    ApprovalRuleFactory(meeting=meeting, field="", question=colour, condition="equals", value="green")
    red, green = colour.options.all()
    both = register(meeting, [(colour, [(red, "Red"), (green, "Green")])], email="both@example.com")
    one = register(meeting, [(colour, [(red, "Red")])], email="one@example.com")
    none = register(meeting, email="none@example.com")
    assert [person.decision for person in (both, one, none)] == [Decision.APPROVED, Decision.WAITING, Decision.WAITING]


def test_a_rule_about_something_that_is_not_asked_decides_nothing() -> None:
    meeting = meeting_with(approval=Meeting.Approval.RULES)
    retired = QuestionFactory(meeting=meeting, is_retired=True)
    ApprovalRuleFactory(meeting=meeting, field="", question=retired, condition="notEquals", value="x", result="reject")
    ApprovalRuleFactory(meeting=meeting, field="city", condition="notEquals", value="Bonn", result="reject")
    assert register(meeting).decision == Decision.WAITING
    meeting.city_use = "optional"
    meeting.save()
    assert register(meeting, email="bob@example.com").decision == Decision.DECLINED


def test_the_words_of_a_very_long_rule_are_cut_to_what_a_reason_holds() -> None:
    meeting = meeting_with(approval=Meeting.Approval.RULES)
    question = QuestionFactory(meeting=meeting, text="q" * 500)
    ApprovalRuleFactory(meeting=meeting, field="", question=question, condition="notEquals", value="v" * 500)
    assert len(register(meeting).decision_reason) == 1000


@pytest.mark.parametrize("approval", Meeting.Approval)
def test_a_sign_up_takes_as_many_queries_whatever_the_size(approval: Meeting.Approval) -> None:
    def queries(size: int) -> list[int]:
        meeting = meeting_with(approval=approval, capacity=100)
        answers: Answers = [
            (question, [(None, "x")]) for question in QuestionFactory.create_batch(size, meeting=meeting)
        ]
        ApprovalRuleFactory.create_batch(size, meeting=meeting, value="@example.com")
        SubmissionFactory.create_batch(size, meeting=meeting)
        counts = []
        # A new address, the very same form again, and the address with another name.
        for first_name in ("Ann", "Ann", "Anna"):
            with CaptureQueriesContext(connection) as captured:
                register(meeting, answers, first_name=first_name)
            counts.append(len(captured))
        return counts

    assert queries(2) == queries(40)
