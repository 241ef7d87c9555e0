"""What an answer other than a success means, and what is said about it."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.webex import errors

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def an_error(body: object = None, *, http_status: int = 400, raw: bytes | None = None) -> errors.WebexError:
    content = json.dumps(body).encode() if raw is None else raw
    return errors.from_answer(http_status=http_status, body=content, tracking_id="", retry_after=None)


# --- which error -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, errors.OutcomeUnknown),
        (302, errors.OutcomeUnknown),
        (400, errors.Rejected),
        (401, errors.Unauthorized),
        (402, errors.Rejected),
        (403, errors.Forbidden),
        (404, errors.MeetingUnavailable),
        (405, errors.MeetingUnavailable),
        (408, errors.OutcomeUnknown),
        (409, errors.Conflict),
        (410, errors.MeetingUnavailable),
        (415, errors.MeetingUnavailable),
        (418, errors.Rejected),
        (423, errors.RateLimited),
        (428, errors.MeetingUnavailable),
        (429, errors.RateLimited),
        (500, errors.OutcomeUnknown),
        (502, errors.OutcomeUnknown),
        (503, errors.OutcomeUnknown),
        (504, errors.OutcomeUnknown),
        (599, errors.OutcomeUnknown),
    ],
)
def test_each_status_has_its_own_error(status: int, kind: type[errors.WebexError]) -> None:
    error = an_error({}, http_status=status)

    assert (type(error), error.http_status) == (kind, status)


# --- words -----------------------------------------------------------------------------------------------------

NOT_SUPPORTED = "Registration is not supported for this meeting series."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "Generic", "errors": [{"description": NOT_SUPPORTED}], "trackingId": "T"}, NOT_SUPPORTED),
        ({"errors": [{"description": "One."}, None, {"description": "Two."}, {"code": 3}]}, "One.; Two."),
        ({"message": "Generic"}, "Generic"),
        ({"message": "Generic", "errors": []}, "Generic"),
        ({"message": "Generic", "errors": None}, "Generic"),
        ({"message": "Generic", "errors": {"description": "no list"}}, "Generic"),
        ({"message": " two\n  lines\x00 "}, "two lines"),
        ({"message": ["no text"]}, "Webex refused this."),
        ({"message": 17, "errors": [{"description": 17}]}, "Webex refused this."),
        ({}, "Webex refused this."),
        ([{"message": "in a list"}], "Webex refused this."),
        ("text", "Webex refused this."),
        (None, "Webex refused this."),
    ],
)
def test_staff_see_the_descriptions_else_the_message_else_our_own_words(body: object, words: str) -> None:
    assert an_error(body).words == words


@pytest.mark.parametrize("raw", [b"", b"<html><body>Bad Gateway</body></html>", b"\xff\xfe\xfd", b"[" * 100_000])
def test_a_body_that_is_no_json_is_not_shown(raw: bytes) -> None:
    assert an_error(raw=raw, http_status=502).words == (
        "Webex gave no usable answer, so it is not known whether it did what was asked."
    )


def test_words_are_bounded() -> None:
    assert an_error({"message": "x" * 10_000}).words == "x" * 500


def test_the_message_for_logs_quotes_nobody() -> None:
    error = an_error({"message": "bob@example.com is registered", "trackingId": "ROUTER_5F-1.2"}, http_status=409)

    assert (str(error), error.words) == (
        "Webex says that this conflicts with what it has already. (HTTP 409, tracking id ROUTER_5F-1.2)",
        "bob@example.com is registered",
    )


def test_an_error_without_an_answer_says_only_what_it_is() -> None:
    error = errors.NotSent()

    assert (str(error), error.words, error.http_status, error.tracking_id, error.retry_after_seconds) == (
        "Webex could not be reached; nothing was sent.",
        "Webex could not be reached; nothing was sent.",
        None,
        "",
        None,
    )


def test_every_error_has_words_and_a_hint_of_its_own() -> None:
    kinds = errors.WebexError.__subclasses__()

    assert len({kind.own_words for kind in kinds}) == len({kind.hint for kind in kinds}) == len(kinds)


# --- tracking ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "in_body", "tracking_id"),
    [
        ("FROM_HEADER", "FROM_BODY", "FROM_HEADER"),
        ("", "FROM_BODY", "FROM_BODY"),
        ("", None, ""),
        ("", 17, "17"),
        ("bob@example.com", "", ""),
        ("", "two\nlines", ""),
        ("", "x" * 129, ""),
    ],
)
def test_the_tracking_id_is_taken_from_header_or_body_if_it_is_fit_for_a_log(
    header: str, in_body: object, tracking_id: str
) -> None:
    body = json.dumps({"trackingId": in_body}).encode()

    error = errors.from_answer(http_status=400, body=body, tracking_id=header, retry_after=None)

    assert error.tracking_id == tracking_id


# --- Retry-After -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("17", 17),
        (" 17 ", 17),
        ("1.5", 1.5),
        ("299", 299),
        ("301", 300),
        ("9" * 400, 300),
        ("-5", 30),
        ("", 30),
        (None, 30),
        ("soon", 30),
        ("rand(30),add(30)", 30),
        ("nan", 30),
        ("inf", 30),
        ("1e3", 30),
        (format_datetime(NOW + timedelta(seconds=42), usegmt=True), 42),
        (format_datetime(NOW + timedelta(days=3), usegmt=True), 300),
        (format_datetime(NOW - timedelta(seconds=42), usegmt=True), 30),
        ("Sun, 22 Nov 2026 12:00:42 -0000", 42),
        ("Sun, 22 Nov 2026 14:00:42 +0200", 42),
        ("Sun, 99 Nov 2026 12:00:42 GMT", 30),
    ],
)
def test_retry_after_is_understood_in_every_spelling(header: str | None, seconds: float) -> None:
    assert errors.retry_after_seconds(header, now=NOW) == seconds


@given(st.text() | st.from_regex(r"\A[A-Z][a-z]{2}, [0-9]{1,5} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [A-Z+0-9-]{1,6}\Z"))
def test_no_retry_after_makes_anybody_wait_without_a_bound(header: str) -> None:
    assert 0 <= errors.retry_after_seconds(header, now=NOW) <= 300


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, None, 30), (423, None, 30), (429, "5", 5), (503, "5", 5), (503, None, None), (400, None, None)],
)
def test_a_pause_is_known_where_webex_asked_for_one_or_limits_the_rate(
    status: int, header: str | None, seconds: float | None
) -> None:
    error = errors.from_answer(http_status=status, body=b"", tracking_id="", retry_after=header)

    assert error.retry_after_seconds == seconds
