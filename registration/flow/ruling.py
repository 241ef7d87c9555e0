"""A meeting's approval rules as they are followed, and the answers that they look at: of one person, or of all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from registration.models import Answer, ApprovalRule, Meeting, Submission
from registration.rules import Rule
from registration.standard_fields import BY_NAME, STANDARD_FIELDS

_LONGEST_WORDS = 1000
_QUESTION = "question_"
_OF_PRIVATE = gettext_lazy("rule #%(key)d, on a private question: %(result)s")

Values = dict[str, list[str]]
"""What somebody answered, by the subjects of rules."""


def rules_of(meeting: Meeting) -> list[ApprovalRule]:
    """The meeting's rules in their order, those that are switched off among them. One query."""
    rules = list(meeting.rules.select_related("question"))
    for rule in rules:
        # Not read again for each.
        rule.meeting = meeting
    return rules


def full_words(rule: ApprovalRule) -> str:
    """The rule in words, with where it came from and whether it is switched on."""
    more = [_("from Webex")] if rule.is_from_webex else []
    more += [] if rule.is_active else [_("switched off")]
    return f"{rule} ({', '.join(more)})" if more else str(rule)


def followed(rules: Sequence[ApprovalRule]) -> list[tuple[int, Rule]]:
    """Those of a meeting's rules that are followed, each with its number in the list.

    Their words are for staff, whatever language the visitor reads. Not all of them may see the answers to a private
    question, so those of a rule about one give its key only, which it keeps wherever it stands.
    """
    with override(settings.LANGUAGE_CODE):
        return [
            (number, _plain(rule)) for number, rule in enumerate(rules, start=1) if rule.is_active and rule.is_asked
        ]


def subject(question_pk: int) -> str:
    """The name under which rules look at the answers to a question."""
    return f"{_QUESTION}{question_pk}"


@dataclass(frozen=True)
class Texts:
    """The texts of questions, as they are and as people were asked: ``public`` of those whose answers everybody may see
    who sees the people, ``private`` of the others.
    """

    public: frozenset[str]
    private: frozenset[str]


def told(words: str, texts: Texts | None) -> str:
    """The stored words of a rule for a reader; ``texts`` are none for whoever may see all answers.

    A question may be made private, and be reworded, after a rule on it has decided: whoever may not see all reads what
    is known to be about a standard field or a public question, and nothing else.
    """
    if not words or texts is None or _names_no_question(words):
        return words
    if _is_about(words, texts.private):
        return _("rule on a private question")
    is_known = _is_about(words, _labels()) or _is_about(words, texts.public)
    return words if is_known else _("rule on a question that is private or was reworded")


def _is_about(words: str, subjects: Iterable[str]) -> bool:
    with override(settings.LANGUAGE_CODE):
        phrases = [f" {label} “" for label in ApprovalRule.Condition.labels]
    return any(words.startswith(subject) and words.startswith(tuple(phrases), len(subject)) for subject in subjects)


def _labels() -> list[str]:
    with override(settings.LANGUAGE_CODE):
        return [str(field.label) for field in STANDARD_FIELDS]


def _names_no_question(words: str) -> bool:
    """Whether they were stored while the question was private already."""
    with override(settings.LANGUAGE_CODE):
        before, _key, rest = str(_OF_PRIVATE).partition("%(key)d")
    after, _result, _end = rest.partition("%(result)s")
    return words.startswith(before) and words.removeprefix(before).lstrip("0123456789").startswith(after)


def fields_of(rules: Iterable[Rule]) -> list[str]:
    """The standard fields that the rules look at."""
    return sorted({rule.subject for rule in rules}.intersection(BY_NAME))


def with_values(
    people: QuerySet[Submission], rules: Sequence[Rule], *, at_once: int = 2000
) -> Iterator[tuple[list[Submission], list[Values]]]:
    """The people, so many at a time, each with what the rules look at; two queries a chunk.

    The submissions have those fields and their facts alone.
    """
    names = fields_of(rules)
    asked = [int(rule.subject.removeprefix(_QUESTION)) for rule in rules if rule.subject.startswith(_QUESTION)]
    facts = ("meeting_id", "decision", "decision_reason", "webex_status", "review_note", "confirm_by")
    held = ("held_decision", "held_reason", "held_by_id")
    rows = iter(people.only(*facts, *held, *names).iterator(chunk_size=at_once))
    while chunk := list(islice(rows, at_once)):
        values: dict[int, Values] = {person.pk: {name: [getattr(person, name)] for name in names} for person in chunk}
        if asked:
            given = Answer.objects.filter(submission__in=list(values), question__in=asked).order_by("position", "pk")
            for pk, question_pk, text in given.values_list("submission_id", "question_id", "text"):
                values[pk].setdefault(subject(question_pk or 0), []).append(text)
        yield chunk, [values[person.pk] for person in chunk]


def _plain(rule: ApprovalRule) -> Rule:
    return Rule(
        subject=subject(rule.question.pk) if rule.question else rule.field,
        condition=rule.condition,
        value=rule.value,
        match_case=rule.match_case,
        result=rule.result,
        words=(_words_of_private(rule) if rule.is_private else str(rule))[:_LONGEST_WORDS],
    )


def _words_of_private(rule: ApprovalRule) -> str:
    words = str(_OF_PRIVATE) if rule.pk else _("new rule, on a private question: %(result)s")
    return words % {"key": rule.pk, "result": rule.get_result_display()}
