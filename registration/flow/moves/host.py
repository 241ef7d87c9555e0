"""What the portal writes to whom it has told that they are approved, and the host rejects at Webex; and where the host
then approves them after all.

It is written down together with the status that Webex tells, and only where it is news: what they have heard before is
read from the mails to them. Where Webex writes to approved people, none of it is ours to tell.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from registration import mail
from registration.flow.moves.locking import in_order
from registration.models import Mail, Submission
from registration.models.mail import KEPT_FOR
from registration.states import Decision, WebexStatus


class Before(NamedTuple):
    """Somebody's status at Webex before it changed, and since when that was known."""

    status: str
    since: datetime | None


def tell(changed: Mapping[int, Before], *, at: datetime) -> None:
    """Write to those of the people, by primary key, to whom their new status at Webex is news. They are locked.

    A mail of the other news that nobody has begun to send is not sent then. As many statements for many as for few.
    """
    people = _written_to(changed, at=at) if changed else []
    letters = _letters([person.pk for person in people]) if people else {}
    news: dict[Mail.Kind, list[int]] = {}
    untrue: list[int] = []
    for person in people:
        is_rejected = person.is_rejected_there
        kind = Mail.Kind.DECLINED if is_rejected else Mail.Kind.APPROVED
        told = _Told(person, letters.get(person.pk, ()), kind=kind, at=at)
        untrue += told.untrue
        if told.is_news_of_rejection if is_rejected else told.is_news_of_approval(changed[person.pk]):
            news.setdefault(kind, []).append(person.pk)
    if untrue:
        mail.withdraw(untrue)
    for kind, pks in news.items():
        mail.write_all(pks, kind, at=at)


def _written_to(pks: Iterable[int], *, at: datetime) -> list[Submission]:
    """Those of them whom the portal tells that they are approved, and whom the host has just approved or rejected."""
    approved = Submission.objects.filter(pk__in=list(pks), decision=Decision.APPROVED, erase_asked_at=None)
    coming = approved.filter(meeting__is_cancelled=False, meeting__end_at__gt=at)
    return [
        person
        for person in coming.select_related("meeting").order_by("pk")
        if person.meeting.is_approval_mailed_by_us
        and (person.webex_status == WebexStatus.APPROVED or person.is_rejected_there)
    ]


def _letters(pks: Collection[int]) -> dict[int, list[Mail]]:
    """The mails to each that were sent or wait, oldest first, kept from being taken to be sent meanwhile."""
    known = Mail.objects.filter(Q(due_at__isnull=False) | Q(sent_at__isnull=False), submission__in=pks)
    found: dict[int, list[Mail]] = {}
    # That one says only that an address is to be confirmed.
    for letter in in_order(known.exclude(kind=Mail.Kind.CONFIRM)):
        found.setdefault(letter.submission_id, []).append(letter)
    return found


class _Told:
    """What a person has heard since they were approved, and what they are about to. ``untrue``: the mails that are not
    to be sent any more, by primary key, now that ``kind`` is the news.
    """

    def __init__(self, person: Submission, letters: Collection[Mail], *, kind: Mail.Kind, at: datetime) -> None:
        self.untrue: list[int] = []
        self._since = person.decided_at or person.submitted_at
        self._forgotten_before = at - KEPT_FOR
        self._heard_at = [letter.sent_at or at for letter in letters if not letter.is_untouched]
        self._kind = kind
        self._last = ""
        answers = (Mail.Kind.APPROVED, Mail.Kind.DECLINED)
        for letter in reversed([each for each in letters if each.kind in answers and each.queued_at >= self._since]):
            if letter.kind == kind or not letter.is_untouched:
                self._last = letter.kind
                break
            self.untrue.append(letter.pk)

    @property
    def is_news_of_rejection(self) -> bool:
        """Whether they have heard that they are approved, or would have: of nothing else is it the other answer."""
        if self._last:
            return self._last != self._kind
        return self._has_heard or bool(self.untrue)

    def is_news_of_approval(self, before: Before) -> bool:
        """Whether they have heard of the rejection that ends; or of nothing, its mail having taken another's place."""
        if self._last:
            return self._last != self._kind
        if self.untrue:
            return not self._has_heard
        if before.status != WebexStatus.REJECTED or before.since is None or before.since < self._since:
            return False
        # Each mail says how they stand, whatever it is about.
        return any(heard_at >= before.since for heard_at in self._heard_at) or before.since < self._forgotten_before

    @property
    def _has_heard(self) -> bool:
        """Whether any mail has told them how they stand since they were approved. Of old ones nothing is known."""
        return self._since < self._forgotten_before or any(heard_at >= self._since for heard_at in self._heard_at)
