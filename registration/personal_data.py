"""Where attendees' data are: every field of every table, what becomes of it when they are erased, and who is told.

The one place that says so: erasing and the download are made from it, and a test fails where a table or field is not
in it. Of a table that holds nobody's data the fields are named, too, but where it is another package's.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps
from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from registration.models import Job, JobPart, Move, Submission

Pks = Collection[int]


class Fate(Enum):
    """What becomes of a field when the person that it is about is erased."""

    NOTHING_OF_THEM = "holds no attendee's data"
    STAYS = "stays, and says nothing of who they were"
    EMPTY = "is emptied"
    REPLACED = "becomes a value that is unique and means nothing"
    ROW_GOES = "goes with its row"


class Stage(Enum):
    """When it does."""

    ASKED = "at once"
    REMOVED = "once they are no longer at Webex: until then it is needed to remove them, or to tell them so"


@dataclass(frozen=True)
class Holding:
    """What one field holds. ``is_told``: whether it is in the download of one's data; ``why``: not, or not emptied."""

    fate: Fate
    why: str = ""
    stage: Stage = Stage.ASKED
    is_told: bool = True
    value: Any = None


@dataclass(frozen=True)
class Table:
    """What one table holds.

    ``rows``: which of its rows are about the submissions with these keys, where any are; ``spares``: those of them that
    are our own words; ``internal``: those that are for staff alone. ``told_as``: what they are called in the download,
    if they are in it. ``why``: what a table holds that holds nobody's data.
    """

    model: str
    fields: Mapping[str, Holding]
    rows: Callable[[Pks], Q] | None = None
    told_as: str = ""
    spares: Q | None = None
    internal: Q | None = None
    why: str = ""

    @property
    def model_class(self) -> type[Model]:
        """The model."""
        return apps.get_model(self.model)

    def about(self, pks: Pks) -> QuerySet[Model]:
        """The rows about these submissions."""
        rows: QuerySet[Model] = self.model_class._default_manager.all()
        return rows.filter(self.rows(pks)) if self.rows is not None else rows.none()


def _all(names: str, holding: Holding) -> dict[str, Holding]:
    return dict.fromkeys(names.split(), holding)


def _nothing(names: str, why: str) -> dict[str, Holding]:
    return _all(names, Holding(Fate.NOTHING_OF_THEM, why, is_told=False))


def _stays(names: str, why: str, *, is_told: bool = True) -> dict[str, Holding]:
    return _all(names, Holding(Fate.STAYS, why, is_told=is_told))


def _emptied(names: str, value: Any, *, stage: Stage = Stage.ASKED, withheld: str = "") -> dict[str, Holding]:
    return _all(names, Holding(Fate.EMPTY, withheld, stage=stage, value=value, is_told=not withheld))


def _replaced(name: str, prefix: str, *, why: str, stage: Stage, is_told: bool) -> dict[str, Holding]:
    value = Concat(Value(prefix), Cast(F("pk"), CharField()))
    return {name: Holding(Fate.REPLACED, why, stage=stage, is_told=is_told, value=value)}


def _goes(names: str, why: str = "", *, is_told: bool = True) -> dict[str, Holding]:
    return _all(names, Holding(Fate.ROW_GOES, why, is_told=is_told))


def _none(model: str, names: str, why: str) -> Table:
    """A table of ours that holds nobody's data: each of its fields is named, so that none is added to it unseen."""
    return Table(model, _nothing(names, why), why=why)


def _elsewhere(model: str, why: str) -> Table:
    """A table of another package that holds nobody's data: what its fields are is decided there."""
    return Table(model, {}, why=why)


def _of_submission(pks: Pks) -> Q:
    return Q(submission__in=list(pks))


def _same_person_at_webex(pks: Pks) -> Q:
    """Who is at Webex only, under an address or id of theirs."""
    same = Q(email_key=OuterRef("email")) | Q(sent_email=OuterRef("email")) | Q(registrant_id=OuterRef("registrant_id"))
    return Q(Exists(Submission.objects.filter(same, pk__in=list(pks), meeting=OuterRef("meeting"))))


def _same_person_in_a_file(pks: Pks) -> Q:
    """Whose row of an import it is, or would become."""
    same = Submission.objects.filter(
        pk__in=list(pks), meeting=OuterRef("job__meeting"), email_key=OuterRef("email_key")
    )
    return Q(submission__in=list(pks)) | Q(Exists(same))


def _may_be_in_a_file(pks: Pks) -> Q:
    """The files that were uploaded for their meetings, and those with people of these that wait to be downloaded; mere
    keys are neither. It is read here which exports that are: SQLite does not look into lists.
    """
    meetings = set(Submission.objects.filter(pk__in=list(pks)).order_by().values_list("meeting_id", flat=True))
    waiting = Job.objects.filter(meeting=None, pk__in=JobPart.objects.exclude(kind="chosen").values("job")).order_by()
    exports = [
        pk
        for pk, parameters in waiting.values_list("pk", "parameters")
        if not meetings.isdisjoint(parameters["meetings"])
    ]
    return ~Q(kind="chosen") & (Q(job__in=exports) | Q(job__meeting__in=meetings))


def _log_of(pks: Pks) -> Q:
    is_ours = Q(content_type__app_label="registration", content_type__model="submission")
    return is_ours & Q(object_id__in=[str(pk) for pk in pks])


_KEY = "a number of our own"
_SETUP = "what staff or Webex set up"
_INTERNAL = "what staff think of it among themselves"
_COUNTS = "what the counts are made of"

TABLES: tuple[Table, ...] = (
    Table(
        "registration.Submission",
        {
            **_nothing("id", _KEY),
            **_stays("meeting decision decided_at submitted_at in_line_since offer_ends_at", _COUNTS),
            **_stays("presence presence_at erase_asked_at erased_at", "that nobody is at Webex, and since when"),
            **_emptied("first_name last_name email job_title company_name address1 address2 city state", ""),
            **_emptied("zip_code country_region work_phone fax decision_reason refusal", ""),
            **_emptied("held_decision held_reason review_note", "", withheld=_INTERNAL),
            **_emptied("held_by held_at assigned_to left_at", None, withheld=_INTERNAL),
            **_emptied("confirm_by confirmed_at", None),
            # Without an @: no address is ever equal to it. Whoever signs up again is somebody new.
            **_replaced("email_key", "erased-", why="the address, spelt otherwise", stage=Stage.ASKED, is_told=False),
            # Shorter than any token: the link is dead.
            **_replaced("token", "erased-", why="whoever has it is let in", stage=Stage.REMOVED, is_told=False),
            # It stands in their mails: with it, the row would still be theirs. With a sign that no reference has.
            **_replaced("reference", "~", why="stands in mails", stage=Stage.REMOVED, is_told=True),
            **_emptied("language sent_email registrant_id registration_id webex_status", "", stage=Stage.REMOVED),
            **_emptied("registration_time webex_status_at synced_at sent_at", None, stage=Stage.REMOVED),
            **_emptied("corrected_at asked_at moved_back_at absent_at missing_at due_at", None, stage=Stage.REMOVED),
            **_emptied("batch", None, stage=Stage.REMOVED),
            **_emptied("failed_calls", 0, stage=Stage.REMOVED),
        },
        rows=lambda pks: Q(pk__in=list(pks)),
        told_as="registration",
    ),
    Table(
        "registration.Answer",
        {**_nothing("id submission question option", _KEY), **_goes("question_text text position")},
        rows=_of_submission,
        told_as="answers",
    ),
    Table(
        "registration.SecondSignUp",
        {**_nothing("id submission", _KEY), **_goes("at values answers")},
        rows=_of_submission,
        told_as="second_sign_ups",
    ),
    Table(
        "registration.Mail",
        {
            **_nothing("id submission", _KEY),
            **_goes("kind queued_at due_at sent_at failed_tries failure"),
            **_goes("client mailbox signed_up_for", "of whoever caused it, maybe a stranger", is_told=False),
        },
        rows=_of_submission,
        told_as="mails",
    ),
    Table(
        "registration.Move",
        {
            **_nothing("id submission", _KEY),
            **_stays("subject before after at", "what was decided, and when"),
            **_stays("by", "one of the staff", is_told=False),
            **_emptied("reason", ""),
        },
        rows=_of_submission,
        told_as="changes",
        # They say why somebody was erased: the portal's own words.
        spares=Q(subject=Move.Subject.ERASURE),
        # That a rule wants a person to look.
        internal=Q(subject=Move.Subject.HOLD),
    ),
    Table(
        "registration.BatchItem",
        {
            **_nothing("id submission", _KEY),
            **_stays("batch outcome", "that somebody was in the call, and what became of them"),
            **_emptied("webex_status registrant_id registration_id", "", stage=Stage.REMOVED),
            **_emptied("registration_time", None, stage=Stage.REMOVED),
        },
        rows=_of_submission,
        told_as="calls_to_webex",
    ),
    Table(
        "registration.Batch",
        {
            **_nothing("id meeting action size started_at finished_at outcome http_status tracking_id", "of the call"),
            **_nothing("requested_by", "one of the staff"),
            **_emptied("error", "", stage=Stage.REMOVED, withheld="Webex's words, maybe about others in the call"),
        },
        rows=lambda pks: Q(pk__in=Submission.objects.filter(pk__in=list(pks)).values("batch_items__batch")),
    ),
    Table(
        "registration.UnknownRegistrant",
        {
            **_nothing("id meeting", _KEY),
            **_goes("registrant_id email first_name last_name webex_status registration_time details seen_at"),
            **_goes("is_ignored"),
        },
        rows=_same_person_at_webex,
        told_as="registered_with_webex_otherwise",
    ),
    Table(
        "registration.Note",
        {**_nothing("id submission", _KEY), **_goes("by at text", _INTERNAL, is_told=False)},
        rows=_of_submission,
    ),
    Table(
        "registration.Tag",
        {**_nothing("id submission", _KEY), **_goes("name", _INTERNAL, is_told=False)},
        rows=_of_submission,
    ),
    Table(
        "registration.AuditEntry",
        {
            **_nothing("id submission meeting", _KEY),
            **_stays("at action count thing", "what staff did, and when", is_told=False),
            **_stays("by", "one of the staff", is_told=False),
            **_emptied("before after", {}, withheld="what was changed; they are told as changes"),
            **_emptied("note", "", withheld="how staff did it"),
        },
        rows=_of_submission,
    ),
    Table(
        "registration.AuditedPerson",
        {
            **_nothing("id entry submission", _KEY),
            **_stays("before after", "what was decided; they are told of it as changes", is_told=False),
        },
        rows=_of_submission,
    ),
    Table(
        "registration.JobPart",
        {**_nothing("id job kind number", _KEY), **_goes("content", "a file of many people", is_told=False)},
        rows=_may_be_in_a_file,
    ),
    Table(
        "registration.JobRow",
        {
            **_nothing("id job number outcome moves submission", _KEY),
            **_goes(
                "email_key values answers problems", "what staff uploaded; kept until it is imported", is_told=False
            ),
        },
        rows=_same_person_in_a_file,
    ),
    Table(
        "admin.LogEntry",
        {
            **_nothing("id content_type object_id action_flag", _KEY),
            **_stays("action_time", "when one of the staff did something"),
            **_stays("user", "one of the staff", is_told=False),
            **_emptied("object_repr change_message", ""),
        },
        rows=_log_of,
        told_as="log_of_staff",
    ),
    _none(
        "registration.Meeting",
        "id slug title agenda scheduled_type start_at end_at timezone host_display_name host_email intro "
        "accent_color is_published is_cancelled opens_at closes_at capacity waiting_list offer_hours "
        "approval confirms_address confirm_hours changes_until has_review_after_change has_check_step "
        "group holds_decisions account webex_id current host_email_parameter send_email reply_to "
        "reminder_hours has_challenge approves_pending withdrawal auto_accept_request imported_fields "
        "imported_at paused_at pause_reason warnings synced_at sync_tried_at job_title_use "
        "company_name_use address1_use address2_use city_use state_use zip_code_use country_region_use "
        "work_phone_use fax_use created_at form_version",
        f"{_SETUP}; the reason of a pause is about calls for the meeting as a whole",
    ),
    _none("registration.MailText", "id meeting kind subject text", _SETUP),
    _none("registration.MeetingGroup", "id name", _SETUP),
    _none("registration.RoleAssignment", "id user role meeting group", "the staff"),
    _none("registration.DeclineReason", "id meeting title text", _SETUP),
    _none(
        "registration.SavedView",
        "id owner name query is_shared",
        "how one of the staff looks at a list; what they search for is not kept",
    ),
    _none(
        "registration.Job",
        "id work state by meeting asked_at started_at finished_at beat_at runner runs done total "
        "parameters result failure",
        "what staff export and import, without names; what holds those is in its parts and rows",
    ),
    _none(
        "registration.Question",
        "id meeting webex_id text type is_required max_length hint is_private position is_retired",
        _SETUP,
    ),
    _none("registration.Option", "id question webex_id text position is_retired", _SETUP),
    _none(
        "registration.ApprovalRule",
        "id meeting order field question condition value match_case result is_active is_from_webex",
        f"{_SETUP}; one that names an address is the organisers' own list",
    ),
    _none("registration.Logo", "id meeting content content_type digest width height text", _SETUP),
    _none(
        "registration.Account",
        "id name is_from_settings client_id client_secret_sealed access_token_sealed "
        "access_token_expires_at renew_at refresh_token_sealed refresh_token_expires_at credentials_mark "
        "renewing_until calls_per_minute learned_per_minute learned_at blocked_until failures paused_at "
        "pause_reason paused_mark",
        _SETUP,
    ),
    _none("registration.WebexCall", "id account at", "when Webex was called"),
    _none(
        "registration.SpentChallenge",
        "digest expires_at",
        "a digest of a sum that a visitor's computer did; of nobody",
    ),
    _elsewhere("auth.User", "the staff"),
    _elsewhere("auth.Group", "the staff"),
    _elsewhere("auth.Permission", "the staff"),
    _elsewhere("contenttypes.ContentType", "names of tables"),
    _elsewhere("sessions.Session", "that one of the staff is signed in; attendees have none"),
    _elsewhere("procrastinate.ProcrastinateJob", "which meeting or mail is to be looked at, by number"),
    _elsewhere("procrastinate.ProcrastinateEvent", "what became of a job"),
    _elsewhere("procrastinate.ProcrastinateWorker", "which workers there are"),
    _elsewhere("procrastinate.ProcrastinatePeriodicDefer", "when a job was last asked for"),
)

BY_MODEL = {table.model: table for table in TABLES}


def empty(pks: Pks, *, stage: Stage) -> None:
    """Empty what the rows about these submissions hold, as far as that is due at this stage, in the caller's
    transaction; their own rows last, since those tell whose the others are. Whoever calls it holds their locks.
    """
    if not pks:
        return
    own, *others = TABLES
    for table in (*others, own):
        if table.rows is None:
            continue
        rows = table.about(pks) if table.spares is None else table.about(pks).exclude(table.spares)
        if _goes_with_its_rows(table):
            rows.delete()
        elif values := emptied(table, stage=stage):
            rows.update(**values)


def sweep() -> None:
    """Delete rows about people who have been erased: whoever was writing one at that moment did not know."""
    for table in TABLES:
        if table.rows is _of_submission and _goes_with_its_rows(table):
            table.model_class._default_manager.filter(submission__erased_at__isnull=False).delete()


def _goes_with_its_rows(table: Table) -> bool:
    return any(holding.fate is Fate.ROW_GOES for holding in table.fields.values())


def emptied(table: Table, *, stage: Stage) -> dict[str, Any]:
    """The values of the fields of a table that are emptied by this stage."""
    is_due = {Stage.ASKED: (Stage.ASKED,), Stage.REMOVED: tuple(Stage)}[stage]
    return {
        name: holding.value
        for name, holding in table.fields.items()
        if holding.fate in (Fate.EMPTY, Fate.REPLACED) and holding.stage in is_due
    }


def told(table: Table) -> Iterator[str]:
    """The names of the fields of a table that its owner is told."""
    return (name for name, holding in table.fields.items() if holding.is_told)
