"""Makes a new meeting with the form and the settings of another: without its people, and without its place at Webex."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from registration import audit
from registration.models import ApprovalRule, DeclineReason, Logo, MailText, Meeting, Option, Question

_NOT_COPIED = frozenset(
    {
        "id",
        "slug",
        "title",
        "start_at",
        "end_at",
        "is_published",
        "is_cancelled",
        "opens_at",
        "closes_at",
        "changes_until",
        "webex_id",
        "current",
        "auto_accept_request",
        "imported_fields",
        "imported_at",
        "paused_at",
        "pause_reason",
        "warnings",
        "synced_at",
        "sync_tried_at",
        "created_at",
        "form_version",
    }
)
"""Fields of a meeting that are its own, or that tell of Webex. Whatever else it has is copied."""


def not_copied() -> list[str]:
    """What a copy does not have, in words."""
    return [
        _("The registrations, their answers, notes and mails."),
        _("The Webex meeting id and the ids of questions and options: nobody is sent to Webex until it has some."),
        _("Questions and options that are retired, and rules about them."),
        _("When registration opens and closes, and until when answers can be changed."),
        _("Who has a role for this meeting alone: give the roles anew. Those for a group of meetings hold."),
    ]


def copy(
    source: Meeting, *, title: str, slug: str, start_at: datetime, end_at: datetime, by: User, timezone: str = ""
) -> Meeting:
    """Store the copy, unpublished, and note it. ``timezone``: another one than the source's.

    Its approval rules are the portal's own. Raises ``IntegrityError`` where another meeting has the ``slug``.
    """
    kept = {
        field.attname: getattr(source, field.attname)
        for field in Meeting._meta.concrete_fields
        if field.name not in _NOT_COPIED
    }
    with transaction.atomic():
        meeting = Meeting(**kept, title=title, slug=slug, start_at=start_at, end_at=end_at)
        meeting.timezone = timezone or source.timezone
        meeting.save()
        questions = _copy_questions(source, meeting)
        for rule in source.rules.order_by("order", "pk"):
            if rule.question_id is None or rule.question_id in questions:
                question = questions.get(rule.question_id or 0)
                _copy_row(rule, meeting=meeting, question=question, is_from_webex=False)
        for row in _rows_of(source):
            _copy_row(row, meeting=meeting)
        thing = f"{Meeting._meta.verbose_name}: {meeting}"
        audit.note(by, audit.Action.ADDED, meeting=meeting, thing=thing, words=f"Copied from “{source.title}”.")
    return meeting


def _copy_questions(source: Meeting, meeting: Meeting) -> dict[int, Question]:
    """The copies by the primary keys of what they are copies of; in four queries."""
    offered = Prefetch("options", Option.objects.filter(is_retired=False))
    stored = list(source.questions.filter(is_retired=False).prefetch_related(offered).order_by("position", "pk"))
    copies = [_copy_of(question, meeting=meeting, webex_id="") for question in stored]
    Question.objects.bulk_create(copies)
    Option.objects.bulk_create(
        _copy_of(option, question=copied, webex_id="")
        for question, copied in zip(stored, copies, strict=True)
        for option in question.options.all()
    )
    return {question.pk: copied for question, copied in zip(stored, copies, strict=True)}


def _rows_of(source: Meeting) -> Iterable[Logo | MailText | DeclineReason]:
    yield from Logo.objects.filter(meeting=source)
    yield from MailText.objects.filter(meeting=source)
    yield from DeclineReason.objects.filter(meeting=source)


def _copy_row(row: "ApprovalRule | Logo | MailText | DeclineReason", **changes: Any) -> None:
    _copy_of(row, **changes).save(force_insert=True)


def _copy_of(row: Any, **changes: Any) -> Any:
    """Another row of the same kind, which is not stored yet."""
    names = [field.name for field in row._meta.concrete_fields if not field.primary_key and field.name not in changes]
    return type(row)(**{name: getattr(row, name) for name in names}, **changes)
