"""Private questions: only whoever manages the meeting sees the answers, and changes them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from registration.flow import review, rule_application
from registration.models import (
    Answer,
    ApprovalRule,
    Meeting,
    Question,
    RoleAssignment,
    SecondSignUp,
    Submission,
    UnknownRegistrant,
)
from registration.roles import Role
from tests.admin.pages import facts, page_of, soup, text
from tests.admin.test_correct import address, filled, preview
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.transfer.files import csv_rows

pytestmark = pytest.mark.django_db

WITHHELD = "private: for managers"


@pytest.fixture
def meeting() -> Meeting:
    return MeetingFactory(approval="rules")


@pytest.fixture
def ann(meeting: Meeting) -> Submission:
    """She answered an open and a private question, and one that is gone."""
    submission: Submission = SubmissionFactory(meeting=meeting, first_name="Ann", last_name="Lee")
    asked = {
        "Colour?": QuestionFactory(meeting=meeting, text="Colour?", webex_id="1"),
        "Health?": QuestionFactory(meeting=meeting, text="Health?", webex_id="2", is_private=True),
        "Gone?": None,
    }
    for position, (words, question) in enumerate(asked.items()):
        for number in (1, 2) if words == "Health?" else (1,):
            given = f"{words}{number}"
            Answer.objects.create(
                submission=submission, question=question, question_text=words, text=given, position=position
            )
    return submission


def signed_in(role: Role, meeting: Meeting) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, meeting=meeting)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_does_not_manage_the_meeting_reads_that_there_is_an_answer(role: Role, ann: Submission) -> None:
    told = facts(signed_in(role, ann.meeting).get(page_of(ann)))
    assert [told[words] for words in ("Colour?", "Health?", "Gone?")] == ["Colour?1", WITHHELD, WITHHELD]


def test_whoever_manages_it_reads_them_all(ann: Submission) -> None:
    told = facts(signed_in(Role.MANAGER, ann.meeting).get(page_of(ann)))
    assert [told[words] for words in ("Colour?", "Health?", "Gone?")] == ["Colour?1", "Health?1 | Health?2", "Gone?1"]


def test_a_manager_of_another_meeting_is_none_of_this(ann: Submission) -> None:
    client = signed_in(Role.VIEWER, ann.meeting)
    RoleAssignment.objects.create(user=User.objects.get(), role=Role.MANAGER, meeting=MeetingFactory())
    assert facts(client.get(page_of(ann)))["Health?"] == WITHHELD


@pytest.mark.parametrize(("role", "is_told"), [(Role.REVIEWER, False), (Role.MANAGER, True)])
def test_what_was_typed_the_second_time_is_withheld_too(role: Role, is_told: bool, ann: Submission) -> None:
    typed = [["Colour?", ["Blue"]], ["Health?", ["Ill"]], ["Asked then?", ["Yes"]]]
    SecondSignUp.objects.create(submission=ann, at=timezone.now(), values={"city": "Bern"}, answers=typed)
    page = soup(signed_in(role, ann.meeting).get(page_of(ann)))
    found = [[text(cell) for cell in row.select("td")] for row in page.select(".second-sign-up tbody tr")]
    both = [WITHHELD, WITHHELD]
    assert found == [
        ["City", "–", "Bern"],
        ["Colour?", "Colour?1", "Blue"],
        ["Health?", *(["Health?1 Health?2", "Ill"] if is_told else both)],
        ["Gone?", *(["Gone?1", "–"] if is_told else both)],
        ["Asked then?", *(["–", "Yes"] if is_told else both)],
    ]


def test_a_reviewer_neither_sees_nor_changes_them_by_correcting(ann: Submission) -> None:
    client = signed_in(Role.REVIEWER, ann.meeting)
    form = client.get(address(ann))
    assert "Health?" not in form.content.decode()
    assert "they stay as they are" in form.content.decode()
    private = Question.objects.get(text="Health?")
    shown = preview(client, ann, first_name="Anne", **{f"question_{private.pk}": "Other"})
    client.post(address(ann), {**filled(shown), f"question_{private.pk}": "Other"})
    ann.refresh_from_db()
    assert ann.first_name == "Anne"
    kept = list(ann.answers.order_by("text").values_list("text", flat=True))
    assert kept == ["Colour?1", "Gone?1", "Health?1", "Health?2"]


def test_a_manager_corrects_them(ann: Submission) -> None:
    client = signed_in(Role.MANAGER, ann.meeting)
    private = Question.objects.get(text="Health?")
    shown = preview(client, ann, **{f"question_{private.pk}": "Other"})
    client.post(address(ann), filled(shown))
    assert list(private.answers.values_list("text", flat=True)) == ["Other"]


@pytest.mark.parametrize(("role", "is_told"), [(Role.REVIEWER, False), (Role.MANAGER, True)])
def test_of_who_is_at_webex_only_they_are_withheld_as_well(role: Role, is_told: bool, ann: Submission) -> None:
    given = [{"questionId": str(number), "answers": [{"answer": f"Answer {number}"}]} for number in (1, 2, 3)]
    person = UnknownRegistrant.objects.create(
        meeting=ann.meeting,
        registrant_id="r",
        email="s@example.com",
        seen_at=timezone.now(),
        details={"answers": given},
    )
    told = facts(signed_in(role, ann.meeting).get(page_of(person)))
    assert told["Colour?"] == "Answer 1"
    assert [told["Health?"], told["Question 3 at Webex"]] == (
        ["Answer 2", "Answer 3"] if is_told else [WITHHELD, WITHHELD]
    )


def test_a_question_is_made_private_on_its_page_and_on_the_meeting_s(as_dana: Client, ann: Submission) -> None:
    question = Question.objects.get(text="Colour?")
    assert soup(as_dana.get(page_of(question))).select_one("[name=is_private]") is not None
    assert soup(as_dana.get(page_of(ann.meeting))).select_one("[name=questions-0-is_private]") is not None


@pytest.mark.parametrize(("role", "is_told"), [(Role.REVIEWER, False), (Role.MANAGER, True)])
def test_the_words_of_a_rule_are_withheld_once_its_question_is_private(
    role: Role, is_told: bool, meeting: Meeting
) -> None:
    question = QuestionFactory(meeting=meeting, text="Any allergy?")
    people = SubmissionFactory.create_batch(3, meeting=meeting)
    for person, given in zip(people, ["peanuts", "peas", "nuts"], strict=True):
        Answer.objects.create(submission=person, question=question, question_text=question.text, text=given)
    _follow(meeting, question, "peanut", "reject")
    _follow(meeting, question, "pea", "hold")
    Meeting.objects.update(holds_decisions=True)
    _follow(meeting, question, "nuts", "reject")
    Question.objects.filter(pk=question.pk).update(is_private=True, text="Allergic?")
    client = signed_in(role, meeting)
    declined, noted, _held = people
    words = [f"Any allergy? contains “{value}”: {done}" for value, done in _RULES] if is_told else [_PRIVATE_RULE] * 3
    by_rule = [f"by the rule “{each}”" for each in words]
    page = client.get(page_of(declined))
    assert facts(page)["Reason"] == by_rule[0]
    assert text(soup(page).select("td.words")[-1]) == by_rule[0]
    review = "/admin/registration/submission/review/{}/"
    reviewed = [text(soup(client.get(review.format(person.pk))).select_one("#content")) for person in (declined, noted)]
    assert [by_rule[0] in reviewed[0], by_rule[1] in reviewed[1]] == [True, True]
    outbox = soup(client.get(f"/admin/registration/meeting/{meeting.pk}/outbox/"))
    assert [text(cell) for cell in outbox.select("td.words[dir=auto]")] == [words[2]]
    export = client.post("/admin/registration/submission/export/", {"format": "csv"})
    header, *found = csv_rows(b"".join(export))
    assert found[0][header.index("Reason")] == words[0]
    assert ("contains" in f"{found}{reviewed}{outbox}") is is_told


@pytest.mark.parametrize(("role", "is_told"), [(Role.REVIEWER, False), (Role.MANAGER, True)])
def test_what_cannot_be_known_to_be_about_a_public_question_is_withheld(
    role: Role, is_told: bool, meeting: Meeting
) -> None:
    """She gave no answer, by which the question could be found under its old words."""
    question = QuestionFactory(meeting=meeting, text="Any allergy?")
    ann = SubmissionFactory(meeting=meeting)
    _follow(meeting, question, "peanut", "reject", condition="notContains")
    Question.objects.update(is_private=True, text="Allergic?")
    words = "Any allergy? does not contain “peanut”: decline"
    told = words if is_told else "rule on a question that is private or was reworded"
    client = signed_in(role, meeting)
    assert facts(client.get(page_of(ann)))["Reason"] == f"by the rule “{told}”"
    assert _exported_reasons(client) == [told]


def test_rules_on_fields_and_public_questions_are_told_to_everybody(meeting: Meeting) -> None:
    QuestionFactory(meeting=meeting, text="First name of a pet", is_private=True)
    colour = QuestionFactory(meeting=meeting, text="Colour?")
    people = [SubmissionFactory(meeting=meeting, first_name="Rival")]
    ApprovalRule.objects.create(
        meeting=meeting, order=1, field="first_name", condition="equals", value="Rival", result="reject"
    )
    _apply(meeting)
    people.append(SubmissionFactory(meeting=meeting))
    _follow(meeting, colour, "red", "reject", condition="notContains")
    client = signed_in(Role.REVIEWER, meeting)
    words = ["First name equals “Rival”: decline", "Colour? does not contain “red”: decline"]
    assert [facts(client.get(page_of(person)))["Reason"] for person in people] == [
        f"by the rule “{each}”" for each in words
    ]
    assert _exported_reasons(client) == words


@pytest.mark.parametrize("holds_decisions", [False, True])
def test_what_staff_wrote_themselves_is_no_rule(holds_decisions: bool, meeting: Meeting) -> None:
    QuestionFactory(meeting=meeting, text="Company", is_private=True)
    Meeting.objects.update(holds_decisions=holds_decisions)
    ann, words = SubmissionFactory(meeting=meeting), "Company contains “too few people” to be let in"
    review.decline(Submission.objects.all(), by=User.objects.create_user("dana"), reason=words)
    client = signed_in(Role.REVIEWER, meeting)
    if holds_decisions:
        outbox = soup(client.get(f"/admin/registration/meeting/{meeting.pk}/outbox/"))
        assert [text(cell) for cell in outbox.select("td.words[dir=auto]")] == [words]
        return
    assert facts(client.get(page_of(ann)))["Reason"] == words
    assert _exported_reasons(client) == [words]


def test_a_rule_on_a_question_that_was_private_already_keeps_its_key(meeting: Meeting) -> None:
    question = QuestionFactory(meeting=meeting, text="Any allergy?", is_private=True)
    ann = SubmissionFactory(meeting=meeting)
    _follow(meeting, question, "peanut", "reject", condition="notContains")
    words = f"rule #{ApprovalRule.objects.get().pk}, on a private question: decline"
    client = signed_in(Role.REVIEWER, meeting)
    assert facts(client.get(page_of(ann)))["Reason"] == f"by the rule “{words}”"
    assert _exported_reasons(client) == [words]


_RULES = [("peanut", "decline"), ("pea", "hold for review"), ("nuts", "decline")]
_PRIVATE_RULE = "rule on a private question"


def _follow(meeting: Meeting, question: Question, value: str, result: str, condition: str = "contains") -> None:
    """Have everybody who waits decided by this rule alone."""
    meeting.rules.all().delete()
    ApprovalRule.objects.create(meeting=meeting, question=question, condition=condition, value=value, result=result)
    _apply(meeting)


def _apply(meeting: Meeting) -> None:
    meeting.refresh_from_db()
    plan = rule_application.plan(meeting)
    dana, _new = User.objects.get_or_create(username="dana")
    rule_application.apply(meeting, shown=plan.fingerprint, by=dana, at=timezone.now())


def _exported_reasons(client: Client) -> list[str]:
    header, *found = csv_rows(b"".join(client.post("/admin/registration/submission/export/", {"format": "csv"})))
    return [row[header.index("Reason")] for row in found]
