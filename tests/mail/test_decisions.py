"""Who writes to whom when something is decided: Webex or the portal, never both, and never neither."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import mail
from registration.accounts import Clients
from registration.flow import deliver, news, offers, places, review, submit, telling
from registration.models import ApprovalRule, Mail, Meeting, Submission
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, WaitingList
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory
from tests.letters import delivered, written

pytestmark = pytest.mark.django_db

WEBEX_ID = "a" * 32
ANN = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("rita")


def sign_up(**meeting: object) -> Submission:
    submit.register(MeetingFactory(**meeting), values=ANN, answers=(), language="en", now=timezone.now())
    return Submission.objects.get()


def told() -> list[tuple[str, str]]:
    """The subject's beginning and the status in each mail that was sent."""
    return [
        (str(mail.subject).split(",")[0].split(":")[0], str(mail.body).split("Status: ")[1].split("\n")[0])
        for mail in delivered()
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_at_webex", [True, False])
@pytest.mark.parametrize("send_email", [True, False])
def test_an_approval_is_mailed_by_webex_or_by_us_and_exactly_once(
    is_at_webex: bool, send_email: bool, by: User, sandbox: SandboxServer
) -> None:
    person = SubmissionFactory(meeting__webex_id=WEBEX_ID if is_at_webex else "", meeting__send_email=send_email)
    if is_at_webex:
        sandbox.store.add_meeting(id=WEBEX_ID, form=Form(auto_accept=True))
    review.approve(Submission.objects.all(), by=by)
    with Clients() as clients:
        deliver.push(Meeting.objects.all(), clients=clients)
    by_us = written() == [(person.email, "approved")]
    registered = [row for call in sandbox.store.calls if call.operation == "bulkInsert" for row in call.body["items"]]
    by_webex = [row["email"] for row in registered if row["sendEmail"]]
    assert len(registered) == int(is_at_webex)
    assert (by_us, by_webex) == ((False, [person.email]) if is_at_webex and send_email else (True, []))


def test_each_is_told_by_whoever_tells_it_for_their_meeting(by: User) -> None:
    ours = SubmissionFactory(meeting__send_email=False)
    SubmissionFactory(meeting__send_email=True)
    unknown_to_webex = SubmissionFactory(meeting__webex_id="")
    already = SubmissionFactory(meeting=ours.meeting, decision=Decision.APPROVED)
    review.approve(Submission.objects.all(), by=by)
    assert sorted(written()) == sorted([(ours.email, "approved"), (unknown_to_webex.email, "approved")])
    assert already.mails.count() == 0


def test_once_we_write_in_webex_s_place_those_are_told_whom_nobody_has_told(by: User) -> None:
    meeting = MeetingFactory(webex_id=WEBEX_ID)
    ann = SubmissionFactory(meeting=meeting, email="ann@example.com")
    SubmissionFactory(meeting=meeting, approved=True, presence=Presence.REGISTERED)
    SubmissionFactory(meeting=meeting)
    SubmissionFactory(meeting=meeting, approved=True, erase_asked_at=timezone.now())
    SubmissionFactory(approved=True)
    review.approve(Submission.objects.filter(pk=ann.pk), by=by)
    at_once = SubmissionFactory(meeting=meeting, approved=True, decided_at=timezone.now())
    mail.write(at_once.pk, Mail.Kind.RECEIVED, at=at_once.decided_at)
    assert review.tell_approved(meeting, at=timezone.now()) == 1
    assert written() == [(at_once.email, "received"), ("ann@example.com", "approved")]
    assert review.tell_approved(meeting, at=timezone.now()) == 0


def test_a_decline_is_always_mailed_by_us(by: User) -> None:
    people = [SubmissionFactory(meeting__send_email=send_email) for send_email in (True, False)]
    review.decline(Submission.objects.all(), by=by, reason="The room is full.")
    assert written() == [(person.email, "declined") for person in people]
    assert all("The organisers write:\nThe room is full.\n" in str(mail.body) for mail in delivered())


def test_back_to_review_is_no_news(by: User) -> None:
    SubmissionFactory(approved=True)
    review.reopen(Submission.objects.all(), by=by)
    assert written() == []


@pytest.mark.parametrize("before", [Decision.WAITLISTED, Decision.OFFERED])
def test_but_whom_it_takes_from_the_waiting_list_hears_that_they_have_moved_up(before: Decision, by: User) -> None:
    person = SubmissionFactory(decision=before)
    SubmissionFactory(decision=Decision.DECLINED)
    review.reopen(Submission.objects.all(), by=by)
    assert written() == [(person.email, "moved_up")]


@pytest.mark.parametrize("send_email", [True, False])
def test_who_is_approved_at_once_reads_so_in_the_one_mail(send_email: bool) -> None:
    sign_up(approval="automatic", send_email=send_email)
    assert [status for _subject, status in told()] == ["Approved"]
    assert written() == [("ann@example.com", "received")]


def test_the_texts_of_mails_say_who_that_is_and_whoever_is_approved_later_gets_a_mail_of_its_own() -> None:
    meeting = MeetingFactory(approval="automatic", send_email=False, capacity=2, waiting_list=WaitingList.OFFER)
    now = timezone.now()
    offered = SubmissionFactory(
        meeting=meeting, email="bo@example.com", decision=Decision.OFFERED, offer_ends_at=now + timedelta(hours=1)
    )
    submit.register(meeting, values=ANN, answers=(), language="en", now=now)
    offers.take(offered.pk, at=now)
    assert written() == [("ann@example.com", "received"), ("bo@example.com", "approved")]
    words = "Whoever is approved as they sign up reads so in the mail “received”."
    assert telling.exception(Mail.Kind.APPROVED, meeting) == words


def test_whom_a_rule_declines_at_once_reads_so_in_the_one_mail() -> None:
    meeting = MeetingFactory(approval="rules")
    ApprovalRuleFactory(meeting=meeting, result=ApprovalRule.Result.REJECT)
    submit.register(meeting, values=ANN, answers=(), language="en", now=timezone.now())
    [(_subject, status)] = told()
    assert (status, written()) == ("Declined", [("ann@example.com", "received")])


def test_who_moves_up_and_is_declined_by_a_rule_is_not_told_of_a_place() -> None:
    meeting = MeetingFactory(approval="rules", capacity=1, waiting_list=WaitingList.AT_ONCE)
    ApprovalRuleFactory(meeting=meeting, result=ApprovalRule.Result.REJECT)
    SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED)
    places.fill([meeting.pk], at=timezone.now())
    assert told() == [("About your registration " + Submission.objects.get().reference, "Declined")]


def test_ten_thousand_people_take_no_more_questions_a_thousand_than_a_thousand_do(by: User) -> None:
    meeting = MeetingFactory(send_email=False)
    counts = []
    for number in (1_000, 2_000):
        Submission.objects.bulk_create(
            SubmissionFactory.build(meeting=meeting, email=f"p{number}-{n}@example.com", email_key=f"p{number}-{n}")
            for n in range(number)
        )
        with CaptureQueriesContext(connection) as asked:
            review.approve(Submission.objects.filter(decision=Decision.WAITING), by=by)
        counts.append(len(asked))
    assert Mail.objects.filter(kind="approved").count() == 3_000
    # The mails, the moves and what the audit says are inserted a number at a time, on SQLite one or two hundred.
    assert counts[1] - counts[0] <= 24


# --- nothing is mailed for what was rolled back -----------------------------------------------------------------------


class Broken(Exception):
    """Somewhere later in the transaction."""


@pytest.mark.parametrize("verb", ["register", "approve", "decline", "news", "fill"])
def test_nothing_is_mailed_for_a_change_that_rolled_back(verb: str, by: User) -> None:
    meeting = MeetingFactory(send_email=False, capacity=2, waiting_list=WaitingList.OFFER)
    SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED if verb == "fill" else Decision.WAITING)
    everybody, now = Submission.objects.all(), timezone.now()
    verbs: dict[str, Callable[[], object]] = {
        "register": lambda: submit.register(meeting, values=ANN, answers=(), language="en", now=now),
        "approve": lambda: review.approve(everybody, by=by),
        "decline": lambda: review.decline(everybody, by=by, reason="Full"),
        "news": lambda: news.write(Meeting.objects.all(), at=now),
        "fill": lambda: places.fill([meeting.pk], at=now),
    }
    before = list(Submission.objects.values_list("pk", "decision"))
    with pytest.raises(Broken), transaction.atomic():
        verbs[verb]()
        assert len(written()) == 1
        raise Broken
    assert (written(), delivered(), list(Submission.objects.values_list("pk", "decision"))) == ([], [], before)


# --- news of the meeting ----------------------------------------------------------------------------------------------


def test_the_news_reach_everybody_who_has_a_place_or_hopes_for_one() -> None:
    meeting = MeetingFactory()
    people = {decision: SubmissionFactory(meeting=meeting, decision=decision) for decision in Decision}
    SubmissionFactory(meeting=meeting, erase_asked_at=timezone.now())
    SubmissionFactory()
    chosen = Meeting.objects.filter(pk=meeting.pk)
    assert (news.write(chosen, at=timezone.now()), news.write(chosen, at=timezone.now())) == (4, 0)
    standing = {Decision.WAITING, Decision.APPROVED, Decision.OFFERED, Decision.WAITLISTED}
    assert sorted(written()) == sorted((people[decision].email, "news") for decision in standing)


def test_once_it_is_over_there_are_no_news() -> None:
    past = timezone.now() - timedelta(days=1)
    SubmissionFactory(meeting__start_at=past, meeting__end_at=past)
    assert news.write(Meeting.objects.all(), at=timezone.now()) == 0
