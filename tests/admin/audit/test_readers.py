"""Who may read what of the audit, and that nobody changes it."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from registration import audit
from registration.models import (
    AuditEntry,
    MeetingGroup,
    Question,
    RoleAssignment,
)
from registration.roles import Role
from tests.admin.audit.entries import LIST, Action
from tests.admin.pages import choose, page_of, rows, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def reader(role: Role, **where: Any) -> Client:
    user = User.objects.create_user(f"{role}", is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, **where)
    client = Client()
    client.force_login(user)
    return client


def test_whoever_manages_a_meeting_reads_its_audit_and_no_other(dana: User) -> None:
    hers, other = SubmissionFactory(last_name="Mine"), SubmissionFactory(last_name="Others")
    for each in (hers, other):
        audit.note_people(dana, Action.APPROVED, [each.pk], after="approved")
    client = reader(Role.MANAGER, meeting=hers.meeting)
    assert [row[4] for row in rows(client.get(LIST))] == [hers.meeting.title]
    assert rows(client.get(f"{LIST}?person={other.pk}")) == []
    assert client.get(page_of(AuditEntry.objects.get(meeting=other.meeting))).status_code == 302
    assert reader(Role.REVIEWER, meeting=hers.meeting).get(LIST).status_code == 403


@pytest.mark.parametrize("is_of_group", [False, True])
def test_of_an_action_on_people_of_several_meetings_one_reads_what_was_done_to_ones_own(
    as_dana: Client, is_of_group: bool
) -> None:
    group = MeetingGroup.objects.create(name="Fairs")
    meeting = MeetingFactory(title="Hers", group=group)
    hers = SubmissionFactory.create_batch(2, meeting=meeting, last_name="Mine")
    others = SubmissionFactory.create_batch(3, last_name="Others", meeting=MeetingFactory(title="Another"))
    choose(as_dana, "approve", [each.pk for each in (*hers, *others)])
    client = reader(Role.MANAGER, **({"group": group} if is_of_group else {"meeting": meeting}))
    told = ("dana", "approved", "people", "Hers", "2")
    for query in ("", f"?meeting__id__exact={meeting.pk}", f"?person={hers[0].pk}", "?action__exact=approved"):
        assert [tuple(row[1:6]) for row in rows(client.get(LIST + query))] == [told]
    entry, other = AuditEntry.objects.filter(action=Action.APPROVED).order_by("count")
    page = client.get(page_of(entry)).content.decode()
    assert "Mine" in page and "Others" not in page and "Another" not in page
    assert client.get(page_of(other)).status_code == 302
    of_meeting = rows(as_dana.get(f"{LIST}?meeting__id__exact={meeting.pk}&action__exact=approved"))
    assert [tuple(row[1:6]) for row in of_meeting] == [told]


def test_an_entry_s_page_shows_before_and_after_side_by_side(as_dana: Client, dana: User) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    entry = audit.note_people(dana, Action.DECLINED, [ann.pk], before={ann.pk: "waiting"}, after="declined")
    assert entry is not None
    AuditEntry.objects.filter(pk=entry.pk).update(before={"title": "<b>"}, after={"title": "=cmd()", "x": ""})
    cells = [
        [text(cell) for cell in row.select("th, td")] for row in soup(as_dana.get(page_of(entry))).select("tbody tr")
    ]
    assert cells == [["Title", "<b>", "=cmd()"], ["x", "–", "–"], ["Ann Lee", "○ waiting for review", "✗ declined"]]


def test_answers_before_and_after_are_for_who_may_see_private_ones(dana: User) -> None:
    ann = SubmissionFactory()
    entry = audit.note(dana, Action.EDITED, meeting=ann.meeting, submission=ann, before={"Diet?": ["None"]})
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_auditentry", "view_submission"]))
    client = Client()
    client.force_login(user)
    page = client.get(page_of(entry)).content.decode()
    assert "Diet?" not in page and "for whoever manages the meeting" in page


def test_nobody_changes_the_audit(as_dana: Client, dana: User) -> None:
    entry = audit.note(dana, Action.LISTED)
    assert as_dana.post(page_of(entry), {"action": "viewed"}).status_code == 403
    assert as_dana.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert as_dana.get(f"{LIST}add/").status_code == 403
    assert Question.objects.count() == 0
