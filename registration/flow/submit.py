"""A sign-up: stored whole or not at all, decided where the meeting decides by itself, answered by mail."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from registration import mail, queue, wording
from registration.errors import RegistrationClosed
from registration.flow import approval, availability, limits
from registration.mailboxes import mailbox_of
from registration.models import Answer, Mail, Meeting, Option, Question, SecondSignUp, Submission
from registration.models.inserts import Rows, insert_all, new_key, taken_back
from registration.proofs import Proof
from registration.standard_fields import STANDARD_FIELDS
from registration.states import TAKES_SIGN_UPS, Availability, Decision
from registration.webex.records import email_key

Answers = Sequence[tuple[Question, Sequence[tuple[Option | None, str]]]]

_STANDARD = [field.name for field in STANDARD_FIELDS]
# Written out, since it is asked for every sign-up: to have it put together would cost more than the answer.
_KNOWN = f"""
    SELECT {limits.COUNTS}, %(new_key)s,
    submission.id, submission.submitted_at > %s, second.at > %s, second."values", second.answers,
    {", ".join(f"submission.{name}" for name in _STANDARD)}
    FROM (SELECT 1) AS one
    LEFT JOIN registration_submission AS submission ON submission.meeting_id = %s AND submission.email_key = %s
    LEFT JOIN registration_secondsignup AS second ON second.submission_id = submission.id
"""  # noqa: S608
_ANSWERS = "SELECT question_id, text FROM registration_answer WHERE submission_id = %s ORDER BY position, id"


class _Known(NamedTuple):
    """Who is registered under an address, and the form that was sent for it last: in the last minute, or before.

    ``answers`` is empty where that is the form which registered them: its answers are rows.
    """

    pk: int
    is_recent: bool
    values: dict[str, str]
    answers: list[Any] | None


def register(
    meeting: Meeting,
    *,
    values: Mapping[str, str],
    answers: Answers,
    language: str,
    now: datetime,
    client: str = "",
    proof: Proof | None = None,
) -> int:
    """Register a person: store the submission and its answers, decide as the meeting says, and write their mail.

    Where all places are taken, they go on the waiting list, if the meeting has one. Where addresses are confirmed,
    nothing is decided before theirs is; their place counts from now on all the same.

    ``meeting`` as it is now; ``values`` are the standard fields by our names. An address that is registered already is
    not registered again and nothing of it changes: what was typed this time is kept for its own page, the link to which
    is mailed to it once more, and the caller learns no difference. The very same form again within a minute is a double
    click: nothing more is mailed.

    ``client`` is where it came from, as views/client.py tells clients apart; empty where that is not known. ``proof``
    is spent, where one is asked for.

    Returns the primary key of the person's submission. Raises ``RegistrationClosed`` where the meeting takes no
    registrations at ``now``, and ``TooManySignUps`` and ``ProofNeeded`` as ``limits.hold`` does.
    """
    sender = limits.Sender(client, mailbox_of(email_key(values["email"])), meeting.pk)
    register_once = partial(_register, meeting, values, answers, language=language, now=now, sender=sender, proof=proof)
    try:
        return register_once()
    except IntegrityError:
        # The same address signed up at the same moment. It is known now.
        return register_once()


def _register(
    meeting: Meeting,
    values: Mapping[str, str],
    answers: Answers,
    *,
    language: str,
    now: datetime,
    sender: limits.Sender,
    proof: Proof | None,
) -> int:
    key = email_key(values["email"])
    with transaction.atomic():
        if meeting.capacity is not None:
            # One sign-up at a time: places are counted, and then taken.
            meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
        state = availability.of(meeting, now=now)
        new_pk, known, counts = _known(meeting, key, sender, now=now)
        is_sent_twice = known is not None and _is_sent_twice(known, values, answers)
        if state not in TAKES_SIGN_UPS and not is_sent_twice:
            raise RegistrationClosed(wording.closure(state, meeting).headline)
        if not is_sent_twice:
            limits.hold(counts, meeting, proof, now=now)
        is_in_line = state is Availability.WAITING_LIST
        submission = Submission(
            pk=new_pk,
            meeting=meeting,
            **values,
            email_key=key,
            language=language,
            submitted_at=now,
            decision=Decision.WAITLISTED if is_in_line else Decision.WAITING,
            in_line_since=now if is_in_line else None,
        )
        if meeting.confirms_address:
            submission.confirm_by = now + timedelta(hours=meeting.confirm_hours)
        if known is None:
            _answer_new(submission, values, answers, now=now, sender=sender)
            return submission.pk
        _answer_known(known.pk, submission, values, answers, now=now, sender=sender, is_sent_twice=is_sent_twice)
        return known.pk


def _known(
    meeting: Meeting, key: str, sender: limits.Sender, *, now: datetime
) -> tuple[int, _Known | None, limits.Counts]:
    """The key of a new submission; who is registered under the address, if anybody; and how much was sent lately: one
    question in one round trip.
    """
    a_minute_ago = connection.ops.adapt_datetimefield_value(now - limits.A_MINUTE)
    question, turns = limits.in_turn(_known_question(connection.vendor), sender)
    asked = [*limits.parameters(sender, now=now), a_minute_ago, a_minute_ago, meeting.pk, key]
    with connection.cursor() as cursor:
        cursor.execute(question, [*turns, *asked])
        row = limits.row_of(cursor, has_turn=bool(turns))
    counts = limits.Counts(*row[:3])
    new_pk, pk, is_first_recent, is_second_recent, second_values, second_answers, *first = row[3:]
    if pk is None:
        return new_pk, None, counts
    if second_values is None:
        known = _Known(pk, bool(is_first_recent), dict(zip(_STANDARD, first, strict=True)), None)
    else:
        known = _Known(pk, bool(is_second_recent), json.loads(second_values), json.loads(second_answers))
    return new_pk, known, counts


@cache
def _known_question(vendor: str) -> str:
    return _KNOWN.replace("%(new_key)s", new_key(Submission))


def _is_sent_twice(known: _Known, values: Mapping[str, str], answers: Answers) -> bool:
    """Whether the very same form was the last one: a double click that took the last place is not turned away.

    It makes no difference whether that form was the address's first: a stranger may click twice, too.

    Every field must be the same, or a stranger could learn from a full meeting who has a place. Every answer, too, or
    whoever mends one at once would not be told that the first one is kept.
    """
    if not known.is_recent or not values.items() <= known.values.items():
        return False
    if known.answers is not None:
        return known.answers == _texts(answers)
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, [known.pk])
        given = [(question.pk, text) for question, pairs in answers for _option, text in pairs]
        return bool(cursor.fetchall() == given)


def _answer_new(
    submission: Submission, values: Mapping[str, str], answers: Answers, *, now: datetime, sender: limits.Sender
) -> None:
    letter = mail.row(submission.pk, _kind(submission), at=now, **sender._asdict())
    groups = _rows(submission, answers)
    if not answers or approval.may_decide(submission):
        # To store answers takes as long as to keep a second sign-up. Without any, this does; and it takes as long as to
        # take a decision back.
        groups.append(Rows([_second_sign_up(submission.pk, values, answers, now=now)], is_taken_back=True))
    insert_all([*groups, Rows([letter])])
    queue.enqueue_mail(letter.pk)
    approval.decide(submission, _given(answers), at=now)


def _answer_known(
    known_pk: int,
    submission: Submission,
    values: Mapping[str, str],
    answers: Answers,
    *,
    now: datetime,
    sender: limits.Sender,
    is_sent_twice: bool,
) -> None:
    """Keep what they typed this time for their own page: nothing of it holds. And do what is done for a new address,
    and undo it: nobody can tell them apart by the time that it takes.

    A form that is sent twice takes as long as well, and leaves nothing. Or a stranger could send it twice, and learn
    from the second time whether the first one had made the address known.
    """
    submission.email_key = submission.token
    first = _rows(submission, answers)
    letter = mail.row(known_pk, Mail.Kind.KNOWN, at=now, **sender._asdict())
    kept = [
        Rows([_second_sign_up(known_pk, values, answers, now=now)], or_replace_by=("submission_id",)),
        Rows([letter]),
    ]
    if not approval.may_decide(submission):
        insert_all([*_taken_back(first), *(_taken_back(kept) if is_sent_twice else kept)])
    else:
        with taken_back():
            insert_all([*first, *(kept if is_sent_twice else [])])
            approval.decide(submission, _given(answers), at=now)
        insert_all([] if is_sent_twice else kept)
    if not is_sent_twice:
        queue.enqueue_mail(letter.pk)


def _rows(submission: Submission, answers: Answers) -> list[Rows]:
    return [Rows([submission]), Rows(_answer_rows(submission, answers))]


def _taken_back(groups: Sequence[Rows]) -> list[Rows]:
    return [group._replace(is_taken_back=True) for group in groups]


def _kind(submission: Submission) -> Mail.Kind:
    if submission.confirm_by is not None:
        return Mail.Kind.CONFIRM
    return Mail.Kind.WAITLISTED if submission.decision == Decision.WAITLISTED else Mail.Kind.RECEIVED


def _given(answers: Answers) -> approval.Given:
    return {question.pk: [text for _option, text in pairs] for question, pairs in answers}


def _second_sign_up(known_pk: int, values: Mapping[str, str], answers: Answers, *, now: datetime) -> SecondSignUp:
    return SecondSignUp(submission_id=known_pk, at=now, values=dict(values), answers=_texts(answers))


def _texts(answers: Answers) -> list[list[str | list[str]]]:
    return [[question.text, [text for _option, text in pairs]] for question, pairs in answers]


def _answer_rows(submission: Submission, answers: Answers) -> list[Answer]:
    given = [(question, option, text) for question, pairs in answers for option, text in pairs]
    return [
        Answer(
            submission_id=submission.pk,
            question_id=question.pk,
            option_id=option.pk if option else None,
            question_text=question.text,
            text=text,
            position=position,
        )
        for position, (question, option, text) in enumerate(given)
    ]
