"""A meeting's list of approval rules is stored whole, or not at all."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from registration.errors import ChangedMeanwhile
from registration.flow import rule_list, ruling
from registration.flow.rule_list import seen
from registration.models import ApprovalRule, AuditEntry, Meeting
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return User.objects.create_user("dana")


def rule(value: str, *, pk: int | None = None, **more: Any) -> ApprovalRule:
    facts = {"field": "city", "condition": "equals", "result": "approve"} | more
    return ApprovalRule(pk=pk, value=value, **facts)


def stored(meeting: Meeting, value: str, **more: Any) -> ApprovalRule:
    made: ApprovalRule = ApprovalRuleFactory(meeting=meeting, field="city", condition="equals", value=value, **more)
    return made


def store(meeting: Meeting, by: User, *drafts: ApprovalRule) -> bool:
    return rule_list.store(meeting, drafts, shown=seen(ruling.rules_of(meeting)), by=by)


def listed(meeting: Meeting) -> list[tuple[int, str, bool, bool]]:
    return list(meeting.rules.values_list("order", "value", "is_active", "is_from_webex"))


def test_the_list_becomes_the_drafts_in_their_order(dana: User) -> None:
    meeting = MeetingFactory()
    first, second = stored(meeting, "Bonn"), stored(meeting, "Ulm")
    third = stored(meeting, "Köln")
    drafts = [rule("Kiel"), rule("Ulm", pk=second.pk, is_active=False), rule("Bonn", pk=first.pk, result="reject")]
    assert store(meeting, dana, *drafts)
    assert listed(meeting) == [(1, "Kiel", True, False), (2, "Ulm", False, False), (3, "Bonn", True, False)]
    assert [row.pk for row in meeting.rules.all()][1:] == [second.pk, first.pk]
    assert not ApprovalRule.objects.filter(pk=third.pk).exists()


def test_what_was_and_what_is_stands_in_the_audit(dana: User) -> None:
    meeting = MeetingFactory()
    bonn = stored(meeting, "Bonn", is_from_webex=True)
    assert store(meeting, dana, rule("Bonn", pk=bonn.pk, is_active=False))
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.meeting, entry.thing) == (dana, "edited", meeting, "approval rules")
    words = "City equals “Bonn”: approve"
    assert entry.before == {"rules": [f"{words} (from Webex)"]}
    assert entry.after == {"rules": [f"{words} (from Webex, switched off)"]}


def test_where_nothing_changes_nothing_is_written(dana: User) -> None:
    meeting = MeetingFactory()
    bonn, ulm = stored(meeting, "Bonn", order=7), stored(meeting, "Ulm", order=9)
    assert not store(meeting, dana, rule("Bonn", pk=bonn.pk), rule("Ulm", pk=ulm.pk))
    assert (listed(meeting)[0][0], AuditEntry.objects.count()) == (7, 0)
    assert store(meeting, dana, rule("Ulm", pk=ulm.pk), rule("Bonn", pk=bonn.pk))


def test_a_rule_from_webex_that_is_changed_becomes_ours_and_what_webex_says_stays_off(dana: User) -> None:
    meeting = MeetingFactory()
    bonn, ulm = stored(meeting, "Bonn", is_from_webex=True), stored(meeting, "Ulm", is_from_webex=True)
    store(meeting, dana, rule("BONN", pk=bonn.pk), rule("Ulm", pk=ulm.pk))
    assert listed(meeting) == [(1, "BONN", True, False), (2, "Bonn", False, True), (3, "Ulm", True, True)]


def test_a_rule_from_webex_that_is_left_out_is_switched_off_unless_there_is_no_webex(dana: User) -> None:
    meeting = MeetingFactory()
    stored(meeting, "Bonn", is_from_webex=True)
    store(meeting, dana)
    assert listed(meeting) == [(1, "Bonn", False, True)]
    meeting.webex_id = ""
    meeting.save()
    store(meeting, dana)
    assert listed(meeting) == []


@pytest.mark.parametrize("change", ["added", "changed", "switched", "moved", "gone", "subject"])
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(dana: User, change: str) -> None:
    meeting = MeetingFactory()
    one, two = QuestionFactory.create_batch(2, meeting=meeting, text="Same?")
    bonn, ulm = stored(meeting, "Bonn", order=1), ApprovalRuleFactory(meeting=meeting, field="", question=one, order=2)
    shown = seen(ruling.rules_of(meeting))
    match change:
        case "added":
            stored(meeting, "Kiel")
        case "changed":
            meeting.rules.filter(pk=bonn.pk).update(match_case=True)
        case "switched":
            meeting.rules.filter(pk=bonn.pk).update(is_active=False)
        case "moved":
            meeting.rules.filter(pk=bonn.pk).update(order=9)
        case "gone":
            ulm.delete()
        case "subject":
            meeting.rules.filter(pk=ulm.pk).update(question=two)
    before = list(meeting.rules.values())
    with pytest.raises(ChangedMeanwhile):
        rule_list.store(meeting, [rule("Mine")], shown=shown, by=dana)
    assert list(meeting.rules.values()) == before


def test_a_rule_of_another_meeting_is_not_taken_over(dana: User) -> None:
    meeting, other = MeetingFactory(), MeetingFactory()
    theirs = stored(other, "Bonn")
    store(meeting, dana, rule("Ulm", pk=theirs.pk))
    assert (listed(meeting), listed(other)[0][1]) == ([(1, "Ulm", True, False)], "Bonn")


def test_to_have_the_rules_decide_is_done_once_and_noted(dana: User) -> None:
    meeting = MeetingFactory()
    version = meeting.form_version
    assert [rule_list.have_them_decide(meeting, by=dana) for _ in range(2)] == [True, False]
    meeting.refresh_from_db()
    assert (meeting.approval, meeting.form_version != version) == ("rules", True)
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"approval": "manual"}, {"approval": "rules"})


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"result": "hold"}, False),
        ({"result": "reject"}, True),
        ({"field": "city"}, True),
        ({"field": "fax"}, False),
    ],
)
def test_which_rules_webex_may_be_told_of(facts: dict[str, Any], may: bool) -> None:
    meeting = MeetingFactory(city_use="optional")
    assert ApprovalRuleFactory(meeting=meeting, **facts).may_go_to_webex is may


@pytest.mark.parametrize(("question", "may"), [({}, True), ({"webex_id": ""}, False), ({"is_retired": True}, False)])
def test_of_a_question_webex_may_be_told_where_it_asks_it_too(question: dict[str, Any], may: bool) -> None:
    asked = QuestionFactory(**question)
    assert ApprovalRuleFactory(meeting=asked.meeting, field="", question=asked).may_go_to_webex is may
