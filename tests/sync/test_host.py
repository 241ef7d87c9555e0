"""What people hear whom the host rejects at Webex after the portal has told them that they are approved."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import Message
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from django.core import mail as outgoing
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.accounts import Clients
from registration.flow import deliver, moves, review, sync
from registration.models import Mail, Meeting, Submission
from registration.models.mail import KEPT_FOR
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, Step, WebexStatus
from registration.webex.records import RegistrantRow
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import delivered, written

pytestmark = pytest.mark.django_db

Kind = Mail.Kind
Status = Literal["approved", "rejected"]

HOUR = timedelta(hours=1)
NOW = timezone.now()
DECIDED = NOW - 3 * HOUR
PENDING, APPROVED, REJECTED = WebexStatus.PENDING, WebexStatus.APPROVED, WebexStatus.REJECTED
SENT: dict[str, Any] = {"sent_at": NOW - 2 * HOUR}
WAITS: dict[str, Any] = {"due_at": DECIDED}
TRIED: dict[str, Any] = {"due_at": NOW + HOUR, "failed_tries": 1}
GIVEN_UP: dict[str, Any] = {"failed_tries": 9, "failure": "SMTPRecipientsRefused 550"}


def approved(*letters: tuple[Kind, dict[str, Any]], status: str = PENDING, **facts: Any) -> Submission:
    """Somebody at Webex whom the portal tells that they are approved, with the mails that were written to them."""
    about = {"decided_at": DECIDED, "webex_status": status, "webex_status_at": NOW - HOUR}
    if "meeting" not in facts:
        about["meeting__send_email"] = False
    person: Submission = SubmissionFactory(**about | {"approved": True, "presence": Presence.REGISTERED} | facts)
    for kind, given in letters:
        Mail.objects.create(**{"submission": person, "kind": kind, "queued_at": DECIDED} | given)
    return person


def seen(*people: Submission, status: str, at: datetime = NOW) -> list[str]:
    """A sync sees them so. Returns the kinds of the mails that it wrote."""
    last = Mail.objects.order_by("pk").last()
    rows = {person.pk: RegistrantRow(id=f"r{person.pk}", email=person.email, status=status) for person in people}
    moves.observe(rows, asked_at=at, at=at, latest_at=at)
    return list(Mail.objects.filter(pk__gt=last.pk if last else 0).order_by("pk").values_list("kind", flat=True))


def unsent() -> list[str]:
    """The kinds of the mails that are not sent any more."""
    return list(Mail.objects.filter(failure="outdated").order_by("pk").values_list("kind", flat=True))


# --- the whole way, over HTTP -----------------------------------------------------------------------------------------


def test_who_is_rejected_after_the_portal_said_yes_is_told_once_and_again_when_they_are_approved(
    sandbox: SandboxServer,
) -> None:
    meeting = MeetingFactory(title="Launch", send_email=False)
    sandbox.store.add_meeting(id=meeting.webex_id, title=meeting.title, form=Form(auto_accept=False))
    ann = SubmissionFactory(meeting=meeting)
    review.approve(Submission.objects.all(), by=User.objects.create_user("dana"))
    with Clients() as clients:

        def says_then(status: Status) -> list[tuple[str, str, str]]:
            """What they are mailed once the host has decided so, and two syncs have seen it."""
            ann.refresh_from_db()
            sandbox.store.set_status(meeting.webex_id, [ann.registrant_id], status)
            return [*mailed(lambda: read(clients)), *mailed(lambda: read(clients))]

        def read(clients: Clients) -> None:
            assert sync.statuses(Meeting.objects.all(), clients=clients).exit_status == 0

        assert mailed(lambda: None) == [("Your registration is approved", "Approved", "PUBLISH")]
        assert mailed(lambda: deliver.push(Meeting.objects.all(), clients=clients)) == []
        rejected = ("About your registration", "Rejected at Webex", "CANCEL")
        again = ("Your registration is approved", "You are registered", "PUBLISH")
        decisions: list[Status] = ["rejected", "approved", "rejected", "approved"]
        assert [says_then(status) for status in decisions] == [[rejected], [again], [rejected], [again]]


def mailed(do: Callable[[], object]) -> list[tuple[str, str, str]]:
    """The subject of each mail that is sent for it, without the reference, the status it tells, and what it does to
    their calendar.
    """
    before = len(outgoing.outbox)
    do()
    return [(_subject(each), _status(each), _method(each)) for each in delivered()[before:]]


def _subject(message: EmailMultiAlternatives) -> str:
    return re.sub(r",? \w{4}-\w{4}: Launch$", "", str(message.subject))


def _status(message: EmailMultiAlternatives) -> str:
    [line] = [line for line in str(message.body).splitlines() if line.startswith("Status: ")]
    return line.removeprefix("Status: ")


def _method(message: EmailMultiAlternatives) -> str:
    [part] = message.attachments
    assert isinstance(part, Message)
    return str(part.get_param("method"))


# --- who hears of a rejection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "told"),
    [
        ([(Kind.APPROVED, SENT)], ["declined"]),
        # It may have been sent before its failure.
        ([(Kind.APPROVED, TRIED)], ["declined"]),
        # Whoever is approved at once reads so in these.
        ([(Kind.RECEIVED, SENT)], ["declined"]),
        ([(Kind.MOVED_UP, SENT)], ["declined"]),
        # It says how they stand when it is sent.
        ([(Kind.RECEIVED, WAITS)], []),
        # Nobody told them anything, or it did not arrive.
        ([], []),
        ([(Kind.APPROVED, GIVEN_UP)], []),
        ([(Kind.RECEIVED, {"queued_at": DECIDED - HOUR, "sent_at": DECIDED - HOUR})], []),
        ([(Kind.CONFIRM, SENT)], []),
        # They know: it was told before.
        ([(Kind.APPROVED, SENT), (Kind.DECLINED, SENT)], []),
        # We had declined them, before they were approved.
        (
            [(Kind.DECLINED, {"queued_at": DECIDED - HOUR, "sent_at": DECIDED - HOUR}), (Kind.APPROVED, SENT)],
            ["declined"],
        ),
    ],
)
def test_a_rejection_is_told_to_whom_it_is_news(letters: list[tuple[Kind, dict[str, Any]]], told: list[str]) -> None:
    person = approved(*letters)
    assert (seen(person, status=REJECTED), unsent()) == (told, [])
    assert seen(person, status=REJECTED, at=NOW + HOUR) == []


def test_an_approval_that_nobody_has_heard_of_gives_way_to_the_rejection() -> None:
    person = approved((Kind.RECEIVED, {"queued_at": DECIDED - HOUR, "sent_at": DECIDED - HOUR}), (Kind.APPROVED, WAITS))
    assert (seen(person, status=REJECTED), unsent()) == (["declined"], ["approved"])
    # And the other way round: they have heard of neither.
    assert (seen(person, status=APPROVED, at=NOW + HOUR), unsent()) == (["approved"], ["approved", "declined"])


def test_of_what_was_mailed_so_long_ago_that_it_is_forgotten_they_have_heard() -> None:
    long_ago = NOW - KEPT_FOR - HOUR
    person = approved(decided_at=long_ago)
    assert seen(person, status=REJECTED) == ["declined"]
    forgotten = approved(decided_at=long_ago - HOUR, status=REJECTED, webex_status_at=long_ago)
    assert seen(forgotten, status=APPROVED) == ["approved"]


@pytest.mark.parametrize(
    "facts",
    [
        {"meeting__send_email": True},
        {"decision": Decision.DECLINED},
        {"decision": Decision.CANCELLED},
        {"decision": Decision.WAITING},
        {"erase_asked_at": NOW},
        {"meeting__is_cancelled": True},
        {"meeting__start_at": NOW - 2 * HOUR},
        # Somebody has approved them while Webex was asked: that is still to be passed on.
        {"decided_at": NOW + HOUR},
    ],
)
def test_a_rejection_that_is_not_the_host_s_word_against_ours_is_not_told(facts: dict[str, Any]) -> None:
    sent_since = {"sent_at": NOW + 2 * HOUR}
    assert seen(approved((Kind.APPROVED, SENT), (Kind.NEW_LINK, sent_since), **facts), status=REJECTED) == []


def test_the_insert_s_answer_tells_of_it_too() -> None:
    person = approved((Kind.APPROVED, SENT), presence=Presence.ABSENT, status="", webex_status_at=None)
    claimed = moves.claim(
        person.meeting, Step.REGISTER, limit=1, at=NOW, lease_ends_at=NOW + HOUR, latest_due_at=NOW + HOUR
    )
    assert claimed is not None
    row = RegistrantRow(id="r1", email=person.email, status=REJECTED)
    moves.registered(claimed, {person.pk: row}, at=NOW)
    moves.registered(claimed, {person.pk: row}, at=NOW)
    assert [kind for _email, kind in written()] == ["approved", "declined"]


# --- who hears that they are approved after all -----------------------------------------------------------------------


TOLD_NO = (Kind.DECLINED, {"sent_at": NOW - HOUR / 2})


@pytest.mark.parametrize(
    ("letters", "told", "not_sent"),
    [
        ([(Kind.APPROVED, SENT), TOLD_NO], ["approved"], []),
        ([(Kind.APPROVED, SENT), (Kind.DECLINED, TRIED)], ["approved"], []),
        # Nobody has begun to send it: they do not know that anything was otherwise.
        ([(Kind.APPROVED, SENT), (Kind.DECLINED, WAITS)], [], ["declined"]),
        ([(Kind.RECEIVED, SENT), (Kind.DECLINED, WAITS)], [], ["declined"]),
        # Staff have asked Webex for it again, and had them told.
        ([(Kind.APPROVED, SENT), TOLD_NO, (Kind.APPROVED, WAITS)], [], []),
        ([(Kind.APPROVED, SENT)], [], []),
        # Any mail says how they stand.
        ([(Kind.RECEIVED, TOLD_NO[1])], ["approved"], []),
        ([(Kind.RECEIVED, SENT)], [], []),
        ([], [], []),
    ],
)
def test_an_approval_after_a_rejection_is_told_to_whom_it_is_news(
    letters: list[tuple[Kind, dict[str, Any]]], told: list[str], not_sent: list[str]
) -> None:
    person = approved(*letters, status=REJECTED)
    assert (seen(person, status=APPROVED), unsent()) == (told, not_sent)
    assert seen(person, status=APPROVED, at=NOW + HOUR) == []


def test_who_knows_of_the_rejection_does_not_hear_of_it_again_where_an_approval_in_between_was_not_sent() -> None:
    person = approved((Kind.APPROVED, SENT), TOLD_NO, (Kind.APPROVED, WAITS), status=APPROVED)
    assert (seen(person, status=REJECTED), unsent()) == ([], ["approved"])


def test_who_was_removed_after_a_rejection_and_is_registered_anew_is_told_that_they_are_approved() -> None:
    assert seen(approved((Kind.APPROVED, SENT), TOLD_NO, status=""), status=APPROVED) == ["approved"]


# --- how many queries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "letters"), [(REJECTED, [(Kind.APPROVED, SENT)]), (APPROVED, [TOLD_NO])])
def test_many_are_told_with_as_many_queries_as_few(status: str, letters: list[tuple[Kind, dict[str, Any]]]) -> None:
    asked = []
    for count in (2, 12):
        meeting = MeetingFactory(send_email=False)
        people = [approved(*letters, meeting=meeting) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert len(seen(*people, status=status)) == count
        asked.append(len(queries))
    assert asked[0] == asked[1]
