"""A mail is sent as long as what it says is true; then it says what is true instead, or is not sent."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from registration.flow import post
from registration.mail import truth, write
from registration.models import Mail, Submission
from registration.models.mail import IN_STATE
from registration.states import Decision, Presence, WebexStatus
from tests.mail.people import DECISIONS, ann, sent

Kind = Mail.Kind

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_is_sent_as_what_it_was_written_as_while_it_is_true(kind: Kind) -> None:
    submission = ann(kind)
    mail = Mail(submission=submission, kind=kind)
    assert truth.kind_now(mail, at=timezone.now()) is kind
    assert sent(submission, kind) is not None


TOLD = [
    # What was to be told, what is so by now, and what is told then.
    (Kind.CONFIRM, {"confirm_by": None}, Kind.RECEIVED),
    (Kind.WAITLISTED, {"decision": Decision.APPROVED}, Kind.RECEIVED),
    (Kind.OFFERED, {"decision": Decision.WAITING}, Kind.RECEIVED),
    (Kind.OFFERED, {"decision": Decision.CANCELLED}, Kind.CANCELLED),
    (Kind.OFFERED, {"offer_ends_at": timezone.now() - HOUR}, None),
    (Kind.CONFIRM, {"confirm_by": timezone.now() - HOUR}, None),
    (Kind.MOVED_UP, {"decision": Decision.DECLINED}, Kind.DECLINED),
    (Kind.PLACE_LOST, {"decision": Decision.WAITING}, Kind.RECEIVED),
    (Kind.APPROVED, {"decision": Decision.WAITING}, Kind.RECEIVED),
    (Kind.APPROVED, {"presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED}, Kind.RECEIVED),
    (Kind.DECLINED, {"decision": Decision.APPROVED}, Kind.RECEIVED),
    (Kind.BACK_IN_REVIEW, {"decision": Decision.APPROVED}, Kind.RECEIVED),
    (Kind.BACK_IN_REVIEW, {"decision": Decision.DECLINED}, Kind.DECLINED),
    (Kind.CANCELLED, {"decision": Decision.WAITLISTED}, Kind.WAITLISTED),
    (Kind.REMINDER, {"decision": Decision.CANCELLED}, None),
    (Kind.REMINDER, {"decision": Decision.WAITING}, None),
    (Kind.REMINDER, {"presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED}, None),
    (Kind.NEWS, {"decision": Decision.CANCELLED}, None),
]


@pytest.mark.parametrize("kind", [Kind.APPROVED, Kind.REMINDER])
def test_who_was_rejected_at_webex_and_approved_since_is_told_so(kind: Kind) -> None:
    known_at = timezone.now() - HOUR
    there: dict[str, Any] = {
        "presence": Presence.REGISTERED,
        "webex_status": WebexStatus.REJECTED,
        "webex_status_at": known_at,
    }
    mail = Mail(pk=0, submission=ann(kind, **there, decided_at=timezone.now()), kind=kind)
    assert truth.kind_now(mail, at=timezone.now()) is kind


@pytest.mark.parametrize(("kind", "now", "told"), TOLD)
def test_what_is_no_longer_so_is_not_told(kind: Kind, now: dict[str, Any], told: Kind | None) -> None:
    mail = Mail(pk=0, submission=ann(kind, **now), kind=kind)
    assert truth.kind_now(mail, at=timezone.now()) is told


@pytest.mark.parametrize(("kind", "now", "told"), TOLD)
def test_nor_is_anything_else_where_a_later_mail_tells_it(kind: Kind, now: dict[str, Any], told: Kind | None) -> None:
    submission = ann(kind, **now)
    mail = Mail.objects.create(submission=submission, kind=kind, queued_at=timezone.now())
    write(submission.pk, Kind.CHANGED, at=timezone.now())
    assert truth.kind_now(mail, at=timezone.now()) is None


REPEATED = {Kind.CONFIRM, Kind.RECEIVED, Kind.KNOWN, Kind.CHANGED, Kind.REMINDER, Kind.NEW_LINK, Kind.NEWS}
"""What is told each time; the others tell of a decision."""


@pytest.mark.parametrize("kind", list(Kind))
def test_a_decision_is_told_once_where_a_later_mail_tells_it_too(kind: Kind) -> None:
    submission = ann(kind)
    write(submission.pk, kind, at=timezone.now())
    write(submission.pk, kind, at=timezone.now())
    is_repeated = kind in REPEATED
    assert post.send(Mail.objects.all()) == (post.Posted(sent=2) if is_repeated else post.Posted(sent=1, outdated=1))
    assert [mail.sent_at is not None for mail in Mail.objects.order_by("pk")] == [is_repeated, True]


@pytest.mark.parametrize("facts", [{}, {"failed_tries": 1, "due_at": timezone.now() + 2 * HOUR}])
def test_a_mail_that_still_waits_when_a_later_one_told_the_same_is_not_sent(facts: dict[str, Any]) -> None:
    """Since it was written with many others, which the next run sends, or tried in vain until then."""
    submission, now = ann(Kind.APPROVED, decided_at=timezone.now() - HOUR), timezone.now()
    first = Mail.objects.create(
        **{"submission": submission, "kind": Kind.APPROVED, "queued_at": now - HOUR, "due_at": now - HOUR} | facts
    )
    Mail.objects.create(submission=submission, kind=Kind.APPROVED, queued_at=now, sent_at=now)
    assert truth.kind_now(first, at=now) is None
    Submission.objects.update(decided_at=now + HOUR)
    first.refresh_from_db()
    assert truth.kind_now(first, at=now) is Kind.APPROVED  # what was told is what was decided before


def test_nobody_is_reminded_of_what_has_begun_or_does_not_take_place() -> None:
    now = timezone.now()
    begun = ann(Kind.REMINDER, meeting={"start_at": now - HOUR, "end_at": now + HOUR, "slug": "begun"})
    cancelled = ann(Kind.REMINDER, meeting={"is_cancelled": True, "slug": "cancelled"})
    assert [sent(submission, Kind.REMINDER) for submission in (begun, cancelled)] == [None, None]


def test_a_cancelled_meeting_promises_nothing_to_anybody() -> None:
    for kind, decision in product(Kind, Decision):
        submission = ann(kind, decision=decision, meeting={"is_cancelled": True, "slug": f"{kind}-{decision}"})
        told = truth.kind_now(Mail(pk=0, submission=submission, kind=kind), at=timezone.now())
        assert told not in {Kind.OFFERED, Kind.MOVED_UP, Kind.APPROVED, Kind.REMINDER, Kind.WAITLISTED, Kind.CONFIRM}
        assert told is not Kind.BACK_IN_REVIEW


def test_who_asked_to_be_erased_hears_of_nothing_any_more() -> None:
    now = timezone.now()
    submission = ann(decision=Decision.CANCELLED, erase_asked_at=now)
    told = [truth.kind_now(Mail(submission=submission, kind=kind), at=now) for kind in Kind]
    assert told == [None] * len(Kind)


def test_what_is_not_sent_is_recorded_as_that_and_no_matter_for_a_person() -> None:
    submission = ann(decision=Decision.CANCELLED)
    write(submission.pk, Kind.REMINDER, at=timezone.now())
    assert post.send(Mail.objects.all()) == post.Posted(outdated=1)
    mail = Mail.objects.get()
    assert (mail.state, mail.due_at, mail.sent_at, mail.failed_tries) == (Mail.State.OUTDATED, None, None, 0)
    assert (post.left().waiting, post.unreached(at=timezone.now()).count()) == (0, 0)


def test_a_mail_that_was_given_up_is_one_for_a_person_also_where_a_later_one_was_no_longer_true() -> None:
    submission = ann(decision=Decision.CANCELLED)
    Mail.objects.create(submission=submission, kind=Kind.CANCELLED, queued_at=timezone.now(), failure="Any")
    write(submission.pk, Kind.REMINDER, at=timezone.now())
    post.send(Mail.objects.all())
    assert list(post.unreached(at=timezone.now())) == [submission]


def test_every_mail_is_in_exactly_one_state_whether_asked_of_it_or_of_the_table() -> None:
    submission, now = ann(), timezone.now()
    for due, sent_at, tries, failure in product((None, now), (None, now), (0, 2), ("", "Any", "outdated")):
        Mail.objects.create(
            submission=submission, kind="news", queued_at=now, due_at=due, sent_at=sent_at, failed_tries=tries,
            failure=failure,
        )  # fmt: skip
    for state, condition in IN_STATE.items():
        found = set(Mail.objects.filter(condition))
        assert found == {mail for mail in Mail.objects.all() if mail.state is state} != set()


def test_exactly_that_mail_is_sent_once_more() -> None:
    submission, now = ann(Kind.APPROVED), timezone.now()
    for kind in (Kind.RECEIVED, Kind.APPROVED):
        Mail.objects.create(submission=submission, kind=kind, queued_at=now, sent_at=now)
    chosen = Mail.objects.filter(kind=Kind.APPROVED)
    assert post.once_more(chosen, at=now) == 1
    assert post.once_more(chosen, at=now) == 0  # it is on its way
    assert post.send(Mail.objects.all()) == post.Posted(sent=1)
    assert list(Mail.objects.exclude(sent_at=now).values_list("kind", flat=True)) == [Kind.APPROVED]


def test_a_mail_is_sent_once_more_although_a_later_one_told_the_same() -> None:
    submission, now = ann(Kind.APPROVED), timezone.now()
    mails = [
        Mail.objects.create(submission=submission, kind=Kind.APPROVED, queued_at=now, sent_at=now) for _number in "12"
    ]
    post.once_more(Mail.objects.filter(pk=mails[0].pk), at=timezone.now())
    assert post.send(Mail.objects.all()) == post.Posted(sent=1)


def test_the_cast_is_complete() -> None:
    assert set(DECISIONS) < set(Kind)
