"""Drift as staff see it: strangers are adopted, and missing people looked up again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.accounts import Clients
from registration.flow import sync
from registration.models import Meeting, Submission
from registration.sandbox.forms import Form
from registration.sandbox.rows import Status
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from tests.browser.public_pages import several_meetings
from tests.browser.test_admin_pages import look_at
from tests.cast import SubmissionFactory
from tests.sync.people import sign_up_at_webex

pytestmark = pytest.mark.django_db(transaction=True)

# Whom Webex has with which status; nobody has the first any more.
_PEOPLE: tuple[tuple[str, str, Status | None], ...] = (
    ("Ada", "Okafor", None),
    ("Wei", "Li", "rejected"),
    ("Lena", "Müller-Weiß", "approved"),
)


@pytest.fixture
def drifted(sandbox: SandboxServer) -> Meeting:
    """A meeting of which the host removed one, rejected another, and took in two of whom we know nothing."""
    several_meetings()
    meeting = Meeting.objects.get(slug="product-launch")
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, Form(auto_accept=True))
    long_ago = timezone.now() - timedelta(hours=1)
    for first, last, status in _PEOPLE:
        person = SubmissionFactory(meeting=meeting, first_name=first, last_name=last, approved=True)
        registered: dict[str, object] = {"presence": "registered", "presence_at": long_ago, "webex_status": "approved"}
        if status:
            registrant_id = sign_up_at_webex(sandbox, meeting, person.email)
            sandbox.store.set_status(PRODUCT_LAUNCH_ID, [registrant_id], status)
            registered["registrant_id"] = registrant_id
        Submission.objects.filter(pk=person.pk).update(**registered)
    for name in ("Zoë", "Bartholomäus-Maximilian"):
        email = f"{name.lower().encode('ascii', 'ignore').decode()}@example.com"
        sign_up_at_webex(sandbox, meeting, email, firstName=name, lastName="Nobody", companyName="Example Ltd")
    with Clients() as clients:
        sync.statuses(Meeting.objects.filter(pk=meeting.pk), clients=clients)
    return meeting


def test_strangers_are_adopted(staff: Page, drifted: Meeting) -> None:
    staff.goto("/admin/registration/meeting/?q=launch")
    look_at(staff, "admin-meetings-drift")
    staff.get_by_role("link", name="only there").click()
    expect(staff.locator("#result_list tbody tr")).to_have_count(2)
    look_at(staff, "admin-strangers")
    staff.get_by_role("link", name="Zoë Nobody").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Zoë Nobody")
    look_at(staff, "admin-stranger")
    staff.get_by_role("button", name="Adopt").click()
    expect(staff.locator(".messagelist")).to_have_text("1 adopted, decided as at Webex. Nobody was mailed.")
    expect(staff.locator("#result_list tbody tr")).to_have_count(1)
    assert drifted.submissions.filter(first_name="Zoë", decision="approved", presence="registered").count() == 1


def test_a_missing_person_is_looked_up_again(staff: Page, drifted: Meeting) -> None:
    staff.goto("/admin/registration/meeting/?q=launch")
    staff.get_by_role("link", name="missing").click()
    staff.get_by_role("link", name="Ada Okafor").click()
    look_at(staff, "admin-submission-missing")
    staff.get_by_role("button", name="Look up again who is missing …").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Look up 1 missing person again")
    look_at(staff, "admin-look-up")
    staff.get_by_role("button", name="Look up again").click()
    expect(staff.locator(".messagelist")).to_have_text("1 will be looked up with the next push.")
    assert Submission.objects.get(first_name="Ada").presence == "uncertain"
