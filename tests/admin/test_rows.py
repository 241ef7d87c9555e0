"""The rows on the pages of a meeting and of a question: read once, and checked where they were changed."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from registration.models import ApprovalRule, Question
from tests.admin.pages import complaints, fields_of, page_of
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory


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
    with django_assert_num_queries(4):
        fields = fields_of(as_dana.get(page_of(question)))
    with django_assert_num_queries(12):
        assert as_dana.post(page_of(question), fields).status_code == 302


# --- rows that are changed --------------------------------------------------------------------------------------------


def test_a_changed_row_is_checked_and_saved_and_the_others_stay_as_they_are(as_dana: Client) -> None:
    meeting = MeetingFactory()
    colour, size = QuestionFactory(meeting=meeting, text="Colour?"), QuestionFactory(meeting=meeting, text="Size?")
    fields = fields_of(as_dana.get(page_of(meeting)))
    refused = as_dana.post(page_of(meeting), fields | {"questions-0-max_length": "1000"})
    assert complaints(refused) == ["Ensure this value is less than or equal to 999."]
    assert as_dana.post(page_of(meeting), fields | {"questions-1-text": "Which size?"}).status_code == 302
    assert list(meeting.questions.values_list("pk", "text")) == [(colour.pk, "Colour?"), (size.pk, "Which size?")]


@pytest.mark.django_db(transaction=True)
def test_a_question_that_is_deleted_takes_its_rules_along(as_dana: Client) -> None:
    question = QuestionFactory()
    ApprovalRuleFactory(meeting=question.meeting, field="", question=question, value="red")
    fields = fields_of(as_dana.get(page_of(question.meeting)))
    response = as_dana.post(page_of(question.meeting), fields | {"questions-0-DELETE": "on"})
    assert (response.status_code, Question.objects.count(), ApprovalRule.objects.count()) == (302, 0, 0)


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
