"""The batches in the admin: every call to Webex can be opened, and none changed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from registration.models import Batch, BatchItem, RoleAssignment, Submission
from tests.admin.pages import facts, rows, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

BATCHES = "admin:registration_batch_changelist"


def batch_of(size: int, **facts: Any) -> Batch:
    """A call with so many people in it."""
    meeting = MeetingFactory(title="Launch")
    known = {"action": "register", "started_at": "2026-11-03T09:00:00Z", "outcome": "done"}
    batch = Batch.objects.create(**known | {"meeting": meeting, "size": size} | facts)
    for person in SubmissionFactory.create_batch(size, meeting=meeting, first_name="Ann", last_name="Lee"):
        BatchItem.objects.create(batch=batch, submission=person, outcome="registered", webex_status="pending")
    return batch


def page_of(batch: Batch) -> str:
    return reverse("admin:registration_batch_change", args=[batch.pk])


def test_the_list_tells_what_was_asked_by_whom_and_how_it_ended(as_dana: Client, dana: User) -> None:
    first = batch_of(
        2,
        requested_by=dana,
        finished_at="2026-11-03T09:00:01.5Z",
        outcome="refused",
        http_status=400,
        tracking_id="T-1",
    )
    second = batch_of(1, started_at="2026-11-04T09:00:00Z", action="look_up", outcome="under_way")
    assert rows(as_dana.get(reverse(BATCHES))) == [
        [
            f"look up #{second.pk}",
            "Launch",
            "scheduled command",
            "2026-11-04 09:00:00",
            "–",
            "1",
            "→ under way",
            "–",
            "–",
        ],
        [
            f"register #{first.pk}",
            "Launch",
            "dana",
            "2026-11-03 09:00:00",
            "1.5",
            "2",
            "✗ refused by Webex",
            "400",
            "T-1",
        ],
    ]


def test_the_page_shows_the_call_and_each_persons_outcome(as_dana: Client, dana: User) -> None:
    batch = batch_of(
        1,
        requested_by=dana,
        finished_at="2026-11-03T09:00:02Z",
        http_status=400,
        tracking_id="T-1",
        outcome="refused",
        error="<b>countryRegion</b> is not known",
    )
    response = as_dana.get(page_of(batch))
    assert facts(response) == {
        "Meeting": "Launch",
        "Action": "register",
        "Asked for by": "dana",
        "Started": "2026-11-03 09:00:00 UTC",
        "Seconds": "2.0",
        "People": "1",
        "Outcome": "✗ refused by Webex",
        "HTTP status": "400",
        "Webex tracking id": "T-1 Copy",
        "Error": "<b>countryRegion</b> is not known",
    }
    person = batch.items.get().submission
    assert [text(row) for row in soup(response).select(".wide-table tbody tr")] == [
        f"Ann Lee {person.reference} ✓ at Webex ○ pending"
    ]
    assert [link["href"] for link in soup(response).select(".wide-table a")] == [
        reverse("admin:registration_submission_change", args=[person.pk])
    ]


def test_whom_webex_refused_is_shown_with_its_words_and_where_to_mend_it(as_rita: Client, as_vera: Client) -> None:
    batch = batch_of(1, outcome="refused", http_status=400)
    person = batch.items.get().submission
    batch.items.update(outcome="refused", webex_status="")
    words = "The value of <b>workPhone</b> is not accepted."
    Submission.objects.update(decision="approved", presence="refused", refusal=words)
    (row,) = soup(as_rita.get(page_of(batch))).select(".wide-table tbody tr")
    assert text(row) == f"Ann Lee {person.reference} ✗ refused by Webex – {words} Correct the answers"
    assert row.select("a")[-1]["href"] == reverse("admin:registration_submission_correct", args=[person.pk])
    (row,) = soup(as_vera.get(page_of(batch))).select(".wide-table tbody tr")
    assert text(row) == f"Ann Lee {person.reference} ✗ refused by Webex – {words}"


def test_while_the_call_is_under_way_the_page_is_read_again_and_its_end_ends_that(as_vera: Client) -> None:
    batch = batch_of(1, outcome="under_way")
    Submission.objects.update(batch=batch, presence="sending", due_at="2026-11-03T09:05:00Z")
    address = reverse("admin:registration_batch_state", args=[batch.pk])
    page = soup(as_vera.get(page_of(batch)))
    assert [area["data-poll"] for area in page.select("[data-poll]")] == [address]
    assert len(page.select("head noscript meta[http-equiv=refresh]")) == 1
    state = as_vera.get(address)
    assert ("X-Poll" in state.headers, facts(state)["Outcome"]) == (False, "→ under way")
    Batch.objects.update(outcome="done")
    state = as_vera.get(address)
    assert (state.headers["X-Poll"], facts(state)["Outcome"]) == ("done", "✓ done")
    assert soup(as_vera.get(page_of(batch))).select("[data-poll]") == []


def test_eve_finds_no_state_of_a_call_that_is_not_of_her_meeting(db: None) -> None:
    eve = User.objects.create_user("eve", is_staff=True)
    RoleAssignment.objects.create(user=eve, meeting=MeetingFactory(), role="manager")
    client = Client()
    client.force_login(eve)
    assert client.get(reverse("admin:registration_batch_state", args=[batch_of(1).pk])).status_code == 404


@pytest.mark.parametrize("size", [2, 20])
def test_the_page_needs_as_many_queries_for_twenty_people_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    batch = batch_of(size)
    with django_assert_num_queries(5):
        assert len(soup(as_dana.get(page_of(batch))).select(".wide-table tbody tr")) == size


@pytest.mark.parametrize("size", [2, 20])
def test_the_list_needs_as_many_queries_for_twenty_calls_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    for _ in range(size):
        batch_of(1)
    with django_assert_num_queries(8):
        assert len(rows(as_dana.get(reverse(BATCHES)))) == size


def test_at_most_a_hundred_people_are_shown_and_the_page_says_so(as_dana: Client) -> None:
    response = as_dana.get(page_of(batch_of(101)))
    assert len(soup(response).select(".wide-table tbody tr")) == 100
    assert [text(words) for words in soup(response).select(".quiet")] == ["Only the first are shown."]


def test_no_batch_is_added_changed_or_deleted(as_dana: Client) -> None:
    batch = batch_of(1)
    assert as_dana.get(reverse("admin:registration_batch_add")).status_code == 403
    assert as_dana.post(page_of(batch), {"error": ""}).status_code == 403
    assert as_dana.post(reverse("admin:registration_batch_delete", args=[batch.pk])).status_code == 403
    assert Batch.objects.count() == 1
