"""What of a form would fail at Webex, and what to do about it."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from registration.form_design.checks import LONGEST_SURE, Finding, blocking, findings, lasting
from registration.form_design.design import Design, OptionDesign, QuestionDesign, RuleDesign
from registration.models import Meeting
from registration.standard_fields import CHOSEN_FIELDS
from registration.webex.records import FormInfo, OptionInfo, QuestionInfo

HIDDEN = dict.fromkeys((field.name for field in CHOSEN_FIELDS), "hidden")
MEETING = Meeting(webex_id="a" * 32)
WHY = QuestionDesign("1", "Why?", "singleLineTextBox", webex_id="11", max_length=80)
RED, GREEN = OptionDesign("5", "Red", webex_id="1"), OptionDesign("6", "Green", webex_id="2")
COLOUR = QuestionDesign("2", "Colour?", "radioButtons", webex_id="12", options=(RED, GREEN))
THERE = FormInfo(
    questions=(
        QuestionInfo("11", "Why?", "singleLineTextBox", max_length=80),
        QuestionInfo("12", "Colour?", "radioButtons", options=(OptionInfo("1", "Red"), OptionInfo("2", "Green"))),
    )
)


def form(*questions: QuestionDesign, rules: tuple[RuleDesign, ...] = (), **uses: str) -> Design:
    return Design(uses=HIDDEN | uses, questions=questions, rules=rules)


def rule(question_key: str, **changes: Any) -> RuleDesign:
    given: dict[str, Any] = {
        "pk": 1,
        "field": "",
        "condition": "contains",
        "value": "x",
        "match_case": False,
        "result": "reject",
    }
    return RuleDesign(**given | {"question_key": question_key, "is_active": True, "words": "Rule"} | changes)


def words(found: list[Finding]) -> list[str]:
    return [("! " if finding.is_blocking else "") + finding.words for finding in found]


def test_a_form_that_is_webexs_own_fails_nowhere() -> None:
    assert findings(form(WHY, COLOUR), MEETING, seen=THERE) == []


def test_each_finding_says_what_to_do() -> None:
    every = form(replace(WHY, webex_id="9"), replace(COLOUR, options=(replace(RED, webex_id=""),)), fax="required")
    found = findings(every, MEETING, seen=THERE)
    assert len(found) == 3
    assert [finding for finding in found if not finding.advice.endswith(".")] == []


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        (form(replace(WHY, webex_id="")), ["Webex does not have “Why?”: its answers stay in the portal."]),
        (
            form(replace(COLOUR, options=(RED, replace(GREEN, webex_id="")))),
            ["Webex does not have “Green” of “Colour?”: it is not told who chooses it."],
        ),
        (
            form(replace(COLOUR, is_required=True, options=(RED, replace(GREEN, webex_id="")))),
            ["Webex does not have “Green” of “Colour?”: it refuses whoever chooses it."],
        ),
        (
            form(replace(COLOUR, is_required=True, options=(replace(RED, webex_id=""),))),
            ["! Webex does not have “Red” of “Colour?”: it refuses whoever chooses it."],
        ),
        (
            form(replace(WHY, is_required=True, is_retired=True)),
            ["! “Why?” is retired here and required at Webex, as far as is known: Webex would refuse everybody."],
        ),
        (form(replace(WHY, is_retired=True)), []),
        (
            form(replace(COLOUR, options=(replace(RED, is_retired=True),))),
            ["“Colour?” has no option to choose from: it is left out of the form."],
        ),
        (
            form(replace(COLOUR, is_required=True, options=())),
            ["! “Colour?” has no option to choose from: it is left out of the form."],
        ),
        (
            form(replace(COLOUR, options=(RED, replace(GREEN, text="Red")))),
            ["“Colour?” offers “Red” more than once."],
        ),
        (form(WHY, replace(WHY, key="3", webex_id="13")), ["“Why?” is asked more than once in the same words."]),
        (
            form(replace(WHY, is_retired=True), rules=(rule("1"),)),
            ["The rule “Rule” is about a question that is not asked: to it nobody has answered anything."],
        ),
        (form(replace(WHY, is_retired=True), rules=(rule("1", is_active=False),)), []),
        (form(WHY, rules=(rule("1"), rule("", field="email"))), []),
    ],
)
def test_what_is_known_without_asking_webex(design: Design, expected: list[str]) -> None:
    assert words(findings(design, MEETING)) == expected


@pytest.mark.parametrize("length", [LONGEST_SURE, LONGEST_SURE + 1])
def test_texts_of_a_length_that_webex_may_not_take_are_told(length: int) -> None:
    design = form(replace(WHY, text="x" * length), replace(COLOUR, options=(replace(RED, text="y" * length), GREEN)))
    assert len(findings(design, MEETING)) == (0 if length == LONGEST_SURE else 2)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (replace(WHY, max_length=999), []),
        (
            replace(WHY, max_length=5000),
            ["“Why?” takes answers of up to 5000 characters, and Webex 999 at most: it refuses the form."],
        ),
        # Of what is chosen from options no length is told to Webex.
        (replace(COLOUR, max_length=5000), []),
    ],
)
def test_a_longest_answer_that_webex_refuses_is_told(question: QuestionDesign, expected: list[str]) -> None:
    assert words(findings(form(question), MEETING)) == expected
    assert words(lasting(form(question))) == expected


def test_more_than_an_import_takes_is_told() -> None:
    many = tuple(replace(WHY, key=str(n), text=f"{n}?", webex_id=str(n)) for n in range(201))
    options = tuple(OptionDesign(str(n), f"{n}", webex_id=str(n)) for n in range(501))
    assert words(findings(form(*many), MEETING)) == ["The form has too many questions."]
    assert words(findings(form(replace(COLOUR, options=options)), MEETING)) == ["“Colour?” has too many options."]


class TestFields:
    """Standard fields, as far as Webex tells of them: it does not say which it requires."""

    def test_with_the_last_import(self) -> None:
        imported = Meeting(webex_id="a" * 32, imported_at=timezone.now(), imported_fields=["city", "fax"])
        assert words(findings(form(fax="optional", state="required"), imported)) == [
            "Webex’s form has “City”, and it is hidden here: where Webex requires it, it refuses everybody.",
            "“State or province” is asked here, and Webex’s form does not have it.",
            "Optional here: “Fax”. Where Webex requires one of them, it refuses whoever leaves it empty.",
        ]

    def test_webexs_form_as_it_is_now_counts_more(self) -> None:
        imported = Meeting(webex_id="a" * 32, imported_at=timezone.now(), imported_fields=["city", "fax"])
        assert findings(form(state="required"), imported, seen=FormInfo(shown_fields=frozenset({"state"}))) == []

    def test_of_a_meeting_that_was_never_imported_nothing_is_known(self) -> None:
        assert findings(form(state="required"), MEETING) == []


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (
            [replace(WHY, webex_id="99"), COLOUR],
            ["! “Why?” has the id 11 at Webex now, and no longer 99: whoever answers it cannot be sent."],
        ),
        (
            [replace(WHY, webex_id="99", text="Whence?"), COLOUR],
            [
                "! Webex no longer has “Whence?” under the id 99: whoever answers it cannot be sent.",
                "Webex’s form has “Why?”, which is not asked here.",
            ],
        ),
        (
            [replace(WHY, type="multiLineTextBox"), COLOUR],
            ["! Webex takes another kind of answer to “Why?”: whoever answers it cannot be sent."],
        ),
        ([replace(WHY, text="Whence?"), COLOUR], ["“Whence?” is “Why?” at Webex."]),
        (
            [replace(WHY, max_length=None), COLOUR],
            ["Webex takes at most 80 characters as an answer to “Why?”, fewer than here."],
        ),
        (
            [WHY, replace(COLOUR, options=(RED, replace(GREEN, webex_id="7")))],
            [
                "! In “Colour?” the option “Green” has the id 2 at Webex now, and no longer 7: whoever chooses it "
                "cannot be sent."
            ],
        ),
        (
            [WHY, replace(COLOUR, options=(RED, replace(GREEN, webex_id="7", text="Blue")))],
            ["! Webex no longer offers “Blue” in “Colour?”: whoever chooses it cannot be sent."],
        ),
        (
            [WHY, replace(COLOUR, options=(RED, replace(GREEN, text="Blue")))],
            ["! In “Colour?” the option “Blue” is “Green” at Webex: whoever chooses it cannot be sent."],
        ),
    ],
)
def test_against_webexs_form_as_it_is_now(questions: list[QuestionDesign], expected: list[str]) -> None:
    assert words(findings(form(*questions), MEETING, seen=THERE)) == expected


def test_where_webex_was_asked_it_is_known_whether_it_requires_what_is_retired_here() -> None:
    retired = form(replace(WHY, is_required=True, is_retired=True), COLOUR)
    assert words(findings(retired, MEETING, seen=THERE)) == ["Webex’s form has “Why?”, which is not asked here."]
    required = replace(THERE, questions=(replace(THERE.questions[0], is_required=True), THERE.questions[1]))
    assert words(findings(retired, MEETING, seen=required)) == [
        "! Webex requires an answer to “Why?”, which is not asked here: it refuses everybody."
    ]
    assert words(findings(retired, MEETING, seen=replace(THERE, questions=THERE.questions[1:]))) == []


def test_a_refresh_helps_where_webexs_form_is_another_one_by_now() -> None:
    design = form(replace(WHY, webex_id="99"), replace(COLOUR, options=(RED, replace(GREEN, webex_id=""))))
    assert [finding.is_changed_there for finding in findings(design, MEETING, seen=THERE)] == [True, False]


def test_what_webex_requires_and_nobody_is_asked_blocks() -> None:
    required = FormInfo(questions=tuple(replace(question, is_required=True) for question in THERE.questions))
    assert words(findings(form(WHY), MEETING, seen=required)) == [
        "! Webex requires an answer to “Colour?”, which is not asked here: it refuses everybody.",
        "Webex requires an answer to “Why?”, which is optional here: it refuses whoever leaves it empty.",
    ]


def test_of_a_meeting_without_a_place_at_webex_that_is_told_and_what_fails_here() -> None:
    portal_only = Meeting(webex_id="")
    nowhere = "This meeting has no Webex meeting id: nobody is sent to Webex."
    assert words(findings(form(replace(WHY, webex_id=""), fax="required"), portal_only)) == [nowhere]
    assert blocking(form(replace(COLOUR, webex_id="", is_required=True, options=())), portal_only) == []
