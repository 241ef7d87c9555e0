"""A form as it would be written to Webex, beside what is there, and what Webex cannot hold. Pure: data in, data out."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.form_design import question_words
from registration.form_design.design import TEXT_TYPES, Design, QuestionDesign, RuleDesign
from registration.importing.matching import Label, match
from registration.models import ApprovalRule
from registration.standard_fields import BY_NAME, BY_WEBEX_NAME, CHOSEN_FIELDS, Use
from registration.webex.form_update import FormUpdate, QuestionUpdate, RuleUpdate
from registration.webex.records import FormInfo, QuestionInfo

LONGEST_ANSWER = 999
"""What Webex allows where no number is given: the same as giving this one."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that would be different at Webex afterwards."""

    what: str
    there: str
    here: str


@dataclass(frozen=True)
class Writing:
    """What would be written. ``questions`` are those of the update, in its order, each with the options that it has;
    ``lost``: what is gone at Webex afterwards; ``left_out``: what stays here alone.
    """

    design: Design
    update: FormUpdate
    questions: tuple[QuestionDesign, ...]
    sent_rules: tuple[RuleDesign, ...]
    changes: tuple[Change, ...]
    lost: tuple[str, ...]
    left_out: tuple[str, ...]
    fingerprint: str

    def as_kept_here(self, form: FormInfo) -> FormInfo:
        """The form that Webex made of it, without the longest answer of 999 characters where we gave no number."""
        without = {(each.text, each.type) for each in self.questions if not each.has_options and not each.max_length}
        questions = (
            replace(info, max_length=None)
            if info.max_length == LONGEST_ANSWER and (info.text, info.type) in without
            else info
            for info in form.questions
        )
        return replace(form, questions=tuple(questions))


def writing(design: Design, seen: FormInfo) -> Writing:
    """What writing this form to Webex would do to the form that was ``seen`` there."""
    rules = tuple(rule for rule in design.rules if not _why_kept_here(rule, design))
    update = FormUpdate(
        # The portal has no say in it: it stays as it is.
        auto_accept_request=seen.auto_accept_request,
        shown_fields=frozenset(
            field.webex_name for field in CHOSEN_FIELDS if design.uses[field.name] != Use.HIDDEN.value
        ),
        questions=tuple(_question_update(question, rules) for question in design.asked),
        rules=tuple(
            _rule_update(rule, order=order) for order, rule in enumerate(rules, start=1) if not rule.question_key
        ),
    )
    partners = _partners(design.asked, seen)
    return Writing(
        design=design,
        update=update,
        questions=design.asked,
        sent_rules=rules,
        changes=tuple(_changes(design, update, seen, partners)),
        lost=tuple(info.text for index, info in enumerate(seen.questions) if partners[index] is None),
        left_out=tuple(_left_out(design, rules)),
        fingerprint=_fingerprint(design, update, seen),
    )


def is_written(update: FormUpdate, seen: FormInfo) -> bool:
    """Whether Webex's form is what would be written, whatever the ids."""
    return _comparable(update) == _comparable_of(seen)


# --- the update -----------------------------------------------------------------------------------------------------


def _question_update(question: QuestionDesign, rules: Sequence[RuleDesign]) -> QuestionUpdate:
    return QuestionUpdate(
        text=question.text,
        type=question.type,
        is_required=question.is_required,
        max_length=None if question.has_options else question.max_length or LONGEST_ANSWER,
        options=tuple(option.text for option in question.offered) if question.has_options else (),
        rules=tuple(_rule_update(rule) for rule in rules if rule.question_key == question.key),
    )


def _rule_update(rule: RuleDesign, *, order: int = 0) -> RuleUpdate:
    field = BY_NAME[rule.field].webex_name if rule.field else ""
    return RuleUpdate(rule.condition, rule.value, rule.result, rule.match_case, field, order)


def _why_kept_here(rule: RuleDesign, design: Design) -> str:
    """Why a rule is not written to Webex; empty where it is."""
    if not rule.is_active:
        return _("it is switched off")
    if rule.result == ApprovalRule.Result.HOLD:
        return _("Webex has no “hold for review”")
    if rule.field == "first_name":
        return _("Webex has no rules about the first name")
    if rule.question_key and rule.question_key not in {question.key for question in design.asked}:
        return _("its question is not asked")
    return ""


def _left_out(design: Design, sent: Sequence[RuleDesign]) -> Iterator[str]:
    hints = sum(bool(question.hint) for question in design.asked)
    if hints:
        yield ngettext("%d hint: Webex has none.", "%d hints: Webex has none.", hints) % hints
    private = sum(question.is_private for question in design.asked)
    if private:
        words = ngettext(
            "%d question is private in the portal only: whoever reads registrations at Webex reads its answers there.",
            "%d questions are private in the portal only: whoever reads registrations at Webex reads their answers "
            "there.",
            private,
        )
        yield words % private
    for question in design.questions:
        if not question.is_retired and not question.is_asked:
            yield _("“%s”: it has no option to choose from.") % question.text
    for rule in design.rules:
        if why := _why_kept_here(rule, design):
            yield _("The rule “%(rule)s”: %(why)s.") % {"rule": rule.words, "why": why}
    about_questions = [bool(rule.question_key) for rule in sent]
    # Webex is told the order of rules about fields; those about questions come in the order of their questions.
    if about_questions != sorted(about_questions) or about_questions.count(True) > 1:
        yield _("The order of the rules about questions among the others: Webex puts them where it likes.")


# --- beside what is there -------------------------------------------------------------------------------------------


def _partners(asked: Sequence[QuestionDesign], seen: FormInfo) -> list[int | None]:
    """For each question at Webex which of ours it is."""
    ours = [Label(question.webex_id, question.text, question.type) for question in asked]
    return match(ours, [Label(info.id, info.text, info.type) for info in seen.questions])


def _changes(design: Design, update: FormUpdate, seen: FormInfo, partners: Sequence[int | None]) -> Iterator[Change]:
    for field in CHOSEN_FIELDS:
        here, there = (field.webex_name in shown for shown in (update.shown_fields, seen.shown_fields))
        if here != there:
            yield Change(str(field.label), _shown(there), _shown(here))
    their_place = {ours: theirs for theirs, ours in enumerate(partners) if ours is not None}
    for place, (question, planned) in enumerate(zip(design.asked, update.questions, strict=True)):
        if place not in their_place:
            yield Change(f"“{planned.text}”", "–", _("new: %s") % _all_of(planned))
            continue
        yield from _question_changes(planned, seen.questions[their_place[place]], question)
    for index, info in enumerate(seen.questions):
        if partners[index] is None:
            yield Change(f"“{info.text}”", _("asked"), "–")
    in_order = [partner for partner in partners if partner is not None]
    if in_order != sorted(in_order):
        yield Change(
            _("Order of the questions"),
            question_words.of_texts(info.text for info in seen.questions),
            question_words.of_texts(question.text for question in update.questions),
        )
    rules_there, rules_here = _comparable_rules_of(seen), _comparable_rules(update)
    if rules_there != rules_here:
        yield Change(_("Approval rules"), _spelled_rules(rules_there), _spelled_rules(rules_here))


def _all_of(planned: QuestionUpdate) -> str:
    found = question_words.of_question(
        planned.type, is_required=planned.is_required, max_length=planned.max_length, options=planned.options
    )
    return ", ".join(found)


def _question_changes(planned: QuestionUpdate, info: QuestionInfo, question: QuestionDesign) -> Iterator[Change]:
    what = f"“{question.text}”"
    if planned.text != info.text:
        yield Change(what, f"“{info.text}”", f"“{planned.text}”")
    if planned.type != info.type:
        yield Change(what, question_words.of_type(info.type), question_words.of_type(planned.type))
    if planned.is_required != info.is_required:
        yield Change(
            what, question_words.of_required(info.is_required), question_words.of_required(planned.is_required)
        )
    if planned.max_length is not None and planned.max_length != (info.max_length or LONGEST_ANSWER):
        yield Change(
            what,
            question_words.of_length(info.max_length or LONGEST_ANSWER),
            question_words.of_length(planned.max_length),
        )
    texts = tuple(option.text for option in info.options)
    if planned.type not in TEXT_TYPES and planned.options != texts:
        yield Change(what, question_words.of_texts(texts), question_words.of_texts(planned.options))


def _shown(is_shown: bool) -> str:
    return _("shown") if is_shown else _("not shown")


# --- to compare -----------------------------------------------------------------------------------------------------


def _comparable(update: FormUpdate) -> object:
    questions = [
        (each.text.strip(), each.type, each.is_required, each.max_length, tuple(map(str.strip, each.options)))
        for each in update.questions
    ]
    return update.shown_fields, questions, _comparable_rules(update)


def _comparable_of(seen: FormInfo) -> object:
    questions = [
        (
            info.text.strip(),
            info.type,
            info.is_required,
            (info.max_length or LONGEST_ANSWER) if info.type in TEXT_TYPES else None,
            tuple(option.text.strip() for option in info.options),
        )
        for info in seen.questions
    ]
    return seen.shown_fields, questions, _comparable_rules_of(seen)


_RuleKey = tuple[str, str, str, str, bool]


def _comparable_rules(update: FormUpdate) -> list[_RuleKey]:
    of_fields = [(rule.field, rule) for rule in update.rules]
    of_questions = [(question.text, rule) for question in update.questions for rule in question.rules]
    return [
        (about, rule.condition, rule.value, rule.result, rule.match_case) for about, rule in of_fields + of_questions
    ]


def _comparable_rules_of(seen: FormInfo) -> list[_RuleKey]:
    """Those about fields in their order, then those about questions in the order of these: as they can be written."""
    places = {info.id: place for place, info in enumerate(seen.questions)}
    texts = {info.id: info.text for info in seen.questions}
    ordered = sorted(seen.rules, key=lambda rule: -1 if rule.field else places.get(rule.question_id, len(places)))
    return [
        (rule.field or texts.get(rule.question_id, ""), rule.condition, rule.value, rule.result, rule.match_case)
        for rule in ordered
    ]


def _spelled_rules(rules: Sequence[_RuleKey]) -> str:
    conditions, results = dict(ApprovalRule.Condition.choices), dict(ApprovalRule.Result.choices)
    spelled = (
        f"{_about(about)} {conditions.get(condition, condition)} “{value}”: {results.get(result, result)}"
        for about, condition, value, result, _match_case in rules
    )
    return "; ".join(spelled) or _("none")


def _about(subject: str) -> str:
    """A rule's subject in words: the label of a standard field, or the question itself."""
    return str(BY_WEBEX_NAME[subject].label) if subject in BY_WEBEX_NAME else subject


def _fingerprint(design: Design, update: FormUpdate, seen: FormInfo) -> str:
    """The same as long as both sides are: what was shown is what is done."""
    told = json.dumps(
        [design.to_json(), [asdict(rule) for rule in design.rules], update.to_json(), repr(_sorted(seen))],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _sorted(seen: FormInfo) -> object:
    return seen.auto_accept_request, sorted(seen.shown_fields), seen.questions, seen.rules
