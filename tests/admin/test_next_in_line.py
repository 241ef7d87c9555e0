"""Each page that asks before places become free names who gets them, and the mail to each; and notes who looked."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from registration import audit
from registration.admin import meeting_outbox, next_in_line
from registration.flow import review
from registration.models import AuditEntry, Meeting, Submission
from registration.states import Decision
from tests.admin.pages import choose, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

WRITES = "gets a place that is free then, and the portal writes “a place from the waiting list” to them"
AT_ONCE = "Waiting list: 1 of them is approved at once, as the meeting says, and sent with the next push."


@pytest.fixture
def launch(db: None) -> Meeting:
    """A meeting that is full, with three in line: Bo, Cy and Di."""
    meeting: Meeting = MeetingFactory(title="Launch", capacity=1, waiting_list="at_once")
    SubmissionFactory(meeting=meeting, first_name="Ann", last_name="Lee", approved=True)
    for name in ("Bo", "Cy", "<i>Di</i>"):
        SubmissionFactory(meeting=meeting, first_name=name, last_name="Lee", decision=Decision.WAITLISTED)
    return meeting


def of(*names: str) -> list[int]:
    return list(Submission.objects.filter(first_name__in=names).values_list("pk", flat=True))


def looked() -> list[set[int]]:
    entries = AuditEntry.objects.filter(action=audit.Action.VIEWED).order_by("pk")
    return [set(entry.people.values_list("submission", flat=True)) for entry in entries]


def preview_of(meeting: Meeting) -> str:
    return reverse(f"admin:{meeting_outbox.PREVIEW}", args=[meeting.pk])


def mails(response: Any) -> list[str]:
    return [text(item) for item in soup(response).select("#content dd") if "×" in text(item)]


def test_the_preview_of_a_push_names_whom_a_release_gives_a_place(as_rita: Client, rita: User, launch: Meeting) -> None:
    Meeting.objects.update(holds_decisions=True)
    review.decline(Submission.objects.filter(pk__in=of("Ann", "Bo")), by=rita, reason="No")
    page = as_rita.get(preview_of(launch))
    assert mails(page) == [
        "2 × “declined”: Ann Lee , Bo Lee",
        "1 × “a place from the waiting list”, from the waiting list, for a place that becomes free: Cy Lee",
    ]
    assert looked() == [set(of("Cy"))]
    assert mails(as_rita.get(preview_of(launch), {"only": "due"})) == []


def test_whoever_is_approved_at_once_for_it_is_in_the_calls_of_the_preview(
    as_rita: Client, rita: User, launch: Meeting
) -> None:
    Meeting.objects.update(holds_decisions=True)
    review.decline(Submission.objects.filter(pk__in=of("Ann")), by=rita, reason="No")
    Meeting.objects.update(holds_decisions=False, approval="automatic")
    page = soup(as_rita.get(preview_of(launch)))
    assert [text(person).split()[0] for person in page.select("section.call .people li")] == ["Bo"]


def test_the_page_before_declining_names_them(as_dana: Client, launch: Meeting) -> None:
    Meeting.objects.update(approval="automatic")
    page = soup(choose(as_dana, "decline", of("Ann")))
    assert [text(words) for words in page.select("p.caution")] == [f"Waiting list: 1 {WRITES}: Bo Lee.", AT_ONCE]
    assert looked() == [set(of("Ann")), set(of("Bo"))]
    page = soup(choose(as_dana, "decline", of("Bo")))
    assert page.select("p.caution") == []
    Meeting.objects.update(holds_decisions=True)
    page = soup(choose(as_dana, "decline", of("Ann")))
    assert len(page.select("p.caution")) == 1


def test_the_page_before_erasing_names_them(as_dana: Client, launch: Meeting) -> None:
    page = soup(choose(as_dana, "erase", of("Ann", "Bo")))
    assert [text(words) for words in page.select("ul.caution li")][-2:] == [
        f"Waiting list: 1 {WRITES}: Cy Lee.",
        "The portal mails none of them about it: it has no address then. Tell them yourself, if they asked you.",
    ]


def test_of_many_the_first_are_named(as_dana: Client, launch: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_in_line, "MOST_NAMED", 1)
    Meeting.objects.update(capacity=3)
    page = soup(choose(as_dana, "decline", of("Ann")))
    assert [text(words) for words in page.select("p.caution")] == [
        "Waiting list: 3 get a place that is free then, and the portal writes “a place from the waiting list” to "
        "them: Bo Lee and 2 more."
    ]


@pytest.mark.parametrize("size", [2, 15])
def test_as_many_queries_for_many_as_for_two(
    as_rita: Client, rita: User, launch: Meeting, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    SubmissionFactory.create_batch(size, meeting=launch, approved=True)
    SubmissionFactory.create_batch(size, meeting=launch, decision=Decision.WAITLISTED)
    Meeting.objects.update(capacity=size + 1, holds_decisions=True)
    review.decline(Submission.objects.filter(decision="approved"), by=rita, reason="No")
    with django_assert_num_queries(53):
        mails(as_rita.get(preview_of(launch)))
