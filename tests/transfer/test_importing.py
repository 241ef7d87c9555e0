"""People of a file become registrations, nobody twice and nobody half."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration.flow import enlist, erase, jobs, release, review
from registration.models import (
    Answer,
    AuditedPerson,
    AuditEntry,
    Job,
    JobPart,
    Mail,
    Meeting,
    Move,
    Question,
    Submission,
)
from registration.transfer import run
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.transfer.files import comma_separated
from tests.transfer.imports import HEADER, ask_for_import, counts, imported, people, undone, uploaded

pytestmark = pytest.mark.django_db

AN_HOUR_AGO = timezone.now() - timedelta(hours=1)


# --- the check --------------------------------------------------------------------------------------------------------


def test_the_check_tells_new_known_twice_and_bad_apart_and_stores_nobody(dana: User) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="known@example.com")
    SubmissionFactory(email="guest0@example.com")
    rows = [*people(2), ["A", "B", "KNOWN@example.com"], ["", "B", "x@example.com"], ["C", "D", "GUEST1@example.com"]]
    job = uploaded(meeting, dana, rows)
    assert (job.state, job.total, job.done) == ("done", 5, 5)
    assert counts(job) == {"new": 2, "known": 1, "twice": 1, "bad": 1}
    assert [(row.number, row.outcome, row.email_key, row.problems) for row in job.rows.order_by("number")] == [
        (2, "new", "guest0@example.com", []),
        (3, "new", "guest1@example.com", []),
        (4, "known", "", []),
        (5, "bad", "", [["First name", "", "Enter your first name"]]),
        (6, "twice", "", []),
    ]
    assert meeting.submissions.count() == 1


def test_a_file_that_breaks_off_on_the_way_stores_no_row(dana: User) -> None:
    content = comma_separated([HEADER, *people(3)]) + b'"a,b\n'
    job = jobs.prepare(meeting=MeetingFactory(), by=dana, content=[content], file="x.csv")
    jobs.ask(job, Job.Work.CHECK, after=jobs.CHECKABLE, mapping=["first_name", "last_name", "email"])
    run.run(job.pk)
    job.refresh_from_db()
    words = "Line 5 cannot be read as CSV: is a quotation mark not closed, or a cell very long?"
    assert (job.state, job.failure, job.rows.count()) == ("failed", words, 0)


def test_columns_can_be_changed_and_the_rows_are_checked_anew(dana: User) -> None:
    job = uploaded(MeetingFactory(), dana, people(2))
    assert jobs.ask(job, Job.Work.CHECK, after=jobs.CHECKABLE, mapping=["last_name", "first_name", "email"])
    run.run(job.pk)
    assert list(job.rows.order_by("number").values_list("values__last_name", flat=True)) == ["First0", "First1"]


# --- the import -------------------------------------------------------------------------------------------------------


def test_everything_of_a_person_is_imported(dana: User) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, text="Colours?", type=Question.Type.CHECKBOX, options=["Red", "Blue"])
    job = uploaded(meeting, dana, [["Zoë", "علي", "Zoe@Example.com", "red; blue"]], header=[*HEADER, "Colours?"])
    ask_for_import(job)
    run.run(job.pk)
    person = Submission.objects.get()
    assert (person.first_name, person.last_name, person.email, person.email_key, person.decision, person.language) == (
        "Zoë", "علي", "Zoe@Example.com", "zoe@example.com", "waiting", "en",
    )  # fmt: skip
    assert list(Answer.objects.values_list("question", "option__text", "question_text", "text", "position")) == [
        (question.pk, "Red", "Colours?", "Red", 0),
        (question.pk, "Blue", "Colours?", "Blue", 1),
    ]
    assert not Mail.objects.exists() and not Move.objects.exists()
    entry = AuditEntry.objects.get(action="imported")
    assert (entry.by, entry.action, entry.meeting, entry.count, entry.note) == (
        dana, "imported", meeting, 1, "people.csv",
    )  # fmt: skip
    assert list(AuditedPerson.objects.values_list("entry", "submission", "after")) == [(entry.pk, person.pk, "waiting")]
    assert len({person.token, person.reference}) == 2


def test_nothing_of_the_people_is_kept_in_the_job_once_it_is_over(dana: User) -> None:
    job = imported(MeetingFactory(), dana, [*people(2), ["", "Secret", "x"]])
    assert not JobPart.objects.exists()
    assert list(job.rows.values_list("email_key", "values", "answers", "problems").distinct()) == [("", {}, [], [])]


@pytest.mark.parametrize(
    ("decision", "mails", "portal_writes", "kinds"),
    [
        ("waiting", False, True, []),
        ("waiting", True, True, ["received"]),
        ("approved", False, True, []),
        ("approved", True, True, ["approved"]),
        ("approved", True, False, []),
    ],
)
def test_staff_choose_the_decision_and_whether_people_are_told(
    dana: User, decision: str, mails: bool, portal_writes: bool, kinds: list[str]
) -> None:
    meeting = MeetingFactory(send_email=not portal_writes, confirms_address=True)
    imported(meeting, dana, people(1), decision=decision, mails=mails)
    person = Submission.objects.get()
    assert (person.decision, person.confirm_by) == (decision, None)
    assert list(Mail.objects.values_list("kind", flat=True)) == kinds
    moves = [("waiting", "approved", dana.pk)] if decision == "approved" else []
    assert list(Move.objects.values_list("before", "after", "by")) == moves


def test_where_decisions_are_held_an_approval_waits_and_nobody_is_told_of_it(dana: User) -> None:
    meeting = MeetingFactory(holds_decisions=True, send_email=False)
    imported(meeting, dana, people(1), decision="approved", mails=True)
    person = Submission.objects.get()
    assert (person.decision, person.held_decision, person.held_by) == ("waiting", "approved", dana)
    assert list(Mail.objects.values_list("kind", flat=True)) == ["received"]
    assert not Move.objects.exists()
    assert AuditedPerson.objects.get().after == "waiting"


def test_whose_approval_is_held_is_removed_again_and_who_was_released_or_decided_anew_is_not(dana: User) -> None:
    meeting = MeetingFactory(holds_decisions=True, send_email=False)
    job = imported(meeting, dana, people(3), decision="approved")
    released, anew, _left = Submission.objects.order_by("pk")
    now = timezone.now()
    release.release(Submission.objects.filter(pk=released.pk), by=dana, at=now, seen_at=now)
    review.decline(Submission.objects.filter(pk=anew.pk), by=dana, reason="Full")
    undone(job)
    assert list(Submission.objects.order_by("pk").values_list("pk", flat=True)) == [released.pk, anew.pk]


@pytest.mark.parametrize("decision", ["waiting", "approved"])
def test_who_finds_no_place_goes_on_the_waiting_list(
    dana: User, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    meeting = MeetingFactory(capacity=4, waiting_list="at_once")
    SubmissionFactory(meeting=meeting)
    assert enlist.without_place(meeting, 5) == 2
    job = imported(meeting, dana, people(5), decision=decision, mails=True)
    found = meeting.submissions.filter(first_name__startswith="First").order_by("pk")
    assert list(found.values_list("decision", flat=True)) == [*[decision] * 3, *["waitlisted"] * 2]
    assert Mail.objects.filter(kind="waitlisted").count() == 2
    assert job.result["overbooked"] == 0


def test_without_a_waiting_list_it_is_said_how_many_are_too_many(dana: User) -> None:
    meeting = MeetingFactory(capacity=1)
    job = imported(meeting, dana, people(3))
    assert (meeting.submissions.filter(decision="waiting").count(), job.result["overbooked"]) == (3, 2)


def test_the_same_file_twice_registers_nobody_twice(dana: User) -> None:
    meeting = MeetingFactory()
    first, second = uploaded(meeting, dana, people(3)), uploaded(meeting, dana, people(3))
    for job in (first, second):
        ask_for_import(job)
        run.run(job.pk)
    assert (counts(first), counts(second)) == ({"imported": 3}, {"known": 3})
    assert meeting.submissions.count() == 3
    assert counts(uploaded(meeting, dana, people(3))) == {"known": 3}


def test_a_double_click_asks_once(dana: User) -> None:
    job = uploaded(MeetingFactory(), dana, people(1))
    other = Job.objects.get(pk=job.pk)
    ask_for_import(job)
    assert not jobs.ask(other, Job.Work.IMPORT, after=jobs.IMPORTABLE, decision="approved")
    assert run.run(job.pk)
    assert not run.run(job.pk)
    assert Submission.objects.get().decision == "waiting"


def test_whoever_signs_up_meanwhile_is_known(dana: User) -> None:
    meeting = MeetingFactory()
    job = uploaded(meeting, dana, people(2))
    SubmissionFactory(meeting=meeting, email="guest1@example.com", first_name="Own")
    ask_for_import(job)
    run.run(job.pk)
    assert counts(job) == {"imported": 1, "known": 1}
    assert meeting.submissions.get(email_key="guest1@example.com").first_name == "Own"


def test_who_was_erased_after_the_check_is_not_imported(dana: User) -> None:
    meeting = MeetingFactory()
    job = uploaded(meeting, dana, people(2))
    person = SubmissionFactory(meeting=meeting, email="guest1@example.com")
    erase.ask(Submission.objects.filter(pk=person.pk), at=timezone.now())
    ask_for_import(job)
    run.run(job.pk)
    assert list(meeting.submissions.exclude(pk=person.pk).values_list("email_key", flat=True)) == ["guest0@example.com"]


def test_a_question_that_is_deleted_on_the_way_leaves_its_words(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 1)
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, text="Why?")
    job = uploaded(meeting, dana, [[*person, "so"] for person in people(2)], header=[*HEADER, "Why?"])
    ask_for_import(job)
    taken = jobs.take(job.pk, at=timezone.now())
    assert taken is not None
    enlist._enlist_some(taken, done=0)
    question.delete()
    enlist.enlist(taken)
    assert counts(job) == {"imported": 2}
    answers = [(answer.question, answer.question_text, answer.text) for answer in Answer.objects.all()]
    assert answers == [(None, "Why?", "so")] * 2


# --- what becomes of the meeting while the job waits ------------------------------------------------------------------


CANCELLED = "This meeting has been cancelled: nobody can be imported."
OVER = "This meeting is over: nobody can be imported."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_cancelled": True}, CANCELLED),
        ({"start_at": AN_HOUR_AGO, "end_at": AN_HOUR_AGO}, OVER),
        ({"city_use": "required"}, "The form has changed since the rows were checked: check them again."),
    ],
    ids=["cancelled", "over", "another form"],
)
def test_nobody_is_imported_where_that_is_no_longer_possible_once_the_job_begins(
    dana: User, changes: dict[str, Any], words: str
) -> None:
    meeting = MeetingFactory()
    job = uploaded(meeting, dana, people(2))
    ask_for_import(job, decision="approved", mails=True)
    Meeting.objects.update(**changes)
    assert run.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure, job.done, counts(job)) == ("failed", words, 0, {"new": 2})
    assert (meeting.submissions.count(), Mail.objects.count()) == (0, 0)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["added"]


def test_a_meeting_that_is_cancelled_on_the_way_keeps_who_was_imported(
    dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 2)
    meeting = MeetingFactory()
    job = uploaded(meeting, dana, people(3))
    ask_for_import(job)
    taken = jobs.take(job.pk, at=timezone.now())
    assert taken is not None
    enlist._enlist_some(taken, done=0)
    Meeting.objects.update(is_cancelled=True)
    with pytest.raises(jobs.Failed, match=CANCELLED):
        enlist.enlist(taken)
    assert counts(job) == {"imported": 2, "new": 1}
    taken.fail(CANCELLED)
    undone(job)
    assert (counts(job), meeting.submissions.count()) == ({"removed": 2, "new": 1}, 0)
