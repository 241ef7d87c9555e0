"""Writes down what staff did and saw; in the transaction of the change, so that there is no one without the other."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.models import AuditedPerson, AuditEntry, Meeting, Submission

Action = AuditEntry.Action

_CHUNK = 500
_MOST_REFERENCES = 1_000


def note(
    by: User,
    action: AuditEntry.Action,
    *,
    meeting: Meeting | int | None = None,
    submission: Submission | int | None = None,
    thing: str = "",
    count: int = 1,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    words: str = "",
) -> AuditEntry:
    """Write one entry. ``thing``: what it was about, by kind and name, never the name of an attendee.

    ``before`` and ``after`` are JSON, by the names of fields; those of an attendee's data belong to an entry with their
    ``submission``: they are emptied with the rest when they are erased.
    """
    return AuditEntry.objects.create(
        at=timezone.now(),
        by=by,
        action=action,
        meeting_id=_pk(meeting),
        submission_id=_pk(submission),
        thing=thing[:200],
        count=count,
        before=dict(before or {}),
        after=dict(after or {}),
        note=words[:1000],
    )


def note_meetings(
    by: User, action: AuditEntry.Action, counts: Mapping[int, int], *, thing: str = "", words: str = ""
) -> None:
    """Write one entry for each of these meetings, by primary key, with how many of its people it is about: hundreds
    with one statement.
    """
    at = timezone.now()
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(at=at, by=by, action=action, meeting_id=pk, thing=thing[:200], count=count, note=words[:1000])
            for pk, count in sorted(counts.items())
        ),
        batch_size=_CHUNK,
    )


def note_people(
    by: User | None,
    action: AuditEntry.Action,
    pks: Collection[int],
    *,
    before: Mapping[int, str] | None = None,
    after: str | Mapping[int, str] = "",
    words: str = "",
    of: Iterable[int] | None = None,
) -> AuditEntry | None:
    """Write one entry for an action on people, by primary key, each with their state before and after it.

    Nothing is written where there is nobody, nor where it was not one of the staff (``by`` is none). ``of``: the keys
    of their meetings, from whoever knows them.
    """
    if by is None or not pks:
        return None
    with transaction.atomic():
        meetings = _meetings(pks) if of is None else set(of)
        entry = note(
            by,
            action,
            meeting=meetings.pop() if len(meetings) == 1 else None,
            submission=next(iter(pks)) if len(pks) == 1 else None,
            count=len(pks),
            words=words,
        )
        _add_people(entry.pk, pks, before=before or {}, after=after)
    return entry


def add_people(entry: AuditEntry, *, before: Mapping[int, str], after: Mapping[int, str]) -> None:
    """Add the people to whom it turned out to be, to an entry that was written before that was known."""
    with transaction.atomic():
        _add_people(entry.pk, after.keys(), before=before, after=after)
        AuditEntry.objects.filter(pk=entry.pk).update(count=len(after))


def _add_people(
    entry_pk: int, pks: Collection[int], *, before: Mapping[int, str], after: str | Mapping[int, str]
) -> None:
    AuditedPerson.objects.bulk_create(
        (
            AuditedPerson(
                entry_id=entry_pk,
                submission_id=pk,
                before=before.get(pk, ""),
                after=after if isinstance(after, str) else after.get(pk, ""),
            )
            for pk in sorted(pks)
        ),
        batch_size=_CHUNK,
    )


def add_more_people(
    entry_pk: int,
    pks: Collection[int],
    *,
    before: Mapping[int, str] | None = None,
    after: str | Mapping[int, str] = "",
) -> None:
    """Add people, with their state before and after it, to an entry whose action is done in several transactions; in
    the transaction of what was done to them.
    """
    _add_people(entry_pk, pks, before=before or {}, after=after)
    add_count(entry_pk, len(pks))


def add_count(entry_pk: int, count: int) -> None:
    """Count so many more people, of whom nothing is left to point to."""
    AuditEntry.objects.filter(pk=entry_pk).update(count=F("count") + count)


def outlive(pks: Collection[int]) -> list[str]:
    """Keep the entries about people whose rows are about to be deleted, in the transaction of that.

    An entry about one of them alone has the reference in the place of the person, and says nothing of their data any
    more, as after an erasure. One about several people of a meeting names the references, as ``add_references`` does;
    of people of several meetings it does not, since each of their managers reads it. Returns the references.
    """
    people = Submission.objects.in_bulk(list(pks))
    among = defaultdict[int, list[str]](list)
    rows = AuditedPerson.objects.filter(submission__in=people, entry__submission=None, entry__meeting__isnull=False)
    for entry_pk, pk in rows.order_by("entry", "submission").values_list("entry", "submission"):
        among[entry_pk].append(people[pk].reference)
    for entry_pk, references in among.items():
        add_references(entry_pk, references)
    alone = list(AuditEntry.objects.filter(submission__in=people))
    for entry in alone:
        assert entry.submission_id is not None, "it is about somebody"  # noqa: S101
        person = people[entry.submission_id]
        end = f": {person.reference}"
        entry.thing = (entry.thing or str(Submission._meta.verbose_name))[: 200 - len(end)] + end
        entry.meeting_id = person.meeting_id
        entry.submission, entry.before, entry.after, entry.note = None, {}, {}, ""
    changed = ["thing", "meeting", "submission", "before", "after", "note"]
    AuditEntry.objects.bulk_update(alone, changed, batch_size=_CHUNK)
    return [people[pk].reference for pk in sorted(people)]


def add_references(entry_pk: int, references: Iterable[str]) -> None:
    """Name people of whom nothing is left to point to by their references, in what was before: the first thousand."""
    entry = AuditEntry.objects.select_for_update().only("before").get(pk=entry_pk)
    name = _("References")
    named = entry.before.get(name, [])
    if len(named) > _MOST_REFERENCES:
        return
    named = [*named, *references]
    if len(named) > _MOST_REFERENCES:
        named = [*named[:_MOST_REFERENCES], "…"]
    AuditEntry.objects.filter(pk=entry_pk).update(before={**entry.before, name: named})


def _meetings(pks: Iterable[int]) -> set[int]:
    ordered, found = sorted(pks), set[int]()
    for start in range(0, len(ordered), _CHUNK):
        rows = Submission.objects.filter(pk__in=ordered[start : start + _CHUNK]).order_by()
        found.update(rows.values_list("meeting", flat=True).distinct())
    return found


def _pk(thing: Meeting | Submission | int | None) -> int | None:
    return thing.pk if isinstance(thing, Meeting | Submission) else thing
