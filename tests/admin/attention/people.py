"""Somebody of each kind that waits for a person, and reading the page about them."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registration.models import Account, Mail, Meeting, RoleAssignment, Submission, UnknownRegistrant
from registration.roles import Role
from tests.admin.pages import soup, text
from tests.cast import MeetingFactory, SubmissionFactory

LIST = "admin:registration_attention"
PHONE = "The value of workPhone is not accepted."
LONG_AGO = timedelta(hours=5)


def address(**query: str) -> str:
    return reverse(LIST, query=query)


def do(client: Client, kind: str, verb: str, pks: list[int], **more: Any) -> Any:
    """Tick some and press a button below; or press it in a row."""
    where = reverse("admin:registration_attention_do", args=[kind, verb])
    return client.post(where, {"_selected_action": pks, **more})


def refused(meeting: Meeting | None = None, *, words: str = PHONE, **kwargs: Any) -> Submission:
    usual = {"decision": "approved", "presence": "refused", "refusal": words, "presence_at": timezone.now()}
    person: Submission = SubmissionFactory(meeting=meeting or _with_phone(), **{**usual, **kwargs})
    return person


def _with_phone() -> Meeting:
    meeting: Meeting = MeetingFactory(work_phone_use="optional")
    return meeting


def uncertain(meeting: Meeting, **kwargs: Any) -> Submission:
    since = {"presence": "uncertain", "presence_at": timezone.now() - LONG_AGO}
    person: Submission = SubmissionFactory(meeting=meeting, approved=True, **{**since, **kwargs})
    return person


def given_up(meeting: Meeting, **kwargs: Any) -> Submission:
    person: Submission = SubmissionFactory(meeting=meeting, approved=True, failed_calls=12, **kwargs)
    return person


def missing(meeting: Meeting, **kwargs: Any) -> Submission:
    gone = {"presence": "registered", "missing_at": timezone.now() - LONG_AGO}
    person: Submission = SubmissionFactory(meeting=meeting, approved=True, **{**gone, **kwargs})
    return person


def rejected_there(meeting: Meeting, **kwargs: Any) -> Submission:
    """The host rejected whom we approved."""
    now = timezone.now()
    there = {"presence": "registered", "webex_status": "rejected", "webex_status_at": now, "decided_at": now - LONG_AGO}
    person: Submission = SubmissionFactory(meeting=meeting, approved=True, **{**there, **kwargs})
    return person


def stranger(meeting: Meeting, number: int = 1, **kwargs: Any) -> UnknownRegistrant:
    facts = {"first_name": "Zoë", "last_name": f"Stranger {number}", "email": f"zoe{number}@example.com"}
    known = {"registrant_id": f"r-{meeting.pk}-{number}", "webex_status": "approved", "seen_at": timezone.now()}
    return UnknownRegistrant.objects.create(meeting=meeting, **{**facts, **known, **kwargs})


def unreached(meeting: Meeting, **kwargs: Any) -> Submission:
    """The mail server takes nothing for their address."""
    person: Submission = SubmissionFactory(meeting=meeting, **kwargs)
    queued = timezone.now() - LONG_AGO
    Mail.objects.create(
        submission=person, kind="received", queued_at=queued, failed_tries=1, failure="SMTPRecipientsRefused 550"
    )
    return person


def failing(meeting: Meeting, **kwargs: Any) -> Submission:
    """Their mail is tried over and over."""
    person: Submission = SubmissionFactory(meeting=meeting, approved=True, **kwargs)
    now = timezone.now()
    Mail.objects.create(
        submission=person,
        kind="approved",
        queued_at=now - LONG_AGO,
        due_at=now + LONG_AGO,
        failed_tries=4,
        failure="TimeoutError",
    )
    return person


def held(meeting: Meeting, **kwargs: Any) -> Submission:
    since = {"held_decision": "approved", "held_at": timezone.now() - timedelta(days=2)}
    person: Submission = SubmissionFactory(meeting=meeting, **{**since, **kwargs})
    return person


def paused(**kwargs: Any) -> Meeting:
    facts = {"paused_at": timezone.now(), "pause_reason": "Webex does not have this meeting."}
    meeting: Meeting = MeetingFactory(**{**facts, **kwargs})
    return meeting


def paused_account(name: str = "Trade fairs") -> Account:
    facts = {"paused_at": timezone.now(), "pause_reason": "Webex did not accept the access token."}
    account: Account = Account.objects.create(name=name, **facts)
    return account


def one_of_each(meeting: Meeting, times: int = 1) -> None:
    """Somebody of each kind, so many times, all of one meeting, which is paused."""
    Meeting.objects.filter(pk=meeting.pk).update(paused_at=timezone.now(), pause_reason="Webex is gone.")
    if not Account.objects.exists():
        paused_account()
    for number in range(times):
        refused(meeting, words=f"{PHONE} ({number % 2})")
        uncertain(meeting)
        given_up(meeting)
        missing(meeting)
        rejected_there(meeting)
        stranger(meeting, number)
        unreached(meeting)
        failing(meeting)
        held(meeting)


def staff(name: str, role: Role | None = None, meeting: Meeting | None = None) -> Client:
    """The browser of somebody with the role for the meeting, or for all."""
    user = User.objects.create_user(name, is_staff=True)
    if role is not None:
        RoleAssignment.objects.create(user=user, role=role, meeting=meeting)
    client = Client()
    client.force_login(user)
    return client


def queries_of(client: Client, where: str) -> int:
    """How many queries the page asks."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(where).status_code == 200
    return len(asked)


def counted(response: Any) -> dict[str, str]:
    """The sections that are shown, in order, each with its count."""
    return {str(each["id"]): text(each.select_one("h2 .count")) for each in soup(response).select("section.waiting")}


def names(response: Any, kind: str) -> list[str]:
    """Who or what stands in a section."""
    return [text(each) for each in soup(response).select(f"#{kind} .who")]


def said_in(response: Any, kind: str) -> list[str]:
    """The words that stand beside each in a section."""
    return [text(each) for each in soup(response).select(f"#{kind} .said")]


def buttons(response: Any, kind: str) -> list[str]:
    """The words on the buttons of a section, each once."""
    return list(dict.fromkeys(text(each) for each in soup(response).select(f"#{kind} button")))
