"""The page of a meeting's approval rules: to read, to edit, to try, and to have them decide."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.flow import moves
from registration.flow.rule_list import MOST_RULES
from registration.models import ApprovalRule, AuditEntry, Meeting, Question, RoleAssignment, Submission
from registration.states import Decision
from tests.admin.audit.entries import before_and_after
from tests.admin.pages import answer_of, complaints, page_of, said, soup, text
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

FIRST, SECOND = "1. If E-mail address ends with “@good.example”: approve", "2. If City equals “Bonn”: decline"


@pytest.fixture
def meeting(db: None) -> Meeting:
    """With two rules."""
    made: Meeting = MeetingFactory(title="Launch", approval="rules", city_use="optional")
    ApprovalRuleFactory(meeting=made, value="@good.example", order=1)
    ApprovalRuleFactory(meeting=made, field="city", condition="equals", value="Bonn", result="reject", order=2)
    return made


@pytest.fixture
def eve(db: None) -> User:
    """She manages another meeting."""
    return with_role("eve", MeetingFactory(), RoleAssignment.Role.MANAGER)


def with_role(name: str, meeting: Meeting, role: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, meeting=meeting)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rules_of(meeting: Meeting) -> str:
    return reverse("admin:registration_meeting_rules", args=[meeting.pk])


def waiting_of(meeting: Meeting) -> str:
    return reverse("admin:registration_meeting_rules_waiting", args=[meeting.pk])


def fields_of(response: Any) -> dict[str, str]:
    """What a browser would post of the list."""
    found: dict[str, str] = {}
    for control in soup(response).select("#content form:has([name=seen]) :is(input, select)[name]"):
        name = str(control["name"])
        if control.name == "select":
            chosen = control.select_one("option[selected]")
            found[name] = str(chosen["value"]) if chosen else ""
        elif control.get("type") != "checkbox" or control.has_attr("checked"):
            found[name] = str(control.get("value", "on" if control.get("type") == "checkbox" else ""))
    return found


def press(client: Client, meeting: Meeting, page: Any, button: str, **changes: str) -> Any:
    """Press a button of the list as the page has it, after these changes: ``rule_1_value`` is rule-1-value."""
    changed = {name.replace("_", "-", 2) if name.startswith("rule") else name: value for name, value in changes.items()}
    return client.post(rules_of(meeting), {**fields_of(page), **changed, "do": button})


def sentences(response: Any) -> list[str]:
    return [text(words) for words in soup(response).select(".rule-sentence")]


def notes(response: Any) -> list[str]:
    return [text(words) for words in soup(response).select(".rule-note")]


def focused(response: Any) -> list[str]:
    return [str(control["id"]) for control in soup(response).select("#content [autofocus]")]


def kept(meeting: Meeting) -> list[str]:
    return [f"{rule}{'' if rule.is_active else ' (off)'}" for rule in meeting.rules.select_related("question")]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_rules_are_sentences_in_their_order(as_dana: Client, meeting: Meeting) -> None:
    meeting.rules.filter(order=2).update(is_active=False, is_from_webex=True)
    page = as_dana.get(rules_of(meeting))
    assert sentences(page) == [FIRST, f"{SECOND} at Webex, too switched off"]
    assert focused(page) == []


def test_rules_are_changed_moved_switched_and_stored(as_dana: Client, meeting: Meeting) -> None:
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "add")
    assert (sentences(page)[2], focused(page)) == ("3. not complete yet", ["id_rule-3-subject"])
    new = {"subject": "last_name", "condition": "contains", "value": "<b>ه", "result": "hold", "match_case": "on"}
    page = press(as_dana, meeting, page, "up-3", **{f"rule_3_{name}": value for name, value in new.items()})
    words = "If Last name contains “<b>ه” (upper and lower case matter): hold for review"
    assert (sentences(page), focused(page)) == ([FIRST, f"2. {words}", f"3{SECOND[1:]}"], ["up-2"])
    page = press(as_dana, meeting, page, "up-2")
    assert focused(page) == ["down-1"]
    page = press(as_dana, meeting, page, "switch-2")
    assert focused(page) == ["switch-2"]
    page = press(as_dana, meeting, page, "remove-3")
    assert (sentences(page), focused(page)) == ([f"1. {words}", f"2{FIRST[1:]} switched off"], ["change-2"])
    assert [text(words) for words in soup(page).select(".caution")] == ["Nothing of this is stored yet."]
    assert len(kept(meeting)) == 2
    response = press(as_dana, meeting, page, "save")
    assert (response.status_code, response.headers["Location"]) == (302, rules_of(meeting))
    assert said(response) == ["success: Stored. Whoever is decided about stays as they are."]
    assert kept(meeting) == [words[3:], f"{FIRST[6:]} (off)"]


def test_a_rule_is_opened_to_be_changed_and_closed_once_it_is_whole(as_dana: Client, meeting: Meeting) -> None:
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "change-2")
    assert [label.get_text() for label in soup(page).select(".rule-fields label")][:2] == ["If", "Condition"]
    assert focused(page) == ["id_rule-2-subject"]
    page = press(as_dana, meeting, page, "done-2", rule_2_value="")
    assert complaints(page) == ["Enter what the answer is compared with."]
    assert focused(page) == ["id_rule-2-value"]
    page = press(as_dana, meeting, page, "done-2", rule_2_value="Ulm")
    assert (sentences(page)[1], focused(page)) == ("2. If City equals “Ulm”: decline", ["change-2"])
    assert soup(page).select(".rule-fields") == []


def test_enter_stores_nothing_and_shows_what_was_typed(as_dana: Client, meeting: Meeting) -> None:
    page = as_dana.get(rules_of(meeting))
    first = soup(page).select_one("#content form button")
    assert first is not None and (first["value"], first["tabindex"], first["aria-hidden"]) == ("show", "-1", "true")
    page = press(as_dana, meeting, page, "show", rule_1_value="@else.example")
    assert sentences(page)[0] == "1. If E-mail address ends with “@else.example”: approve"
    assert kept(meeting)[0] == FIRST[6:]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule_1_subject": ""}, "Choose what the rule looks at."),
        ({"rule_1_value": ""}, "Enter what the answer is compared with."),
        ({"rule_1_value": "v" * 501}, "Ensure this value has at most 500 characters (it has 501)."),
        ({"rule_1_value": "a\0b"}, "Null characters are not allowed."),
        ({"rule_1_condition": "isLike"}, "Select a valid choice. isLike is not one of the available choices."),
        ({"rule_1_result": ""}, "This field is required."),
        ({"rule_1_subject": "token"}, "Select a valid choice. token is not one of the available choices."),
    ],
)
@pytest.mark.parametrize("button", ["save", "follow", "try", "show"])
def test_what_cannot_be_is_refused_with_a_reason_and_nothing_is_stored(
    as_dana: Client, meeting: Meeting, changes: dict[str, str], words: str, button: str
) -> None:
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), button, **changes)
    assert (page.status_code, complaints(page)) == (200, [words])
    assert soup(page).select(".rule-trial") == []
    assert kept(meeting) == [FIRST[6:], SECOND[6:]]


def test_a_rule_can_be_about_a_question_of_its_own_meeting_only(as_dana: Client, meeting: Meeting) -> None:
    mine, other = QuestionFactory(meeting=meeting, text="Mine?"), QuestionFactory(text="Other?")
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "change-1")
    offered = [text(group) for group in soup(page).select("select[name=rule-1-subject] optgroup[label=Questions]")]
    assert offered == ["Mine?"]
    refused = press(as_dana, meeting, page, "save", rule_1_subject=f"question-{other.pk}")
    assert complaints(refused) == [f"Select a valid choice. question-{other.pk} is not one of the available choices."]
    press(as_dana, meeting, page, "save", rule_1_subject=f"question-{mine.pk}")
    assert kept(meeting)[0] == "Mine? ends with “@good.example”: approve"


@pytest.mark.parametrize(
    "hostile",
    [
        {"count": "999999999"},
        {"count": "x", "seen": "no JSON"},
        {"count": "1", "seen": "[" * 5000},
        {"seen": json.dumps([[1, 2], {"a": 1}])},
        {"seen": '[[Infinity, "", ""]]'},
        {"rule-1-pk": "9" * 30},
        {"rule-1-pk": "²"},
        {"do": "up-99"},
        {"do": "remove-0"},
        {"do": "__class__-1"},
        {"do": "save", "count": "0"},
    ],
)
def test_what_no_page_of_ours_sends_breaks_nothing(as_dana: Client, meeting: Meeting, hostile: dict[str, str]) -> None:
    fields = fields_of(as_dana.get(rules_of(meeting))) | hostile
    for button in ("save", "try", "show"):
        assert as_dana.post(rules_of(meeting), {"do": button, **fields}).status_code in {200, 302}
    assert all(rule.field in {"email", "city"} for rule in meeting.rules.all())


def test_the_answers_that_people_choose_from_are_offered(as_dana: Client, meeting: Meeting) -> None:
    question = QuestionFactory(meeting=meeting, type=Question.Type.RADIO, options=["Red", "Green"])
    question.options.filter(text="Green").update(is_retired=True)
    ApprovalRuleFactory(meeting=meeting, field="", question=question, value="Red", order=3)
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "change-3")
    value = soup(page).select_one("#id_rule-3-value")
    assert value is not None
    offered = soup(page).select(f"datalist#{value['list']} option")
    assert [option["value"] for option in offered] == ["Red"]


def test_nothing_is_lost_of_more_rules_than_staff_may_add(as_dana: Client, meeting: Meeting) -> None:
    ApprovalRule.objects.bulk_create(
        ApprovalRule(meeting=meeting, order=n, field="email", condition="equals", value=f"{n}", result="hold")
        for n in range(3, MOST_RULES + 3)
    )
    page = as_dana.get(rules_of(meeting))
    assert soup(page).select("[value=add]") == []
    page = press(as_dana, meeting, page, "down-1")
    press(as_dana, meeting, page, "save")
    assert (meeting.rules.count(), kept(meeting)[:2]) == (MOST_RULES + 2, [SECOND[6:], FIRST[6:]])


# --- what is odd ------------------------------------------------------------------------------------------------------


def test_rules_that_decide_nothing_or_are_never_reached_say_so(as_dana: Client, meeting: Meeting) -> None:
    colour = QuestionFactory(meeting=meeting, type=Question.Type.RADIO, options=["Red"], text="Colour?")
    retired = QuestionFactory(meeting=meeting, is_retired=True)
    rows: list[dict[str, Any]] = [
        {"value": "me@GOOD.example", "condition": "equals"},
        {"field": "fax", "value": "1"},
        {"field": "", "question": retired},
        {"field": "", "question": colour, "condition": "equals", "value": "Blue"},
        {"field": "", "question": colour, "condition": "notEquals", "value": "Pink"},
        {"value": " x"},
        {"field": "city", "condition": "equals", "value": "v" * 101},
        {"field": "city", "condition": "equals", "value": "Bonn", "is_active": False},
        {"field": "city", "condition": "contains", "value": "a"},
        {"field": "city", "condition": "notContains", "value": "A", "result": "hold"},
        {"field": "last_name", "value": "x"},
    ]
    for order, facts in enumerate(rows, start=3):
        ApprovalRuleFactory(meeting=meeting, order=order, **facts)
    told = {}
    for row in soup(as_dana.get(rules_of(meeting))).select(".rule"):
        told[text(row.select_one(".rule-number"))] = [text(words) for words in row.select(".rule-note")]
    asked = "⚠ It decides nothing: the form does not ask this."
    nobody = "⚠ It matches nobody: there is no such answer on the form."
    assert {number: words for number, words in told.items() if words} == {
        "3.": ["⚠ It is never reached: rule 1 matches whatever it does."],
        "4.": [asked],
        "5.": [asked],
        "6.": [nobody],
        "8.": ["⚠ The value begins or ends with a space, and so must the answer."],
        "9.": [nobody],
        "13.": ["⚠ It is never reached: rule 11 or rule 12 matches everybody."],
    }


def test_where_the_rules_are_not_followed_the_page_says_so_and_has_them_decide(
    as_dana: Client, dana: User, meeting: Meeting
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(approval="manual")
    page = as_dana.get(rules_of(meeting))
    assert text(soup(page).select_one(".caution")) == (
        "These rules are not followed: the meeting’s approval is “a person reviews every submission”. "
        "Press “Save and have the rules decide” to have them followed."
    )
    response = press(as_dana, meeting, page, "follow", rule_1_value="@else.example")
    assert said(response) == ["success: Stored: from now on the rules decide about whoever signs up."]
    meeting.refresh_from_db()
    assert (meeting.approval, kept(meeting)[0][-22:]) == ("rules", "@else.example”: approve"[-22:])
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [entry.thing for entry in entries] == ["approval rules", "approval"]
    told = [row[0] for entry in entries for row in before_and_after(as_dana, entry)]
    assert told == ["Approval rules", "Approval"]
    assert soup(as_dana.get(rules_of(meeting))).select(".caution") == []


# --- two tabs ---------------------------------------------------------------------------------------------------------


def test_what_somebody_else_changed_is_told_and_what_was_typed_is_kept(as_dana: Client, meeting: Meeting) -> None:
    page = as_dana.get(rules_of(meeting))
    first, second = meeting.rules.all()
    meeting.rules.filter(pk=first.pk).update(value="@best.example")
    second.delete()
    ApprovalRuleFactory(meeting=meeting, field="last_name", value="<i>", order=3)
    before = kept(meeting)
    refused = press(as_dana, meeting, page, "save", rule_2_value="Ulm")
    assert [text(item) for item in soup(refused).select(".errornote li")] == [
        "New: Last name ends with “<i>”: approve",
        "Removed, yet below: City equals “Bonn”: decline",
        "Changed: E-mail address ends with “@good.example”: approve; "
        "now E-mail address ends with “@best.example”: approve",
    ]
    assert (kept(meeting), focused(refused)) == (before, ["refused"])
    typed = [FIRST, "2. If City equals “Ulm”: decline", "3. If Last name ends with “<i>”: approve"]
    assert sentences(refused) == typed
    assert press(as_dana, meeting, refused, "save").status_code == 302
    assert kept(meeting) == [words[6:] for words in typed]


def test_what_somebody_else_stored_in_the_same_words_is_not_there_twice(as_dana: Client, meeting: Meeting) -> None:
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "add")
    new = {"subject": "last_name", "condition": "endsWith", "value": "<i>", "result": "approve"}
    theirs = ApprovalRuleFactory(meeting=meeting, field="last_name", value="<i>", order=3, is_from_webex=True)
    typed = {f"rule_3_{name}": value for name, value in new.items()}
    refused = press(as_dana, meeting, page, "save", rule_2_value="Ulm", **typed)
    assert sentences(refused)[1:] == [
        "2. If City equals “Ulm”: decline",
        "3. If Last name ends with “<i>”: approve at Webex, too",
    ]
    assert press(as_dana, meeting, refused, "save").status_code == 302
    assert [rule.pk for rule in meeting.rules.all()][2:] == [theirs.pk]


def test_what_was_shown_must_be_readable_or_the_page_begins_anew(as_dana: Client, meeting: Meeting) -> None:
    page = as_dana.get(rules_of(meeting))
    response = press(as_dana, meeting, page, "save", rule_1_value="x", seen='[[1, "", ""]')
    assert (response.status_code, response.headers["Location"]) == (302, rules_of(meeting))
    assert said(response) == ["warning: Nothing was stored, as what was sent cannot be read. This is what is stored."]
    assert kept(meeting) == [FIRST[6:], SECOND[6:]]


def test_another_order_is_told_as_such(as_dana: Client, meeting: Meeting) -> None:
    page = as_dana.get(rules_of(meeting))
    meeting.rules.filter(field="email").update(order=5)
    refused = press(as_dana, meeting, page, "save", rule_1_value="x")
    assert [text(item) for item in soup(refused).select(".errornote li")] == ["They stand in another order."]


def test_to_save_twice_is_to_save_once(as_dana: Client, meeting: Meeting) -> None:
    page = as_dana.get(rules_of(meeting))
    twice = [press(as_dana, meeting, page, "save", rule_1_value="x") for _ in range(2)]
    assert [response.status_code for response in twice] == [302, 302]
    assert said(twice[1])[-1] == "info: Nothing has changed."
    assert AuditEntry.objects.count() == 1


# --- rules from Webex -------------------------------------------------------------------------------------------------


def test_what_becomes_of_a_rule_from_webex_that_is_changed_is_said_and_done(as_dana: Client, meeting: Meeting) -> None:
    meeting.rules.update(is_from_webex=True)
    page = as_dana.get(rules_of(meeting))
    assert soup(page).select("[value^=remove]") == []
    page = press(as_dana, meeting, page, "show", rule_1_value="@else.example")
    assert sentences(page)[0].endswith("at Webex without this change")
    assert notes(page) == [
        "Saved, it is your own rule. What Webex says stays right below it, switched off, and a refresh leaves both so."
    ]
    press(as_dana, meeting, page, "save")
    assert [(rule.value, rule.is_active, rule.is_from_webex) for rule in meeting.rules.all()] == [
        ("@else.example", True, False),
        ("@good.example", False, True),
        ("Bonn", True, True),
    ]


def test_how_a_rule_that_webex_has_is_removed_is_said_where_it_is_changed(as_dana: Client, meeting: Meeting) -> None:
    meeting.rules.filter(order=1).update(is_from_webex=True)
    page = as_dana.get(rules_of(meeting))
    assert notes(page) == []
    for button in ("change-1", "change-2"):
        page = press(as_dana, meeting, page, button)
    assert notes(page) == [
        "To remove it, remove it at Webex and refresh from there; or switch it off, save, and push the form to Webex: "
        "then it can be removed here."
    ]
    assert [button["value"] for button in soup(page).select("[value^=remove]")] == ["remove-2"]


def test_to_save_twice_is_to_save_once_also_where_a_rule_from_webex_was_changed(
    as_dana: Client, meeting: Meeting
) -> None:
    meeting.rules.update(is_from_webex=True)
    page = as_dana.get(rules_of(meeting))
    twice = [press(as_dana, meeting, page, "save", rule_1_value="@else.example") for _ in range(2)]
    assert [response.status_code for response in twice] == [302, 302]
    assert said(twice[1])[-1] == "info: Nothing has changed."
    assert [rule.value for rule in meeting.rules.all()] == ["@else.example", "@good.example", "Bonn"]


# --- trying -----------------------------------------------------------------------------------------------------------


def trial(response: Any) -> list[list[list[str]]]:
    """The rows of each table of the trial."""
    return [
        [[text(cell) for cell in row.select("th, td")] for row in table.select("tr")]
        for table in soup(response).select(".rule-trial table")
    ]


def test_the_rules_as_edited_are_tried_and_nothing_is_stored(as_dana: Client, dana: User, meeting: Meeting) -> None:
    ann = SubmissionFactory(meeting=meeting, first_name="Ann", last_name="<Lee>", city="Ulm", approved=True)
    SubmissionFactory(meeting=meeting, city="Bonn")
    SubmissionFactory(city="Ulm", approved=True)
    before = list(Submission.objects.values())
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "try", rule_2_value="Ulm")
    result = ["✓ approve", "✗ decline", "⚑ hold for review", "○ no rule matches"]
    words = "2. City equals “Ulm”: decline"
    assert trial(page) == [
        [
            ["Rule", "People"],
            ["1. E-mail address ends with “@good.example”: approve", "0"],
            [words, "1"],
            ["No rule matches: they wait for a person", "1"],
        ],
        [
            ["Now", *result],
            ["○ waiting for review", "0", "0", "0", "1"],
            ["✓ approved", "0", "1", "0", "0"],
        ],
        [["Person", "Now", "These rules", "Rule"], ["Ann <Lee>", "✓ approved", "✗ decline", words]],
    ]
    link = soup(page).select_one(".rule-trial a")
    assert link is not None and link["href"] == page_of(ann)
    assert focused(page) == ["trial"]
    assert (list(Submission.objects.values()), kept(meeting)) == (before, [FIRST[6:], SECOND[6:]])
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.meeting, entry.count) == (dana, "listed", meeting, 1)


def test_what_is_held_until_it_is_released_stands_as_that(as_dana: Client, meeting: Meeting) -> None:
    SubmissionFactory(meeting=meeting, city="Bonn", last_name="Lee", held_decision="approved", held_at=timezone.now())
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "try")
    _rules, matrix, people = trial(page)
    assert matrix[1:] == [["‖ held: approved", "0", "1", "0", "0"]]
    assert [row[1:] for row in people[1:]] == [["‖ held: approved", "✗ decline", SECOND.replace("If ", "")]]
    assert len(soup(page).select(".rule-trial .otherwise")) == 1


def test_without_anybody_it_says_so(as_dana: Client, meeting: Meeting) -> None:
    page = press(as_dana, meeting, as_dana.get(rules_of(meeting)), "try")
    assert text(soup(page).select_one(".rule-trial .quiet")) == "Nobody has signed up yet."
    assert AuditEntry.objects.count() == 0


# --- those who wait ---------------------------------------------------------------------------------------------------


def test_those_who_wait_are_decided_about_once_it_was_seen_how_many(as_dana: Client, meeting: Meeting) -> None:
    good, other = SubmissionFactory(meeting=meeting, email="a@good.example"), SubmissionFactory(meeting=meeting)
    page = as_dana.post(waiting_of(meeting))
    assert text(soup(page).h1) == "Decide about 1 person who waits"
    assert [text(row) for row in soup(page).select("tbody tr")] == [
        "1. E-mail address ends with “@good.example”: approve ✓ approve 1"
    ]
    assert [text(item) for item in soup(page).select(".consequences li")] == ["1 is matched by no rule"]
    shown = soup(page).select_one("input[name=shown]")
    assert shown is not None
    bob = SubmissionFactory(meeting=meeting, email="b@good.example")
    again = as_dana.post(waiting_of(meeting), {"shown": shown["value"]})
    assert text(soup(again).select_one(".errornote")).startswith("Nobody has been decided about yet")
    shown = soup(again).select_one("input[name=shown]")
    assert shown is not None
    response = as_dana.post(waiting_of(meeting), {"shown": shown["value"]})
    assert response.headers["Location"] == rules_of(meeting)
    assert said(response) == [
        "success: By the rules: 2 approved, 0 declined, 0 held for review.",
        "warning: Left as they were: 1 (1 is matched by no rule).",
    ]
    decisions = dict(Submission.objects.values_list("pk", "decision"))
    assert decisions == {good.pk: "approved", bob.pk: "approved", other.pk: "waiting"}


def test_where_the_meeting_holds_its_decisions_they_are_said_to_be_held(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(holds_decisions=True)
    ApprovalRuleFactory(meeting=meeting, value="@hold.example", result="hold", order=3)
    SubmissionFactory(meeting=meeting, email="a@good.example")
    SubmissionFactory(meeting=meeting, city="Bonn")
    SubmissionFactory(meeting=meeting, email="c@hold.example")
    page = as_dana.post(waiting_of(meeting))
    assert text(soup(page).select_one(".rules p")) == (
        "This is what the rules make of those who wait, as if they signed up now. The meeting holds its decisions: "
        "each waits in the outbox, and nobody is told before it is released."
    )
    response = as_dana.post(waiting_of(meeting), answer_of(page))
    assert said(response) == [
        "success: 2 decided, held until they are released. "
        f'<a href="{reverse("admin:registration_outbox")}">Open the outbox</a>',
        "success: By the rules: 1 held for review.",
    ]
    assert sorted(Submission.objects.values_list("decision", "held_decision")) == [
        ("waiting", ""),
        ("waiting", "approved"),
        ("waiting", "declined"),
    ]


def test_where_the_rules_are_not_followed_they_decide_about_nobody(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(approval="manual")
    SubmissionFactory(meeting=meeting, email="a@good.example")
    assert "who waits" not in text(soup(as_dana.get(rules_of(meeting))))
    response = as_dana.post(waiting_of(meeting))
    assert said(response) == ["error: Nobody was decided about: the rules of this meeting are not followed."]
    assert as_dana.get(waiting_of(meeting)).headers["Location"] == rules_of(meeting)


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [RoleAssignment.Role.VIEWER, RoleAssignment.Role.REVIEWER])
def test_who_does_not_manage_the_meeting_reads_its_rules(meeting: Meeting, role: str) -> None:
    diet = QuestionFactory(meeting=meeting, text="Diet?", is_private=True)
    rule = ApprovalRuleFactory(meeting=meeting, field="", question=diet, value="kosher", result="hold", order=3)
    client = signed_in(with_role("rob", meeting, role))
    page = client.get(rules_of(meeting))
    read = [text(item) for item in soup(page).select(".rule-sentences li")]
    assert read == [FIRST[3:], SECOND[3:], f"A rule on a private question: hold for review #{rule.pk}"]
    assert soup(page).select("#content form") == []
    on_meeting = client.get(page_of(meeting))
    assert [text(item) for item in soup(on_meeting).select(".rule-sentences li")] == read
    for response in (page, on_meeting):
        assert "kosher" not in response.content.decode()
    assert client.post(rules_of(meeting), {"do": "save", "count": "0"}).status_code == 403
    assert client.post(waiting_of(meeting)).status_code == 403
    assert len(kept(meeting)) == 3


def test_a_manager_of_the_meeting_edits_and_tries(meeting: Meeting) -> None:
    diet = QuestionFactory(meeting=meeting, text="Diet?", is_private=True)
    rule = ApprovalRuleFactory(meeting=meeting, field="", question=diet, value="kosher", result="hold", order=3)
    client = signed_in(with_role("mia", meeting, RoleAssignment.Role.MANAGER))
    page = client.get(rules_of(meeting))
    assert sentences(page)[2] == f"3. If Diet? ends with “kosher”: hold for review #{rule.pk}"
    assert press(client, meeting, page, "try").status_code == 200
    assert press(client, meeting, page, "save", rule_1_value="x").status_code == 302
    assert client.post(waiting_of(meeting)).status_code == 200


@pytest.mark.parametrize("address", [rules_of, waiting_of])
def test_who_has_a_role_for_another_meeting_finds_nothing(meeting: Meeting, eve: User, address: Any) -> None:
    client = signed_in(eve)
    for response in (client.get(address(meeting)), client.post(address(meeting), {"do": "try"})):
        assert response.status_code == 404
        assert "Launch" not in response.content.decode()


def test_a_rule_of_another_meeting_cannot_be_reached_by_its_key(meeting: Meeting, eve: User) -> None:
    hers = RoleAssignment.objects.get(user=eve).meeting
    assert hers is not None
    client = signed_in(eve)
    theirs = meeting.rules.get(order=1)
    page = press(client, hers, client.get(rules_of(hers)), "add")
    fields = {"rule_1_subject": "email", "rule_1_condition": "equals", "rule_1_value": "x", "rule_1_result": "hold"}
    press(client, hers, page, "save", rule_1_pk=str(theirs.pk), **fields)
    assert kept(meeting) == [FIRST[6:], SECOND[6:]]
    assert kept(hers) == ["E-mail address equals “x”: hold for review"]


@pytest.mark.parametrize("size", [2, 20])
def test_the_page_needs_as_many_queries_for_twenty_rules_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    meeting = MeetingFactory(approval="rules")
    for question in QuestionFactory.create_batch(size, meeting=meeting, type="radioButtons", options=["Red", "Blue"]):
        ApprovalRuleFactory(meeting=meeting, field="", question=question)
    with django_assert_num_queries(6):
        page = as_dana.get(rules_of(meeting))
    for person in SubmissionFactory.create_batch(size, meeting=meeting):
        moves.decide(Submission.objects.filter(pk=person.pk), to=Decision.APPROVED, at=timezone.now(), reason="a rule")
    with django_assert_num_queries(11):
        press(as_dana, meeting, page, "try")
    assert ApprovalRule.objects.count() == size
