"""People whom Webex holds otherwise than we decided, and about whom the delivery loop will do nothing more."""

from django.db.models import Q, QuerySet

from registration.flow.queries import was_asked
from registration.flow.regions import IS_DECIDED_SINCE
from registration.models import Submission
from registration.states import Decision, Presence, Step, WebexStatus

_APPROVED = Q(decision=Decision.APPROVED)
_WITHDRAWN = Q(decision__in=[Decision.DECLINED, Decision.CANCELLED])
_IN_REVIEW = Q(decision__in=[Decision.WAITING, Decision.WAITLISTED, Decision.OFFERED])
_IS_APPROVED = Q(webex_status=WebexStatus.APPROVED)
_IS_PENDING = Q(webex_status=WebexStatus.PENDING)
_IS_REJECTED = Q(webex_status=WebexStatus.REJECTED)


def among(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those of the submissions that were decided differently here and at Webex, and stay so unless a person acts.

    The host rejected there whom we approved; or Webex accepted a change that we asked for, and did not make it.
    A pending person whom the host is to decide about is not among them, nor who is missing there altogether.
    """
    asked_to_withdraw = Q(was_asked(Step.REJECT)) | Q(was_asked(Step.REMOVE))
    return submissions.filter(
        (_APPROVED & _IS_REJECTED & (~IS_DECIDED_SINCE | Q(was_asked(Step.APPROVE))))
        | (_APPROVED & _IS_PENDING & Q(meeting__approves_pending=True) & Q(was_asked(Step.APPROVE)))
        | (_WITHDRAWN & ~_IS_REJECTED & asked_to_withdraw)
        | (_IN_REVIEW & _IS_APPROVED & Q(was_asked(Step.MOVE_TO_PENDING))),
        presence=Presence.REGISTERED,
        missing_at=None,
    )
