"""The mails that tell of a decision and still wait: as long as nobody has heard of it, it can be undone unheard.

Such a mail is not sent then, and whoever knows already what holds again is written nothing else. Where it may have been
told in any other way, or nobody knows what they were told before, the mail stays, and says how they stand when it is
sent (mail/truth.py): it may be the only one that they ever get.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from registration.flow.moves.locking import in_order
from registration.mail import truth
from registration.models import Mail, Move, Submission
from registration.states import Decision, Presence

_TELLS: dict[str, Mail.Kind] = {Decision.APPROVED: Mail.Kind.APPROVED, Decision.DECLINED: Mail.Kind.DECLINED}
"""The mail that tells of nothing but such a decision."""


@dataclass(frozen=True)
class Waiting:
    """What waits to tell somebody of a decision: ``mails``, by their primary keys, all of one ``kind``.

    ``is_heard``: whether they may have heard of it already. ``last``: what was decided about them when they last heard
    how they stand, or that they soon will; empty where that is not known: they were told nothing, or what they were
    told has been forgotten since (flow/purge.py).
    """

    kind: Mail.Kind
    mails: tuple[int, ...]
    is_heard: bool
    last: str

    def is_known(self, decision: Decision) -> bool:
        """Whether they know that it is decided so, once the mails are not sent."""
        return self.last in (decision, _SOON)


_SOON = "soon"
"""They are about to be told: by another mail, which says what holds when it is sent."""


def lock(pks: Collection[int]) -> None:
    """Keep the mails that wait for the people from being taken to be sent. After the people themselves."""
    list(in_order(Mail.objects.filter(submission__in=pks, due_at__isnull=False)).values_list("pk", flat=True))


def of(decided: Mapping[int, Move], people: Iterable[Submission]) -> tuple[dict[int, Waiting], dict[int, Mail.Kind]]:
    """What waits to tell the people of the last decisions about them, by their primary keys; and, of those for whom
    nothing waits, what has told them: ``RECEIVED`` for whatever said besides how they stood. Two queries at most.

    Nothing waits for those to whom no mail does that tells of nothing else.
    """
    told = {pk: move for pk, move in decided.items() if move.after in _TELLS}
    letters: dict[int, list[Mail]] = {pk: [] for pk in told}
    for mail in Mail.objects.filter(submission__in=list(told)).order_by("pk") if told else ():
        letters[mail.submission_id].append(mail)
    telling = {pk: mails for pk, move in told.items() if (mails := [m for m in letters[pk] if _tells_of(m, move)])}
    moves: dict[int, list[Move]] = {pk: [] for pk in telling}
    decisions = Move.objects.filter(subject=Move.Subject.DECISION, submission__in=list(telling))
    for move in decisions.order_by("at", "pk") if telling else ():
        moves[move.submission_id].append(move)
    waiting = {
        person.pk: _waiting(person, told[person.pk], telling[person.pk], letters[person.pk], moves[person.pk])
        for person in people
        if person.pk in telling
    }
    heard = ((pk, _told(letters[pk], move)) for pk, move in told.items() if pk not in telling)
    return waiting, {pk: kind for pk, kind in heard if kind is not None}


def _told(letters: Iterable[Mail], move: Move) -> Mail.Kind | None:
    """Which mail has told of the decision: the one that tells of nothing else; or ``RECEIVED``, whatever it was about,
    since any says how they stand. So does one that was to ask for the address: after such a decision nobody is asked.
    """
    sent = {each.kind for each in letters if each.sent_at is not None and each.sent_at >= move.at}
    if _TELLS[move.after] in sent:
        return _TELLS[move.after]
    return Mail.Kind.RECEIVED if sent else None


def _tells_of(mail: Mail, move: Move) -> bool:
    return mail.due_at is not None and mail.kind == _TELLS[move.after] and mail.queued_at >= move.at


def _waiting(person: Submission, move: Move, telling: list[Mail], letters: list[Mail], moves: list[Move]) -> Waiting:
    others = [mail for mail in letters if mail not in telling]
    # Whatever a mail is about, it says how they stand; one that was ever taken to be sent may have been.
    may_have_told = any(
        not mail.is_untouched if mail.due_at is not None else mail.sent_at is not None and mail.sent_at >= move.at
        for mail in letters
    )
    pks = tuple(mail.pk for mail in telling)
    return Waiting(_TELLS[move.after], pks, may_have_told or _may_webex_have_told(person, move), _last(others, moves))


def _may_webex_have_told(person: Submission, move: Move) -> bool:
    """Whether Webex may have mailed them since: where it mails, any call about them may have had it do so."""
    is_called = person.presence in (Presence.SENDING, Presence.UNCERTAIN)
    called_at = [at for at in (person.asked_at, person.sent_at) if at is not None]
    return person.meeting.send_email and (is_called or any(at >= move.at for at in called_at))


def _last(mails: list[Mail], moves: list[Move]) -> str:
    if any(mail.due_at is not None and mail.kind not in truth.IN_ITS_TIME for mail in mails):
        return _SOON
    sent = [(mail.sent_at, mail) for mail in mails if mail.sent_at is not None]
    if not sent:
        return ""
    at, mail = max(sent, key=lambda each: each[0])
    decision = _decision_at(at, moves)
    # That one says only that an address is to be confirmed; this one, that the host decided otherwise than we.
    is_otherwise = mail.kind == Mail.Kind.CONFIRM or (mail.kind, decision) == (Mail.Kind.DECLINED, Decision.APPROVED)
    return "" if is_otherwise else decision


def _decision_at(at: datetime, moves: list[Move]) -> str:
    before = [move for move in moves if move.at <= at]
    return before[-1].after if before else moves[0].before
