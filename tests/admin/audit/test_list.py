"""The audit as a list: what it is narrowed by, and how much is asked of the database for it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from registration import audit
from registration.admin import audit_filters, paging
from registration.models import (
    AuditEntry,
    RoleAssignment,
)
from registration.roles import Role
from tests.admin.audit.entries import LIST, Action
from tests.admin.pages import rows, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_of_one_person_is_said_where_lists_and_exports_stand(as_dana: Client) -> None:
    purposes = [text(soup(as_dana.get(LIST + query)).select_one(".purpose")) for query in ("", "?person=1")]
    assert ["exports and looks at lists" in purpose for purpose in purposes] == [False, True]


def test_it_is_narrowed_from_one_day_until_another(as_dana: Client, dana: User) -> None:
    for day in range(1, 5):
        entry = audit.note(dana, Action.EDITED, thing=f"day {day}")
        AuditEntry.objects.filter(pk=entry.pk).update(at=datetime(2026, 3, day, 12, tzinfo=UTC))

    def listed(query: str) -> list[str]:
        return [row[3] for row in rows(as_dana.get(LIST + query))]

    assert listed("?from=2026-03-02&until=2026-03-03") == ["day 3", "day 2"]
    assert listed("?from=2026-03-04T11:00") == ["day 4"]
    assert listed("?until=2026-03-01T11:00") == []
    page = soup(as_dana.get(f"{LIST}?from=yesterday&action__exact=edited&p=1"))
    assert page.select("#result_list") == []
    (error,) = page.select(".filter-error")
    assert error["id"] == "error-from"
    kept = [(field["name"], field["value"]) for field in page.select("form.filter-date [type=hidden]")]
    assert kept == [("action__exact", "edited"), ("from", "yesterday"), ("action__exact", "edited")]


def test_whoever_stands_in_the_audit_can_be_asked_for(as_dana: Client) -> None:
    meeting, left = MeetingFactory(), User.objects.create_user("left", is_staff=False)
    staff = User.objects.create_user("idle", is_staff=True)
    audit.note(left, Action.LISTED, meeting=meeting)
    audit.note(User.objects.create_user("other"), Action.LISTED, meeting=MeetingFactory())
    RoleAssignment.objects.create(user=staff, role=Role.MANAGER, meeting=meeting)

    def offered(client: Client, query: str = "") -> list[str]:
        page = soup(client.get(LIST + query))
        return [text(link) for link in page.select('details[data-filter-title="who"] a')]

    assert offered(as_dana) == ["All", "left", "other"]
    managing = Client()
    managing.force_login(staff)
    assert offered(managing, f"?by={left.pk}") == ["All", "left"]
    assert offered(managing, f"?by={User.objects.get(username='other').pk}") == ["All", "left"]


def test_the_chosen_one_is_offered_however_many_there_are(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_filters, "_MOST_STAFF", 1)
    for name in ("ann", "bob"):
        audit.note(User.objects.create_user(name), Action.LISTED)
    page = soup(as_dana.get(f"{LIST}?by={User.objects.get(username='bob').pk}"))
    assert [text(link) for link in page.select('details[data-filter-title="who"] a')] == ["All", "ann", "bob"]


def test_who_stands_in_old_entries_only_is_offered_once_they_are_chosen(
    as_dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 1)
    meeting, manager = MeetingFactory(), User.objects.create_user("mary", is_staff=True)
    RoleAssignment.objects.create(user=manager, role=Role.MANAGER, meeting=meeting)
    old, new, elsewhere = (User.objects.create_user(name) for name in ("old", "new", "elsewhere"))
    for user, where in ((old, meeting), (new, meeting), (elsewhere, MeetingFactory())):
        audit.note(user, Action.LISTED, meeting=where)
    managing = Client()
    managing.force_login(manager)

    def offered(query: str) -> list[str]:
        page = soup(managing.get(LIST + query))
        return [text(link) for link in page.select('details[data-filter-title="who"] a')]

    assert offered("") == ["All", "new"]
    assert offered(f"?by={old.pk}") == ["All", "new", "old"]
    assert offered(f"?by={elsewhere.pk}") == ["All", "new"]


def test_that_there_are_older_ones_is_said(as_dana: Client, dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    for number, words in ((2, "2 audit entries"), (3, "5,000+ audit entries Narrow it by date to see older ones.")):
        while AuditEntry.objects.count() < number:
            audit.note(dana, Action.LISTED)
        assert text(soup(as_dana.get(LIST)).select_one(".paginator")) == words


def test_the_audit_needs_as_many_queries_for_twenty_as_for_two(
    as_dana: Client, dana: User, django_assert_num_queries: Any
) -> None:
    for count in (2, 18):
        for _each in range(count):
            ann = SubmissionFactory()
            audit.note_people(dana, Action.APPROVED, [ann.pk], after="approved")
        with django_assert_num_queries(6):
            as_dana.get(LIST)


@pytest.mark.parametrize(
    "query",
    [
        "person=x",
        "person=99999999999999999999",
        "by=x",
        "days=x",
        "days=7",
        "by=1",
        "p=9",
        "from=9999-12-31",
        "until=0001-01-01",
        "until=x",
    ],
)
def test_the_audit_can_be_asked_anything(as_dana: Client, query: str) -> None:
    assert as_dana.get(f"{LIST}?{query}").status_code in (200, 302)
