"""Undoing what was just decided, as it was shown."""

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from registration import audit
from registration.flow import undo
from registration.models import AuditEntry, Move, Submission


def people(*submissions: Submission) -> "QuerySet[Submission]":
    return Submission.objects.filter(pk__in=[submission.pk for submission in submissions])


def commit() -> None:
    """What waits for the end of a transaction happens now: the one of the test never ends."""
    while connection.run_on_commit:
        callbacks, connection.run_on_commit = connection.run_on_commit, []
        for entry in callbacks:
            entry[1]()


def undone(submission: Submission, *, by: User) -> undo.Plan | None:
    """Undo the last decision about somebody, as it was shown."""
    move = undo.last_undoable(Submission.objects.get(pk=submission.pk))
    assert move is not None
    plan = undo.of_move(move, at=timezone.now())
    return undo.move_back(move, by=by, at=timezone.now(), shown=plan.fingerprint)


def decided(entry: audit.Action, *submissions: Submission, by: User) -> AuditEntry:
    """The entry of the audit for what was just decided about the people."""
    moved = {move.submission_id: move for move in Move.objects.filter(subject="decision").order_by("at", "pk")}
    before = {submission.pk: moved[submission.pk].before for submission in submissions}
    after = moved[submissions[0].pk].after
    found = audit.note_people(by, entry, list(before), before=before, after=after)
    assert found is not None
    return found
