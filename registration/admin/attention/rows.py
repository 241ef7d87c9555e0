"""The rows of the page: what stands in each, and what can be done there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from registration import roles
from registration.admin.attention.asked import asked_of
from registration.admin.attention.verbs import APPROVABLE, VERBS, Call, Verb
from registration.admin.words import failure_words, state_word
from registration.flow import attention, queries
from registration.flow.attention import MOST_GROUPED, Kind
from registration.forms import MendingForm
from registration.forms.mending import Asked, can_be_mended
from registration.models import Mail, Meeting, Submission, UnknownRegistrant
from registration.models.mail import OUTDATED
from registration.refusals import fields_named
from registration.states import DECISION_MOVES, Decision, Presence, WebexStatus

SHOWN = 10
"""So many rows of a kind are on a page."""

Bound = Mapping[tuple[Kind, int], MendingForm]
"""The forms that were sent and could not be taken: each stays as it was filled in."""


@dataclass
class Row:
    """One thing that waits. ``forms`` are fields to mend it with; ``next`` is the key of the row after it."""

    pk: int
    name: str
    address: str
    words: list[Any]
    meeting: Meeting | None = None
    since: datetime | None = None
    form: MendingForm | None = None
    verbs: tuple[Verb | Call, ...] = ()
    correct: str = ""
    can_be_declined: bool = False
    next: int | None = None

    @property
    def buttons(self) -> tuple[Verb | Call, ...]:
        """The verbs that have a button in the row: none beside fields, since it would lose what was typed there."""
        return () if self.form else self.verbs


def rows_of(kind: Kind, found: list[Any], user: Any, *, at: datetime, bound: Bound) -> Iterable[Row]:
    """A row for each thing that was found, with its buttons where the user may press them."""
    scope = roles.scope(user, attention.acting(kind))
    failures = _failures(found) if kind is Kind.MAILS else {}
    asked = asked_of(kind, found, user)
    for thing in found:
        row = _row(kind, thing, failures)
        meeting_pk = thing.pk if isinstance(thing, Meeting) else thing.meeting_id
        if scope is None or meeting_pk in scope:
            row.verbs = _useful(kind, thing)
            if isinstance(thing, Submission) and thing.erase_asked_at is None:
                row.correct = reverse("admin:registration_submission_correct", args=[thing.pk])
                row.can_be_declined = _may_be_declined_as_there(kind, thing)
                row.form = bound.get((kind, thing.pk)) or form_for(kind, thing, asked=asked)
        yield row


def form_for(kind: Kind, submission: Submission, data: Any = None, *, asked: Mapping[int, Asked]) -> MendingForm | None:
    """The fields to mend it with where it is shown, if it is known which; ``asked`` is what ``asked_of`` told."""
    questions = asked.get(submission.pk, {})
    if kind is Kind.MAILS:
        names: tuple[str, ...] = ("email",)
    elif kind is Kind.REFUSED:
        named = fields_named(submission.refusal, apart_from=[question.text for question in questions])
        names = tuple(name for name in named if can_be_mended(submission, name))
    else:
        names = ()
    if not names and not questions:
        return None
    return MendingForm(data, submission=submission, names=names, asked=questions, prefix=f"{kind}-{submission.pk}")


def _useful(kind: Kind, thing: Any) -> tuple[Verb | Call, ...]:
    """The verbs that can do anything to it as it is."""
    if kind is Kind.STUCK and (thing.presence != Presence.ABSENT or not _is_given_up(thing)):
        return ()
    verbs = VERBS[kind]
    if kind is Kind.DIFFERENT and not _may_be_approved_as_there(thing):
        return tuple(verb for verb in verbs if verb.name != "approve_here")
    return verbs


def _may_be_approved_as_there(submission: Submission) -> bool:
    return submission.webex_status == WebexStatus.APPROVED and submission.decision in APPROVABLE


def _may_be_declined_as_there(kind: Kind, submission: Submission) -> bool:
    is_gone = submission.webex_status == WebexStatus.REJECTED if kind is Kind.DIFFERENT else kind is Kind.MISSING
    return is_gone and Decision.DECLINED in DECISION_MOVES[Decision(submission.decision)]


def _row(kind: Kind, thing: Any, failures: Mapping[int, list[str]]) -> Row:
    if isinstance(thing, Meeting):
        address = reverse("admin:registration_meeting_change", args=[thing.pk])
        return Row(thing.pk, str(thing), address, [thing.pause_reason], since=thing.paused_at)
    if isinstance(thing, UnknownRegistrant):
        address = reverse("admin:registration_unknownregistrant_change", args=[thing.pk])
        words = [thing.email, state_word(WebexStatus, thing.webex_status)]
        return Row(thing.pk, str(thing), address, words, meeting=thing.meeting, since=thing.registration_time)
    submission: Submission = thing
    name = submission.full_name if submission.erase_asked_at is None else submission.reference
    address = reverse("admin:registration_submission_change", args=[submission.pk])
    return Row(
        submission.pk,
        name,
        address,
        failures.get(submission.pk, []) if kind is Kind.MAILS else _words(kind, submission),
        meeting=submission.meeting,
        since=_since(kind, submission),
    )


def _words(kind: Kind, submission: Submission) -> list[Any]:
    match kind:
        case Kind.REFUSED:
            return [submission.refusal]
        case Kind.UNCERTAIN:
            return [state_word(Presence, submission.presence)]
        case Kind.STUCK:
            return [_what_keeps(submission)]
        case Kind.MISSING:
            return [_("Here: %s.") % submission.get_decision_display()]
        case Kind.DIFFERENT:
            here, there = submission.get_decision_display(), submission.get_webex_status_display()
            return [_("Here: %(here)s. At Webex: %(there)s.") % {"here": here, "there": there or _("status not known")}]
    return []


def _what_keeps(submission: Submission) -> str:
    if submission.erase_asked_at is not None:
        return _("Asked to be erased, and may still be at Webex: see what keeps the push from removing them there.")
    if submission.presence != Presence.ABSENT:
        return _(
            "To be corrected there they were removed, which Webex accepted, and they are there still. Remove them at "
            "Webex by hand."
        )
    if _is_given_up(submission):
        return _("So far, %d calls in a row gave no usable answer: they are tried once an hour now.") % (
            submission.failed_calls
        )
    return _("Somebody else is at Webex under their address, and stays so. Correct one of the addresses.")


def _is_given_up(submission: Submission) -> bool:
    return submission.failed_calls >= queries.MOST_FAILED_CALLS


def _since(kind: Kind, submission: Submission) -> datetime | None:
    match kind:
        case Kind.MISSING:
            return submission.missing_at
        case Kind.DIFFERENT:
            return submission.webex_status_at
        case Kind.STUCK if submission.erase_asked_at is not None:
            return submission.erase_asked_at
        case Kind.MAILS:
            return None
    return submission.presence_at


def _failures(found: list[Submission]) -> dict[int, list[str]]:
    """What is told of the newest mail of each that failed: one query."""
    mails = Mail.objects.filter(submission__in=[person.pk for person in found], sent_at=None).exclude(failure=OUTDATED)
    failed = {mail.submission_id: mail for mail in mails.filter(failed_tries__gt=0).order_by("pk")}
    return {
        pk: [
            _("“%(mail)s” to %(email)s: %(failure)s.")
            % {"mail": mail.get_kind_display(), "email": person.email, "failure": failure_words(mail.failure)},
            state_word(Mail.State, mail.state),
        ]
        for person in found
        if (mail := failed.get(pk := person.pk)) is not None
    }


def of_accounts(user: Any, *, at: datetime) -> list[Row]:
    """The accounts of which anything waits, each with what it is."""
    may_resolve = attention.may_resolve(Kind.ACCOUNTS, user)
    return [
        Row(
            account.pk,
            str(account),
            reverse("admin:registration_account_change", args=[account.pk]),
            [words for notice in waiting for words in (notice.words, notice.reason) if words],
            since=account.paused_at,
            verbs=VERBS[Kind.ACCOUNTS] if may_resolve and account.is_paused else (),
        )
        for account, waiting in attention.accounts(user, at=at).items()
    ]


def of_held(held: "QuerySet[Submission]") -> list[Row]:
    """The meetings whose decisions wait, those that wait the longest first."""
    read = held.order_by().values("pk")[: MOST_GROUPED + 1]
    grouped = Submission.objects.filter(pk__in=read).order_by().values("meeting", "meeting__title")
    found = grouped.annotate(people=Count("pk"), since=Min("held_at")).order_by("since", "meeting")[:SHOWN]
    return [
        Row(
            each["meeting"],
            each["meeting__title"],
            reverse("admin:registration_meeting_outbox", args=[each["meeting"]]),
            [_("%d to be released") % each["people"]],
            since=each["since"],
        )
        for each in found
    ]
