"""To whom the portal writes that they are approved, and not Webex: never both, and never neither."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from registration.flow.moves.locking import chunks
from registration.flow.regions import IS_CORRECTED
from registration.models import Meeting, Move, Submission
from registration.states import Decision, Presence, WebexStatus


def approvals_of_ours(pks: Collection[int]) -> list[int]:
    """Those of the people, who are approved or about to be, whom the portal tells so: as their meeting says.

    And whoever has been approved at Webex all the time, while something else was decided here and taken back before a
    push: Webex is not called for them, and so writes nothing, and our last word was another one.
    """
    there = Submission.objects.filter(presence=Presence.REGISTERED, webex_status=WebexStatus.APPROVED, missing_at=None)
    decided = Move.objects.filter(submission=OuterRef("pk"), subject=Move.Subject.DECISION)
    unmoved = there.filter(~IS_CORRECTED, Exists(decided.filter(before=Decision.APPROVED)))
    found: list[int] = []
    for chunk in chunks(pks):
        rows = list(Submission.objects.filter(pk__in=chunk).order_by("pk").values_list("pk", "meeting_id"))
        meetings = Meeting.objects.in_bulk({meeting for _pk, meeting in rows})
        of_webex = [pk for pk, meeting in rows if not meetings[meeting].is_approval_mailed_by_us]
        ours = set(unmoved.filter(pk__in=of_webex).values_list("pk", flat=True)) if of_webex else set()
        found += [pk for pk, meeting in rows if meetings[meeting].is_approval_mailed_by_us or pk in ours]
    return found
