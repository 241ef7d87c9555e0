"""Very many submissions, made in the database itself out of a few."""

from datetime import timedelta
from itertools import product
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from registration.models import Answer, Mail, Meeting, Option, Question, Submission
from registration.states import Decision, Presence, WebexStatus

MEETINGS = 20

SETTLED: tuple[tuple[Decision, Presence, str], ...] = (
    # As most are, so four times.
    *[(Decision.APPROVED, Presence.REGISTERED, WebexStatus.APPROVED)] * 4,
    # Left to the host.
    (Decision.APPROVED, Presence.REGISTERED, WebexStatus.PENDING),
    (Decision.APPROVED, Presence.REGISTERED, WebexStatus.REJECTED),
    (Decision.DECLINED, Presence.REGISTERED, WebexStatus.REJECTED),
    (Decision.DECLINED, Presence.ABSENT, ""),
    (Decision.CANCELLED, Presence.ABSENT, ""),
    (Decision.WAITING, Presence.ABSENT, ""),
    (Decision.WAITLISTED, Presence.ABSENT, ""),
    (Decision.WAITING, Presence.REGISTERED, WebexStatus.PENDING),
)
"""About whom nothing is to be done."""


def approved_people(count: int) -> None:
    """So many approved people of the one meeting there is, not sent yet, with an answer to each of its questions."""
    meeting = Meeting.objects.get()
    first = _submission(meeting, 0, decision=Decision.APPROVED)
    multiply(count)
    for question in meeting.questions.all():
        option = question.options.first()
        Answer.objects.create(
            submission=first,
            question=question,
            option=option,
            question_text=question.text,
            text=option.text if option else "A text",
            position=question.position,
        )
    _give_everybody_the_answers_of(first)
    tidy_up()


def owners(meeting: Meeting, count: int) -> list[str]:
    """So many people who wait for review, with every field and answers to all of the meeting's questions.

    Returns the paths of their own pages.
    """
    filled = dict.fromkeys(meeting.shown_fields, "12 St James’s Square")
    questions = [(question, _answered(question)) for question in meeting.questions.all()]
    people = Submission.objects.bulk_create(
        [
            Submission(
                meeting=meeting,
                first_name="Ada",
                last_name="Lovelace",
                email=f"Person{number}@Example.com",
                email_key=f"person{number}@example.com",
                submitted_at=timezone.now(),
                **filled,
            )
            for number in range(count)
        ],
        batch_size=1000,
    )
    Answer.objects.bulk_create(
        (
            Answer(
                submission=person,
                question=question,
                option=option,
                question_text=question.text,
                text=option.text if option else "What an engine can do, and what it cannot",
                position=question.position,
            )
            for person in people
            for question, options in questions
            for option in options
        ),
        batch_size=1000,
    )
    tidy_up()
    return [person.get_absolute_url() for person in people]


def _answered(question: Question) -> list[Option | None]:
    """What is chosen, two of a group of check boxes; nothing for a text."""
    options: list[Option | None] = list(question.options.all())
    return options[: 2 if question.type == Question.Type.CHECKBOX else 1] or [None]


def settled_people(count: int) -> None:
    """So many people in twenty meetings to come, in every settled state, side by side."""
    meetings = [meeting_to_come(number) for number in range(MEETINGS)]
    now = timezone.now()
    for number, (meeting, (decision, presence, status)) in enumerate(product(meetings, SETTLED)):
        is_there = presence is Presence.REGISTERED
        _submission(
            meeting,
            number,
            decision=decision,
            decided_at=now - timedelta(days=3),
            in_line_since=now - timedelta(days=4) if decision is Decision.WAITLISTED else None,
            presence=presence,
            presence_at=now - timedelta(days=2) if is_there else None,
            sent_at=now - timedelta(days=2) if is_there else None,
            sent_email=f"template{number}@example.com" if is_there else "",
            registrant_id=f"registrant-{number}" if is_there else "",
            webex_status=status,
            webex_status_at=now - timedelta(days=2) if is_there else None,
        )
    multiply(count)
    tidy_up()


def people_to_export(count: int) -> None:
    """The same people, each with an answer to their meeting's question."""
    settled_people(count)
    Question.objects.bulk_create(
        Question(meeting=meeting, text="What do you hope to see?", type=Question.Type.SINGLE_LINE)
        for meeting in Meeting.objects.all()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO registration_answer (submission_id, question_id, question_text, text, position)
            SELECT submission.id, question.id, question.text, 'What an engine can do, and what it cannot', 0
            FROM registration_submission AS submission
            JOIN registration_question AS question ON question.meeting_id = submission.meeting_id
            """
        )
    tidy_up()


def waiting_mails(count: int) -> None:
    """So many people of one meeting, each with a mail that waits: that they are approved, with a calendar file."""
    _submission(meeting_to_come(0), 0, decision=Decision.APPROVED)
    multiply(count)
    now = timezone.now()
    people = Submission.objects.order_by("pk").values_list("pk", flat=True)
    Mail.objects.bulk_create(
        (Mail(submission_id=pk, kind=Mail.Kind.APPROVED, queued_at=now, due_at=now) for pk in people.iterator()),
        batch_size=1000,
    )
    tidy_up()


def meeting_to_come(number: int, *, days: int = 10) -> Meeting:
    """A published meeting in so many days and ``number`` more."""
    start_at = timezone.now() + timedelta(days=days + number)
    return Meeting.objects.create(
        slug=f"meeting-{number}",
        title=f"Meeting {number}",
        start_at=start_at,
        end_at=start_at + timedelta(hours=1),
        webex_id=f"{number:032x}",
        is_published=True,
    )


def _submission(meeting: Meeting, number: int, **states: Any) -> Submission:
    return Submission.objects.create(
        meeting=meeting,
        first_name="Ada",
        last_name="Template",
        company_name="Company",
        email=f"Template{number}@Example.com",
        submitted_at=timezone.now() - timedelta(days=4),
        **states,
    )


def multiply(count: int, **more: str) -> None:
    """Copy the submissions that are there, in turns, until there are ``count``: in one statement, as one reads them.

    ``more``: the SQL of columns that differ with ``n``, the number of the copy.
    """
    templates = Submission.objects.count()
    fields = _columns(Submission)
    own = {
        "reference": "CAST(n AS varchar(9))",
        # As long as a real one, or no address could be made of it.
        "token": f"SUBSTR('{'x' * 43}', 1, 43 - LENGTH(CAST(n AS varchar(9)))) || n",
        "last_name": "'Number ' || n",
        "email": "'Person' || n || '@Example.com'",
        "email_key": "'person' || n || '@example.com'",
        "registrant_id": "CASE WHEN registrant_id = '' THEN '' ELSE 'registrant-' || n END",
        "sent_email": "CASE WHEN sent_email = '' THEN '' ELSE 'Person' || n || '@Example.com' END",
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE series(n) AS (
                SELECT {templates + 1} UNION ALL SELECT n + 1 FROM series WHERE n < {count}
            ),
            template AS (
                SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM registration_submission
            )
            INSERT INTO registration_submission ({", ".join(fields)})
            SELECT {", ".join(own.get(name, name) for name in fields)}
            FROM series JOIN template ON template.place = n % {templates} ORDER BY n
            """
        )
    assert Submission.objects.count() == count


def _give_everybody_the_answers_of(first: Submission) -> None:
    fields = _columns(Answer)
    selected = ["submission.id" if name == "submission_id" else f"template.{name}" for name in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO registration_answer ({", ".join(fields)})
            SELECT {", ".join(selected)} FROM registration_answer AS template, registration_submission AS submission
            WHERE submission.id <> {first.pk} ORDER BY submission.id, template.id
            """
        )


def _columns(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.local_concrete_fields if not field.primary_key]


def tidy_up() -> None:
    """As autovacuum and a checkpoint leave a database that nobody has written to for some minutes. SQLite is left as
    Django leaves it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
