"""Who would move up from the waiting list if places became free, and what each would be told: asked before it is done.

The same in advance as ``places.fill`` does, as the line stands now: with the meeting's rules, where they decide.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from registration.flow import approval, places, ruling
from registration.line import MOVES
from registration.models import Mail, Meeting, Submission
from registration.rules import first_match
from registration.states import Decision, WaitingList

_MANY = 10**9


class InLine(NamedTuple):
    """Somebody on the waiting list, in its order. ``waits``: whether nothing is decided about them by itself."""

    since: datetime
    pk: int
    waits: bool


@dataclass
class Change:
    """What is to change in a meeting: how many more places are ``taken`` (or fewer), who leaves the line, who joins it.

    ``leaving`` are primary keys.
    """

    taken: int = 0
    leaving: set[int] = field(default_factory=set)
    joining: list[InLine] = field(default_factory=list)


@dataclass(frozen=True)
class Next:
    """Somebody who moves up, by primary key: what holds of them then, and the mail that tells it."""

    pk: int
    decision: Decision
    mail: Mail.Kind


def of(changes: Mapping[int, Change], *, at: datetime) -> list[Next]:
    """Who moves up after the changes, by the primary key of the meeting, in the order of each line.

    A few queries for all of them, and some more for each where rules decide.
    """
    meetings = list(places.moving(Meeting.objects.filter(pk__in=changes), at=at)) if changes else []
    counts = places.taken(meetings) if meetings else {}
    free = {each.pk: _free(each, counts.get(each.pk, (0, 0))[0] + changes[each.pk].taken) for each in meetings}
    meetings = [meeting for meeting in meetings if free[meeting.pk]]
    most = max((free[each.pk] + len(changes[each.pk].leaving) for each in meetings), default=0)
    while meetings:
        lines = _lines(meetings, most=most, at=at)
        stays = {each.pk: _stays(lines[each.pk], changes[each.pk], most=most) for each in meetings}
        found = {each.pk: _ahead(each, stays[each.pk], free=free[each.pk]) for each in meetings}
        # Whom the rules decline gives the place back: somebody who was not read may have it.
        if all(is_filled or len(lines[pk]) < most for pk, (_moved, is_filled) in found.items()):
            return [each for moved, _is_filled in found.values() for each in moved]
        most = 4 * most
    return []


def if_decided(people: QuerySet[Submission], *, to: Decision, at: datetime) -> list[Next]:
    """Who moves up if ``to``, which has no place, was decided about the people, wherever they have a place now."""
    changes: dict[int, Change] = {}
    rows = people.filter(places.TAKES_A_PLACE | MOVES, meeting__capacity__isnull=False)
    for pk, meeting, decision in rows.order_by().values_list("pk", "meeting", "decision").distinct():
        change = changes.setdefault(meeting, Change())
        if decision == Decision.WAITLISTED:
            change.leaving.add(pk)
        elif decision != to:
            change.taken -= 1
    return of({pk: change for pk, change in changes.items() if change.taken}, at=at)


def _free(meeting: Meeting, taken: int) -> int:
    return _MANY if meeting.capacity is None else max(0, meeting.capacity - taken)


def _lines(meetings: Collection[Meeting], *, most: int, at: datetime) -> dict[int, list[InLine]]:
    """The first so many in the line of each, by the primary key of the meeting. One query."""
    has_time = Q(confirm_by__isnull=True) | Q(confirm_by__gt=at)
    people = Submission.objects.filter(MOVES, has_time, meeting__in=meetings)
    place = Window(RowNumber(), partition_by=F("meeting_id"), order_by=["in_line_since", "pk"])
    first = people.annotate(place=place).filter(place__lte=most).order_by("meeting_id", "place")
    lines: dict[int, list[InLine]] = {meeting.pk: [] for meeting in meetings}
    for person in first.only("meeting_id", "in_line_since", "confirm_by", "review_note", "held_by_id"):
        if person.in_line_since is not None:
            lines[person.meeting_id].append(InLine(person.in_line_since, person.pk, waits_for_a_person(person)))
    return lines


def waits_for_a_person(person: Submission) -> bool:
    """Whether nothing is decided about them by itself once they have a place: as ``approval.decide``, but for rules."""
    return person.confirm_by is not None or bool(person.review_note) or person.held_by_id is not None


def _stays(line: list[InLine], change: Change, *, most: int) -> list[InLine]:
    """The line after the change, as far as it was read: behind its first ``most`` others may stand before who joins."""
    joining = [each for each in change.joining if len(line) < most or each < line[-1]]
    return sorted([*(each for each in line if each.pk not in change.leaving), *joining])


def _ahead(meeting: Meeting, stays: list[InLine], *, free: int) -> tuple[list[Next], bool]:
    """Who of those who stay in line moves up, and whether all the places are taken then."""
    if meeting.waiting_list == WaitingList.OFFER:
        offered = [Next(each.pk, Decision.OFFERED, Mail.Kind.OFFERED) for each in stays[:free]]
        return offered, len(offered) == free
    moved: list[Next] = []
    for pk, decision in _decided(meeting, stays):
        if not free:
            break
        is_declined = decision is Decision.DECLINED
        moved.append(Next(pk, decision, Mail.Kind.DECLINED if is_declined else Mail.Kind.MOVED_UP))
        free -= not is_declined
    return moved, not free


def _decided(meeting: Meeting, line: list[InLine]) -> Iterator[tuple[int, Decision]]:
    """What the meeting decides of each of them by itself, once they have a place."""
    if meeting.holds_decisions or meeting.approval == Meeting.Approval.MANUAL:
        yield from ((each.pk, Decision.WAITING) for each in line)
    elif meeting.approval == Meeting.Approval.AUTOMATIC:
        yield from ((each.pk, Decision.WAITING if each.waits else Decision.APPROVED) for each in line)
    else:
        yield from _by_rules(meeting, line)


def _by_rules(meeting: Meeting, line: list[InLine]) -> Iterator[tuple[int, Decision]]:
    rules = [rule for _number, rule in ruling.followed(ruling.rules_of(meeting))]
    rest = iter(line)
    while some := list(islice(rest, 500)):
        people = Submission.objects.filter(pk__in=[each.pk for each in some if not each.waits])
        verdicts: dict[int, Decision] = {}
        for chunk, values in ruling.with_values(people, rules):
            for person, answers in zip(chunk, values, strict=True):
                if (rule := first_match(rules, answers)) is not None and rule.result in approval.DECISIONS:
                    verdicts[person.pk] = approval.DECISIONS[rule.result]
        yield from ((each.pk, verdicts.get(each.pk, Decision.WAITING)) for each in some)
