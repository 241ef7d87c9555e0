"""The columns of an export: what is said of each person, and a column for each question."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from registration import roles
from registration.flow import ruling
from registration.models import Answer, Move, Question, Submission, Tag
from registration.standard_fields import STANDARD_FIELDS
from registration.states import Decision, Presence, WebexStatus

Cell = str | datetime

BETWEEN = "; "
"""Stands between several answers to one question, and between tags."""

CHUNK = 2_000
"""So many people are read at once: three queries."""

_SEEN = [
    "pk",
    "reference",
    "meeting__title",
    "submitted_at",
    "language",
    "decision",
    "decided_at",
    "decision_reason",
    "held_decision",
    "presence",
    "webex_status",
    "refusal",
    "registrant_id",
    "assigned_to__username",
    "erase_asked_at",
    "meeting_id",
]
_FIELDS = [field.name for field in STANDARD_FIELDS]


@dataclass(frozen=True)
class Columns:
    """The columns of an export for one of the staff: what they may not see is in none of them.

    ``of_question`` is where the answers to a question stand, by its primary key. Questions of the same words share a
    column where they are of different meetings; where they are of one, they are told apart by a number, as they are
    from the columns that every export has.
    """

    questions: Sequence[str]
    of_question: dict[int, int]
    managed: frozenset[int] | None
    """The meetings whose private answers the user sees, by primary key; ``None``: all."""
    texts: Mapping[int, ruling.Texts]
    """The texts of the questions of the other meetings, by the primary key of the meeting."""

    def sees_private_of(self, meeting_pks: Collection[int]) -> list[int]:
        """Those of the meetings, by primary key, whose private answers are among the rows."""
        return sorted(pk for pk in meeting_pks if self._sees_all_of(pk))

    @cached_property
    def header(self) -> list[str]:
        """The words above the columns."""
        *fixed, last = fixed_header()
        return [*fixed, *self.questions, last]

    def rows(self, pks: Collection[int]) -> Iterator[list[Cell]]:
        """A row for each of these people who is still there, in the order of their keys. Three queries, and one more
        for who may not see all answers.

        Of who asked to be erased, there is the reference and nothing else.
        """
        people = Submission.objects.filter(pk__in=pks).order_by("pk")
        answers, tags, words, width = self._answers(pks), _tags(pks), _words(), len(self.header)
        of_rules = set() if self.managed is None else _reasons_of_rules(pks)
        for row in people.values_list(*_SEEN, *_FIELDS).iterator(chunk_size=CHUNK):
            seen, fields = dict(zip(_SEEN, row, strict=False)), row[len(_SEEN) :]
            if seen["erase_asked_at"] is not None:
                yield [seen["reference"], *[""] * (width - 1)]
                continue
            yield [
                seen["reference"],
                seen["meeting__title"],
                seen["submitted_at"],
                seen["language"],
                *fields,
                words["decision", seen["decision"]],
                seen["decided_at"] or "",
                ruling.told(seen["decision_reason"], self._texts(answers.get(seen["pk"], ()), seen["meeting_id"]))
                if (seen["pk"], seen["decision_reason"]) in of_rules
                else seen["decision_reason"],
                words["decision", seen["held_decision"]],
                words["presence", seen["presence"]],
                words["webex_status", seen["webex_status"]],
                seen["refusal"],
                seen["registrant_id"],
                BETWEEN.join(tags.get(seen["pk"], ())),
                seen["assigned_to__username"] or "",
                *self._given(answers.get(seen["pk"], ()), seen["meeting_id"]),
            ]

    def _answers(self, pks: Collection[int]) -> dict[int, list[tuple[int | None, str, str]]]:
        found: dict[int, list[tuple[int | None, str, str]]] = defaultdict(list)
        rows = Answer.objects.filter(submission__in=pks).order_by("submission", "position", "pk")
        for pk, question, words, text in rows.values_list("submission", "question", "question_text", "text"):
            found[pk].append((question, words, text))
        return found

    def _sees_all_of(self, meeting_pk: int) -> bool:
        return self.managed is None or meeting_pk in self.managed

    def _texts(self, answers: Iterable[tuple[int | None, str, str]], meeting_pk: int) -> ruling.Texts | None:
        """The texts of the questions, as they are and as the person was asked; none where the user may see all."""
        if self._sees_all_of(meeting_pk):
            return None
        texts = self.texts.get(meeting_pk, ruling.Texts(frozenset(), frozenset()))
        asked = [(text, question_pk in self.of_question) for question_pk, text, _given in answers]
        return ruling.Texts(
            texts.public.union(text for text, is_public in asked if is_public),
            texts.private.union(text for text, is_public in asked if not is_public),
        )

    def _given(self, answers: Iterable[tuple[int | None, str, str]], meeting_pk: int) -> list[str]:
        """The cells of the questions. Of a question that is gone nobody knows whether it was private."""
        texts: dict[int, list[str]] = defaultdict(list)
        of_deleted = []
        may_see_all = self._sees_all_of(meeting_pk)
        for question_pk, question_text, text in answers:
            if question_pk is not None and question_pk in self.of_question:
                texts[self.of_question[question_pk]].append(text)
            elif question_pk is None and may_see_all:
                of_deleted.append(f"{question_text}: {text}")
        given = [BETWEEN.join(texts.get(place, ())) for place in range(len(self.questions))]
        return [*given, BETWEEN.join(of_deleted)]


def columns_for(user: User, meeting_pks: Set[int]) -> Columns:
    """The columns of an export of people of these meetings."""
    names: dict[str, int] = {}
    of_question = {}
    for found in _questions(user, meeting_pks):
        for question_pk, name in told_apart(found).items():
            of_question[question_pk] = names.setdefault(name, len(names))
    managed = roles.scope(user, roles.SEE_PRIVATE)
    texts = {} if managed is None else _texts(meeting_pks - managed)
    return Columns(list(names), of_question, managed, texts)


def fixed_header() -> list[str]:
    """The words above the columns that every export has; the last stands after the questions."""
    before = [_("Reference"), _("Meeting"), _("Submitted at (UTC)"), _("Language")]
    fields = [str(field.label) for field in STANDARD_FIELDS]
    states = [
        _("Decision"),
        _("Decided at (UTC)"),
        _("Reason"),
        _("Held decision"),
        _("Presence at Webex"),
        _("Webex status"),
        _("Webex’s words"),
        _("Registrant id"),
        _("Tags"),
        _("Assigned to"),
    ]
    return [*before, *fields, *states, _("Answers to deleted questions")]


def told_apart(questions: Iterable[tuple[int, str]]) -> dict[int, str]:
    """The words above the columns of one meeting's questions, by primary key: the second of the same words has a 2.

    So has the first, where a column that every export has is of the same words.
    """
    names: dict[int, str] = {}
    taken = set(fixed_header())
    for pk, text in questions:
        number, name = 1, text
        while name in taken:
            number += 1
            name = f"{text} ({number})"
        names[pk] = name
        taken.add(name)
    return names


def _questions(user: User, meeting_pks: Collection[int]) -> Iterable[list[tuple[int, str]]]:
    """Each meeting's questions that the user may see, with the words, in the order of the meetings and their forms."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    pks = sorted(meeting_pks)
    for start in range(0, len(pks), CHUNK):
        shown = Question.objects.filter(roles.visible_questions(user), meeting__in=pks[start : start + CHUNK])
        for meeting_pk, pk, text in shown.order_by("meeting", "position", "pk").values_list("meeting", "pk", "text"):
            found[meeting_pk].append((pk, text))
    return found.values()


def _texts(meeting_pks: Collection[int]) -> Mapping[int, ruling.Texts]:
    """The texts of each meeting's questions."""
    found: dict[int, dict[bool, set[str]]] = defaultdict(lambda: {False: set(), True: set()})
    pks = sorted(meeting_pks)
    for start in range(0, len(pks), CHUNK):
        questions = Question.objects.filter(meeting__in=pks[start : start + CHUNK]).order_by()
        for meeting_pk, text, is_private in questions.values_list("meeting", "text", "is_private"):
            found[meeting_pk][is_private].add(text)
    return {pk: ruling.Texts(frozenset(by[False]), private=frozenset(by[True])) for pk, by in found.items()}


def _reasons_of_rules(pks: Collection[int]) -> set[tuple[int, str]]:
    """With which words rules decided about these people: nobody but a rule gives a reason of its own accord."""
    verdicts = Move.objects.filter(subject=Move.Subject.DECISION, after__in=[Decision.APPROVED, Decision.DECLINED])
    moves = verdicts.filter(by=None, submission__in=pks).exclude(reason="").order_by()
    return set(moves.values_list("submission", "reason"))


def _words() -> dict[tuple[str, str], str]:
    """The words of each state, by the field and its value."""
    states = {"decision": Decision, "presence": Presence, "webex_status": WebexStatus}
    found = {(field, str(value)): str(label) for field, enum in states.items() for value, label in enum.choices}
    return {**dict.fromkeys(((field, "") for field in states), ""), **found}


def _tags(pks: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for pk, name in (
        Tag.objects.filter(submission__in=pks).order_by("submission", "name").values_list("submission", "name")
    ):
        found[pk].append(name)
    return found


def plain(cell: Cell) -> str:
    """A cell as text; a time as ISO 8601, in UTC, to the second."""
    return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(cell, datetime) else cell
