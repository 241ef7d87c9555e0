"""Stores what somebody of the staff made of a meeting's form, all of it or nothing."""

from collections.abc import Collection, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from registration import audit
from registration.errors import ChangedMeanwhile, NotPossible
from registration.flow import ruling
from registration.form_design.design import Design, OptionDesign, QuestionDesign, design_of
from registration.form_design.differences import changed_parts, differences
from registration.models import Answer, ApprovalRule, Meeting, Option, Question
from registration.standard_fields import CHOSEN_FIELDS, Use

_QUESTION_FIELDS = ("text", "type", "is_required", "hint", "is_private", "max_length", "is_retired", "position")
_OPTION_FIELDS = ("text", "is_retired", "position")


class EditedMeanwhile(ChangedMeanwhile):
    """Somebody else has changed the form since it was shown; ``changes`` say what, a line each."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__(_("Somebody else has changed this form since you were shown it. Nothing has been stored."))
        self.changes = changes


class StillAnswered(NotPossible):
    """What was to be deleted has been answered, or a rule is about it; ``words`` say what to do instead."""


def save(meeting: Meeting, design: Design, *, shown: Design, by: User) -> list[str]:
    """Make ``design`` the meeting's form, and note it. Returns what was changed, a line each.

    ``shown`` is the form from which it was made. Questions and options stand in the order of ``design``; new ones have
    keys that are no numbers. What Webex calls them stays as it is. As many queries for many as for few. Raises
    ``EditedMeanwhile`` and ``StillAnswered``; then nothing has changed.
    """
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        stored = design_of(meeting)
        if changes := differences(_bare(shown), _bare(stored)):
            raise EditedMeanwhile(changes)
        changes = differences(_bare(stored), _bare(design))
        if not changes:
            return []
        _delete_others(stored, design)
        for field in CHOSEN_FIELDS:
            meeting.set_use(field.name, Use(design.uses[field.name]))
        meeting.save(update_fields=[f"{field.name}_use" for field in CHOSEN_FIELDS])
        _store(meeting, design.questions)
        before, after = changed_parts(_bare(stored), _bare(design_of(meeting)))
        audit.note(by, audit.Action.EDITED, meeting=meeting, thing=_("form"), before=before, after=after)
    return changes


def answered(meeting: Meeting) -> tuple[set[str], set[str]]:
    """The keys of the questions, and of the options, that have been answered, in two queries.

    For each the index of the answers is asked whether there is one: nothing is counted.
    """
    questions = _with_answers(Question.objects.filter(meeting=meeting), "question")
    options = _with_answers(Option.objects.filter(question__meeting=meeting), "option")
    return questions, options


def why_ruled(questions: Collection[int], *, sees_private: bool) -> str:
    """Why questions, given by their keys, are not deleted while rules are about them, and what to do; empty where none
    is. One query.

    The rules are named, those on private questions only where the reader ``sees_private``. Those from Webex cannot be
    removed here, as long as a refresh can bring them back.
    """
    rules = ApprovalRule.objects.filter(question__in=questions).select_related("question", "meeting")
    named: tuple[list[str], list[str]] = ([], [])
    for rule in rules:
        is_shown = sees_private or not rule.is_private
        words = f"“{ruling.full_words(rule)}”" if is_shown else _("rule on a private question")
        named[rule.is_from_webex and bool(rule.meeting.webex_id)].append(words)
    own, of_webex = (", ".join(each) for each in named)
    ours = _("There are approval rules about what you delete: %s. Remove them first, on the page “Approval rules”.")
    theirs = _(
        "There are approval rules at Webex about what you delete: %s. They stay here until they are gone there: remove "
        "them at Webex and refresh the meeting, or retire the question instead."
    )
    return " ".join(words % texts for words, texts in ((ours, own), (theirs, of_webex)) if texts)


def _with_answers(rows: "QuerySet[Question] | QuerySet[Option]", name: str) -> set[str]:
    has_answers = Exists(Answer.objects.filter(**{name: OuterRef("pk")}))
    pairs = rows.order_by().annotate(has_answers=has_answers).values_list("pk", "has_answers")
    return {str(pk) for pk, is_answered in pairs if is_answered}


def _bare(design: Design) -> Design:
    """Without the rules, which have a page of their own."""
    return Design(uses=design.uses, questions=design.questions)


def _delete_others(stored: Design, design: Design) -> None:
    kept_questions = {question.key for question in design.questions}
    kept_options = {option.key for question in design.questions for option in question.options}
    questions = [question for question in stored.questions if question.key not in kept_questions]
    options = [
        option
        for question in stored.questions
        if question.key in kept_questions
        for option in question.options
        if option.key not in kept_options
    ]
    if not questions and not options:
        return
    doomed_questions = Question.objects.filter(pk__in=[int(question.key) for question in questions])
    doomed_options = Option.objects.filter(pk__in=[int(option.key) for option in options])
    given = _with_answers(doomed_questions, "question"), _with_answers(doomed_options, "option")
    _refuse_answered(
        [
            *(question.text for question in questions if question.key in given[0]),
            *(option.text for option in options if option.key in given[1]),
        ]
    )
    # Whoever may edit the form sees the answers to its private questions.
    if why := why_ruled([int(question.key) for question in questions], sees_private=True):
        raise StillAnswered(why)
    doomed_questions.delete()
    doomed_options.delete()


def _refuse_answered(given: Sequence[str]) -> None:
    if texts := ", ".join(f"“{text}”" for text in given):
        words = _("%s has been answered and cannot be deleted. Retire it instead: it is no longer asked.")
        raise StillAnswered(words % texts)


def _store(meeting: Meeting, questions: Sequence[QuestionDesign]) -> None:
    rows = {str(row.pk): row for row in meeting.questions.all()}
    kept = {str(row.pk): row for row in Option.objects.filter(question__meeting=meeting)}
    made: list[Question] = []
    options: list[Option] = []
    for position, question in enumerate(questions):
        row = rows.get(question.key) or Question(meeting=meeting)
        _take(row, question, position=position)
        made.append(row)
    Question.objects.bulk_create([row for row in made if not row.pk])
    Question.objects.bulk_update([row for row in made if str(row.pk) in rows], _QUESTION_FIELDS)
    for row, question in zip(made, questions, strict=True):
        for position, option in enumerate(question.options):
            option_row = kept.get(option.key) or Option(question=row)
            _take_option(option_row, option, position=position)
            options.append(option_row)
    Option.objects.bulk_create([row for row in options if not row.pk])
    Option.objects.bulk_update([row for row in options if str(row.pk) in kept], _OPTION_FIELDS)


def _take(row: Question, question: QuestionDesign, *, position: int) -> None:
    row.text, row.type, row.hint = question.text, question.type, question.hint
    row.is_required, row.is_private, row.is_retired = question.is_required, question.is_private, question.is_retired
    row.max_length, row.position = None if question.has_options else question.max_length, position


def _take_option(row: Option, option: OptionDesign, *, position: int) -> None:
    row.text, row.is_retired, row.position = option.text, option.is_retired, position
