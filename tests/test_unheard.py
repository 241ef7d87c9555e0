"""Undoing what nobody has heard of yet: its mail is not sent, and whoever knows what holds again is told nothing."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail as outgoing
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from registration import audit, mail
from registration.flow import confirm, moves, post, purge, review, submit, undo
from registration.models import Mail, MailText, Meeting, Submission
from registration.models.mail import KEPT_FOR
from registration.states import Decision, Presence, WebexStatus
from tests.cast import MeetingFactory, SubmissionFactory
from tests.transfer import imports
from tests.undoing import decided, people, undone

pytestmark = pytest.mark.django_db

Kind = Mail.Kind
SENT, OUTDATED, QUEUED = Mail.State.SENT, Mail.State.OUTDATED, Mail.State.QUEUED


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_user("dana")


def told(person: Submission, kind: Kind) -> None:
    """They are mailed so, and it is sent."""
    mail.write(person.pk, kind, at=timezone.now())
    send()


def send(**which: Any) -> None:
    post.send(Mail.objects.filter(**which))


def ann(before: str = "waiting", *, kind: Kind | None = Kind.RECEIVED, **of_meeting: Any) -> Submission:
    """Somebody to whom the portal writes, who knows how they stand."""
    meeting = MeetingFactory(**{"title": "Launch", "send_email": False} | of_meeting)
    person: Submission = SubmissionFactory(meeting=meeting, decision=before)
    if kind is not None:
        told(person, kind)
    return person


def mails() -> list[tuple[str, str]]:
    return [(letter.kind, letter.state) for letter in Mail.objects.order_by("pk")]


def subjects() -> list[str]:
    """Of all that was sent, once what is due is; without the references."""
    send()
    return [re.sub(r" \w{4}-\w{4}", "", str(message.subject)) for message in outgoing.outbox]


# --- nobody has heard of it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "kind"),
    [("waiting", Kind.RECEIVED), ("waitlisted", Kind.WAITLISTED), ("declined", Kind.DECLINED)],
)
def test_an_approval_that_nobody_heard_of_is_undone_without_a_word(dana: User, before: str, kind: Kind) -> None:
    person = ann(before, kind=kind)
    heard = len(outgoing.outbox)
    review.approve(people(person), by=dana)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails), dict(plan.turned)) == ({Kind.APPROVED: 1}, {}, {})
    send()
    assert len(outgoing.outbox) == heard
    assert mails()[-1] == (Kind.APPROVED, OUTDATED)


@pytest.mark.parametrize(("before", "kind"), [("waiting", Kind.RECEIVED), ("approved", Kind.APPROVED)])
def test_so_is_a_decline(dana: User, before: str, kind: Kind) -> None:
    person = ann(before, kind=kind)
    review.decline(people(person), by=dana, reason="No")
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails), dict(plan.turned)) == ({Kind.DECLINED: 1}, {}, {})
    send()
    assert mails() == [(kind, SENT), (Kind.DECLINED, OUTDATED)]


def test_where_webex_tells_of_the_approval_that_holds_again_the_portal_writes_nothing(dana: User) -> None:
    person = ann(send_email=True)
    review.approve(people(person), by=dana)
    review.decline(people(person), by=dana, reason="No")
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails), plan.mailed_by_webex) == ({Kind.DECLINED: 1}, {}, 1)
    send()
    assert mails() == [(Kind.RECEIVED, SENT), (Kind.DECLINED, OUTDATED)]


def test_another_mail_that_waits_is_sent_and_says_what_holds(dana: User) -> None:
    person = ann("waitlisted", kind=None)
    mail.write(person.pk, Kind.WAITLISTED, at=timezone.now())
    review.approve(people(person), by=dana)
    undone(person, by=dana)
    send()
    assert mails() == [(Kind.WAITLISTED, SENT), (Kind.APPROVED, OUTDATED)]


def test_a_mail_that_waits_for_the_server_has_been_sent_to_nobody(dana: User, settings: Settings) -> None:
    person = ann()
    review.approve(people(person), by=dana)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_unheard.AwayBackend"
    send()
    settings.EMAIL_BACKEND = backend
    undone(person, by=dana)
    send()
    assert mails() == [(Kind.RECEIVED, SENT), (Kind.APPROVED, OUTDATED)]


class AwayBackend(BaseEmailBackend):
    """A mail server that cannot be reached."""

    def open(self) -> bool:
        raise ConnectionRefusedError


# --- something told them, or may have ---------------------------------------------------------------------------------


def test_who_was_told_is_told_anew_as_ever(dana: User) -> None:
    person = ann("declined", kind=Kind.DECLINED)
    review.approve(people(person), by=dana)
    send()
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails)) == ({}, {Kind.DECLINED: 1})
    send()
    assert mails() == [(Kind.DECLINED, SENT), (Kind.APPROVED, SENT), (Kind.DECLINED, SENT)]


@pytest.mark.parametrize("decide", [review.approve, partial(review.decline, reason="All places are taken.")])
def test_who_was_told_is_told_that_they_are_back_in_review(dana: User, decide: Any) -> None:
    person = ann()
    decide(people(person), by=dana)
    send()
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails), dict(plan.turned)) == ({}, {Kind.BACK_IN_REVIEW: 1}, {})
    assert subjects()[-1] == "Your registration is being reviewed again,: Launch"
    assert mails()[-1] == (Kind.BACK_IN_REVIEW, SENT)
    lines = str(outgoing.outbox[-1].body).splitlines()
    assert lines[2] == (
        "your registration for “Launch” is being reviewed again. What we wrote to you about a decision no longer "
        "holds. On your own page you can see at any time how it stands."
    )
    words = ("Status: Received", "All places are taken.")
    assert [each in lines for each in words] == [True, False]


def test_of_what_is_decided_again_before_they_heard_that_it_was_undone_they_read_that_alone(dana: User) -> None:
    person = ann()
    review.decline(people(person), by=dana, reason="No")
    send()
    undone(person, by=dana)
    review.approve(people(person), by=dana)
    send()
    assert mails()[1:] == [(Kind.DECLINED, SENT), (Kind.BACK_IN_REVIEW, OUTDATED), (Kind.APPROVED, SENT)]


def test_nor_is_what_the_staff_wrote_for_who_signs_up_read_by_whoever_is_back_in_review(dana: User) -> None:
    person = ann()
    MailText.objects.create(meeting=person.meeting, kind=Kind.RECEIVED, subject="Welcome!", text="welcome!")
    review.decline(people(person), by=dana, reason="No")
    send()
    undone(person, by=dana)
    assert subjects()[-1] == "Your registration is being reviewed again,: Launch"


def test_of_a_meeting_that_is_over_nobody_is_told_and_the_plan_knows_who_was_told_otherwise(dana: User) -> None:
    person = ann()
    review.decline(people(person), by=dana, reason="No")
    send()
    Meeting.objects.update(is_cancelled=True)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.mails), dict(plan.misled)) == ({}, {Kind.DECLINED: 1})


def test_of_whom_webex_writes_to_it_is_not_said_that_nobody_does(dana: User) -> None:
    person = ann()
    Meeting.objects.update(send_email=True)
    for presence, webex_status in (("absent", ""), ("registered", "rejected")):
        Submission.objects.update(presence=presence, webex_status=webex_status, decision=Decision.APPROVED)
        review.decline(people(person), by=dana, reason="No")
        send()
        plan = undone(person, by=dana)
        assert plan is not None
        assert (plan.mailed_by_webex, dict(plan.mails), dict(plan.misled)) == (1, {}, {})


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [([Kind.NEW_LINK, Kind.CHANGED], Kind.RECEIVED), ([Kind.CHANGED, Kind.DECLINED], Kind.DECLINED)],
)
def test_any_mail_since_has_told_of_it_and_is_named_where_it_tells_of_nothing_else(
    dana: User, kinds: list[Kind], kind: Kind
) -> None:
    person = ann()
    review.decline(people(person), by=dana, reason="No")
    Mail.objects.filter(kind=Kind.DECLINED).delete()
    for each in kinds:
        told(person, each)
    Meeting.objects.update(is_cancelled=True)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.mails), dict(plan.misled)) == ({}, {kind: 1})


def test_what_was_to_ask_for_an_address_tells_of_a_decision_since(dana: User) -> None:
    person = ann(kind=None, send_email=True)
    people(person).update(confirm_by=timezone.now() + timedelta(hours=1))
    mail.write(person.pk, Kind.CONFIRM, at=timezone.now())
    moves.confirm(people(person), at=timezone.now())
    review.approve(people(person), by=dana)
    send()
    assert (mails(), "Status: Approved" in str(outgoing.outbox[-1].body)) == ([(Kind.CONFIRM, SENT)], True)
    plan = undone(person, by=dana)
    assert plan is not None
    assert dict(plan.mails) == {Kind.BACK_IN_REVIEW: 1}


@pytest.mark.parametrize("how", ["another mail", "tried in vain", "being sent", "a process died"])
def test_where_they_may_have_heard_of_it_the_mail_says_how_they_stand(dana: User, how: str) -> None:
    person = ann()
    review.approve(people(person), by=dana)
    letter, now = Mail.objects.filter(kind=Kind.APPROVED), timezone.now()
    if how == "another mail":
        mail.write(person.pk, Kind.CHANGED, at=now)
        send(kind=Kind.CHANGED)
    else:
        about: dict[str, dict[str, Any]] = {
            "tried in vain": {"failed_tries": 1},
            "being sent": {"due_at": now + post.LEASE},
            "a process died": {"due_at": now - timedelta(seconds=1)},
        }
        letter.update(**about[how])
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.turned)) == ({}, {Kind.APPROVED: 1})
    letter.update(due_at=now)
    assert subjects()[-1] == "Your registration: Launch"
    assert letter.get().sent_at is not None


@pytest.mark.parametrize(
    "change", [{"presence": "sending"}, {"presence": "uncertain"}, {"asked_at": "2027-11-02T09:00:00Z"}]
)
def test_where_webex_may_have_told_them_the_mail_stays(dana: User, change: dict[str, str]) -> None:
    person = ann()
    review.approve(people(person), by=dana)
    people(person).update(due_at=timezone.now(), **change)
    Meeting.objects.update(send_email=True)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.turned)) == ({}, {Kind.APPROVED: 1})


# --- they were told something else before -----------------------------------------------------------------------------


def test_who_was_told_something_else_before_is_told_how_they_stand(dana: User) -> None:
    person = ann("declined", kind=Kind.DECLINED)
    review.reopen(people(person), by=dana)
    review.approve(people(person), by=dana)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.turned)) == ({}, {Kind.APPROVED: 1})
    assert subjects()[-1] == "Your registration: Launch"
    assert mails() == [(Kind.DECLINED, SENT), (Kind.APPROVED, SENT)]


def test_who_was_told_that_the_host_rejected_them_is_told_that_they_are_approved_again(dana: User) -> None:
    person = ann("approved", kind=Kind.APPROVED)
    people(person).update(
        presence=Presence.REGISTERED, webex_status=WebexStatus.REJECTED, webex_status_at=timezone.now()
    )
    told(person, Kind.DECLINED)
    review.decline(people(person), by=dana, reason="No")
    undone(person, by=dana)
    send()
    assert mails() == [
        (Kind.APPROVED, SENT), (Kind.DECLINED, SENT), (Kind.DECLINED, OUTDATED), (Kind.APPROVED, SENT),
    ]  # fmt: skip


def test_who_was_offered_a_place_is_told_that_they_are_in_line(dana: User) -> None:
    person = ann("offered", kind=Kind.OFFERED, capacity=1)
    people(person).update(in_line_since=person.submitted_at)
    review.approve(people(person), by=dana)
    undone(person, by=dana)
    send()
    assert mails() == [(Kind.OFFERED, SENT), (Kind.APPROVED, OUTDATED), (Kind.WAITLISTED, SENT)]


def test_who_was_not_told_because_of_the_approval_is_told(dana: User) -> None:
    person = ann("waiting")
    review.decline(people(person), by=dana, reason="No")
    review.approve(people(person), by=dana)
    send(kind=Kind.DECLINED)
    undone(person, by=dana)
    send()
    assert mails() == [
        (Kind.RECEIVED, SENT), (Kind.DECLINED, OUTDATED), (Kind.APPROVED, OUTDATED), (Kind.DECLINED, SENT),
    ]  # fmt: skip


def test_who_has_confirmed_their_address_is_told_what_came_of_it(dana: User) -> None:
    meeting = MeetingFactory(title="Launch", send_email=False, confirms_address=True, approval="automatic")
    values = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}
    pk = submit.register(meeting, values=values, answers=(), language="en", now=timezone.now())
    send()
    assert confirm.by_owner(pk, at=timezone.now())
    person = Submission.objects.get()
    assert (person.decision, mails()[-1]) == (Decision.APPROVED, (Kind.APPROVED, QUEUED))
    # As a rule decides; what a meeting decides about everybody is not undone.
    person.moves.filter(after=Decision.APPROVED).update(by=dana)
    undone(person, by=dana)
    assert subjects()[-1] == "Your registration: Launch"


def test_a_later_mail_that_may_not_be_sent_keeps_no_other_from_telling(dana: User) -> None:
    person = ann()
    review.approve(people(person), by=dana)
    mail.write(person.pk, Kind.REMINDER, at=timezone.now())
    moves.decide(people(person), to=Decision.CANCELLED, at=timezone.now())
    assert subjects()[1:] == ["Your registration is cancelled,: Launch"]


@pytest.mark.parametrize("how", ["undone", "approved again"])
def test_who_is_approved_again_before_they_heard_of_it_is_told_so_once(dana: User, how: str) -> None:
    person = ann()
    review.approve(people(person), by=dana)
    review.reopen(people(person), by=dana)
    if how == "undone":
        undone(person, by=dana)
    else:
        review.approve(people(person), by=dana)
    send()
    assert mails() == [(Kind.RECEIVED, SENT), (Kind.APPROVED, OUTDATED), (Kind.APPROVED, SENT)]


# --- nobody knows what they were told before --------------------------------------------------------------------------


def test_whoever_is_imported_gets_the_only_mail_that_was_written_to_them(dana: User) -> None:
    """It has their reference, and the link to their own page."""
    meeting = MeetingFactory(title="Launch", send_email=False)
    imports.imported(meeting, dana, imports.people(1), decision="approved", mails=True)
    person = meeting.submissions.get()
    assert mails() == [(Kind.APPROVED, QUEUED)]
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails), dict(plan.turned)) == ({}, {}, {Kind.APPROVED: 1})
    assert subjects() == ["Your registration: Launch"]
    assert mails() == [(Kind.APPROVED, SENT)]
    assert [person.get_absolute_url() in message.body for message in outgoing.outbox] == [True]


def test_who_was_told_so_long_ago_that_it_is_forgotten_is_told_how_they_stand(dana: User) -> None:
    long_ago = timezone.now() - KEPT_FOR - timedelta(days=10)
    with time_machine.travel(long_ago, tick=False):
        person = ann()
        review.approve(people(person), by=dana)
        send()
    purge.purge(at=timezone.now())
    review.reopen(people(person), by=dana)
    review.decline(people(person), by=dana, reason="No")
    assert mails() == [(Kind.DECLINED, QUEUED)]
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.turned)) == ({}, {Kind.DECLINED: 1})
    assert subjects()[-1] == "Your registration: Launch"


def test_who_was_never_reached_is_told_anew_what_holds_again(dana: User) -> None:
    person = ann("declined", kind=Kind.DECLINED)
    Mail.objects.update(sent_at=None, failure="SMTPRecipientsRefused 550")
    review.approve(people(person), by=dana)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.mails), dict(plan.turned)) == ({Kind.APPROVED: 1}, {Kind.DECLINED: 1}, {})
    send()
    assert mails()[1:] == [(Kind.APPROVED, OUTDATED), (Kind.DECLINED, SENT)]


def test_who_was_never_written_to_is_told_how_they_stand(dana: User) -> None:
    """One true mail too many where staff had added them from Webex: no mail shows what they know."""
    person = ann(kind=None)
    review.approve(people(person), by=dana)
    plan = undone(person, by=dana)
    assert plan is not None
    assert (dict(plan.withdrawn), dict(plan.turned)) == ({}, {Kind.APPROVED: 1})
    assert subjects() == ["Your registration: Launch"]


# --- what was shown ---------------------------------------------------------------------------------------------------


def test_what_was_shown_before_the_mail_was_sent_is_not_done(dana: User) -> None:
    person = ann()
    review.approve(people(person), by=dana)
    move = undo.last_of(people(person).get())
    assert move is not None
    shown = undo.of_move(move, at=timezone.now()).fingerprint
    send()
    assert undo.move_back(move, by=dana, at=timezone.now(), shown=shown) is None
    assert people(person).get().decision == Decision.APPROVED


@pytest.mark.parametrize("size", [2, 9])
def test_mails_that_wait_take_two_queries_however_many_they_are(
    dana: User, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    chosen = SubmissionFactory.create_batch(size, meeting=MeetingFactory(send_email=False))
    for person in chosen:
        told(person, Kind.RECEIVED)
    review.approve(people(*chosen), by=dana)
    entry = decided(audit.Action.APPROVED, *chosen, by=dana)
    with django_assert_num_queries(5):
        assert undo.of_entry(entry, Submission.objects.all(), at=timezone.now()).withdrawn.total() == size
