"""Importing a form over another one: whatever Webex's staff did in between, answers keep their questions."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from registration.importing.merge import FormMerge
from registration.models import Answer, Meeting
from registration.webex.records import FormInfo, OptionInfo, QuestionInfo, RuleInfo
from tests.cast import MeetingFactory, SubmissionFactory
from tests.importing.form_facts import everything_of, questions_of, rules_of, uses_of

TEXT, CHECKBOX, RADIO = "singleLineTextBox", "checkbox", "radioButtons"
ids = st.sampled_from([str(number) for number in range(1, 6)])

options = st.lists(
    st.builds(OptionInfo, id=ids, text=st.sampled_from(["Red", "Green", "Blue"])),
    min_size=1,
    max_size=4,
    unique_by=lambda option: option.id,
).map(tuple)


@st.composite
def a_question(draw: st.DrawFn) -> QuestionInfo:
    kind = draw(st.sampled_from([TEXT, CHECKBOX, RADIO]))
    is_required = draw(st.booleans())
    return QuestionInfo(
        id=draw(ids),
        text=draw(st.sampled_from(["Colour?", "Size?", "Town?"])),
        type=kind,
        is_required=is_required,
        max_length=draw(st.sampled_from([None, 1, 999])) if kind == TEXT else None,
        options=() if kind == TEXT else draw(options),
    )


@st.composite
def a_form(draw: st.DrawFn) -> FormInfo:
    questions = draw(st.lists(a_question(), max_size=5, unique_by=lambda question: question.id))
    rules = [RuleInfo(0, "email", "", "endsWith", draw(st.sampled_from(["@a.example", "@b.example"])), "approve")]
    has_question_rule = draw(st.booleans())
    if questions and has_question_rule:
        rules.append(RuleInfo(1, "", draw(st.sampled_from(questions)).id, "contains", "x", "reject", True))
    shown = draw(st.sets(st.sampled_from(["jobTitle", "zipCode", "fax"])))
    return FormInfo(shown_fields=frozenset(shown), questions=tuple(questions), rules=tuple(rules))


def take(meeting: Meeting, form: FormInfo) -> list[str]:
    merge = FormMerge(meeting, form)
    merge.save()
    return merge.notes


def answer_everything(meeting: Meeting) -> None:
    submission = SubmissionFactory(meeting=meeting)
    for question in meeting.questions.filter(is_retired=False):
        option = question.options.filter(is_retired=False).first()
        text = option.text if option else "Because"
        submission.answers.create(question=question, option=option, question_text=question.text, text=text)


def answers() -> list[tuple[Any, ...]]:
    return list(Answer.objects.order_by("pk").values_list())


class TestMerging(TestCase):
    """Any form after any other."""

    @settings(max_examples=60, deadline=None)
    @given(first=a_form(), second=a_form())
    def test_the_form_becomes_webex_s_and_answers_keep_their_questions(self, first: FormInfo, second: FormInfo) -> None:
        meeting = MeetingFactory()
        take(meeting, first)
        answer_everything(meeting)
        before = answers()

        take(meeting, second)

        assert questions_of(meeting) == [
            (info.id, info.text, info.type, info.is_required, info.max_length, [(o.id, o.text) for o in info.options])
            for info in second.questions
        ]
        text_of = {info.id: info.text for info in second.questions}
        assert rules_of(meeting) == [
            (
                order,
                rule.field or text_of[rule.question_id],
                rule.condition,
                rule.value,
                rule.match_case,
                rule.result,
            )
            for order, rule in enumerate(second.rules, start=1)
        ]
        names = {"jobTitle": "job_title", "zipCode": "zip_code", "fax": "fax"}
        assert uses_of(meeting) == {ours: "required" for theirs, ours in names.items() if theirs in second.shown_fields}
        assert [row[0] for row in questions_of(meeting, is_retired=True)] == [""] * (
            meeting.questions.filter(is_retired=True).count()
        )
        assert answers() == before

    @settings(max_examples=40, deadline=None)
    @given(first=a_form(), second=a_form())
    def test_importing_twice_changes_nothing(self, first: FormInfo, second: FormInfo) -> None:
        meeting = MeetingFactory()
        take(meeting, first)
        take(meeting, second)
        before = everything_of(meeting)

        assert take(Meeting.objects.get(pk=meeting.pk), second) == []
        assert everything_of(meeting) == before

    @settings(max_examples=40, deadline=None)
    @given(form=a_form())
    def test_a_form_that_went_and_came_back_is_the_same_rows_again(self, form: FormInfo) -> None:
        meeting = MeetingFactory()
        take(meeting, form)
        keys = sorted(meeting.questions.values_list("pk", flat=True))

        take(meeting, FormInfo())
        assert questions_of(meeting) == []
        take(meeting, form)

        assert sorted(meeting.questions.values_list("pk", flat=True)) == keys
