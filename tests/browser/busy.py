"""A meeting in the middle of its staff's work, as everything that led there has left it."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from registration.accounts import Clients
from registration.demo.people import APPROVED_BY_HOST, DECLINED, PEOPLE, REJECTED_BY_HOST, UNDECIDED
from registration.flow import deliver, review, sync
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from tests.browser.launch import sign_up
from tests.browser.public_pages import several_meetings

REFUSED, LOST = "sofia.rossi@example.it", "ola@example.no"


def busy_meeting(sandbox: SandboxServer, *, by: User) -> Meeting:
    """The launch with somebody in nearly every state: decided by us, by the host, refused, and of unknown outcome."""
    several_meetings()
    meeting = Meeting.objects.get(slug="product-launch")
    for minutes, person in enumerate(PEOPLE):
        sign_up(person, meeting=meeting, submitted_at=timezone.now() - timedelta(days=2, minutes=7 * minutes))
    people = meeting.submissions.all()
    for email, reason in DECLINED.items():
        review.decline(people.filter(email_key=email), by=by, reason=reason)
    _approve_and_push(people.exclude(email_key__in={*DECLINED, *UNDECIDED, REFUSED, LOST}), by=by)
    _decide_as_host(sandbox)
    with Clients() as clients:
        sync.statuses(Meeting.objects.all(), clients=clients)
    sandbox.faults.add(Fault("bulkInsert", status=400, message="The value of workPhone is not accepted."))
    _approve_and_push(people.filter(email_key=REFUSED), by=by)
    sandbox.faults.add(Fault("bulkInsert", drop=True))
    _approve_and_push(people.filter(email_key=LOST), by=by)
    return meeting


def _approve_and_push(people: QuerySet[Submission], *, by: User) -> None:
    review.approve(people, by=by)
    with Clients() as clients:
        deliver.push(Meeting.objects.all(), clients=clients, requested_by=by)


def _decide_as_host(sandbox: SandboxServer) -> None:
    ids = {registrant.email: registrant.id for registrant in sandbox.store.registrants(PRODUCT_LAUNCH_ID)}
    sandbox.store.set_status(PRODUCT_LAUNCH_ID, [ids[email] for email in sorted(APPROVED_BY_HOST)], "approved")
    sandbox.store.set_status(PRODUCT_LAUNCH_ID, [ids[email] for email in sorted(REJECTED_BY_HOST)], "rejected")
