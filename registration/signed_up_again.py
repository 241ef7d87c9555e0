"""What was typed when somebody signed up again under an address that is registered: where it differs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import Truncator

from registration.models import SecondSignUp, Submission
from registration.standard_fields import STANDARD_FIELDS
from registration.webex.records import email_key

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Answers = Iterable[tuple[str, list[str]]]
"""The questions, each with the texts of its answers."""

_LONGEST = 1000
"""Characters shown of one answer. Forms take fewer."""


@dataclass(frozen=True)
class Difference:
    """A field or question that was answered otherwise; an empty list: not answered."""

    label: "StrOrPromise"
    registered: list[str]
    typed: list[str]
    is_answer: bool = False


def second_sign_up_of(submission: Submission) -> SecondSignUp | None:
    """The last time that somebody signed up again under the submission's address, if anybody did."""
    return getattr(submission, "second_sign_up", None)


def differences(second: SecondSignUp, *, registered: Answers | None = None) -> list[Difference]:
    """Where what was typed differs from the registration as it is now, in the form's order.

    A stranger may have typed it: it is for showing, escaped, and for nothing else. A standard field that was not asked
    for the second time differs in nothing. ``registered`` are the answers as they are now, where they are known.
    """
    answers = second.submission.given_answers if registered is None else registered
    return [*_in_fields(second), *_in_answers(second, answers)]


def _in_fields(second: SecondSignUp) -> Iterable[Difference]:
    for field in STANDARD_FIELDS:
        typed = second.values.get(field.name)
        registered = getattr(second.submission, field.name)
        if typed is None or typed == registered:
            continue
        # However the address is spelt, it is the one that was signed up again.
        if field.name == "email" and email_key(typed) == second.submission.email_key:
            continue
        yield Difference(field.label, _shown([registered]), _shown([typed]))


def _in_answers(second: SecondSignUp, answers: Answers) -> Iterable[Difference]:
    registered, typed = _numbered(answers), _numbered(second.answers)
    for key in dict.fromkeys([*registered, *typed]):
        before, after = registered.get(key, []), typed.get(key, [])
        if before != after:
            yield Difference(key[0], _shown(before), _shown(after), is_answer=True)


def _numbered(answers: Answers) -> dict[tuple[str, int], list[str]]:
    """The answers by question; two questions of the same words are told apart by their order."""
    seen: Counter[str] = Counter()
    found = {}
    for question, texts in answers:
        found[question, seen[question]] = list(texts)
        seen[question] += 1
    return found


def _shown(texts: Iterable[str]) -> list[str]:
    return [Truncator(text).chars(_LONGEST) for text in texts if text]
