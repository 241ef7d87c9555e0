"""What is different about a form, in words and for the audit. Pure: plain data in, plain data out."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registration.form_design import question_words
from registration.form_design.design import Design, OptionDesign, QuestionDesign
from registration.models import Option, Question
from registration.standard_fields import CHOSEN_FIELDS, Use

_COMPARED = ("text", "type", "is_required", "hint", "is_private", "max_length", "is_retired")


def differences(before: Design, after: Design) -> list[str]:
    """What is different ``after``, a line each; nothing where it is the same form."""
    return list(_differences(before, after))


def changed_parts(before: Design, after: Design) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts that are different, as they were and as they are, by name: for the audit."""
    was, now = _parts(before), _parts(after)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return {name: was[name] for name in names if name in was}, {name: now[name] for name in names if name in now}


def question_differences(before: QuestionDesign, after: QuestionDesign) -> list[str]:
    """What is different about a question ``after``, a line each, with what Webex calls it and its options."""
    return [*_of_question(before, after), *_of_ids(before, after)]


def _parts(design: Design) -> dict[str, Any]:
    parts: dict[str, Any] = {name: str(use) for name, use in design.uses.items()}
    for place, question in enumerate(design.questions):
        of_question: dict[str, Any] = {name: getattr(question, name) for name in _COMPARED}
        options = [option.text + (" (retired)" if option.is_retired else "") for option in question.options]
        parts[f"question {question.key}"] = of_question | {"position": place, "options": options}
    return parts


def _differences(before: Design, after: Design) -> Iterator[str]:
    for field in CHOSEN_FIELDS:
        was, now = before.uses[field.name], after.uses[field.name]
        if was != now:
            yield _from_to(str(field.label), str(Use(was).label), str(Use(now).label))
    was_there = {question.key: question for question in before.questions}
    is_there = {question.key: question for question in after.questions}
    for key, question in is_there.items():
        if key in was_there:
            yield from _of_question(was_there[key], question)
        else:
            yield _("Added: “%(question)s” (%(all)s).") % {
                "question": question.text,
                "all": ", ".join(_all_of(question)),
            }
    for key, question in was_there.items():
        if key not in is_there:
            yield _("Deleted: “%s”.") % question.text
    if _is_moved(list(was_there), list(is_there)):
        yield _("The questions stand in another order.")


def _all_of(question: QuestionDesign) -> Iterator[str]:
    yield from question_words.of_question(
        question.type,
        is_required=question.is_required,
        max_length=question.max_length,
        options=(option.text for option in question.offered if question.has_options),
    )
    if question.hint:
        yield _("hint: “%s”") % question.hint
    if question.is_private:
        yield _("private")
    if question.is_retired:
        yield _("retired")


def _of_question(before: QuestionDesign, after: QuestionDesign) -> Iterator[str]:
    for name in _COMPARED:
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            label = capfirst(str(getattr(Question._meta.get_field(name), "verbose_name", name)))
            yield _from_to(f"“{before.text}”, {label}", _spelled(name, was), _spelled(name, now))
    was_there = {option.key: option for option in before.options}
    is_there = {option.key: option for option in after.options}
    names = {"question": before.text}
    for key, option in is_there.items():
        if key in was_there:
            yield from _of_option(was_there[key], option, question=before.text)
        else:
            yield _("In “%(question)s”, added: “%(option)s”.") % {**names, "option": option.text}
    for key, option in was_there.items():
        if key not in is_there:
            yield _("In “%(question)s”, deleted: “%(option)s”.") % {**names, "option": option.text}
    if _is_moved(list(was_there), list(is_there)):
        yield _("In “%(question)s” the options stand in another order.") % names


def _of_ids(before: QuestionDesign, after: QuestionDesign) -> Iterator[str]:
    if before.webex_id != after.webex_id:
        label = str(Question._meta.get_field("webex_id").verbose_name)
        yield _from_to(f"“{before.text}”, {label}", before.webex_id or _("none"), after.webex_id or _("none"))
    now = {option.key: option.webex_id for option in after.options}
    for option in before.options:
        if option.key in now and option.webex_id != now[option.key]:
            label = str(Option._meta.get_field("webex_id").verbose_name)
            names = {"question": before.text, "label": label, "option": option.text}
            what = _("In “%(question)s”, %(label)s of “%(option)s”") % names
            yield _from_to(what, option.webex_id or _("none"), now[option.key] or _("none"))


def _of_option(before: OptionDesign, after: OptionDesign, *, question: str) -> Iterator[str]:
    names = {"question": question, "before": before.text, "option": after.text}
    if before.text != after.text:
        yield _("In “%(question)s”, reworded: “%(before)s” → “%(option)s”.") % names
    if before.is_retired != after.is_retired:
        words = (
            _("In “%(question)s”, retired: “%(option)s”.")
            if after.is_retired
            else _("In “%(question)s”, offered again: “%(option)s”.")
        )
        yield words % names


def _from_to(what: str, before: str, after: str) -> str:
    return _("%(what)s: %(before)s → %(after)s.") % {"what": what, "before": before, "after": after}


def _spelled(name: str, value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "type":
        return str(Question.Type(str(value)).label)
    if name in ("text", "hint"):
        return f"“{value}”"
    return _("none") if value is None else str(value)


def _is_moved(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether those that are in both stand in another order."""
    both = set(before) & set(after)
    return [key for key in before if key in both] != [key for key in after if key in both]
