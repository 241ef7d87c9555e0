"""What is sent to Webex and what is understood of its answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.webex.records import (
    Answer,
    AnswerValue,
    FormInfo,
    MeetingInfo,
    OptionInfo,
    QuestionInfo,
    Registrant,
    RegistrantRow,
    RuleInfo,
    email_key,
)
from tests.webex.bob import BOB

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def json_objects_with(*names: str) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(names), JSON)


# --- sending ---------------------------------------------------------------------------------------------------


def test_a_registrant_with_every_field_has_webex_names_and_types() -> None:
    assert replace(BOB, send_email=False).to_json() == {
        "firstName": "Bob",
        "lastName": "Lee",
        "email": "bob@example.com",
        "sendEmail": False,
        "jobTitle": "Manager",
        "companyName": "Cisco",
        "address1": "1 Main Street",
        "address2": "Floor 2",
        "city": "New York",
        "state": "NY",
        "zipCode": 10001,
        "countryRegion": "United States",
        "workPhone": "+1 212 555 0100",
        "fax": "+1 212 555 0101",
        "customizedQuestions": [
            {"questionId": 330087, "answers": [{"answer": "green", "optionId": 1}, {"answer": "red", "optionId": 2}]},
            {"questionId": 330088, "answers": [{"answer": "Vegetarian"}]},
        ],
    }


@pytest.mark.parametrize("send_email", [True, False])
def test_what_was_not_answered_is_left_out_but_send_email_never_is(send_email: bool) -> None:
    registrant = Registrant(
        first_name="Bob",
        last_name="Lee",
        email="bob@example.com",
        send_email=send_email,
        answers=(Answer(question_id="1", values=()),),
    )

    assert registrant.to_json() == {
        "firstName": "Bob",
        "lastName": "Lee",
        "email": "bob@example.com",
        "sendEmail": send_email,
    }


def test_an_id_that_is_no_number_is_sent_as_it_is() -> None:
    answer = Answer(question_id="q-7", values=(AnswerValue("green", option_id="007"),))

    assert answer.to_json() == {"questionId": "q-7", "answers": [{"answer": "green", "optionId": "007"}]}


def sent_zip_code(zip_code: str) -> object:
    return Registrant("Bob", "Lee", "bob@example.com", False, zip_code=zip_code).to_json()["zipCode"]


@pytest.mark.parametrize(
    ("zip_code", "sent"),
    [
        ("10001", 10001),
        ("0", 0),
        ("02139", "02139"),
        ("SW1A 1AA", "SW1A 1AA"),
        ("12345-6789", "12345-6789"),
        ("1_000", "1_000"),
        ("+49", "+49"),
        (" 10001", " 10001"),
        ("١٢٣", "١٢٣"),
        ("1e3", "1e3"),
        ("9007199254740991", 9007199254740991),
        ("9007199254740993", "9007199254740993"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_postal_code_is_a_number_only_where_nothing_is_lost(zip_code: str, sent: object) -> None:
    result = sent_zip_code(zip_code)

    assert (result, type(result)) == (sent, type(sent))


@given(st.text(min_size=1) | st.from_regex(r"\A[0-9 -]{1,20}\Z"))
def test_no_postal_code_loses_a_character(zip_code: str) -> None:
    assert str(sent_zip_code(zip_code)) == zip_code


# --- registrants -----------------------------------------------------------------------------------------------


def test_a_registrant_is_read_whole() -> None:
    row = RegistrantRow.from_json(
        {
            "id": "fbd83190",
            "status": "pending",
            "firstName": "bob",
            "lastName": "Lee",
            "email": "Bob@Example.com",
            "zipCode": 123456,
            "registrationTime": "2021-09-07T09:29:13+08:00",
            "registrationId": 566476,
        }
    )

    assert row == RegistrantRow(
        id="fbd83190",
        email="Bob@Example.com",
        status="pending",
        registration_time=datetime(2021, 9, 7, 1, 29, 13, tzinfo=UTC),
        registration_id="566476",
        first_name="bob",
        last_name="Lee",
    )


@pytest.mark.parametrize(
    "id_fields",
    [{"id": "17"}, {"id": 17}, {"id": 17.0}, {"registrantId": "17"}, {"id": None, "registrantId": 17}, {"id": " 17 "}],
)
def test_an_id_is_read_in_every_spelling(id_fields: dict[str, object]) -> None:
    assert RegistrantRow.from_json({"email": "a@example.com", **id_fields}) == RegistrantRow("17", "a@example.com")


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        "row",
        {},
        {"id": "1"},
        {"email": "a@example.com"},
        {"id": "1", "email": None},
        {"id": "1", "email": " "},
        {"id": True, "email": "a@example.com"},
        {"id": "x" * 201, "email": "a@example.com"},
    ],
)
def test_a_row_without_an_id_or_an_email_is_no_row(row: object) -> None:
    assert RegistrantRow.from_json(row) is None


@pytest.mark.parametrize(
    ("status", "read"), [("approved", "approved"), ("REJECTED", "rejected"), ("waitlisted", ""), (None, ""), (3, "")]
)
def test_a_status_that_nobody_knows_is_empty(status: object, read: str) -> None:
    row = RegistrantRow.from_json({"id": "1", "email": "a@example.com", "status": status})

    assert row == RegistrantRow("1", "a@example.com", status=read)


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2021-09-07T09:29:13Z", datetime(2021, 9, 7, 9, 29, 13, tzinfo=UTC)),
        ("2021-09-07T09:29:13", datetime(2021, 9, 7, 9, 29, 13, tzinfo=UTC)),
        ("2021-09-07T09:29:13.5-02:00", datetime(2021, 9, 7, 11, 29, 13, 500_000, tzinfo=UTC)),
        ("0001-01-01T00:00:00+08:00", None),
        ("yesterday", None),
        (1630999753, None),
        (None, None),
    ],
)
def test_times_are_read_in_utc_or_not_at_all(time: object, read: datetime | None) -> None:
    row = RegistrantRow.from_json({"id": "1", "email": "a@example.com", "registrationTime": time})

    assert row == RegistrantRow("1", "a@example.com", registration_time=read)


@given(st.integers(-2_000_000_000, 9_000_000_000), st.integers(-12 * 60, 14 * 60))
def test_a_time_means_the_same_moment_in_every_zone(timestamp: int, offset: int) -> None:
    moment = datetime.fromtimestamp(timestamp, timezone(timedelta(minutes=offset)))

    row = RegistrantRow.from_json({"id": "1", "email": "a@example.com", "registrationTime": moment.isoformat()})

    assert row == RegistrantRow("1", "a@example.com", registration_time=moment)


def test_emails_are_compared_without_case_and_outer_spaces() -> None:
    assert RegistrantRow("1", "Bob@Example.COM").email_key == email_key("  bob@example.com ") == "bob@example.com"


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("Ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@faß.example", "ann@xn--fa-hia.example"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp"),
        ("ann@a_ü.example", "ann@a_ü.example"),  # in no ASCII form
        ("nobody", "nobody"),
        ("ü", "ü"),
    ],
)
def test_an_internationalized_domain_is_compared_in_its_ascii_form(typed: str, compared: str) -> None:
    assert email_key(typed) == compared


def test_an_internationalized_domain_is_sent_in_its_ascii_form() -> None:
    assert replace(BOB, email="Bob@Bücher.example").to_json()["email"] == "Bob@xn--bcher-kva.example"


def test_text_that_no_database_takes_loses_what_it_cannot_keep() -> None:
    row = RegistrantRow.from_json({"id": "1", "email": "a@example.com", "firstName": "B\x00o\ud800b"})

    assert row == RegistrantRow("1", "a@example.com", first_name="Bob")


# --- meetings --------------------------------------------------------------------------------------------------


def test_a_meeting_is_read_whole() -> None:
    meeting = MeetingInfo.from_json(
        {
            "id": "560d7b784f5143e3be2fc3064a5c4999",
            "title": "Sales day",
            "agenda": "What is new",
            "start": "2026-11-18T11:26:30Z",
            "end": "2026-11-18T12:26:30Z",
            "timezone": "Europe/Berlin",
            "hostEmail": "john@example.com",
            "hostDisplayName": "John",
            "meetingType": "meetingSeries",
            "scheduledType": "webinar",
            "state": "active",
            "registration": {"autoAcceptRequest": False},
            "siteUrl": "site4-example.webex.com",
            "recurrence": "FREQ=DAILY;INTERVAL=1;COUNT=10",
            "enabledJoinBeforeHost": True,
        }
    )

    assert meeting == MeetingInfo(
        id="560d7b784f5143e3be2fc3064a5c4999",
        title="Sales day",
        agenda="What is new",
        start_at=datetime(2026, 11, 18, 11, 26, 30, tzinfo=UTC),
        end_at=datetime(2026, 11, 18, 12, 26, 30, tzinfo=UTC),
        timezone="Europe/Berlin",
        host_email="john@example.com",
        host_display_name="John",
        meeting_type="meetingSeries",
        scheduled_type="webinar",
        state="active",
        has_registration=True,
        site_url="site4-example.webex.com",
        recurrence="FREQ=DAILY;INTERVAL=1;COUNT=10",
        join_before_host=True,
    )


def test_a_meeting_may_say_nothing_but_its_id() -> None:
    assert MeetingInfo.from_json({"id": "m1", "title": None}) == MeetingInfo(id="m1")


@pytest.mark.parametrize(("registration", "read"), [({}, True), (None, False), (False, False)])
def test_a_meeting_says_whether_it_has_registration(registration: object, read: bool) -> None:
    meeting = MeetingInfo.from_json({"id": "m1", "registration": registration})

    assert meeting == MeetingInfo(id="m1", has_registration=read)


@pytest.mark.parametrize("value", [None, [], {}, {"id": None}, {"title": "Sales day"}])
def test_a_meeting_without_an_id_is_none(value: object) -> None:
    assert MeetingInfo.from_json(value) is None


# --- forms -----------------------------------------------------------------------------------------------------


def test_a_form_is_read_whole_with_both_kinds_of_rule_in_their_one_order() -> None:
    rule = {"condition": "contains", "value": "tom", "result": "approve", "matchCase": True}
    form = FormInfo.from_json(
        {
            "autoAcceptRequest": True,
            "requireFirstName": True,
            "requireLastName": True,
            "requireEmail": True,
            "requireJobTitle": True,
            "requireAddress1": True,
            "requireZipCode": True,
            "requireFax": False,
            "customizedQuestions": [
                {
                    "id": "330521",
                    "question": "Which colour?",
                    "required": True,
                    "type": "checkbox",
                    "options": [{"id": "1", "value": "green"}, {"id": 2, "value": "red"}],
                    "rules": [rule | {"order": 2}],
                },
                {"id": 330522, "question": "Your diet", "type": "singleLineTextBox", "maxLength": 80.0},
            ],
            "rules": [rule | {"question": "state", "order": 3}, rule | {"question": "email", "order": "1"}],
        }
    )

    assert form == FormInfo(
        auto_accept_request=True,
        shown_fields=frozenset({"jobTitle", "address1", "zipCode"}),
        questions=(
            QuestionInfo(
                id="330521",
                text="Which colour?",
                type="checkbox",
                is_required=True,
                options=(OptionInfo("1", "green"), OptionInfo("2", "red")),
            ),
            QuestionInfo(id="330522", text="Your diet", type="singleLineTextBox", max_length=80),
        ),
        rules=(
            RuleInfo(1, "email", "", "contains", "tom", "approve", match_case=True),
            RuleInfo(2, "", "330521", "contains", "tom", "approve", match_case=True),
            RuleInfo(3, "state", "", "contains", "tom", "approve", match_case=True),
        ),
    )


def test_what_is_no_question_no_option_and_no_rule_is_left_out() -> None:
    form = FormInfo.from_json(
        {
            "customizedQuestions": [
                None,
                {"id": None, "question": "No id"},
                {"id": "1", "question": " "},
                {"id": "2", "question": "Kept", "type": "hologram", "options": [None, {"id": 1}, {"value": "x"}]},
            ],
            "rules": [None, {"order": 1, "condition": "contains"}],
        }
    )

    assert form == FormInfo(questions=(QuestionInfo(id="2", text="Kept", type="hologram"),))


def test_a_rule_without_an_order_comes_last() -> None:
    form = FormInfo.from_json(
        {"requireEmail": True, "rules": [{"question": "city", "order": None}, {"question": "state", "order": 9}]}
    )

    assert form == FormInfo(
        rules=(
            RuleInfo(9, "state", "", condition="", value="", result=""),
            RuleInfo(32_767, "city", "", condition="", value="", result=""),
        )
    )


@pytest.mark.parametrize("length", [0, -1, 1000, "many", None, True, 1e300, float("nan")])
def test_a_length_that_is_no_limit_is_none(length: object) -> None:
    form = FormInfo.from_json({"customizedQuestions": [{"id": 1, "question": "Q", "type": "t", "maxLength": length}]})

    assert form == FormInfo(questions=(QuestionInfo(id="1", text="Q", type="t"),))


@pytest.mark.parametrize("value", [None, [], "form", {}, {"message": "no"}, {"customizedQuestions": {"id": 1}}])
def test_what_does_not_look_like_a_form_is_none(value: object) -> None:
    assert FormInfo.from_json(value) is None


# --- anything --------------------------------------------------------------------------------------------------


@given(JSON | json_objects_with("id", "registrantId", "email", "status", "registrationTime", "registrationId"))
def test_reading_a_row_never_raises(value: object) -> None:
    row = RegistrantRow.from_json(value)

    assert row is None or (row.id != "" and row.email != "" and row.status in ("", "approved", "pending", "rejected"))


@given(JSON | json_objects_with("id", "title", "start", "end", "registration", "enabledJoinBeforeHost"))
def test_reading_a_meeting_never_raises(value: object) -> None:
    meeting = MeetingInfo.from_json(value)

    assert meeting is None or meeting.id != ""


@given(
    JSON
    | st.fixed_dictionaries(
        {"autoAcceptRequest": JSON},
        optional={
            "customizedQuestions": st.lists(
                json_objects_with("id", "question", "type", "options", "rules", "maxLength") | JSON
            ),
            "rules": st.lists(json_objects_with("question", "order", "condition") | JSON),
        },
    )
)
def test_reading_a_form_never_raises(value: object) -> None:
    form = FormInfo.from_json(value)

    assert form is None or [rule.order for rule in form.rules] == sorted(rule.order for rule in form.rules)
