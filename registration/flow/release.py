"""The outbox: decisions that are held are released, with everything that follows from a decision, or taken back.

A verb made of those of review.py, which it imports: to release is to decide, later and by somebody else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import audit
from registration.flow import moves, places, queries, review
from registration.flow.moves.locking import locked
from registration.flow.review import Reviewed
from registration.models import AuditEntry, Meeting, Submission
from registration.states import Decision

AT_ONCE = 500
"""So many people are released in one transaction."""

_MOST_NAMED = 10


@dataclass(frozen=True)
class _Person:
    pk: int
    decision: str
    held: str
    reason: str
    is_by_staff: bool


def release(submissions: QuerySet[Submission], *, by: User, at: datetime, seen_at: datetime) -> Reviewed:
    """Decide as it is held about the submissions: with mails, places and pushes, as if it was decided now, by ``by``.

    Only what was held at ``seen_at``, when ``by`` looked: nobody is released unseen. Who was decided about, cancelled
    or erased meanwhile, or has changed their answers, is left as they are, and named with the reason. A few hundred
    people are one transaction: a crash leaves the others held. All of a meeting are one entry of the audit.
    """
    of = dict(submissions.order_by(_last_who_frees_a_place(), "pk").values_list("pk", "meeting"))
    pks = list(of)
    changed, skipped = 0, list[int]()
    meetings = set[int]()
    entries, noted_at = dict[int, AuditEntry](), timezone.now()
    for start in range(0, len(pks), AT_ONCE):
        chunk = pks[start : start + AT_ONCE]
        with transaction.atomic():
            done = _release(chunk, by=by, at=at, seen_at=seen_at)
            if done:
                new = {of[pk] for pk in done} - entries.keys()
                theirs = {pk: meeting for pk, meeting in of.items() if meeting in new}
                entries |= audit.begin(by, audit.Action.RELEASED, theirs, at=noted_at)
                before = {pk: person.decision for pk, person in done.items()}
                after = {pk: person.held for pk, person in done.items()}
                audit.add_people(entries, of, before=before, after=after)
        changed += len(done)
        skipped += [pk for pk in chunk if pk not in done]
        meetings.update(of[pk] for pk in done)
    overbooked = tuple(_overbooked(meetings)) if changed else ()
    why = tuple(_reasons(skipped, seen_at=seen_at))
    entry = next(iter(entries.values()), None)
    return Reviewed(changed, len(skipped), why, overbooked, entry_pk=entry.pk if entry else None)


def _last_who_frees_a_place() -> Case:
    """The order in which they are released, whichever transaction they are in: a place that becomes free goes to nobody
    of whom something is held that takes them from the waiting list.
    """
    is_declined = Q(held_decision=Decision.DECLINED)
    return Case(When(is_declined & places.TAKES_A_PLACE, then=2), When(is_declined, then=1), default=0)


def take_back(submissions: QuerySet[Submission], *, by: User) -> Reviewed:
    """Forget what is held of the submissions, as if it had not been decided: their registrations stay as they are."""
    pks = list(submissions.order_by("pk").values_list("pk", flat=True))
    changed = 0
    for start in range(0, len(pks), AT_ONCE):
        with transaction.atomic():
            before = moves.unhold(Submission.objects.filter(pk__in=pks[start : start + AT_ONCE]))
            audit.note_people(by, audit.Action.HELD, before, before=before, words=review.TAKEN_BACK)
        changed += len(before)
    left = len(pks) - changed
    why = ngettext("nothing is held of %d any more", "nothing is held of %d any more", left) % left
    return Reviewed(changed, left, (why,) if left else ())


def _release(pks: Sequence[int], *, by: User, at: datetime, seen_at: datetime) -> dict[int, _Person]:
    """Release those of them that may be. Returns them as they were, by primary key.

    The caller's transaction keeps them locked.
    """
    fields = ("pk", "decision", "held_decision", "held_reason", "held_by")
    rows = locked(Submission.objects.filter(pk__in=pks)).filter(queries.releasable(), held_at__lte=seen_at)
    people = [
        _Person(pk, decision, held, reason, held_by is not None)
        for pk, decision, held, reason, held_by in rows.values_list(*fields)
    ]
    released: dict[int, _Person] = {}
    for (held, reason, is_by_staff), group in _alike(people):
        chosen = Submission.objects.filter(pk__in=[person.pk for person in group])
        # What a rule decided stays a rule's: its words are for staff, and whoever is told of it must not read them.
        decider = by if is_by_staff else None
        review.decide_now(chosen, to=Decision(held), by=decider, reason=reason, at=at, is_noted=False)
        done = set(chosen.filter(decision=held, held_decision="").values_list("pk", flat=True))
        released |= {person.pk: person for person in group if person.pk in done}
    return released


def _alike(people: Sequence[_Person]) -> Iterator[tuple[tuple[str, str, bool], list[_Person]]]:
    """The people by what is held of them, why, and whether staff decided it: declined last, so that no place becomes
    free in between.
    """
    groups: dict[tuple[str, str, bool], list[_Person]] = {}
    for person in people:
        groups.setdefault((person.held, person.reason, person.is_by_staff), []).append(person)
    yield from sorted(groups.items(), key=lambda group: (group[0][0] == Decision.DECLINED, group[0]))


def _overbooked(meeting_pks: set[int]) -> Iterator[str]:
    meetings = Meeting.objects.in_bulk(meeting_pks)
    for pk, more in places.overbooked(list(meetings.values())).items():
        yield review.overbooked_words(meetings[pk], more)


def _reasons(pks: Sequence[int], *, seen_at: datetime) -> Iterator[str]:
    """Each of the first few who were left, by name, and why; and how many more there are."""
    named = Submission.objects.annotate(has_changed=queries.has_changed_since_held()).in_bulk(pks[:_MOST_NAMED])
    for pk in pks[:_MOST_NAMED]:
        if person := named.get(pk):
            yield f"{person}: {why_not(person, seen_at=seen_at)}"
    if (more := len(pks) - _MOST_NAMED) > 0:
        yield ngettext("and %d more", "and %d more", more) % more


def why_not(person: Submission, *, seen_at: datetime | None = None) -> str:
    """Why what is held of the person was not released, or cannot be; empty where it can. They are annotated with
    ``has_changed``.
    """
    if person.erase_asked_at is not None:
        return _("erased meanwhile")
    if not person.held_decision:
        return _("nothing is held any more; the registration is: %s") % Decision(person.decision).label
    if person.has_changed:  # type: ignore[attr-defined]
        return _("their answers have changed since: look at them, and decide anew")
    if seen_at is not None and person.held_at is not None and person.held_at > seen_at:
        return _("decided anew since you looked")
    return ""
