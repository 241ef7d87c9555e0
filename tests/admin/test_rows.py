"""The rows on the pages of a meeting and of a question: read once, and checked where they were changed."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from registration.models import ApprovalRule, Question
from tests.admin.pages import complaints, fields_of, page_of, said, soup, text
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory

HOW = "Remove them first, on the page “Approval rules”."


@pytest.mark.parametrize("size", [2, 40])
def test_saving_a_meeting_needs_as_many_queries_for_forty_rows_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    meeting = MeetingFactory()
    for question in QuestionFactory.create_batch(size, meeting=meeting):
        ApprovalRuleFactory(meeting=meeting, field="", question=question)
    fields = fields_of(as_dana.get(page_of(meeting)))
    with django_assert_num_queries(21):
        assert as_dana.post(page_of(meeting), fields).status_code == 302


@pytest.mark.parametrize("size", [2, 40])
def test_saving_a_question_needs_as_many_queries_for_forty_options_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    question = QuestionFactory(type=Question.Type.RADIO, options=[f"Option {n}" for n in range(size)])
    with django_assert_num_queries(5):
        fields = fields_of(as_dana.get(page_of(question)))
    with django_assert_num_queries(15):
        assert as_dana.post(page_of(question), fields).status_code == 302


@pytest.mark.parametrize(
    ("names", "last"),
    [
        ([], [["th", "Webex question id"], ["td", "7"]]),
        (["change_question", "delete_question"], [["th", "Delete?"], ["td", ""]]),
        (["change_question", "add_question"], [["td", ""], ["td", ""], ["td", ""]]),
    ],
)
def test_the_last_column_is_for_whoever_may_delete_rows_or_add_some_and_take_those_back(
    client: Client, db: None, names: list[str], last: list[list[str]]
) -> None:
    sam = User.objects.create_user("sam", is_staff=True)
    wanted = ["view_meeting", "change_meeting", "view_question", *names]
    sam.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client.force_login(sam)
    question = QuestionFactory(webex_id="7")
    rows = soup(client.get(page_of(question.meeting))).select("#questions-group tr")
    assert [[cell.name, text(cell)] for cell in (row.select("th, td")[-1] for row in rows)] == last
    assert len({len(row.select("th, td")) for row in rows}) == 1


LONG = "Which of our products have you been using for longer than a year?"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Which topic?", "Which topic?"),
        (LONG, "Which of our products have you been usi…"),
        ('"><b>Why</b>\n  & how?', '"><b>Why</b> & how?'),
    ],
)
def test_an_input_says_of_which_row_it_is(as_dana: Client, words: str, named: str) -> None:
    question = QuestionFactory(text=words, type=Question.Type.RADIO, options=[words])
    of_question = [
        "Position",
        "Question",
        "Type",
        "Required",
        "Private",
        "Longest answer",
        "Retired",
        "Webex question id",
    ]
    of_option = ["Position", "Option", "Retired", "Webex option id"]
    for page, columns in ((page_of(question.meeting), of_question), (page_of(question), of_option)):
        names = [f"{column}: {named}" for column in [*columns, "Delete"]]
        assert names_in_rows(as_dana, page) == [*names, *(f"{column}: new" for column in columns)]


def names_in_rows(client: Client, page: str) -> list[str]:
    """The names of the inputs of all rows on the page, in order."""
    return [str(found["aria-label"]) for found in soup(client.get(page)).select("tr.form-row [aria-label]")]


# --- rows that are changed --------------------------------------------------------------------------------------------


def test_a_changed_row_is_checked_and_saved_and_the_others_stay_as_they_are(as_dana: Client) -> None:
    meeting = MeetingFactory()
    colour, size = QuestionFactory(meeting=meeting, text="Colour?"), QuestionFactory(meeting=meeting, text="Size?")
    fields = fields_of(as_dana.get(page_of(meeting)))
    refused = as_dana.post(page_of(meeting), fields | {"questions-0-max_length": "1000"})
    assert complaints(refused) == ["Ensure this value is less than or equal to 999."]
    assert as_dana.post(page_of(meeting), fields | {"questions-1-text": "Which size?"}).status_code == 302
    assert list(meeting.questions.values_list("pk", "text")) == [(colour.pk, "Colour?"), (size.pk, "Which size?")]


def delete_on_both_pages(client: Client, question: Question) -> list[str]:
    """What is said where the question is deleted on the page of its meeting, and on its own."""
    on_meeting = fields_of(client.get(page_of(question.meeting))) | {"questions-0-DELETE": "on"}
    refused = complaints(client.post(page_of(question.meeting), on_meeting))
    return [*refused, *said(client.post(page_to_delete(question), {"post": "yes"}))]


def page_to_delete(question: Question) -> str:
    return reverse("admin:registration_question_delete", args=[question.pk])


def test_a_question_with_a_rule_is_not_deleted_before_its_rule(as_dana: Client) -> None:
    question = QuestionFactory(text="Colour?", is_private=True)
    rule = ApprovalRuleFactory(meeting=question.meeting, field="", question=question, value="red", result="reject")
    words = f"There are approval rules about what you delete: “{rule}”. {HOW}"
    assert delete_on_both_pages(as_dana, question) == [words, f"error: {words}"]
    assert as_dana.get(page_to_delete(question)).headers["Location"] == page_of(question)
    assert (Question.objects.count(), ApprovalRule.objects.count()) == (1, 1)

    rule.delete()
    fields = fields_of(as_dana.get(page_of(question.meeting))) | {"questions-0-DELETE": "on"}
    assert as_dana.post(page_of(question.meeting), fields).status_code == 302
    assert Question.objects.count() == 0


def test_of_rules_from_webex_it_is_said_that_they_are_removed_there(as_dana: Client) -> None:
    question = QuestionFactory(text="Colour?")
    more = {"meeting": question.meeting, "field": "", "question": question}
    own = ApprovalRuleFactory(**more, value="red", order=1)
    from_webex = ApprovalRuleFactory(**more, value="blue", order=2, is_from_webex=True, is_active=False)
    words = (
        f"There are approval rules about what you delete: “{own}”. {HOW} There are approval rules at Webex about what "
        f"you delete: “{from_webex} (from Webex, switched off)”. They stay here until they are gone there: remove them "
        "at Webex and refresh the meeting, or retire the question instead."
    )
    assert delete_on_both_pages(as_dana, question) == [words, f"error: {words}"]


def test_a_rule_from_webex_of_a_meeting_that_is_there_no_more_is_removed_like_any_other(as_dana: Client) -> None:
    question = QuestionFactory(text="Colour?", meeting__webex_id="")
    rule = ApprovalRuleFactory(meeting=question.meeting, field="", question=question, value="red", is_from_webex=True)
    words = f"There are approval rules about what you delete: “{rule} (from Webex)”. {HOW}"
    assert delete_on_both_pages(as_dana, question) == [words, f"error: {words}"]


def test_who_sees_no_private_answers_is_not_told_what_a_rule_on_them_says(client: Client, db: None) -> None:
    sam = User.objects.create_user("sam", is_staff=True)
    names = ["view_meeting", "change_question", "delete_question"]
    sam.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(sam)
    question = QuestionFactory(is_private=True)
    ApprovalRuleFactory(meeting=question.meeting, field="", question=question, value="secret")
    words = f"error: There are approval rules about what you delete: rule on a private question. {HOW}"
    assert said(client.post(page_to_delete(question), {"post": "yes"})) == [words]
    changes = {"questions-0-DELETE": "on"}
    assert client.post(page_of(question.meeting), changes).status_code == 403
    assert Question.objects.count() == 1


def test_two_questions_cannot_have_one_webex_id(as_dana: Client) -> None:
    meeting = MeetingFactory()
    first, second = QuestionFactory(meeting=meeting, webex_id="7"), QuestionFactory(meeting=meeting, webex_id="8")
    fields = fields_of(as_dana.get(page_of(meeting)))
    words = ["Another question has this Webex id."]
    assert complaints(as_dana.post(page_of(meeting), fields | {"questions-1-webex_id": "7"})) == words
    new = {
        f"questions-{n}-{name}": value
        for n in (2, 3)
        for name, value in {
            "meeting": str(meeting.pk), "position": "9", "text": f"New {n}?", "type": "singleLineTextBox",
            "webex_id": "9",
        }.items()
    }  # fmt: skip
    response = as_dana.post(page_of(meeting), fields | new | {"questions-TOTAL_FORMS": "4"})
    assert complaints(response) == words
    swapped = {"questions-0-webex_id": "8", "questions-1-webex_id": "7"}
    assert complaints(as_dana.post(page_of(meeting), fields | swapped)) == [*words, *words]
    inherited = {"questions-0-DELETE": "on", "questions-1-webex_id": "7"}
    assert complaints(as_dana.post(page_of(meeting), fields | inherited)) == words
    assert list(meeting.questions.values_list("pk", "webex_id")) == [(first.pk, "7"), (second.pk, "8")]
    emptied = {"questions-0-webex_id": "", "questions-1-webex_id": ""}
    assert as_dana.post(page_of(meeting), fields | emptied).status_code == 302
    assert list(meeting.questions.values_list("webex_id", flat=True)) == ["", ""]


@pytest.mark.parametrize("forged", ["", "abc", "0", "9" * 26, "other"])
def test_a_row_that_is_not_the_meetings_is_refused(as_dana: Client, forged: str) -> None:
    mine, other = QuestionFactory(text="Mine?"), QuestionFactory(text="Other?")
    fields = fields_of(as_dana.get(page_of(mine.meeting)))
    changes = {"questions-0-id": str(other.pk) if forged == "other" else forged, "questions-0-text": "Taken?"}
    assert as_dana.post(page_of(mine.meeting), fields | changes).status_code == 200
    assert list(Question.objects.order_by("pk").values_list("text", flat=True)) == ["Mine?", "Other?"]
