"""What staff note for themselves about submissions: notes, tags, and who is to look at them. Attendees never see it.

Nothing of it changes a decision, sends a mail or asks anything of Webex. Whoever asked to be erased has none of it.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from registration import audit, roles
from registration.flow.moves.locking import chunks, locked
from registration.keys import named
from registration.models import Meeting, Note, RoleAssignment, Submission, Tag

REVIEW = "registration.change_submission"

_MOST_TAGS_READ = 1_000
_SECOND_CLICK = timedelta(seconds=10)


def note(submission: Submission, text: str, *, by: User, at: datetime) -> bool:
    """Write a note about the submission. Returns whether it is: not about somebody who is erased meanwhile.

    The same words of the same person, some seconds later, are a second click, and are not written again.
    """
    with transaction.atomic():
        if not _kept(Submission.objects.filter(pk=submission.pk)):
            return False
        if Note.objects.filter(submission=submission, by=by, text=text, at__gt=at - _SECOND_CLICK).exists():
            return True
        Note.objects.create(submission=submission, by=by, at=at, text=text)
        audit.note_people(by, audit.Action.NOTED, [submission.pk], words="note")
    return True


def tag(submissions: QuerySet[Submission], name: str, *, by: User) -> int:
    """Put a tag on each of the submissions. Returns how many had it not."""
    with transaction.atomic():
        pks = _kept(submissions)
        new = sorted(set(pks) - _tagged(pks, name))
        Tag.objects.bulk_create((Tag(submission_id=pk, name=name) for pk in new), batch_size=1000)
        audit.note_people(by, audit.Action.NOTED, new, words=f"tag +{name}")
    return len(new)


def untag(submissions: QuerySet[Submission], name: str, *, by: User) -> int:
    """Take a tag off each of the submissions. Returns how many had it."""
    with transaction.atomic():
        pks = _kept(submissions)
        had = sorted(_tagged(pks, name))
        for chunk in chunks(had):
            Tag.objects.filter(submission__in=chunk, name=name).delete()
        audit.note_people(by, audit.Action.NOTED, had, words=f"tag -{name}")
    return len(had)


def assign(submissions: QuerySet[Submission], *, to: User | None, by: User) -> int:
    """Let somebody look at the submissions, or nobody in particular. Returns for how many that is new."""
    with transaction.atomic():
        others = _kept(submissions.exclude(assigned_to=to) if to else submissions.filter(assigned_to__isnull=False))
        for chunk in chunks(others):
            Submission.objects.filter(pk__in=chunk).update(assigned_to=to)
        words = f"assigned to {to.get_username()}" if to else "assigned to nobody"
        audit.note_people(by, audit.Action.NOTED, others, words=words)
    return len(others)


def assignable(meetings: Collection[int]) -> list[User]:
    """Who of the staff may review every one of the meetings, given by primary key."""
    reviewing = [role for role in RoleAssignment.Role.values if REVIEW in roles.permissions(role)]
    theirs: dict[int, set[int | None]] = defaultdict(set)
    for_all: set[int] = set()
    of_groups = _of_groups(meetings)
    given = RoleAssignment.objects.filter(role__in=reviewing).order_by()
    for each in given.only("user", "meeting", "group"):
        if each.meeting_id is None and each.group_id is None:
            for_all.add(each.user_id)
        theirs[each.user_id].update({each.meeting_id} if each.meeting_id else of_groups.get(each.group_id, set()))
    pks = for_all | {user for user, found in theirs.items() if found.issuperset(meetings)}
    by_django = User.objects.with_perm(REVIEW, backend=f"{ModelBackend.__module__}.{ModelBackend.__qualname__}")
    staff = User.objects.filter(Q(pk__in=pks) | Q(pk__in=by_django.values("pk")), is_active=True, is_staff=True)
    return list(staff.order_by("username"))


def tags_in_use(meetings: Collection[int] | None) -> list[str]:
    """The tags that submissions of the meetings (``None``: of all) have, as far as the newest thousand tell."""
    newest = list(Tag.objects.order_by("-pk").values_list("name", "submission")[:_MOST_TAGS_READ])
    if meetings is None:
        return sorted({name for name, _submission in newest})
    tagged = Submission.objects.filter(named([submission for _name, submission in newest]), meeting__in=meetings)
    theirs = set(tagged.order_by().values_list("pk", flat=True))
    return sorted({name for name, submission in newest if submission in theirs})


def _of_groups(meetings: Collection[int]) -> dict[int | None, set[int | None]]:
    found: dict[int | None, set[int | None]] = defaultdict(set)
    for pk, group in Meeting.objects.filter(pk__in=list(meetings), group__isnull=False).values_list("pk", "group"):
        found[group].add(pk)
    return found


def _kept(submissions: QuerySet[Submission]) -> list[int]:
    """Who of them is not to be erased, locked."""
    return list(locked(submissions).filter(erase_asked_at=None).values_list("pk", flat=True))


def _tagged(pks: Collection[int], name: str) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(pks):
        rows = Tag.objects.filter(submission__in=chunk, name=name).order_by()
        found.update(rows.values_list("submission_id", flat=True))
    return found
