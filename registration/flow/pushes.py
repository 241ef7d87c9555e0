"""A push that staff ask for: who asked for it, for which meetings, and then which calls came of it, about whom.

It is an entry of the audit for each meeting, written before anything is called: whatever ends the calls, somebody asked
for them. Who carries it out, workers or a process of ours, finds it there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from registration import audit
from registration.models import AuditedPerson, AuditEntry, Batch, BatchItem, Submission
from registration.states import Presence

THING = "push"
"""What such an entry is about."""

ENDED = "ended"
"""How a push stands of which it is known what came of it."""

LONGEST = timedelta(minutes=5)
"""After so long nobody is at it any more: the last call has ended, too."""

_MOST_CALLS = 1_000
_WAS: dict[str, Presence] = {Batch.Action.REGISTER: Presence.ABSENT, Batch.Action.LOOK_UP: Presence.UNCERTAIN}


def ask(meetings: Collection[int], *, by: User) -> AuditEntry:
    """Write down that ``by`` wants these meetings, by primary key, pushed. Returns the entry for the first."""
    return next(iter(audit.note_meetings(by, audit.Action.PUSHED, dict.fromkeys(meetings, 0), thing=THING).values()))


def entries_of(entry: AuditEntry) -> dict[int, AuditEntry]:
    """The entries for all the meetings of a push, by meeting; those that are gone are left out."""
    at_once = audit.done_at_once(entry).filter(thing=THING, meeting__isnull=False)
    found = at_once.select_related("by").order_by("pk")
    return {entry.meeting_id: entry for entry in found if entry.meeting_id is not None}


def asked_for(meeting: int, *, at: datetime) -> list[AuditEntry]:
    """The entries for those pushes of the meeting of which it is not known what came of them, the first one first."""
    # Not those until now alone: the clock by which somebody asked may be ahead of this one.
    found = AuditEntry.objects.filter(meeting=meeting, action=audit.Action.PUSHED, at__gte=at - LONGEST)
    return list(found.filter(thing=THING, note="").select_related("by").order_by("at", "pk"))


def note_calls(entries: Mapping[int, AuditEntry], batches: Collection[int], *, words: str = "") -> None:
    """Add to the entries of one push, by meeting, the calls that a run made for it, by the primary keys of their
    ``batches``, and about whom they were: where each had been by what the call was for, and where they are.
    ``words``: how it stands.
    """
    calls = list(Batch.objects.filter(pk__in=batches, meeting__in=entries).order_by("pk"))
    of, before, after = dict[int, int](), dict[int, str](), dict[int, str]()
    told = AuditedPerson.objects.filter(entry__in=[entry.pk for entry in entries.values() if entry.count])
    rows = told.values_list("submission", "entry__meeting", "before", "submission__presence")
    for pk, meeting, was, presence in rows:
        of[pk], before[pk], after[pk] = meeting, was, presence
    for pk, meeting, action, presence in _people(calls):
        of[pk], after[pk] = meeting, presence
        before.setdefault(pk, _WAS.get(action, Presence.REGISTERED))
    made = defaultdict[int, list[str]](list)
    for call in calls:
        made[call.meeting_id].append(str(call))
    for meeting, entry in entries.items():
        name = _("Calls")
        if made[meeting]:
            entry.after = {name: _cut([*entry.after.get(name, []), *made[meeting]])}
        entry.note = words
    audit.tell_anew(entries, of, before=before, after=after)


def _people(calls: Collection[Batch]) -> Iterator[tuple[int, int, str, str]]:
    """Each person of the calls, the first call first: by primary key, their meeting, what it was for, where they are.

    A call that was broken off says nothing of its people yet; they still point to it.
    """
    items = BatchItem.objects.filter(batch__in=calls).order_by("pk")
    yield from items.values_list("submission", "batch__meeting", "batch__action", "submission__presence")
    broken_off = [call for call in calls if call.outcome == Batch.Outcome.UNDER_WAY]
    held = Submission.objects.filter(batch__in=broken_off).order_by("pk")
    yield from held.values_list("pk", "meeting", "batch__action", "presence")


def _cut(calls: list[str]) -> list[str]:
    return calls if len(calls) <= _MOST_CALLS else [*calls[:_MOST_CALLS], "…"]
