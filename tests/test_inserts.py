"""Inserting rows with statements that are written once."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from registration.models import Answer, Mail, Meeting, SecondSignUp, Submission
from registration.models.inserts import Rows, insert, insert_all, new_key
from registration.models.submission import new_reference, new_token
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 26, 12, 30, 1, 234567, tzinfo=UTC)


def person(meeting: Meeting, number: int) -> Submission:
    return Submission(
        meeting=meeting,
        reference=new_reference(),
        token=new_token(),
        submitted_at=NOW,
        first_name="‮Ann 😀",
        last_name='O\'Neill "x" %s',
        email=f"Ann{number}@example.com",
        email_key=f"ann{number}@example.com",
    )


def stored(pk: int) -> dict[str, object]:
    own = {"id", "reference", "token", "email", "email_key"}
    return {name: value for name, value in Submission.objects.values().get(pk=pk).items() if name not in own}


def test_rows_are_stored_as_django_stores_them(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    meeting = MeetingFactory()
    of_django, ours = person(meeting, 1), person(meeting, 2)
    Submission.objects.bulk_create([of_django])
    with django_assert_num_queries(1):
        insert([ours])
    assert stored(ours.pk) == stored(of_django.pk)
    ours.first_name = "Anna"
    ours.save()
    assert Submission.objects.get(pk=ours.pk).first_name == "Anna"


def test_several_rows_are_one_statement_and_each_gets_its_own_key(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    submission, question = SubmissionFactory(), QuestionFactory()
    answers = [
        Answer(
            submission=submission, question=question, question_text="Why?", text=f"Because {number}", position=number
        )
        for number in range(3)
    ]
    with django_assert_num_queries(1):
        insert(answers)
    assert {answer.pk: answer.text for answer in answers} == dict(submission.answers.values_list("pk", "text"))


def test_rows_of_several_models_are_inserted_one_after_the_other() -> None:
    submission = SubmissionFactory()
    answers = [Answer(submission=submission, question_text="Why?", text=text) for text in ("a;b", "c")]
    mail = Mail(submission=submission, kind=Mail.Kind.RECEIVED, queued_at=NOW)
    insert(answers)
    insert([mail])
    assert sorted(submission.answers.values_list("pk", "text")) == [(answer.pk, answer.text) for answer in answers]
    assert Mail.objects.get() == mail


def test_no_rows_are_no_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        insert([])


def test_a_row_that_may_not_be_twice_is_refused_or_takes_the_place_of_the_first() -> None:
    first = SecondSignUp(submission=SubmissionFactory(), at=NOW, values={"first_name": "Ann"}, answers=[])
    again = SecondSignUp(submission=first.submission, at=NOW, values={"first_name": "Eve"}, answers=[["Why?", ["So"]]])
    insert([first])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([again])
    insert([again], or_replace_by=("submission_id",))
    assert again.pk == first.pk
    assert list(SecondSignUp.objects.values("values", "answers")) == [
        {"values": {"first_name": "Eve"}, "answers": [["Why?", ["So"]]]}
    ]


def test_what_is_taken_back_leaves_nothing_and_the_rest_stays_also_under_a_key_that_was_known_before() -> None:
    submission, meeting = SubmissionFactory(), MeetingFactory()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {new_key(Submission)}")
        key = cursor.fetchone()[0]
    new, letter = person(meeting, 1), Mail(submission_id=key, kind=Mail.Kind.RECEIVED, queued_at=NOW)
    new.pk = key
    again = SecondSignUp(submission=submission, at=NOW, values={}, answers=[])
    answers = [Answer(submission_id=key, question_text="Why?", text=text) for text in ("a;b %s", "c")]
    with transaction.atomic():
        insert_all(
            [
                Rows([Answer(submission=submission, question_text="Why?", text="So")], is_taken_back=True),
                Rows([again], is_taken_back=True),
                Rows([new]),
                Rows([]),
                Rows(answers),
                Rows([SecondSignUp(submission_id=key, at=NOW, values={}, answers=[])], is_taken_back=True),
                Rows([letter]),
                Rows([Mail(submission=submission, kind=Mail.Kind.KNOWN, queued_at=NOW)], is_taken_back=True),
            ]
        )
    assert (new.pk, new._state.adding, again._state.adding) == (key, False, True)
    assert list(Answer.objects.values_list("pk", "text")) == [(answer.pk, answer.text) for answer in answers]
    assert list(Mail.objects.all()) == [letter]
    assert (list(new.mails.all()), SecondSignUp.objects.count()) == ([letter], 0)
    assert SubmissionFactory().pk > key
