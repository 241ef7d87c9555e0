"""Reads back from Webex what became of the people who are there: approved, pending or rejected."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.errors import ExitStatus
from registration.flow import moves, queries
from registration.models import Meeting, Submission
from registration.states import Presence, WebexStatus
from registration.webex.client import WebexClient
from registration.webex.errors import Conflict, Forbidden, MeetingUnavailable, Rejected, Unauthorized, WebexError
from registration.webex.records import email_key

# What Webex's registrants/query answers at most.
_CHUNK = 100


@dataclass
class Report:
    """What a sync saw: ``counts`` of people ``seen``, of statuses ``changed``, and of people ``missing`` at Webex.

    ``statuses``: the people seen, by their Webex status. Who is missing is reported and left as they are: taking them
    for absent would register them again.
    """

    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    is_misconfigured: bool = False
    needs_person: bool = False

    @property
    def exit_status(self) -> ExitStatus:
        """Whether all statuses were read, and if not, who must do something: a person, or a later run."""
        if self.is_misconfigured:
            return ExitStatus.MISCONFIGURED
        if self.needs_person or self.counts["missing"]:
            return ExitStatus.NEEDS_A_PERSON
        return ExitStatus.TRY_AGAIN_LATER if self.problems else ExitStatus.DONE

    def to_json(self) -> dict[str, object]:
        """For scripts: the counts, and the people seen by Webex status."""
        counts = {key: self.counts[key] for key in ("seen", "changed", "missing")}
        return {**{status.value: self.statuses[status] for status in WebexStatus}, **counts, "problems": self.problems}


def statuses(
    meetings: QuerySet[Meeting],
    *,
    client: WebexClient,
    only: Collection[int] | None = None,
    seconds: float | None = None,
    clock: Callable[[], datetime] = timezone.now,
) -> Report:
    """Read the Webex status of every registered person of the meetings that are not over, and record what changed.

    ``only`` narrows it to these submissions; ``seconds`` bounds the time after which no further call is begun. An
    error of one meeting ends in the report and leaves the others going; an error of the account ends the run.
    """
    report = Report()
    ends_at = clock() + timedelta(seconds=seconds) if seconds is not None else None
    for meeting in list(queries.deliverable_meetings(meetings, at=clock())):
        try:
            for people in _chunks(meeting, only):
                if ends_at is not None and clock() >= ends_at:
                    report.problems.append(_("There was not enough time for everybody: run the sync again."))
                    return report
                _read(meeting, people, client, report, clock)
        except WebexError as error:
            report.problems.append(f"{meeting}: {_(error.words)} {_(error.hint)}")
            report.is_misconfigured |= isinstance(error, Unauthorized)
            if not isinstance(error, Forbidden | MeetingUnavailable | Rejected | Conflict):
                return report
            report.needs_person = True
    return report


def _chunks(meeting: Meeting, only: Collection[int] | None) -> Iterator[list[Submission]]:
    """The meeting's registered people, a call's worth at a time, by key: memory does not grow with their number."""
    registered = meeting.submissions.filter(presence=Presence.REGISTERED).order_by("pk")
    if only is not None:
        registered = registered.filter(pk__in=only)
    last = 0
    while people := list(registered.filter(pk__gt=last)[:_CHUNK]):
        yield people
        last = people[-1].pk


def _read(
    meeting: Meeting, people: list[Submission], client: WebexClient, report: Report, clock: Callable[[], datetime]
) -> None:
    asked_at = clock()
    rows = client.query(
        meeting.webex_id,
        [person.email for person in people],
        current=meeting.current,
        host_email=meeting.host_email_parameter,
    )
    found = {person.pk: row for person in people if (row := rows.get(email_key(person.email)))}
    report.counts["changed"] += moves.observe(found, asked_at=asked_at, at=clock())
    report.counts["seen"] += len(found)
    report.statuses.update(row.status for row in found.values() if row.status)
    missing = [person for person in people if person.pk not in found]
    report.counts["missing"] += len(missing)
    if missing:
        references = ", ".join(person.reference for person in missing)
        report.problems.append(
            _("%(meeting)s: not found at Webex any more: %(references)s. Has the host removed them there?")
            % {"meeting": meeting, "references": references}
        )
