"""What is different about a form, in words."""

from dataclasses import replace

from registration.form_design.design import Design
from registration.form_design.differences import changed_parts, differences
from tests.form_design.test_checks import COLOUR, GREEN, RED, WHY, form

BEFORE = form(WHY, COLOUR)


def test_the_same_form_has_no_differences() -> None:
    assert differences(BEFORE, BEFORE) == []
    assert changed_parts(BEFORE, BEFORE) == ({}, {})


def test_what_webex_calls_them_is_no_difference() -> None:
    assert differences(BEFORE, form(replace(WHY, webex_id="77"), COLOUR)) == []


def test_everything_that_can_be_different_is_said() -> None:
    why = replace(
        WHY, text="<b>Why</b>?", type="multiLineTextBox", is_required=True, hint="Hm", is_private=True, max_length=None
    )
    added = replace(WHY, key="new1", text="New?")
    colour = replace(
        COLOUR, is_retired=True, options=(replace(GREEN, is_retired=True), replace(RED, key="new2", text="Blue"))
    )
    assert differences(BEFORE, form(colour, why, added, city="required")) == [
        "City: hidden → required.",
        "“Colour?”, Retired: no → yes.",
        "In “Colour?”, retired: “Green”.",
        "In “Colour?”, added: “Blue”.",
        "In “Colour?”, deleted: “Red”.",
        "“Why?”, Question: “Why?” → “<b>Why</b>?”.",
        "“Why?”, Type: one line of text → several lines of text.",
        "“Why?”, Required: no → yes.",
        "“Why?”, Hint: “” → “Hm”.",
        "“Why?”, Private: no → yes.",
        "“Why?”, Longest answer: 80 → none.",
        "Added: “New?” (one line of text, optional, at most 80 characters).",
        "The questions stand in another order.",
    ]
    assert differences(BEFORE, form(WHY))[0] == "Deleted: “Colour?”."
    assert differences(BEFORE, form(WHY, replace(COLOUR, options=(GREEN, RED)))) == [
        "In “Colour?” the options stand in another order."
    ]


def test_all_is_said_of_what_is_added() -> None:
    team = replace(COLOUR, key="new1", text="<b>Team</b>?", is_required=True, hint="One", is_private=True)
    gone = replace(COLOUR, key="new2", options=(RED, replace(GREEN, is_retired=True)), is_retired=True)
    assert differences(BEFORE, form(WHY, COLOUR, team, gone)) == [
        "Added: “<b>Team</b>?” (radio buttons, required, with “Red”, “Green”, hint: “One”, private).",
        "Added: “Colour?” (radio buttons, optional, with “Red”, retired).",
    ]


def test_the_audit_gets_the_parts_that_changed_alone() -> None:
    before, after = changed_parts(BEFORE, form(replace(WHY, text="Whence?"), COLOUR, fax="optional"))
    assert (before["fax"], after["fax"]) == ("hidden", "optional")
    assert (before["question 1"]["text"], after["question 1"]["text"]) == ("Why?", "Whence?")
    assert set(before) == set(after) == {"fax", "question 1"}


def test_a_form_comes_back_from_json_as_it_was() -> None:
    assert Design.from_json(BEFORE.to_json()) == BEFORE
