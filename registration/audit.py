"""Writes down what staff did and saw; in the transaction of the change, so that there is no one without the other."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
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
    by: User,
    action: AuditEntry.Action,
    counts: Mapping[int, int],
    *,
    thing: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    words: str = "",
) -> dict[int, AuditEntry]:
    """Write one entry for each of these meetings, by primary key, with how many of its people it is about: hundreds
    with one statement. Returns them by meeting.
    """
    at = timezone.now()
    entries = {
        pk: AuditEntry(
            at=at,
            by=by,
            action=action,
            meeting_id=pk,
            thing=thing[:200],
            count=count,
            before=dict(before or {}),
            after=dict(after or {}),
            note=words[:1000],
        )
        for pk, count in sorted(counts.items())
    }
    AuditEntry.objects.bulk_create(entries.values(), batch_size=_CHUNK)
    return entries


def note_people(
    by: User | None,
    action: AuditEntry.Action,
    pks: Collection[int],
    *,
    before: Mapping[int, str] | None = None,
    after: str | Mapping[int, str] = "",
    words: str = "",
    of: Mapping[int, int] | None = None,
) -> AuditEntry | None:
    """Write an action on people, by primary key, each with their state before and after it: one entry for each of
    their meetings, which has its own people only. Returns the first; ``done_at_once`` finds the others.

    Nothing is written where there is nobody, nor where it was not one of the staff (``by`` is none). ``of``: the
    meeting of each, by primary key, from whoever knows them.
    """
    if by is None or not pks:
        return None
    meetings = meetings_of(pks) if of is None else {pk: of[pk] for pk in pks}
    entries = _entries(by, action, meetings, at=timezone.now(), words=words)
    with transaction.atomic():
        AuditEntry.objects.bulk_create(entries.values(), batch_size=_CHUNK)
        _add_people({pk: entries[meeting].pk for pk, meeting in meetings.items()}, before=before or {}, after=after)
    return next(iter(entries.values()))


def begin(by: User, action: AuditEntry.Action, of: Mapping[int, int], *, at: datetime) -> dict[int, AuditEntry]:
    """Write an action on people before it is known to whom of them it turns out to be, which ``add_people`` tells.

    ``of``: the meeting of each. Returns the entries by meeting; ``at`` is that of all that is done at once.
    """
    entries = _entries(by, action, of, at=at)
    for entry in entries.values():
        entry.count = 0
    AuditEntry.objects.bulk_create(entries.values(), batch_size=_CHUNK)
    return entries


def _entries(
    by: User, action: AuditEntry.Action, of: Mapping[int, int], *, at: datetime, words: str = ""
) -> dict[int, AuditEntry]:
    """An entry for each meeting of the people, by its key and in the order of these; nothing is written."""
    theirs = defaultdict[int, list[int]](list)
    for pk, meeting in of.items():
        theirs[meeting].append(pk)
    return {
        meeting: AuditEntry(
            at=at,
            by=by,
            action=action,
            meeting_id=meeting,
            submission_id=people[0] if len(people) == 1 else None,
            count=len(people),
            note=words[:1000],
        )
        for meeting, people in sorted(theirs.items())
    }


def done_at_once(entry: AuditEntry) -> QuerySet[AuditEntry]:
    """The entry, and those for what was done by the same action to people of other meetings: at the same moment."""
    return AuditEntry.objects.filter(by=entry.by_id, action=entry.action, at=entry.at)


def add_people(
    entries: Mapping[int, AuditEntry], of: Mapping[int, int], *, before: Mapping[int, str], after: Mapping[int, str]
) -> None:
    """Add the people to whom it turned out to be to the entries, by meeting, that were written before that was known.

    ``of``: the meeting of each; whose meeting has no entry is left out.
    """
    counts = Counter(of[pk] for pk in after if of[pk] in entries)
    for meeting, count in counts.items():
        entries[meeting].count += count
    with transaction.atomic():
        entry_of = {pk: entries[of[pk]].pk for pk in after if of[pk] in entries}
        _add_people(entry_of, before=before, after=after)
        AuditEntry.objects.bulk_update([entries[meeting] for meeting in counts], ["count"], batch_size=_CHUNK)


def tell_anew(
    entries: Mapping[int, AuditEntry], of: Mapping[int, int], *, before: Mapping[int, str], after: Mapping[int, str]
) -> None:
    """Write what the entries say by now, and these people in the place of whoever was added; else as ``add_people``."""
    with transaction.atomic():
        AuditedPerson.objects.filter(entry__in=[entry.pk for entry in entries.values()]).delete()
        for entry in entries.values():
            entry.count = 0
        AuditEntry.objects.bulk_update(entries.values(), ["after", "note", "count"], batch_size=_CHUNK)
        add_people(entries, of, before=before, after=after)


def _add_people(entry_of: Mapping[int, int], *, before: Mapping[int, str], after: str | Mapping[int, str]) -> None:
    """Add each person, by primary key, to an entry, by its own."""
    AuditedPerson.objects.bulk_create(
        (
            AuditedPerson(
                entry_id=entry_pk,
                submission_id=pk,
                before=before.get(pk, ""),
                after=after if isinstance(after, str) else after.get(pk, ""),
            )
            for pk, entry_pk in sorted(entry_of.items())
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
    _add_people(dict.fromkeys(pks, entry_pk), before=before or {}, after=after)
    add_count(entry_pk, len(pks))


def add_count(entry_pk: int, count: int) -> None:
    """Count so many more people, of whom nothing is left to point to."""
    AuditEntry.objects.filter(pk=entry_pk).update(count=F("count") + count)


def outlive(pks: Collection[int]) -> list[str]:
    """Keep the entries about people whose rows are about to be deleted, in the transaction of that.

    An entry about one of them alone has the reference in the place of the person, and says nothing of their data any
    more, as after an erasure. One about several people names the references, as ``add_references`` does. Returns the
    references.
    """
    people = Submission.objects.in_bulk(list(pks))
    among = defaultdict[int, list[str]](list)
    rows = AuditedPerson.objects.filter(submission__in=people, entry__submission=None)
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


def meetings_of(pks: Iterable[int]) -> dict[int, int]:
    """The meeting of each of the people, all by primary key."""
    ordered, found = sorted(pks), dict[int, int]()
    for start in range(0, len(ordered), _CHUNK):
        rows = Submission.objects.filter(pk__in=ordered[start : start + _CHUNK]).order_by()
        found.update(rows.values_list("pk", "meeting"))
    return found


def _pk(thing: Meeting | Submission | int | None) -> int | None:
    return thing.pk if isinstance(thing, Meeting | Submission) else thing
