"""What of a form would fail at Webex, in words, each with what to do. Pure: plain data in, plain data out.

Webex publishes no limits for texts and numbers of questions. Those here are what the portal itself takes back in an
import, and, for texts, a length up to which no form is known to have been refused.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registration.form_design.design import Design, QuestionDesign
from registration.form_design.to_webex import LONGEST_ANSWER
from registration.importing.bounds import MOST_OPTIONS, MOST_OPTIONS_IN_ALL, MOST_QUESTIONS, MOST_RULES
from registration.models import Meeting
from registration.standard_fields import CHOSEN_FIELDS, Use
from registration.webex.records import FormInfo, QuestionInfo

LONGEST_SURE = 255
"""Characters of a question or an option."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that fails, or may. ``is_blocking``: somebody could not be sent to Webex; ``words`` say who.

    ``is_changed_there``: Webex's form is another one by now, and a refresh shows what is different.
    """

    words: str
    advice: str
    is_blocking: bool = False
    is_changed_there: bool = False


def findings(design: Design, meeting: Meeting, *, seen: FormInfo | None = None) -> list[Finding]:
    """What would fail for people who sign up with the form, the worst first.

    ``seen`` is Webex's form as it is now; without it the last import's is what is known of Webex. A meeting without a
    Webex id sends nobody: of it that is told, and what fails here.
    """
    found = [*_nowhere(meeting), *_here(design)]
    if meeting.webex_id:
        shown = _shown_at_webex(meeting, seen)
        found += [] if shown is None else _of_fields(design, shown)
        found += _retired_and_required(design) if seen is None else ()
        found += _of_ids(design)
        found += _of_lengths(design)
        found += [] if seen is None else _against(design, seen)
    return sorted(found, key=lambda finding: not finding.is_blocking)


def lasting(design: Design) -> list[Finding]:
    """What would fail even once Webex has this form."""
    return [*_here(design), *_of_lengths(design)]


def blocking(design: Design, meeting: Meeting) -> list[Finding]:
    """Why nobody at all could be sent to Webex, as far as is known without asking it."""
    return [finding for finding in findings(design, meeting) if finding.is_blocking]


def reworded(before: Design, after: Design) -> list[tuple[str, str]]:
    """The options that Webex has and that have other words ``after``: as they were, and as they are."""
    was = {option.key: option.text for question in before.questions for option in question.options if option.webex_id}
    offered = [option for question in after.asked if question.webex_id for option in question.offered]
    return [(was[option.key], option.text) for option in offered if was.get(option.key, option.text) != option.text]


def of_rewording(pairs: Iterable[tuple[str, str]]) -> Finding:
    """What fails where options have other words here than at Webex, which is sent the words beside its own id."""
    options = ", ".join(f"“{before}” → “{after}”" for before, after in pairs)
    return Finding(
        _("Reworded here, and not at Webex: %s. Whoever chooses that cannot be sent.") % options,
        _("Push this form to Webex, or take the old words again."),
    )


def _shown_at_webex(meeting: Meeting, seen: FormInfo | None) -> frozenset[str] | None:
    if seen is not None:
        return seen.shown_fields
    return frozenset(meeting.imported_fields) if meeting.imported_at is not None else None


def _nowhere(meeting: Meeting) -> Iterator[Finding]:
    if not meeting.webex_id:
        yield Finding(
            _("This meeting has no Webex meeting id: nobody is sent to Webex."),
            _("Enter it on the meeting’s page, or leave it so if the portal alone invites."),
        )


# --- what fails here ------------------------------------------------------------------------------------------------


def _here(design: Design) -> Iterator[Finding]:
    for question in design.questions:
        if not question.is_retired and not question.is_asked:
            yield Finding(
                _("“%s” has no option to choose from: it is left out of the form.") % question.text,
                _("Add an option, or retire the question."),
                is_blocking=question.is_required and bool(question.webex_id),
            )
        yield from _twice(question)
    texts = Counter((question.text, question.type) for question in design.asked)
    for text, _type in (pair for pair, count in texts.items() if count > 1):
        yield Finding(
            _("“%s” is asked more than once in the same words.") % text,
            _("Reword one of them: after a change at Webex nothing tells which is which."),
        )
    asked = {question.key for question in design.asked}
    for rule in design.rules:
        if rule.is_active and rule.question_key and rule.question_key not in asked:
            yield Finding(
                _("The rule “%s” is about a question that is not asked: to it nobody has answered anything.")
                % rule.words,
                _("Switch the rule off or delete it, or ask the question again."),
            )


def _twice(question: QuestionDesign) -> Iterator[Finding]:
    for text, count in Counter(option.text for option in question.offered).items():
        if count > 1:
            yield Finding(
                _("“%(question)s” offers “%(option)s” more than once.") % {"question": question.text, "option": text},
                _("Reword or retire one of them."),
            )


# --- what is known without asking Webex -----------------------------------------------------------------------------


def _of_fields(design: Design, shown: frozenset[str]) -> Iterator[Finding]:
    for field in CHOSEN_FIELDS:
        use, is_shown = design.uses[field.name], field.webex_name in shown
        if is_shown and use == Use.HIDDEN:
            yield Finding(
                _("Webex’s form has “%s”, and it is hidden here: where Webex requires it, it refuses everybody.")
                % field.label,
                _("Show it here, or push this form to Webex. Webex does not tell whether it requires a field."),
            )
        elif not is_shown and use != Use.HIDDEN:
            yield Finding(
                _("“%s” is asked here, and Webex’s form does not have it.") % field.label,
                _("Push this form to Webex, or hide the field: what Webex does with it is not known."),
            )
    optional = [
        f"“{field.label}”"
        for field in CHOSEN_FIELDS
        if field.webex_name in shown and design.uses[field.name] == Use.OPTIONAL
    ]
    if optional:
        # One for all: most forms have many, and it is the same to do about each.
        yield Finding(
            _("Optional here: %s. Where Webex requires one of them, it refuses whoever leaves it empty.")
            % ", ".join(optional),
            _("Look in Webex whether it is required there, and require it here if so."),
        )


def _retired_and_required(design: Design) -> Iterator[Finding]:
    for question in design.questions:
        if question.is_retired and question.is_required and question.webex_id:
            yield Finding(
                _("“%s” is retired here and required at Webex, as far as is known: Webex would refuse everybody.")
                % question.text,
                _("Ask it again, or push this form to Webex."),
                is_blocking=True,
            )


def _of_ids(design: Design) -> Iterator[Finding]:
    for question in design.asked:
        if not question.webex_id:
            yield Finding(
                _("Webex does not have “%s”: its answers stay in the portal.") % question.text,
                _("Push this form to Webex, or leave it so."),
            )
            continue
        unmapped = [option.text for option in question.offered if not option.webex_id] if question.has_options else []
        if unmapped:
            names = {"question": question.text, "options": _quoted(unmapped)}
            words = (
                _("Webex does not have %(options)s of “%(question)s”: it refuses whoever chooses it.")
                if question.is_required
                else _("Webex does not have %(options)s of “%(question)s”: it is not told who chooses it.")
            )
            is_blocking = question.is_required and len(unmapped) == len(question.offered)
            yield Finding(words % names, _("Push this form to Webex."), is_blocking=is_blocking)


def _of_lengths(design: Design) -> Iterator[Finding]:
    shorter = _("Make it shorter. Webex publishes no limit.")
    for question in design.asked:
        if len(question.text) > LONGEST_SURE:
            words = _("“%(text)s” has more than %(count)d characters: Webex may cut or refuse it.")
            yield Finding(words % {"text": question.text, "count": LONGEST_SURE}, shorter)
        if not question.has_options and (question.max_length or 0) > LONGEST_ANSWER:
            names = {"question": question.text, "here": question.max_length, "there": LONGEST_ANSWER}
            words = _(
                "“%(question)s” takes answers of up to %(here)d characters, and Webex %(there)d at most: it refuses "
                "the form."
            )
            yield Finding(words % names, _("Enter %d or fewer as the longest answer.") % LONGEST_ANSWER)
        for option in question.offered if question.has_options else ():
            if len(option.text) > LONGEST_SURE:
                words = _("The option “%(text)s” has more than %(count)d characters: Webex may cut or refuse it.")
                yield Finding(words % {"text": option.text, "count": LONGEST_SURE}, shorter)
        if question.has_options and len(question.offered) > MOST_OPTIONS:
            yield _too_many(_("“%s” has too many options.") % question.text, MOST_OPTIONS)
    if len(design.asked) > MOST_QUESTIONS:
        yield _too_many(_("The form has too many questions."), MOST_QUESTIONS)
    if sum(len(question.offered) for question in design.asked) > MOST_OPTIONS_IN_ALL:
        yield _too_many(_("The form has too many options in all."), MOST_OPTIONS_IN_ALL)
    if len(design.rules) > MOST_RULES:
        yield _too_many(_("The form has too many rules."), MOST_RULES)


def _too_many(words: str, most: int) -> Finding:
    return Finding(words, _("An import takes %d at most: those after them would be left out.") % most)


# --- what Webex's form says now -------------------------------------------------------------------------------------


def _against(design: Design, seen: FormInfo) -> Iterator[Finding]:
    there = {info.id: info for info in seen.questions}
    ours = {question.webex_id for question in design.asked}
    others = {(info.text, info.type): info for info in seen.questions if info.id not in ours}
    for question in design.asked:
        if not question.webex_id:
            continue
        if info := there.get(question.webex_id):
            yield from _against_question(question, info)
            continue
        names = {"question": question.text, "id": question.webex_id}
        if again := others.pop((question.text, question.type), None):
            ours.add(again.id)
            words = _(
                "“%(question)s” has the id %(there)s at Webex now, and no longer %(id)s: whoever answers it cannot be "
                "sent."
            )
            yield _changed(words % {**names, "there": again.id}, is_blocking=True)
        else:
            words = _("Webex no longer has “%(question)s” under the id %(id)s: whoever answers it cannot be sent.")
            yield _changed(words % names, is_blocking=True)
    for info in seen.questions:
        if info.id not in ours:
            words = (
                _("Webex requires an answer to “%s”, which is not asked here: it refuses everybody.")
                if info.is_required
                else _("Webex’s form has “%s”, which is not asked here.")
            )
            yield _changed(words % info.text, is_blocking=info.is_required)


def _against_question(question: QuestionDesign, info: QuestionInfo) -> Iterator[Finding]:
    if question.type != info.type:
        words = _("Webex takes another kind of answer to “%s”: whoever answers it cannot be sent.")
        yield _changed(words % question.text, is_blocking=True)
        return
    if question.text != info.text:
        yield _changed(_("“%(here)s” is “%(there)s” at Webex.") % {"here": question.text, "there": info.text})
    if info.is_required and not question.is_required:
        words = _("Webex requires an answer to “%s”, which is optional here: it refuses whoever leaves it empty.")
        yield Finding(words % question.text, _("Require it here, or push this form to Webex."))
    if info.max_length is not None and info.max_length < (question.max_length or 999):
        names = {"question": question.text, "count": str(info.max_length)}
        words = _("Webex takes at most %(count)s characters as an answer to “%(question)s”, fewer than here.")
        yield Finding(words % names, _("Take the same number here, or push this form to Webex."))
    if question.has_options:
        yield from _against_options(question, info)


def _against_options(question: QuestionDesign, info: QuestionInfo) -> Iterator[Finding]:
    texts = {option.id: option.text for option in info.options}
    ours = {option.webex_id for option in question.offered}
    others = {option.text: option.id for option in info.options if option.id not in ours}
    for option in question.offered:
        names = {"question": question.text, "option": option.text, "id": option.webex_id}
        if not option.webex_id or texts.get(option.webex_id) == option.text:
            continue
        if option.webex_id in texts:
            words = _(
                "In “%(question)s” the option “%(option)s” is “%(there)s” at Webex: whoever chooses it cannot be sent."
            )
            yield _changed(words % {**names, "there": texts[option.webex_id]}, is_blocking=True)
        elif option.text in others:
            words = _(
                "In “%(question)s” the option “%(option)s” has the id %(there)s at Webex now, and no longer %(id)s: "
                "whoever chooses it cannot be sent."
            )
            yield _changed(words % {**names, "there": others[option.text]}, is_blocking=True)
        else:
            words = _("Webex no longer offers “%(option)s” in “%(question)s”: whoever chooses it cannot be sent.")
            yield _changed(words % names, is_blocking=True)


def _changed(words: str, *, is_blocking: bool = False) -> Finding:
    advice = _("Refresh from Webex to take over its form, or push this one to Webex.")
    return Finding(words, advice, is_blocking=is_blocking, is_changed_there=True)


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)
