"""What staff are told of Webex's errors."""

import pytest

from registration.importing import advice
from registration.webex.errors import MeetingUnavailable

HINT = "Trying again does not help until the meeting is put right."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Meeting not found", "Meeting not found."),
        ("Meeting not found.", "Meeting not found."),
        ("Is it over? ", "Is it over?"),
        ("", str(MeetingUnavailable.own_words)),
    ],
)
def test_webex_s_words_end_before_ours_begin(said: str, told: str) -> None:
    assert advice.with_hint(MeetingUnavailable(said)) == f"{told} {HINT}"
