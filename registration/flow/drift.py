"""What staff make of drift: adopt people who are at Webex only, or ignore them; look missing people up again, or leave
those who drifted as they are at Webex.

Nothing is sent, and nobody is mailed, by any of them; the next push acts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from registration import audit
from registration.flow import disagreements, moves
from registration.flow.moves.locking import chunks, in_order, locked
from registration.flow.owners import Owners
from registration.models import Answer, Meeting, Question, Submission, UnknownRegistrant
from registration.models.submission import NOT_LEFT
from registration.standard_fields import BY_NAME, STANDARD_FIELDS
from registration.states import Decision, Presence
from registration.webex import records
from registration.webex.entries import read_details
from registration.webex.records import email_key

LEFT = "left as it is"
"""What the audit says of those who drifted apart, and whom staff left as they are at Webex."""

_CHUNK = 100
_Address = tuple[int, str]


@dataclass
class Adopted:
    """What came of adopting: how many got a submission, and how many had one, which is to be looked up now."""

    made: int = 0
    linked: int = 0


def adopt(people: QuerySet[UnknownRegistrant], *, by: User, at: datetime) -> Adopted:
    """Let submissions stand for the people: approved, waiting or declined as Webex has them, with what they answered.

    Each gets a reference and a page of their own like anybody else, and nobody is mailed. Where the registration is
    somebody's already (owners.py), the next push looks them up at Webex, unless they are known to be there, and goes
    on from there, by what was decided about them. Returns how many of either; who signs up in this very moment is left
    for the next sync.
    """
    adopted = Adopted()
    pks = list(people.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), _CHUNK):
        with transaction.atomic():
            locked = UnknownRegistrant.objects.filter(pk__in=pks[start : start + _CHUNK]).order_by("pk")
            _adopt(list(locked.select_for_update(of=("self",)).select_related("meeting")), adopted, by=by, at=at)
    return adopted


def count_registered(people: QuerySet[UnknownRegistrant]) -> int:
    """How many of the people have a submission already, which adopting would leave to stand for them."""
    return len(_owners(list(people)))


def ignore(people: QuerySet[UnknownRegistrant], *, by: User | None = None) -> int:
    """Leave the people at Webex, and report them no more. Returns how many were reported until now."""
    return _set_ignored(people, to=True, by=by)


def stop_ignoring(people: QuerySet[UnknownRegistrant], *, by: User | None = None) -> int:
    """Report the people again. Returns how many were ignored."""
    return _set_ignored(people, to=False, by=by)


def look_up_again(submissions: QuerySet[Submission], *, at: datetime, by: User | None = None) -> int:
    """Let the next push look up those of the submissions who are missing at Webex. Returns how many.

    Whom it does not find there, and we approved, it registers again, and Webex mails them.
    """
    with transaction.atomic():
        pks = moves.look_up_again(missing(submissions), at=at)
        before = dict.fromkeys(pks, Presence.REGISTERED.value)
        audit.note_people(by, audit.Action.RETRIED, pks, before=before, after=Presence.UNCERTAIN)
    return len(pks)


def leave(submissions: QuerySet[Submission], *, at: datetime, by: User) -> int:
    """Leave the submissions as they are at Webex, and report them no more until something changes. Returns how many."""
    return _set_left(submissions, at=at, by=by, before="", after=LEFT)


def report_again(submissions: QuerySet[Submission], *, by: User) -> int:
    """Report those of the submissions again who were left as they are at Webex. Returns how many were."""
    return _set_left(left(submissions), at=None, by=by, before=LEFT, after="")


def _set_left(submissions: QuerySet[Submission], *, at: datetime | None, by: User, before: str, after: str) -> int:
    with transaction.atomic():
        pks = list(locked(submissions).values_list("pk", flat=True))
        for chunk in chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(left_at=at)
        audit.note_people(by, audit.Action.ADOPTED, pks, before=dict.fromkeys(pks, before), after=after)
    return len(pks)


def left(submissions: QuerySet[Submission], *, within: Q | None = None) -> QuerySet[Submission]:
    """Those of the submissions who drifted apart, and whom staff left as they are at Webex.

    ``within`` is asked alone, where it holds for all of the submissions.
    """
    kinds = (missing(submissions), disagreements.among(submissions, within=within))
    first, second = (kind.order_by().values("pk") for kind in kinds)
    return submissions.filter(pk__in=first.union(second)).exclude(NOT_LEFT)


def is_left(submission: Submission) -> bool:
    """Whether the submission drifted apart, and staff left it so."""
    if submission.left_at is None:
        return False
    this = Q(pk=submission.pk)
    return left(Submission.objects.filter(this), within=this).exists()


def missing(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those of the submissions who are missing at Webex."""
    return submissions.filter(presence=Presence.REGISTERED, missing_at__isnull=False)


def registered_again(submissions: QuerySet[Submission]) -> tuple[int, int]:
    """How many of the missing would be registered again if Webex does not have them, and how many of these it mails."""
    approved = missing(submissions).filter(decision=Decision.APPROVED)
    return approved.count(), approved.filter(meeting__send_email=True).count()


def given_fields(person: UnknownRegistrant) -> list[tuple[Any, str]]:
    """The standard fields as Webex told them, as pairs of label and value, in the form's order."""
    fields, _given = read_details(person.details)
    fields |= {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
    return [(field.label, fields[field.name]) for field in STANDARD_FIELDS if fields.get(field.name)]


def given_answers(person: UnknownRegistrant) -> list[tuple[Question | None, str, list[str]]]:
    """The questions that the person answered at Webex, each with its words and the answers as Webex told them.

    The question itself is none where Webex asks one that the portal does not know.
    """
    _fields, given = read_details(person.details)
    questions = _questions({person.meeting})
    return [
        (
            question := questions.get((person.meeting_id, answer.question_id)),
            _question_text(question, answer.question_id),
            [value.text for value in answer.values],
        )
        for answer in given
    ]


def _set_ignored(people: QuerySet[UnknownRegistrant], *, to: bool, by: User | None) -> int:
    chosen = UnknownRegistrant.objects.filter(pk__in=people.order_by().values("pk"), is_ignored=not to)
    with transaction.atomic():
        rows = dict(in_order(chosen).values_list("pk", "meeting"))
        for chunk in chunks(rows):
            UnknownRegistrant.objects.filter(pk__in=chunk).update(is_ignored=to)
        if by is not None:
            for meeting, count in Counter(rows.values()).items():
                before, after = {"is_ignored": not to}, {"is_ignored": to}
                thing = str(UnknownRegistrant._meta.verbose_name_plural)
                audit.note(
                    by,
                    audit.Action.ADOPTED,
                    meeting=meeting,
                    thing=thing,
                    count=count,
                    before=before,
                    after=after,
                    words=_("Ignored.") if to else _("No longer ignored."),
                )
    return len(rows)


def _adopt(people: list[UnknownRegistrant], adopted: Adopted, *, by: User, at: datetime) -> None:
    linked = _owners(people)
    new: dict[_Address, UnknownRegistrant] = {}
    for person in people:
        # Of two registrants with one address the first is adopted; the next sync sees whom of them to believe.
        if person.pk not in linked:
            new.setdefault(_address(person), person)
    submissions = [_submission_of(person, at=at) for person in new.values()]
    details = {submission.token: person.details for submission, person in zip(submissions, new.values(), strict=True)}
    stored = moves.adopt(submissions, at=at, by=by, reason=_("Adopted from Webex."))
    Answer.objects.bulk_create(_answers(stored, details))
    elsewhere = Submission.objects.filter(pk__in=linked.values(), presence__in=[Presence.ABSENT, Presence.REFUSED])
    moves.look_up_again(elsewhere, at=at)
    decided = dict.fromkeys(linked.values(), "") | {submission.pk: str(submission.decision) for submission in stored}
    audit.note_people(by, audit.Action.ADOPTED, decided.keys(), after=decided)
    here = {(submission.meeting_id, submission.email_key) for submission in stored}
    done = [person.pk for person in people if person.pk in linked or _address(person) in here]
    UnknownRegistrant.objects.filter(pk__in=done).delete()
    adopted.made += len(stored)
    adopted.linked += len(done) - len(stored)


def _address(person: UnknownRegistrant) -> _Address:
    return person.meeting_id, email_key(person.email)


def _owners(people: list[UnknownRegistrant]) -> dict[int, int]:
    """Whose the people are already: the keys of submissions, by theirs."""
    groups: dict[int, list[UnknownRegistrant]] = {}
    for person in people:
        groups.setdefault(person.meeting_id, []).append(person)
    found: dict[int, int] = {}
    for meeting_pk, group in groups.items():
        owners = Owners(
            meeting_pk,
            ids=[person.registrant_id for person in group],
            keys=[email_key(person.email) for person in group],
        )
        for person in group:
            if owner := owners.of(person.registrant_id, email_key(person.email)):
                found[person.pk] = owner["pk"]
    return found


def _submission_of(person: UnknownRegistrant, *, at: datetime) -> Submission:
    """A submission with what Webex told of the person, unsaved and undecided."""
    fields, _given = read_details(person.details)
    return Submission(
        meeting=person.meeting,
        language=settings.LANGUAGE_CODE,
        submitted_at=person.registration_time or at,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        email_key=email_key(person.email),
        **{name: text[: BY_NAME[name].max_length] for name, text in fields.items()},
        sent_email=person.email,
        registrant_id=person.registrant_id,
        registration_id=str(person.details.get("registration_id", ""))[:200],
        registration_time=person.registration_time,
        webex_status=person.webex_status,
    )


def _answers(stored: list[Submission], details: Mapping[str, object]) -> Iterator[Answer]:
    """What the stored people answered, by the details of each: the texts as Webex told them."""
    questions = _questions({submission.meeting for submission in stored})
    for submission in stored:
        _fields, given = read_details(details[submission.token])
        values = [(answer.question_id, value) for answer in given for value in answer.values]
        for position, (question_id, value) in enumerate(values):
            yield _answer(submission, questions.get((submission.meeting_id, question_id)), question_id, value, position)


def _questions(meetings: set[Meeting]) -> dict[tuple[int, str], Question]:
    questions = Question.objects.filter(meeting__in=meetings).exclude(webex_id="").prefetch_related("options")
    return {(question.meeting_id, question.webex_id): question for question in questions}


def _answer(
    submission: Submission, question: Question | None, question_id: str, value: records.AnswerValue, position: int
) -> Answer:
    options = question.options.all() if question is not None else []
    return Answer(
        submission=submission,
        question=question,
        option=next((option for option in options if option.webex_id and option.webex_id == value.option_id), None),
        question_text=_question_text(question, question_id),
        text=value.text,
        position=position,
    )


def _question_text(question: Question | None, question_id: str) -> str:
    """The question's words; those of one that Webex asks and the portal does not know tell it apart, at least."""
    return question.text if question is not None else _("Question %s at Webex") % question_id
