"""A meeting of which nobody must learn who has no role for it, with one of everything that belongs to it.

Every word of it says so: each text has "hush" in it, the id at Webex is made of "beef", and each number is above
987654000. Whatever page shows one of them has told something.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from registration.flow.attention import Kind
from registration.models import (
    Account,
    Answer,
    ApprovalRule,
    AuditedPerson,
    AuditEntry,
    Batch,
    BatchItem,
    DeclineReason,
    Job,
    JobRow,
    Logo,
    Mail,
    MailText,
    Meeting,
    MeetingGroup,
    Move,
    Note,
    Option,
    Question,
    RoleAssignment,
    SavedView,
    SecondSignUp,
    Submission,
    Tag,
    UnknownRegistrant,
)
from tests.cast import LogoFactory, MeetingFactory

_MODELS: list[type[Model]] = [
    Meeting, Submission, Question, Option, ApprovalRule, Answer, SecondSignUp, Mail, MailText, Batch, BatchItem,
    UnknownRegistrant, Move, Logo, Account, MeetingGroup, RoleAssignment, AuditEntry, AuditedPerson, DeclineReason,
    SavedView, Note, Tag, User, Group, LogEntry, Job, JobRow,
]  # fmt: skip
PKS = {model: 987_654_001 + number for number, model in enumerate(_MODELS)}
"""The number of the one of each: of the jobs, that of an import."""

EXPORT_PK, PUSH_PK, CHECK_PK, UNDO_PK = 987_654_101, 987_654_102, 987_654_103, 987_654_104
"""The numbers of an export, of the entry of a push, of an import that was checked, and shows its preview, and of one
that was undone, and names who was left.
"""

_CHOICES_PK = 987_654_301

IN_ATTENTION: dict[Kind, int] = {
    kind: {Kind.ACCOUNTS: PKS[Account], Kind.MEETINGS: PKS[Meeting], Kind.STRANGERS: PKS[UnknownRegistrant]}.get(
        kind, 987_654_201 + number
    )
    for number, kind in enumerate(Kind)
}
"""The number of the one of each kind that waits for a person."""

_SIGNS = re.compile(r"hush|beefbeef|987654\d\d\d", re.IGNORECASE)
_CSRF_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]*')


def without_csrf_tokens(html: str) -> str:
    """A page without what is drawn by lot for each answer: 64 letters may spell any word."""
    return _CSRF_TOKEN.sub("", html)


def signs(text: str, *, asked: str = "") -> list[str]:
    """What a text tells of the hidden meeting, besides what was ``asked`` for."""
    return [sign for sign in _SIGNS.findall(without_csrf_tokens(text)) if sign.lower() not in asked.lower()]


def _make(model: type[Model], **values: Any) -> Any:
    return model._default_manager.create(pk=PKS[model], **values)


def make_colleague() -> User:
    """Who manages it. That there is such a person is no secret: they are offered where roles are given."""
    user: User = User.objects.get_or_create(pk=PKS[User], username="quinn", is_staff=True)[0]
    return user


def make() -> Meeting:
    """Make it all."""
    now = timezone.now()
    staff = make_colleague()
    _make(Group, name="Hush group of users")
    group = _make(MeetingGroup, name="Hush group")
    account = _make(Account, name="Hush account", paused_at=now, pause_reason="Hush, it is paused")
    meeting: Meeting = MeetingFactory(
        pk=PKS[Meeting],
        title="Hush gathering",
        slug="hush-gathering",
        agenda="Hush agenda",
        host_display_name="Hush host",
        host_email="host@hush.example",
        webex_id="beef" * 8,
        group=group,
        account=account,
        paused_at=now,
        pause_reason="Hush, paused as well",
        warnings=["Hush warning"],
        capacity=1,
        shows_all=True,
    )
    LogoFactory(pk=PKS[Logo], meeting=meeting, text="Hush logo")
    question = _make(Question, meeting=meeting, text="Hush question?", type=Question.Type.DROPDOWN, is_private=True)
    option = _make(Option, question=question, text="Hush option")
    _make_choices(meeting)
    _make(ApprovalRule, meeting=meeting, field="email", condition="contains", value="hush", result="approve")
    _make(MailText, meeting=meeting, kind=Mail.Kind.RECEIVED, subject="Hush subject", text="Hush text")
    person = _make(
        Submission,
        meeting=meeting,
        reference="HUSH-HUSH",
        token="hush" * 10 + "hus",
        submitted_at=now - timedelta(days=1),
        first_name="Hushley",
        last_name="Hushman",
        email="hushley@hush.example",
        company_name="Hush Ltd.",
        review_note="Hush review note",
        confirm_by=now + timedelta(days=1),
        missing_at=now,
        decision="waiting",
        presence="registered",
        registrant_id="hush-registrant",
        webex_status="approved",
        webex_status_at=now,
    )
    _make(Answer, submission=person, question=question, option=option, question_text="Hush question?", text="Hush!")
    _make(SecondSignUp, submission=person, at=now, values={"city": "Hushville"}, answers=[["Hush question?", ["Hu"]]])
    _make(Mail, submission=person, kind=Mail.Kind.RECEIVED, queued_at=now, failure="HushError", failed_tries=9)
    _make(Move, submission=person, subject="decision", before="approved", after="waiting", at=now, reason="Hush why")
    _make(Note, submission=person, by=staff, at=now, text="Hush note")
    _make(Tag, submission=person, name="hush-tag")
    batch = _make(
        Batch, meeting=meeting, action="register", size=1, started_at=now, tracking_id="hush-tracking", outcome="done",
        requested_by=staff, error="Hush error",
    )  # fmt: skip
    _make(BatchItem, batch=batch, submission=person, outcome="registered", registrant_id="hush-registrant")
    _make(
        UnknownRegistrant, meeting=meeting, registrant_id="hush-stranger", email="stranger@hush.example",
        first_name="Hush", last_name="Stranger", seen_at=now, registration_time=now,
    )  # fmt: skip
    _make_waiting(meeting, staff, now)
    _make_jobs(meeting, staff, person, now)
    _make(DeclineReason, meeting=meeting, title="Hush reason", text="Hush reason in full")
    _make(SavedView, owner=staff, name="Hush view", query=f"meeting__id__exact={meeting.pk}", is_shared=True)
    _make(RoleAssignment, user=staff, role="manager", meeting=meeting)
    entry = _make(
        AuditEntry, at=now, by=staff, action="approved", meeting=meeting, submission=person, thing="Hush thing",
        before={"hush": "Hush before"}, after={"hush": "Hush after"}, note="Hush how",
    )  # fmt: skip
    _make(AuditedPerson, entry=entry, submission=person, before="waiting", after="approved")
    _make(
        LogEntry, user=staff, content_type=ContentType.objects.get_for_model(Meeting), object_id=str(meeting.pk),
        object_repr="Hush gathering", action_flag=CHANGE, change_message="Hush change", action_time=now,
    )  # fmt: skip
    return meeting


def _make_choices(meeting: Meeting) -> None:
    """Questions that are answered with check boxes and radio buttons."""
    for number, type_ in enumerate((Question.Type.CHECKBOX, Question.Type.RADIO)):
        pk = _CHOICES_PK + 10 * number
        question = Question.objects.create(pk=pk, meeting=meeting, text=f"Hush {type_}?", type=type_)
        Option.objects.bulk_create(
            Option(pk=pk + place, question=question, text=f"Hush choice {place}", position=place) for place in range(3)
        )


def _make_waiting(meeting: Meeting, staff: User, now: datetime) -> None:
    """Somebody for each kind of what waits for a person."""
    long_ago = now - timedelta(days=5)
    there = {"presence": "registered", "registrant_id": "hush-there", "webex_status_at": long_ago}
    waiting: dict[Kind, dict[str, Any]] = {
        Kind.REFUSED: {"decision": "approved", "presence": "refused", "refusal": "Hush: phone refused"},
        Kind.UNCERTAIN: {"decision": "approved", "presence": "uncertain", "presence_at": long_ago, "due_at": now},
        Kind.STUCK: {"decision": "approved", "failed_calls": 99},
        Kind.MISSING: {**there, "decision": "approved", "webex_status": "approved", "missing_at": now},
        Kind.DIFFERENT: {**there, "decision": "approved", "webex_status": "rejected", "decided_at": long_ago},
        Kind.MAILS: {"decision": "waiting"},
        Kind.HELD: {
            "decision": "waiting", "held_decision": "declined", "held_reason": "Hush, held", "held_by": staff,
            "held_at": long_ago,
        },
    }  # fmt: skip
    for kind, values in waiting.items():
        Submission.objects.create(
            pk=IN_ATTENTION[kind],
            meeting=meeting,
            reference=f"HUSH-{kind[:4].upper()}",
            token=f"hush-{kind}".ljust(43, "h"),
            submitted_at=long_ago,
            first_name="Hush",
            last_name=f"Hush {kind}",
            email=f"hush-{kind}@hush.example",
            **values,
        )
    Mail.objects.create(
        submission_id=IN_ATTENTION[Kind.MAILS], kind=Mail.Kind.RECEIVED, queued_at=long_ago, failure="HushError",
        failed_tries=9,
    )  # fmt: skip


def _make_jobs(meeting: Meeting, staff: User, person: Submission, now: datetime) -> None:
    """An import, one that was only checked, one that was undone, an export and a push."""
    _make(
        Job, work=Job.Work.IMPORT, state=Job.State.DONE, by=staff, meeting=meeting, asked_at=now, started_at=now,
        finished_at=now, parameters={"file": "hush.csv", "mapping": ["first_name"]}, done=1, total=1,
    )  # fmt: skip
    _make(
        JobRow, job_id=PKS[Job], number=2, outcome=JobRow.Outcome.IMPORTED, email_key="hush", submission=person,
        problems=[["Hush column", "Hush value", "Hush, it is wrong"]],
    )  # fmt: skip
    Job.objects.create(
        pk=CHECK_PK, work=Job.Work.CHECK, state=Job.State.DONE, by=staff, meeting=meeting, asked_at=now, started_at=now,
        finished_at=now, parameters={"file": "hush-checked.csv", "mapping": ["email"]}, done=1, total=1,
    )  # fmt: skip
    JobRow.objects.create(
        pk=CHECK_PK, job_id=CHECK_PK, number=2, outcome=JobRow.Outcome.BAD, email_key="hush-bad@hush.example",
        problems=[["E-mail", "hush-bad@hush.example", "Hush, it is wrong"]],
    )  # fmt: skip
    Job.objects.create(
        pk=UNDO_PK, work=Job.Work.UNDO, state=Job.State.DONE, by=staff, meeting=meeting, asked_at=now, started_at=now,
        finished_at=now, parameters={"file": "hush-undone.csv", "mapping": ["email"]}, done=3, total=3,
    )  # fmt: skip
    for number, pk in enumerate((IN_ATTENTION[Kind.REFUSED], IN_ATTENTION[Kind.UNCERTAIN], IN_ATTENTION[Kind.STUCK])):
        JobRow.objects.create(
            pk=UNDO_PK + number, job_id=UNDO_PK, number=2 + number, outcome=JobRow.Outcome.KEPT,
            email_key=f"hush-kept-{number}@hush.example", submission_id=pk,
        )  # fmt: skip
    Job.objects.create(
        pk=EXPORT_PK, work=Job.Work.EXPORT, state=Job.State.DONE, by=staff, asked_at=now, started_at=now,
        finished_at=now, parameters={"meetings": [meeting.pk]}, done=1, total=1,
    )  # fmt: skip
    AuditEntry.objects.create(pk=PUSH_PK, at=now, by=staff, action="pushed", meeting=meeting, thing="push")


def rows(*, theirs_only: bool = False) -> dict[str, list[Any]]:
    """All that is stored, by model, or what is hidden of it.

    But for sessions, what is noted of whoever looks, and views of their own.
    """
    found = {}
    for model in apps.get_models():
        label = model._meta.label
        if label == "sessions.Session" or label.startswith(("procrastinate.", "contenttypes.")):
            continue
        if theirs_only or model in {AuditEntry, AuditedPerson, SavedView}:
            if model not in PKS:
                continue
            kept = model._default_manager.filter(pk=PKS[model])
        else:
            kept = model._default_manager.all()
        found[label] = list(kept.order_by("pk").values())
    return found
