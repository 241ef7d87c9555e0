"""The rules decide about the people who wait already, when a person says so."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import wording
from registration.errors import ChangedMeanwhile
from registration.flow import moves, review, rule_application
from registration.flow.rule_application import Plan
from registration.models import Answer, AuditedPerson, AuditEntry, Meeting, Submission
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import written
from tests.undoing import people, undone

pytestmark = pytest.mark.django_db

HOLD = "E-mail address ends with “@hold.example”: hold for review"


@pytest.fixture
def meeting() -> Meeting:
    """Its rules approve, decline and hold, by the end of the address."""
    made: Meeting = MeetingFactory(approval="rules")
    for order, (name, result) in enumerate([("good", "approve"), ("bad", "reject"), ("hold", "hold")]):
        ApprovalRuleFactory(meeting=made, value=f"@{name}.example", result=result, order=order)
    return made


@pytest.fixture
def dana() -> User:
    return User.objects.create_user("dana")


def sign_up(meeting: Meeting, name: str, host: str, **facts: object) -> Submission:
    person: Submission = SubmissionFactory(meeting=meeting, email=f"{name}@{host}.example", **facts)
    return person


def apply(meeting: Meeting, by: User) -> Plan:
    shown = rule_application.plan(meeting).fingerprint
    return rule_application.apply(meeting, shown=shown, by=by, at=timezone.now())


def states() -> dict[str, tuple[str, str]]:
    return {
        person.email.partition("@")[0]: (person.decision, person.decision_reason or person.review_note)
        for person in Submission.objects.all()
    }


@pytest.mark.parametrize(
    ("deeds", "is_for_a_person"),
    [
        ("decline undo", False),
        ("approve undo", False),
        ("decline undo decline undo", False),
        ("decline undo undo undo", False),
        ("decline reopen", True),
        ("decline undo decline reopen", True),
        ("decline reopen decline undo", True),
        ("rule undo", True),
        ("rule undo decline undo", True),
    ],
)
def test_what_staff_decided_and_undid_leaves_people_to_the_rules_as_before(
    meeting: Meeting, dana: User, deeds: str, is_for_a_person: bool
) -> None:
    ann = sign_up(meeting, "ann", "good")
    for deed in deeds.split():
        match deed:
            case "undo":
                assert undone(ann, by=dana) is not None
            case "rule":
                moves.decide(people(ann), to=Decision.DECLINED, at=timezone.now(), reason="A rule.")
            case "decline":
                review.decline(people(ann), by=dana, reason="Full.")
            case _:
                getattr(review, deed)(people(ann), by=dana)
    plan = rule_application.plan(meeting)
    assert (plan.count, plan.for_a_person) == ((0, 1) if is_for_a_person else (1, 0))


def test_whom_a_rule_matches_it_decides_and_everybody_else_is_left_with_the_reason(
    meeting: Meeting, dana: User
) -> None:
    sign_up(meeting, "ann", "good")
    sign_up(meeting, "bob", "bad")
    sign_up(meeting, "cy", "hold")
    sign_up(meeting, "dee", "other")
    sign_up(meeting, "eli", "good", confirm_by=timezone.now())
    sign_up(meeting, "fay", "bad", approved=True)
    sign_up(meeting, "gil", "good", held_decision="declined", held_at=timezone.now())
    put_back = sign_up(meeting, "hal", "good", approved=True)
    review.reopen(Submission.objects.filter(pk=put_back.pk), by=dana)
    sign_up(meeting, "ida", "good", webex_status="rejected")
    held = sign_up(meeting, "jo", "hold")
    moves.hold_for_review(Submission.objects.filter(pk=held.pk), words=HOLD, at=timezone.now())
    freed = sign_up(meeting, "kim", "good")
    moves.hold_for_review(Submission.objects.filter(pk=freed.pk), words="another rule", at=timezone.now())
    sign_up(MeetingFactory(), "lee", "good")
    erased = sign_up(meeting, "mo", "good")
    Submission.objects.filter(pk=erased.pk).update(erase_asked_at=timezone.now())

    plan = rule_application.plan(meeting)
    assert (plan.count, plan.skipped, plan.counts()) == (4, 6, {"approve": 2, "reject": 1, "hold": 1})
    assert (plan.unmatched, plan.held, plan.for_a_person, plan.unconfirmed, plan.decided) == (1, 1, 2, 1, 1)
    before = states()
    done = apply(meeting, dana)

    assert done.counts() == plan.counts()
    changed = {name: state for name, state in states().items() if state != before[name]}
    assert changed == {
        "ann": ("approved", "E-mail address ends with “@good.example”: approve"),
        "kim": ("approved", "E-mail address ends with “@good.example”: approve"),
        "bob": ("declined", "E-mail address ends with “@bad.example”: decline"),
        "cy": ("waiting", HOLD),
    }
    # Nobody to whom Webex writes.
    assert written() == [("bob@bad.example", "declined")]


def test_who_had_it_done_is_in_the_audit_and_to_attendees_it_is_no_reason_of_a_person_s(
    meeting: Meeting, dana: User
) -> None:
    ann, bob, cy = sign_up(meeting, "ann", "good"), sign_up(meeting, "bob", "bad"), sign_up(meeting, "cy", "hold")
    apply(meeting, dana)
    assert [
        (entry.by, entry.action, entry.meeting, entry.submission, entry.note)
        for entry in AuditEntry.objects.order_by("pk")
    ] == [
        (dana, "approved", meeting, ann, "by approval rule 1, for those who waited for review"),
        (dana, "declined", meeting, bob, "by approval rule 2, for those who waited for review"),
        (dana, "noted", meeting, cy, "by approval rule 3, for those who waited for review"),
    ]
    told = list(AuditedPerson.objects.order_by("pk").values_list("submission", "before", "after"))
    assert told == [
        (ann.pk, "waiting", "approved"),
        (bob.pk, "waiting", "declined"),
        (cy.pk, "waiting", "held for review"),
    ]
    bob.refresh_from_db()
    assert (bob.decision, wording.reason(bob)) == ("declined", "")


def test_where_the_portal_writes_whoever_is_approved_is_mailed(meeting: Meeting, dana: User) -> None:
    meeting.send_email = False
    meeting.save()
    sign_up(meeting, "ann", "good")
    apply(meeting, dana)
    assert written() == [("ann@good.example", "approved")]


def test_a_second_time_there_is_nobody(meeting: Meeting, dana: User) -> None:
    for host in ("good", "bad", "hold"):
        sign_up(meeting, "ann", host)
    assert (apply(meeting, dana).count, apply(meeting, dana).count) == (3, 0)


def test_whom_a_rule_on_a_private_question_holds_it_holds_wherever_it_stands(meeting: Meeting, dana: User) -> None:
    question = QuestionFactory(meeting=meeting, is_private=True)
    ApprovalRuleFactory(meeting=meeting, field="", question=question, condition="notEquals", result="hold", order=5)
    sign_up(meeting, "ann", "other")
    assert apply(meeting, dana).count == 1
    meeting.rules.filter(question=question).update(order=0)
    meeting.rules.exclude(question=question).update(order=7)
    plan = rule_application.plan(meeting)
    assert (plan.count, plan.held) == (0, 1)


def test_a_place_that_becomes_free_goes_to_the_first_in_line(
    meeting: Meeting, dana: User, django_capture_on_commit_callbacks: object
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(capacity=1, waiting_list="at_once")
    sign_up(meeting, "bob", "bad")
    sign_up(meeting, "ann", "good", decision=Decision.WAITLISTED)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        apply(meeting, dana)
    assert {name: state for name, (state, _why) in states().items()} == {"bob": "declined", "ann": "approved"}


@pytest.mark.parametrize("change", ["person", "rule", "approval", "decided", "holding"])
def test_nobody_is_decided_about_unseen(meeting: Meeting, dana: User, change: str) -> None:
    ann = sign_up(meeting, "ann", "good")
    shown = rule_application.plan(meeting).fingerprint
    match change:
        case "person":
            sign_up(meeting, "bob", "good")
        case "rule":
            meeting.rules.update(result="reject")
        case "approval":
            Meeting.objects.filter(pk=meeting.pk).update(approval="manual")
        case "decided":
            review.decline(Submission.objects.filter(pk=ann.pk), by=dana, reason="")
        case "holding":
            Meeting.objects.filter(pk=meeting.pk).update(holds_decisions=True)
    before = states(), AuditEntry.objects.count()
    with pytest.raises(ChangedMeanwhile):
        rule_application.apply(meeting, shown=shown, by=dana, at=timezone.now())
    assert (states(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize("size", [2, 20])
def test_as_many_queries_for_twenty_people_as_for_two(meeting: Meeting, dana: User, size: int) -> None:
    question = QuestionFactory(meeting=meeting)
    ApprovalRuleFactory(meeting=meeting, field="", question=question, value="x")
    for number in range(size):
        person = sign_up(meeting, f"ann{number}", "good")
        Answer.objects.create(submission=person, question=question, question_text="?", text="y")
        sign_up(meeting, f"bob{number}", "bad")
        sign_up(meeting, f"cy{number}", "hold")
    with CaptureQueriesContext(connection) as queries:
        plan = rule_application.plan(meeting)
    assert (len(queries), plan.count) == (7, 3 * size)
    with CaptureQueriesContext(connection) as queries:
        rule_application.apply(meeting, shown=plan.fingerprint, by=dana, at=timezone.now())
    assert len(queries) == 49
