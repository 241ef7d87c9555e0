"""`/meetings/{meetingId}/registration` and the meetings themselves, over HTTP."""

from typing import Any

import pytest

from registration.sandbox import seed
from registration.sandbox.forms import OPTIONAL_FIELDS, require_name
from registration.sandbox.server import SandboxServer
from tests.sandbox.talk import HandClock, Talk, answer, descriptions, person

FORM = f"/meetings/{seed.OPEN_HOUR_ID}/registration"
NEW_FORM: dict[str, Any] = {
    "autoAcceptRequest": True,
    "requireCity": True,
    "customizedQuestions": [
        {"question": "Team?", "type": "singleLineTextBox", "maxLength": 20, "required": True},
        {
            "question": "Colour?",
            "type": "checkbox",
            "options": [{"value": "red"}, {"value": "blue"}],
            "rules": [{"condition": "equals", "value": "red", "result": "reject"}],
        },
    ],
    "rules": [{"question": "email", "condition": "endsWith", "value": ".org", "result": "approve", "order": 4}],
}


def titles(talk: Talk, **query: str) -> list[str]:
    return [each["title"] for each in talk.get("/meetings", **query).json()["items"]]


def test_the_sample_webinar_shows_every_field_and_has_a_question_of_each_type(talk: Talk) -> None:
    form = talk.get(f"/meetings/{seed.PRODUCT_LAUNCH_ID}/registration").json()
    assert [form[require_name(field)] for field in OPTIONAL_FIELDS] == [True] * 10
    assert sorted(question["type"] for question in form["customizedQuestions"]) == [
        "checkbox",
        "dropdownList",
        "multiLineTextBox",
        "radioButtons",
        "singleLineTextBox",
    ]


def test_a_form_is_put_with_new_ids_and_its_rules_in_one_order(talk: Talk) -> None:
    first, second = (talk.call("PUT", FORM, json=NEW_FORM).json() for _ in range(2))
    assert talk.get(FORM).json() == second
    ids = [question["id"] for form in (first, second) for question in form["customizedQuestions"]]
    assert len(set(ids)) == 4
    assert second["customizedQuestions"] == [
        {"id": ids[2], "question": "Team?", "required": True, "type": "singleLineTextBox", "maxLength": 20},
        {
            "id": ids[3],
            "question": "Colour?",
            "required": False,
            "type": "checkbox",
            "options": [{"id": "1", "value": "red"}, {"id": "2", "value": "blue"}],
            "rules": [{"condition": "equals", "value": "red", "result": "reject", "matchCase": False, "order": 5}],
        },
    ]
    assert second["rules"] == [{**NEW_FORM["rules"][0], "matchCase": False}]
    assert [name for name, value in second.items() if value is True] == [
        "autoAcceptRequest",
        "requireFirstName",
        "requireLastName",
        "requireEmail",
        "requireCity",
    ]


def test_a_sandbox_that_keeps_ids_gives_new_ones_to_what_is_new_alone(talk: Talk, server: SandboxServer) -> None:
    server.store.keeps_question_ids = True
    [_team, colour] = talk.call("PUT", FORM, json=NEW_FORM).json()["customizedQuestions"]
    reworded = NEW_FORM | {
        "customizedQuestions": [
            NEW_FORM["customizedQuestions"][1],
            {**NEW_FORM["customizedQuestions"][0], "question": "Which team?"},
        ]
    }
    [first, second] = talk.call("PUT", FORM, json=reworded).json()["customizedQuestions"]
    assert (first["id"], second["id"]) == (colour["id"], "440004")


def test_after_a_form_was_put_the_old_question_ids_are_unknown(talk: Talk) -> None:
    old = talk.call("PUT", FORM, json=NEW_FORM).json()["customizedQuestions"][0]["id"]
    talk.call("PUT", FORM, json=NEW_FORM)
    response = talk.insert(seed.OPEN_HOUR_ID, person(customizedQuestions=[answer(int(old), "x")]))
    words = "items[0].customizedQuestions[0].questionId is not a question of this meeting's form."
    assert descriptions(response) == (400, [words])


def test_putting_a_form_switches_registration_on(talk: Talk) -> None:
    path = f"/meetings/{seed.TEAM_MEETING_ID}/registration"
    assert (talk.get(path).status_code, talk.call("PUT", path, json={}).status_code) == (400, 200)
    assert talk.insert(seed.TEAM_MEETING_ID, person()).status_code == 200


@pytest.mark.parametrize("detail", [{"recurrence": "FREQ=DAILY"}, {"password": ""}])
def test_a_recurrent_meeting_or_one_without_password_can_have_no_registration(
    talk: Talk, server: SandboxServer, detail: dict[str, Any]
) -> None:
    meeting = server.store.add_meeting(**detail)
    assert talk.call("PUT", f"/meetings/{meeting.id}/registration", json={}).status_code == 400


def test_deleting_the_form_deletes_the_registrants(talk: Talk, server: SandboxServer) -> None:
    talk.insert(seed.OPEN_HOUR_ID, person())
    assert talk.call("DELETE", FORM).status_code == 204
    assert server.store.registrants(seed.OPEN_HOUR_ID) == []
    assert talk.call("DELETE", FORM).status_code == 400


def test_the_host_stands_in_the_body_of_a_put_and_in_a_header_of_a_delete(talk: Talk) -> None:
    assert talk.call("PUT", FORM, json={"hostEmail": "x@example.com"}).status_code == 403
    assert talk.call("DELETE", FORM, headers={"hostEmail": "x@example.com"}).status_code == 403
    assert talk.call("PUT", FORM, json={"hostEmail": seed.HOST_EMAIL}).status_code == 200
    assert talk.call("DELETE", FORM, headers={"hostEmail": seed.HOST_EMAIL}).status_code == 204


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"requireCity": 1}, "requireCity must be true or false."),
        ({"hostEmail": 1}, "hostEmail is required and must be a text."),
        ({"rules": {}}, "rules must be a list of objects."),
        ({"customizedQuestions": [{}]}, "customizedQuestions[0].type must be one of singleLineTextBox, "
         "multiLineTextBox, checkbox, dropdownList, radioButtons."),
        ({"customizedQuestions": [{"type": "checkbox", "question": "?"}]},
         "customizedQuestions[0].options is required for a question of the type checkbox."),
        ({"customizedQuestions": [{"type": "checkbox", "question": "?", "options": [{}]}]},
         "customizedQuestions[0].options[0].value is required and must be a text."),
        ({"customizedQuestions": [{"type": "singleLineTextBox", "question": "?", "maxLength": 1000}]},
         "customizedQuestions[0].maxLength must be a number from 0 to 999."),
        ({"rules": [{"condition": "equals", "value": "x", "result": "approve", "order": "1"}]},
         "rules[0].order must be a number."),
        ({"rules": [{"condition": "likes", "value": "x", "result": "approve"}]},
         "rules[0].condition must be one of contains, notContains, beginsWith, endsWith, equals, notEquals."),
    ],
)  # fmt: skip
def test_a_form_that_is_wrong_is_refused_and_changes_nothing(talk: Talk, body: dict[str, object], words: str) -> None:
    before = talk.get(FORM).json()
    assert descriptions(talk.call("PUT", FORM, json=body)) == (400, [words])
    assert talk.get(FORM).json() == before


def test_the_list_of_meetings_covers_the_next_seven_days_unless_asked(talk: Talk) -> None:
    assert titles(talk) == ["Weekly team meeting (no registration)", "Dana Host's personal room"]
    assert titles(talk, **{"from": "2026-04-01", "to": "2026-05-01"}) == ["Product launch"]
    assert titles(talk, **{"from": "2026-04-09"}) == ["Product launch"]
    assert titles(talk, to="2026-03-16") == titles(talk)


def test_the_list_of_meetings_is_paged_by_link(talk: Talk) -> None:
    window = {"from": "2026-03-10", "to": "2026-05-01", "max": "3"}
    first = talk.get("/meetings", **window)
    second = talk.call("GET", first.links["next"]["url"].removeprefix(talk.server.url))
    found = [[each["title"] for each in page.json()["items"]] for page in (first, second)]
    assert (len(found[0]), found[1], second.links) == (3, ["Product launch"], {})


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"scheduledType": "webinar"}, 1),
        ({"meetingType": "meetingSeries"}, 4),
        ({"meetingType": "scheduledMeeting"}, 4),
        ({"meetingType": "meeting"}, 0),
        ({"state": "active"}, 4),
        ({"state": "expired"}, 0),
        ({"meetingNumber": "287654321"}, 1),
        ({"meetingSeriesId": seed.OPEN_HOUR_ID}, 1),
        ({"hostEmail": seed.HOST_EMAIL}, 4),
        ({"hostEmail": "x@example.com"}, 0),
    ],
)
def test_the_list_of_meetings_is_filtered(talk: Talk, query: dict[str, str], count: int) -> None:
    assert len(titles(talk, **{"from": "2026-03-10", "to": "2026-05-01"}, **query)) == count


@pytest.mark.parametrize("query", [{"from": "x"}, {"from": "2026-05-01", "to": "2026-04-01"}, {"state": "x"}])
def test_a_list_of_meetings_that_makes_no_sense_is_refused(talk: Talk, query: dict[str, str]) -> None:
    assert talk.get("/meetings", **query).status_code == 400


def test_a_meeting_that_is_over_is_expired(talk: Talk, clock: HandClock) -> None:
    clock.advance(days=31)
    assert talk.get(f"/meetings/{seed.PRODUCT_LAUNCH_ID}").json()["state"] == "expired"


def test_registration_comes_with_a_meeting_that_has_it(talk: Talk) -> None:
    found = [
        "registration" in talk.get(f"/meetings/{meeting_id}").json()
        for meeting_id in (
            seed.OPEN_HOUR_ID,
            seed.TEAM_MEETING_ID,
            f"{seed.OPEN_HOUR_ID}_20260324T150000Z",
        )
    ]
    assert found == [True, False, False]


@pytest.mark.parametrize(
    ("suffix", "meeting_type"),
    [("", "meetingSeries"), ("_20260324T150000Z", "scheduledMeeting"), ("_I_16742", "meeting")],
)
def test_the_kind_of_id_tells_the_type_of_meeting(talk: Talk, suffix: str, meeting_type: str) -> None:
    meeting = talk.get(f"/meetings/{seed.OPEN_HOUR_ID}{suffix}").json()
    assert (meeting["id"], meeting["meetingType"]) == (f"{seed.OPEN_HOUR_ID}{suffix}", meeting_type)


def test_an_unknown_or_hyphenated_id_is_not_found(talk: Talk) -> None:
    hyphenated = "a3d17e5c-90b8-42f6-b1c4-e8f2d6073a9b"
    assert [talk.get(f"/meetings/{each}").status_code for each in ("0" * 32, hyphenated)] == [404, 404]


@pytest.mark.parametrize(
    ("meeting_id", "status", "words"),
    [
        ("0" * 32, 404, "Meeting is not found."),
        (seed.TEAM_MEETING_ID, 400, "Registration is not supported for this meeting series."),
        (seed.PERSONAL_ROOM_ID, 400, "Registration is not supported for a personal room meeting."),
        (
            f"{seed.OPEN_HOUR_ID}_20260324T150000Z",
            400,
            "Only the ID of a meeting series is supported, not of an occurrence or instance.",
        ),
        (
            f"{seed.OPEN_HOUR_ID}_I_167427437874906709",
            400,
            "Only the ID of a meeting series is supported, not of an occurrence or instance.",
        ),
    ],
)
def test_what_has_no_registration_is_refused_in_its_own_words(
    talk: Talk, meeting_id: str, status: int, words: str
) -> None:
    assert descriptions(talk.insert(meeting_id, person())) == (status, [words])
    assert descriptions(talk.get(f"/meetings/{meeting_id}/registration")) == (status, [words])


def test_another_hosts_meeting_is_forbidden(talk: Talk) -> None:
    answers = [
        talk.get(f"/meetings/{seed.OPEN_HOUR_ID}/registrants", hostEmail=host).status_code
        for host in (seed.HOST_EMAIL.upper(), "x@example.com")
    ]
    assert answers == [200, 403]


def test_current_is_true_or_false(talk: Talk) -> None:
    assert [
        talk.get(f"/meetings/{seed.OPEN_HOUR_ID}/registrants", current=value).status_code
        for value in ("true", "false", "1")
    ] == [
        200,
        200,
        400,
    ]
