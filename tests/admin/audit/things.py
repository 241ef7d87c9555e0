"""What the administrator does something to: all of it belongs to the open hour, which the sandbox knows too."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from registration.models import Mail, Meeting, Submission, Tag, UnknownRegistrant
from tests.cast import SubmissionFactory

REGISTERED = {"presence": "registered", "registrant_id": "r9", "webex_status": "approved"}
PHONE = "The value of workPhone is not accepted."


def the_meeting(**changes: Any) -> Meeting:
    """The open hour, with these changes."""
    Meeting.objects.filter(slug="open-hour").update(**changes)
    return Meeting.objects.get(slug="open-hour")


def paused_meeting() -> Meeting:
    return the_meeting(paused_at=timezone.now(), pause_reason="Forbidden.")


def expected_meeting() -> Meeting:
    return person(decision="approved").meeting


def person(**values: Any) -> Submission:
    submission: Submission = SubmissionFactory(meeting=the_meeting(), **values)
    return submission


def refused() -> Submission:
    the_meeting(work_phone_use="optional")
    return person(approved=True, presence="refused", refusal=PHONE, presence_at=timezone.now())


def held() -> Submission:
    now = timezone.now()
    return person(held_decision="approved", held_at=now, held_by=User.objects.get(username="dana"))


def stranger(**values: Any) -> UnknownRegistrant:
    found: UnknownRegistrant = UnknownRegistrant.objects.create(
        meeting=the_meeting(),
        registrant_id="r1",
        email="sam@example.com",
        first_name="Sam",
        seen_at=timezone.now(),
        **values,
    )
    return found


def chosen_name() -> str:
    """What is chosen on a page that asks for a tag, or for one of the staff: both will do."""
    return str(User.objects.get(username="dana").pk)


def tagged() -> Submission:
    found = person()
    Tag.objects.create(submission=found, name=chosen_name())
    return found


def mail() -> Mail:
    mail: Mail = Mail.objects.create(submission=person(), kind="received", queued_at=timezone.now())
    return mail
