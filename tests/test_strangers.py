"""What a stranger can tell about who is registered: nothing, by what the portal answers or by the time it takes."""

import time
from itertools import count
from statistics import median

import pytest
from django.test import Client

from registration.models import Meeting, SecondSignUp, Submission
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.environment import is_on_postgresql
from tests.pages import sign_up

SIGN_UPS = 50
MOST_APART = 0.1
ATTEMPTS = 3

_numbers = count()


KINDS = ("singleLineTextBox", "multiLineTextBox", "dropdownList", "radioButtons", "checkbox")


def launch(approval: str, *, questions: int = len(KINDS)) -> Meeting:
    meeting: Meeting = MeetingFactory(shows_all=True, approval=approval)
    for kind in KINDS[:questions]:
        QuestionFactory(meeting=meeting, type=kind, options=[] if "TextBox" in kind else ["Red", "Green"])
    ApprovalRuleFactory(meeting=meeting)
    return meeting


def answers(meeting: Meeting) -> dict[str, str]:
    questions = meeting.questions.prefetch_related("options")
    return {f"question_{q.pk}": str(q.options.all()[0].pk) if q.has_options else "Because" for q in questions}


def milliseconds(client: Client, meeting: Meeting, data: dict[str, str], email: str) -> float:
    # Of what runs in this process alone, the processor's time: whatever else is at work there takes none of it.
    clock = time.perf_counter if is_on_postgresql else time.process_time
    began = clock()
    response = sign_up(client, meeting, email=email, **data)
    took = (clock() - began) * 1000
    assert response.status_code == 302
    return took


def measured(meeting: Meeting, decisions: list[Decision]) -> dict[str, float]:
    """The medians for new addresses, and for known ones by what was decided about them: taken in turns.

    Each is the first as often as the others: what comes right after people were made finds the machine's caches full of
    that.
    """
    client, data = Client(), answers(meeting)
    times: dict[str, list[float]] = {name: [] for name in ("new", *map(str, decisions))}
    for number in [next(_numbers) for _ in range(SIGN_UPS)]:
        for decision in decisions:
            SubmissionFactory(meeting=meeting, email=f"{decision}{number}@example.com", decision=decision)
        names = list(times)
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(milliseconds(client, meeting, data, f"{name}{number}@example.com"))
    return {name: median(those) for name, those in times.items()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("approval", "questions"), [*((approval, len(KINDS)) for approval in Meeting.Approval.values), ("manual", 0)]
)
def test_a_known_address_takes_as_long_as_a_new_one_whatever_was_decided(approval: str, questions: int) -> None:
    meeting = launch(approval, questions=questions)
    milliseconds(Client(), meeting, answers(meeting), "first@example.com")
    for attempt in range(1, ATTEMPTS + 1):
        medians = measured(meeting, list(Decision))
        new = medians.pop("new")
        if max(abs(known - new) / new for known in medians.values()) <= MOST_APART:
            break
        # Other processes of this machine may have been at work.
        assert attempt < ATTEMPTS, (new, medians)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("approval", Meeting.Approval.values)
def test_the_same_form_sent_twice_takes_as_long_whether_the_address_was_known_before_or_not(approval: str) -> None:
    """Or whoever sends it a second time would learn what the first time did not tell."""
    meeting = launch(approval)
    client, data = Client(), answers(meeting)
    milliseconds(client, meeting, data, "first@example.com")
    for attempt in range(1, ATTEMPTS + 1):
        times: dict[str, list[float]] = {"new": [], "known": []}
        for number in [next(_numbers) for _ in range(SIGN_UPS)]:
            SubmissionFactory(meeting=meeting, email=f"known{number}@example.com")
            for name, those in times.items():
                milliseconds(client, meeting, data, f"{name}{number}@example.com")
                those.append(milliseconds(client, meeting, data, f"{name}{number}@example.com"))
        new, known = (median(those) for those in times.values())
        if abs(known - new) / new <= MOST_APART:
            break
        # Other processes of this machine may have been at work.
        assert attempt < ATTEMPTS, (new, known)


@pytest.mark.django_db
def test_the_work_that_is_done_for_the_times_sake_leaves_nothing_behind(client: Client) -> None:
    meeting = launch("automatic")
    known = SubmissionFactory(meeting=meeting, email="ann@example.com", decision=Decision.DECLINED)
    assert sign_up(client, meeting, **answers(meeting)).status_code == 302
    stored = Submission.objects.values_list("pk", "decision", "first_name").get()
    assert stored == (known.pk, Decision.DECLINED, known.first_name)
    assert (known.answers.count(), known.moves.count(), SecondSignUp.objects.count()) == (0, 0, 1)
