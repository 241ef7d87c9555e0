"""Many people: of a meeting in every state that there is, and of many meetings, to see what the database reads."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import product

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from registration.models import Meeting, Submission, UnknownRegistrant
from registration.states import Decision, Presence, WebexStatus
from tests.cast import MeetingFactory, SubmissionFactory


def in_every_state(meeting: Meeting) -> None:
    """One person in each combination of the three states, and more with what is known besides."""
    now = timezone.now()
    for decision, presence, status in product(Decision, Presence, ["", *WebexStatus]):
        SubmissionFactory(meeting=meeting, decision=decision, presence=presence, webex_status=status)
    for decision, presence in product(Decision, Presence):
        SubmissionFactory(meeting=meeting, decision=decision, presence=presence, missing_at=now)
        SubmissionFactory(meeting=meeting, decision=decision, presence=presence, confirm_by=now + timedelta(days=1))
        SubmissionFactory(
            meeting=meeting, decision=decision, presence=presence, held_decision=Decision.APPROVED, held_at=now
        )
        erasing = SubmissionFactory(meeting=meeting, decision=decision, presence=presence)
        Submission.objects.filter(pk=erasing.pk).update(erase_asked_at=now)
    for n, is_ignored in enumerate([False, False, True]):
        UnknownRegistrant.objects.create(
            meeting=meeting,
            registrant_id=f"{meeting.pk}-{n}",
            email=f"stranger{n}@example.com",
            first_name="Only",
            last_name=f"There {n}",
            webex_status="approved",
            is_ignored=is_ignored,
            seen_at=now,
        )


def many_in_many_meetings() -> list[Meeting]:
    """Forty meetings with sixty people each, one in ten of whom waits for review."""
    meetings: list[Meeting] = MeetingFactory.create_batch(40)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for meeting in meetings:
        Submission.objects.bulk_create(
            SubmissionFactory.build(
                meeting=meeting,
                email_key=f"{meeting.pk}-{n}",
                submitted_at=at,
                decision=Decision.APPROVED if n % 10 else Decision.WAITING,
            )
            for n in range(60)
        )
    return meetings


def read_whole(statements: Iterable[str], *models: type[Model]) -> list[str]:
    """The plans of those statements for which PostgreSQL would read the whole table of one of the models."""
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            if any(f"Seq Scan on {model._meta.db_table}" in plan for model in models):
                plans.append(f"{statement}\n{plan}")
    return plans
