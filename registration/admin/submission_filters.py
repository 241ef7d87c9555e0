"""What the list of submissions is narrowed by: filters that combine, each a parameter of the list's address.

Those that belong to one matter of their own are beside it (drift.py, erase.py, addresses.py, meeting_filter.py).
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import roles
from registration.admin.addresses import AddressFilter
from registration.admin.drift import DriftFilter
from registration.admin.erase import ErasureFilter
from registration.admin.meeting_filter import MeetingFilter, is_key
from registration.admin.numbers import NumberFilter, TimeFilter
from registration.flow import noting
from registration.models import Answer, Note, Question, Submission, Tag
from registration.models.submission import ASSIGNED, HELD, NOTED_BY_RULE
from registration.states import Decision, Presence, WebexStatus
from registration.validators import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    _People = QuerySet[Submission]

ANSWER = "answer_"
"""What the parameter of a question's answer begins with; the question's key follows."""

_MOST_QUESTIONS = 100
_MOST_STAFF = 200
_LONGEST = 200
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Nobody came before or comes after; further off, not every database can compare.
_FIRST, _LAST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)


class ChoiceFilter(ABC, admin.SimpleListFilter):
    """One of a few choices; anything else keeps all."""

    choices_offered: "ClassVar[list[tuple[str, StrOrPromise]]]" = []

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return list(self.choices_offered)

    def queryset(self, request: HttpRequest, queryset: "_People") -> "_People":
        """Keep those of the chosen kind."""
        value = self.value() or ""
        return self.kept(request, queryset, value) if value in dict(self.lookup_choices) else queryset

    @abstractmethod
    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those of the people of whom the choice is true."""


class TypedFilter(admin.SimpleListFilter):
    """Something that is typed."""

    @property
    def kind(self) -> str:
        """The kind of its field."""
        return "text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """None: it is typed."""
        return []

    def has_output(self) -> bool:
        """Always."""
        return True

    @property
    def typed(self) -> str:
        """What was typed, in bounds."""
        return (self.value() or "").strip()[:_LONGEST]


class DecisionFilter(ChoiceFilter):
    """By our decision."""

    title = gettext_lazy("decision")
    parameter_name = "decision__exact"
    choices_offered = list(Decision.choices)

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those decided so."""
        return people.filter(decision=value)


class PresenceFilter(ChoiceFilter):
    """By what we know of them at Webex."""

    title = gettext_lazy("presence")
    parameter_name = "presence__exact"
    choices_offered = list(Presence.choices)

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those who are there so."""
        return people.filter(presence=value)


class WebexStatusFilter(ChoiceFilter):
    """By Webex status, where "none" is one too."""

    title = gettext_lazy("Webex status")
    parameter_name = "webex_status"
    choices_offered = [*WebexStatus.choices, ("none", gettext_lazy("none"))]

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those of this status."""
        return people.filter(webex_status="" if value == "none" else value)


class HeldFilter(ChoiceFilter):
    """By a decision that waits to be released, or a rule that wants a person to look."""

    title = gettext_lazy("held")
    parameter_name = "held"
    choices_offered = [
        ("any", gettext_lazy("any decision, not released")),
        (Decision.APPROVED, gettext_lazy("approval, not released")),
        (Decision.DECLINED, gettext_lazy("decline, not released")),
        (Decision.WAITING, gettext_lazy("back to review, not released")),
        ("rule", gettext_lazy("by a rule, for a person to look")),
    ]

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those held so."""
        if value == "rule":
            return people.filter(NOTED_BY_RULE)
        return people.filter(HELD) if value == "any" else people.filter(HELD, held_decision=value)


class AssignedFilter(ChoiceFilter):
    """By who of the staff is to look at them."""

    title = gettext_lazy("assigned to")
    parameter_name = "assigned"
    choices_offered = [
        ("me", gettext_lazy("me")),
        ("somebody", gettext_lazy("somebody")),
        ("nobody", gettext_lazy("nobody")),
    ]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Me, somebody, nobody; each colleague to whom any of those whom the user sees is assigned; the chosen one."""
        offered = [*self.choices_offered, *_colleagues(request)]
        chosen = request.GET.get(self.parameter_name, "")
        return offered if not is_key(chosen) or chosen in dict(offered) else [*offered, (chosen, _("the chosen one"))]

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those assigned so."""
        if is_key(value):
            return people.filter(ASSIGNED, assigned_to=int(value))
        if value == "me":
            return people.filter(ASSIGNED, assigned_to=request.user.pk)
        return people.filter(ASSIGNED) if value == "somebody" else people.filter(~ASSIGNED)


def _colleagues(request: HttpRequest) -> list[tuple[str, str]]:
    """Who else is to look at any of those whom the user sees: read once for a page."""
    if "_colleagues" not in request.__dict__:
        theirs = roles.only(Submission.objects.filter(assigned_to=OuterRef("pk")), request.user, *roles.SEE_PEOPLE)
        others = User.objects.filter(Exists(theirs)).exclude(username=request.user.get_username())
        offered = others.order_by("username")[:_MOST_STAFF]
        request.__dict__["_colleagues"] = [(str(user.pk), str(user)) for user in offered]
    found: list[tuple[str, str]] = request.__dict__["_colleagues"]
    return found


class NotesFilter(ChoiceFilter):
    """By whether staff wrote notes about them."""

    title = gettext_lazy("notes")
    parameter_name = "notes"
    choices_offered = [("yes", gettext_lazy("with notes")), ("no", gettext_lazy("without notes"))]

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those with, or without any."""
        has_notes = Exists(Note.objects.filter(submission=OuterRef("pk")))
        return people.filter(has_notes if value == "yes" else ~has_notes)


class TagFilter(TypedFilter):
    """By a tag, whatever the case of its letters."""

    title = gettext_lazy("tag")
    parameter_name = "tag"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self._reader = request.user

    @property
    def suggestions(self) -> list[str]:
        """Tags that those have whom the user sees."""
        return noting.tags_in_use(roles.scope(self._reader, *roles.SEE_PEOPLE))

    def queryset(self, request: HttpRequest, queryset: "_People") -> "_People":
        """Keep those with the tag."""
        if not self.typed:
            return queryset
        # The names first: by them, and not by their letters, the index finds who has them.
        names = Tag.objects.order_by("name").values_list("name", flat=True).distinct()
        alike = [name for name in names if name.casefold() == self.typed.casefold()]
        return queryset.filter(pk__in=Tag.objects.filter(name__in=alike).values("submission"))


class DateFilter(TypedFilter):
    """By a day, or a moment, in UTC where nothing else is said."""

    @property
    def kind(self) -> str:
        """A date, as far as a browser's field for dates can show it."""
        return "date" if not self.typed or (_DAY.fullmatch(self.typed) and self.moment) else "text"

    @property
    def moment(self) -> datetime | None:
        """The moment, or the first one of the day, as ISO writes them; nothing where it is none."""
        try:
            moment = datetime.fromisoformat(self.typed.replace(" ", "+"))
        except ValueError:
            return None
        return min(max(moment if moment.tzinfo else moment.replace(tzinfo=UTC), _FIRST), _LAST)

    @property
    def error(self) -> str:
        """What is wrong with what was typed."""
        if not self.typed or self.moment:
            return ""
        return _("This is no day: nobody is found. Write it as 2026-11-30.")

    def queryset(self, request: HttpRequest, queryset: "_People") -> "_People":
        """Keep those of that time; nobody where what was typed is none."""
        if self.moment is None:
            return queryset.none() if self.typed else queryset
        return self.kept(queryset, self.moment)

    @abstractmethod
    def kept(self, people: "_People", moment: datetime) -> "_People":
        """Those of the people who came in time."""


class FromFilter(DateFilter):
    """By the first day, in UTC, on which they may have been submitted."""

    title = gettext_lazy("submitted from")
    parameter_name = "submitted_from"

    def kept(self, people: "_People", moment: datetime) -> "_People":
        """Those who came from then on."""
        return people.filter(submitted_at__gte=moment)


class UntilFilter(DateFilter):
    """By the last day, in UTC, or the last moment, at which they may have been submitted."""

    title = gettext_lazy("submitted until")
    parameter_name = "submitted_until"

    def kept(self, people: "_People", moment: datetime) -> "_People":
        """Those who came until then."""
        if "T" in self.typed:
            return people.filter(submitted_at__lte=moment)
        return people.filter(submitted_at__lt=moment + timedelta(days=1))


class OptionFilter(ChoiceFilter):
    """By an option that was chosen as an answer."""

    question: ClassVar[Question]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The options of the question."""
        return [(str(option.pk), option.text) for option in self.question.options.all()]

    def kept(self, request: HttpRequest, people: "_People", value: str) -> "_People":
        """Those who chose it."""
        chosen = Answer.objects.filter(question=self.question, option=int(value))
        return people.filter(pk__in=chosen.values("submission"))


class AnswerFilter(TypedFilter):
    """By a piece of the text that was given as an answer."""

    question: ClassVar[Question]

    def queryset(self, request: HttpRequest, queryset: "_People") -> "_People":
        """Keep those whose answer has it."""
        if not self.typed:
            return queryset
        given = Answer.objects.filter(question=self.question, text__in_any_case=self.typed)
        return queryset.filter(pk__in=given.values("submission"))


FILTERS: tuple[type[admin.SimpleListFilter], ...] = (
    MeetingFilter,
    DecisionFilter,
    NumberFilter,
    TimeFilter,
    PresenceFilter,
    WebexStatusFilter,
    AssignedFilter,
    TagFilter,
    NotesFilter,
    HeldFilter,
    AddressFilter,
    DriftFilter,
    ErasureFilter,
    FromFilter,
    UntilFilter,
)

_CLOSED: dict[str, frozenset[str]] = {
    str(spec.parameter_name): frozenset(value for value, _words in getattr(spec, "choices_offered", ()))
    for spec in FILTERS
    if hasattr(spec, "choices_offered")
}
"""What the filters with the same few choices for everybody know."""

_BY_KEY = frozenset({MeetingFilter.parameter_name, AssignedFilter.parameter_name})
"""Those that know a row's key, too."""

FIRST = (MeetingFilter.parameter_name, DecisionFilter.parameter_name)
"""Those beside the search; the others are below it, folded away as long as none is used."""


def of_answers(request: HttpRequest) -> list[type[admin.SimpleListFilter]]:
    """A filter for each question of the chosen meeting, of those whose answers the user may see."""
    meeting = request.GET.get(str(MeetingFilter.parameter_name), "")
    if not is_key(meeting):
        return []
    kept: dict[str, list[type[admin.SimpleListFilter]]] = request.__dict__.setdefault("_filters_of_answers", {})
    if meeting not in kept:
        questions = Question.objects.filter(roles.visible_questions(request.user), meeting=int(meeting))
        theirs = roles.only(questions, request.user, *roles.SEE_PEOPLE)
        found = theirs.order_by("position", "pk").prefetch_related("options")
        kept[meeting] = [_of_question(question) for question in found[:_MOST_QUESTIONS]]
    return kept[meeting]


def without_lost_answers(request: HttpRequest, *, undone: str = "", path: str = "") -> HttpResponseRedirect | None:
    """To the same query without the filters by answers that are not offered; nothing where there are none.

    The form sends those of the meeting that was shown before, and a link keeps one whose question became private.
    What narrowed the list is said to be left out; and, of what was to be done by it, that it is ``undone``. ``path``
    is where the list is, if not here.
    """
    left_out = _left_out(request)
    if left_out is None:
        return None
    query, has_values = left_out
    if request.method == "POST":
        messages.warning(request, undone or _("Nothing was done."))
    if has_values or request.method == "POST":
        tell_left_out(request)
    return HttpResponseRedirect(f"{path or request.path}?{query.urlencode()}")


def leave_out_lost_answers(request: HttpRequest) -> None:
    """Go on as if they had not been asked for, and say that they are left out: for what is about one person alone."""
    if (left_out := _left_out(request)) is not None:
        query, has_values = left_out
        request.GET = query  # type: ignore[assignment]
        if has_values:
            tell_left_out(request)


def _left_out(request: HttpRequest) -> tuple[QueryDict, bool] | None:
    """The query without the filters that are not offered, and whether any of them had a value."""
    offered: dict[str, Any] = {str(spec.parameter_name): spec for spec in of_answers(request)}
    lost = [name for name in request.GET if _is_lost(name, request.GET[name], offered)]
    if not lost:
        return None
    query = request.GET.copy()
    values = [value for name in lost for value in query.pop(name)]
    return query, any(values)


def _is_lost(name: str, value: str, offered: Mapping[str, Any]) -> bool:
    """Whether no filter of that name is there, or none that knows the value."""
    if name.startswith(ANSWER):
        return name not in offered or (bool(value) and _is_no_option(value, offered[name]))
    if not value or (name in _BY_KEY and is_key(value)):
        return False
    return name == MeetingFilter.parameter_name or value not in _CLOSED.get(name, {value})


def _is_no_option(value: str, spec: Any) -> bool:
    return issubclass(spec, OptionFilter) and value not in {str(option.pk) for option in spec.question.options.all()}


def tell_left_out(request: HttpRequest) -> None:
    """Say that the list is not narrowed by all that was asked for."""
    messages.warning(request, _("Some of the filters are not there, or not yours to use: they were left out."))


def _of_question(question: Question) -> type[admin.SimpleListFilter]:
    base = OptionFilter if question.options.all() else AnswerFilter
    values = {"title": question.text, "parameter_name": f"{ANSWER}{question.pk}", "question": question}
    return type("FilterOfQuestion", (base,), values)


def words(spec: admin.SimpleListFilter) -> str:
    """What the filter keeps, for people to read: ``decision: approved``. Empty where it keeps all."""
    value = (spec.value() or "").strip()
    shown = spec.typed if isinstance(spec, TypedFilter) else str(dict(spec.lookup_choices).get(value, ""))
    return _("%(filter)s: %(value)s") % {"filter": spec.title, "value": shown} if shown else ""
