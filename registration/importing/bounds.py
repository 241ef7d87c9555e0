"""Webex's meeting and registration form, bounded to what the portal can keep and ask.

What is cut or left out is told in ``notes``, to which these functions add; nothing is dropped in silence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.errors import ImportRefused
from registration.models import ApprovalRule, Meeting, Option, Question
from registration.standard_fields import BY_WEBEX_NAME
from registration.validators import FIRST_YEAR, LAST_YEAR, validate_time_zone
from registration.webex.records import FormInfo, MeetingInfo, OptionInfo, QuestionInfo, RuleInfo

MOST_QUESTIONS = 200
MOST_OPTIONS = 500
MOST_OPTIONS_IN_ALL = 2000
MOST_RULES = 200
"""Webex publishes no numbers; these are far above what a person would answer, and bound a page and a query."""

T = TypeVar("T")
_WEBEX_RESULTS = {ApprovalRule.Result.APPROVE, ApprovalRule.Result.REJECT}
_TEXT_TYPES = {Question.Type.SINGLE_LINE, Question.Type.MULTI_LINE}


@dataclass(frozen=True)
class MeetingFacts:
    """What Webex says about a meeting, under the names of our columns and within their bounds."""

    title: str
    agenda: str
    start_at: datetime
    end_at: datetime
    timezone: str
    host_display_name: str
    host_email: str
    scheduled_type: Meeting.ScheduledType


def bounded_meeting(info: MeetingInfo, *, notes: list[str]) -> MeetingFacts:
    """The meeting with texts that fit, and a time zone and a host's address that can be used.

    Raises ``ImportRefused`` where the times are missing or make no sense: a sign-up page cannot do without them.
    """
    if info.start_at is None or info.end_at is None:
        raise ImportRefused(_("Webex gives no start or end for this meeting. Set its time in Webex, then try again."))
    if any(not FIRST_YEAR <= at.year <= LAST_YEAR for at in (info.start_at, info.end_at)):
        years = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise ImportRefused(
            _(
                "At Webex this meeting is not between the years %(first)d and %(last)d. "
                "Mend its time there, then try again."
            )
            % years
        )
    if info.end_at < info.start_at:
        raise ImportRefused(_("At Webex this meeting ends before it starts. Mend its time there, then try again."))
    title = _fitting(Meeting, "title", info.title, what=_("The title"), notes=notes)
    if not title:
        title = _("Untitled meeting")
        notes.append(_("The meeting has no title at Webex."))
    return MeetingFacts(
        title=title,
        agenda=_fitting(Meeting, "agenda", info.agenda, what=_("The agenda"), notes=notes),
        start_at=info.start_at,
        end_at=info.end_at,
        timezone=_usable_zone(info.timezone, notes=notes),
        host_display_name=_fitting(
            Meeting, "host_display_name", info.host_display_name, what=_("The host’s name"), notes=notes
        ),
        host_email=_usable_email(info.host_email, notes=notes),
        scheduled_type=(
            Meeting.ScheduledType.WEBINAR if info.scheduled_type == "webinar" else Meeting.ScheduledType.MEETING
        ),
    )


def bounded_form(form: FormInfo, *, notes: list[str]) -> FormInfo:
    """The form with only those questions and rules that the portal can ask and follow, each id once."""
    questions = tuple(_usable_questions(_first(form.questions, most=MOST_QUESTIONS, notes=notes), notes=notes))
    ids = {question.id for question in questions}
    rules = _first(form.rules, most=MOST_RULES, notes=notes)
    return replace(form, questions=questions, rules=tuple(_usable_rules(rules, question_ids=ids, notes=notes)))


def _usable_questions(questions: Iterable[QuestionInfo], *, notes: list[str]) -> Iterator[QuestionInfo]:
    seen: set[str] = set()
    options_left = MOST_OPTIONS_IN_ALL
    for given in questions:
        question = replace(given, text=_fitting(Question, "text", given.text, what=_("A question"), notes=notes))
        if given.type not in Question.Type.values:
            notes.append(_left_out(question, _("the portal does not know its type “%s”") % given.type[:50]))
        elif given.id in seen or len(given.id) > _longest(Question, "webex_id"):
            notes.append(_left_out(question, _("its id is too long, or another question has it too")))
        elif given.type in _TEXT_TYPES:
            seen.add(given.id)
            yield replace(question, options=())
        elif options := tuple(_usable_options(question, most=min(MOST_OPTIONS, options_left), notes=notes)):
            seen.add(given.id)
            options_left -= len(options)
            yield replace(question, options=options, max_length=None)
        else:
            why = _("it has no options to choose from") if options_left else _("the form has too many options")
            notes.append(_left_out(question, why))


def _usable_options(question: QuestionInfo, *, most: int, notes: list[str]) -> Iterator[OptionInfo]:
    seen: set[str] = set()
    for given in _first(question.options, most=most, notes=notes):
        if given.id in seen or len(given.id) > _longest(Option, "webex_id"):
            notes.append(
                _("An option of “%s” was left out: its id is too long, or another option has it too.") % question.text
            )
            continue
        seen.add(given.id)
        yield replace(given, text=_fitting(Option, "text", given.text, what=_("An option"), notes=notes))


def _usable_rules(rules: Iterable[RuleInfo], *, question_ids: set[str], notes: list[str]) -> Iterator[RuleInfo]:
    for rule in rules:
        has_subject = rule.field in BY_WEBEX_NAME if rule.field else rule.question_id in question_ids
        is_readable = (
            rule.condition in ApprovalRule.Condition.values
            and rule.result in _WEBEX_RESULTS
            and 0 < len(rule.value) <= _longest(ApprovalRule, "value")
        )
        if has_subject and is_readable:
            yield rule
        else:
            notes.append(_("Approval rule %d was left out: the portal cannot follow it.") % rule.order)


def _first(items: Sequence[T], *, most: int, notes: list[str]) -> Sequence[T]:
    if len(items) > most:
        notes.append(
            ngettext(
                "Webex sent more than the portal takes: the last %d was left out.",
                "Webex sent more than the portal takes: the last %d were left out.",
                len(items) - most,
            )
            % (len(items) - most)
        )
    return items[:most]


def _fitting(model: type[Model], field: str, text: str, *, what: str, notes: list[str]) -> str:
    kept, longest = text.strip(), _longest(model, field)
    if len(kept) > longest:
        kept = kept[:longest].rstrip()
        notes.append(
            _("%(what)s is too long and was cut after %(count)d characters.") % {"what": what, "count": longest}
        )
    return kept


def _left_out(question: QuestionInfo, why: str) -> str:
    required = _("Webex requires an answer to it, so it may refuse people.") if question.is_required else ""
    words = _("The question “%(text)s” was left out: %(why)s.") % {"text": question.text, "why": why}
    return f"{words} {required}".strip()


def _usable_email(email: str, *, notes: list[str]) -> str:
    email = email.strip()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        notes.append(_("The host’s e-mail address cannot be read and was left out."))
        return ""
    return email


def _usable_zone(name: str, *, notes: list[str]) -> str:
    try:
        validate_time_zone(name)
    except ValidationError:
        notes.append(_("Webex gives no time zone that the portal knows; times are shown in UTC."))
        return "UTC"
    return name


def _longest(model: type[Model], field: str) -> int:
    longest = getattr(model._meta.get_field(field), "max_length", None)
    if not isinstance(longest, int):
        raise LookupError(f"{model.__name__}.{field} has no bound")
    return longest
