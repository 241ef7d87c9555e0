"""What a stranger can tell about who is registered: nothing, by what the portal answers or by the work it does.

``make bench BENCH=strangers`` measures that the time is the same, too.
"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registration.models import Meeting, SecondSignUp, Submission
from registration.states import Decision
from tests.cast import SubmissionFactory
from tests.pages import sign_up
from tests.strangers import FORMS, answers, launch

VALUES = re.compile(r"'[^']*'|\"s\d+_x\d+\"| ?-?\b\d+\b")
WRITTEN = re.compile(r'\b(?:INSERT INTO|UPDATE) "(\w+)"')


def statements(client: Client, meeting: Meeting, email: str, form: dict[str, str]) -> list[str]:
    """What the database is asked for one sign-up, without the values."""
    with CaptureQueriesContext(connection) as captured:
        assert sign_up(client, meeting, email=email, **form).status_code == 302
    return [VALUES.sub("?", query["sql"]) for query in captured.captured_queries]


def written(asked: list[str]) -> set[str]:
    """The tables that rows are written to."""
    return set(WRITTEN.findall(" ".join(asked)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("approval", "questions"), FORMS)
def test_a_known_address_is_the_same_work_whatever_was_decided_and_about_that_of_a_new_one(
    client: Client, approval: str, questions: int
) -> None:
    meeting = launch(approval, questions=questions)
    form = answers(meeting)
    statements(client, meeting, "first@example.com", form)
    new = statements(client, meeting, "new@example.com", form)
    known = {}
    for decision in Decision:
        SubmissionFactory(meeting=meeting, email=f"{decision}@example.com", decision=decision)
        known[decision] = statements(client, meeting, f"{decision}@example.com", form)
    assert known == dict.fromkeys(Decision, known[Decision.WAITING])
    # To store answers takes as long as to keep a second sign-up.
    instead = {"registration_secondsignup"} if questions and approval == "manual" else set()
    assert written(known[Decision.WAITING]) - written(new) == instead
    assert written(new) <= written(known[Decision.WAITING])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("approval", Meeting.Approval.values)
def test_the_same_form_sent_twice_is_as_much_work_whether_the_address_was_known_before_or_not(
    client: Client, approval: str
) -> None:
    """Or whoever sends it a second time would learn what the first time did not tell."""
    meeting = launch(approval)
    form = answers(meeting)
    SubmissionFactory(meeting=meeting, email="known@example.com")
    for name in ("first", "new", "known"):
        statements(client, meeting, f"{name}@example.com", form)
    new, known = (statements(client, meeting, f"{name}@example.com", form) for name in ("new", "known"))
    assert written(known) == written(new) != set()


@pytest.mark.django_db
def test_the_work_that_is_done_for_the_times_sake_leaves_nothing_behind(client: Client) -> None:
    meeting = launch("automatic")
    known = SubmissionFactory(meeting=meeting, email="ann@example.com", decision=Decision.DECLINED)
    assert sign_up(client, meeting, **answers(meeting)).status_code == 302
    stored = Submission.objects.values_list("pk", "decision", "first_name").get()
    assert stored == (known.pk, Decision.DECLINED, known.first_name)
    assert (known.answers.count(), known.moves.count(), SecondSignUp.objects.count()) == (0, 0, 1)
