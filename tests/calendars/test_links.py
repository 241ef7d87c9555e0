"""The links that open a calendar on the web."""

from urllib.parse import parse_qs, urlsplit

import pytest

from registration.calendars.links import calendar_links
from registration.models import Submission
from tests.calendars.test_file import ann

JOINING = "Your own link for joining comes from Webex by mail."


def test_each_calendar_gets_the_meeting_in_its_own_words_and_in_utc() -> None:
    links = calendar_links(ann(title="Tom & Ann’s + more", agenda="1. Hello\n2. Demo").meeting, is_approved=True)
    details = f"1. Hello\n2. Demo\n\n{JOINING}"
    outlook = {
        "path": ["/calendar/action/compose"],
        "rru": ["addevent"],
        "subject": ["Tom & Ann’s + more"],
        "startdt": ["2027-01-05T09:00:00Z"],
        "enddt": ["2027-01-05T10:00:00Z"],
        "body": [details],
        "location": ["Online, on Webex"],
    }
    assert {link.name: parts(link.url) for link in links} == {
        "Google Calendar": (
            "https://calendar.google.com/calendar/render",
            {
                "action": ["TEMPLATE"],
                "text": ["Tom & Ann’s + more"],
                "dates": ["20270105T090000Z/20270105T100000Z"],
                "details": [details],
                "location": ["Online, on Webex"],
            },
        ),
        "Outlook.com": ("https://outlook.live.com/calendar/deeplink/compose", outlook),
        "Microsoft 365": ("https://outlook.office.com/calendar/deeplink/compose", outlook),
        "Yahoo Calendar": (
            "https://calendar.yahoo.com/",
            {
                "v": ["60"],
                "TITLE": ["Tom & Ann’s + more"],
                "ST": ["20270105T090000Z"],
                "ET": ["20270105T100000Z"],
                "DESC": [details],
                "in_loc": ["Online, on Webex"],
            },
        ),
    }
    # Outlook shows a plus sign where a space was meant.
    assert [link.name for link in links if "+" in link.url] == []


@pytest.mark.parametrize("is_approved", [True, False])
def test_the_links_say_nothing_of_the_person(is_approved: bool) -> None:
    submission = ann(host_email="dana@example.com")
    links = calendar_links(submission.meeting, is_approved=is_approved)
    assert [secret for secret in secrets_of(submission) for link in links if secret in link.url] == []


def test_the_longest_words_make_addresses_that_servers_take() -> None:
    meeting = ann(title="🎉" * 300, intro="🎉" * 2000, agenda="🎉" * 3000).meeting
    links = calendar_links(meeting, is_approved=True)
    assert [link.name for link in links if len(link.url) > 8000] == []


def secrets_of(submission: Submission) -> list[str]:
    return [submission.token, submission.reference, "ann%40example.com", "ann@example.com", "Ann", "Lee", "dana"]


def parts(url: str) -> tuple[str, dict[str, list[str]]]:
    address, _mark, query = url.partition("?")
    assert urlsplit(url).scheme == "https"
    return address, parse_qs(query, strict_parsing=True)
