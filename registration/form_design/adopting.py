"""Gives our questions and options the ids that Webex gave them: told by what was written, not by what is stored now."""

from collections.abc import Sequence

from registration.form_design.to_webex import Writing
from registration.importing.matching import Label, match
from registration.models import Option, Question
from registration.webex.records import FormInfo


def adopt(written: Writing, form: FormInfo) -> None:
    """Store the ids, in the caller's transaction; whatever has been deleted meanwhile is left out.

    Where Webex has made other words of ours, the place tells: in a form of as many questions, each of the same type.
    """
    theirs = [Label(info.id, info.text, info.type) for info in form.questions]
    ours = [Label("", question.text, question.type) for question in written.questions]
    question_ids: dict[str, str] = {}
    option_ids: dict[str, str] = {}
    for index, place in enumerate(_pairs(ours, theirs)):
        if place is None:
            continue
        question, info = written.questions[place], form.questions[index]
        question_ids[question.key] = info.id
        offered = question.offered if question.has_options else ()
        labels = [Label("", option.text) for option in offered]
        for option_index, option_place in enumerate(
            _pairs(labels, [Label(each.id, each.text) for each in info.options])
        ):
            if option_place is not None:
                option_ids[offered[option_place].key] = info.options[option_index].id
    _store(question_ids, option_ids)


def _pairs(ours: Sequence[Label], theirs: Sequence[Label]) -> list[int | None]:
    """For each of theirs the place of ours."""
    pairs = match(ours, theirs)
    if None in pairs and [label.type for label in ours] == [label.type for label in theirs]:
        return list(range(len(theirs)))
    return pairs


def _store(question_ids: dict[str, str], option_ids: dict[str, str]) -> None:
    questions = list(Question.objects.filter(pk__in=map(int, question_ids)))
    options = list(Option.objects.filter(pk__in=map(int, option_ids)))
    for question in questions:
        question.webex_id = question_ids[str(question.pk)]
    for option in options:
        option.webex_id = option_ids[str(option.pk)]
    # Two may swap their ids, and one that is gone may have had one of them: first all are given up.
    meetings = {question.meeting_id for question in questions}
    Question.objects.filter(meeting__in=meetings).exclude(webex_id="").update(webex_id="")
    Question.objects.bulk_update(questions, ["webex_id"])
    Option.objects.bulk_update(options, ["webex_id"])
