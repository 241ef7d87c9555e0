"""What approval rules would do to the submissions that there are, before they are stored. Nothing is changed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from registration.flow import approval, ruling
from registration.models import ApprovalRule, Meeting, Move, Submission
from registration.rules import BackTest, Case, Rule, back_test
from registration.states import Decision

MOST_TRIED = 100_000
"""The newest so many are tried: a page must not be waited for without end."""

MOST_LISTED = 50

HELD = "held"
"""How those stand who wait because a rule holds them for review, beside the decisions."""

DECISION_HELD: dict[str, Decision] = {f"held: {decision}": decision for decision in Decision}
"""How those stand about whom something is decided that waits to be released, and what that is."""

_RESULTS: dict[str, str] = {decision.value: result for result, decision in approval.DECISIONS.items()}


@dataclass(frozen=True)
class Trial:
    """``followed`` are the rules that were tried, each with its number in the list, as ``found`` counts them.

    ``people`` are those whom ``found`` lists, by key. ``is_all``: whether there are no more than were tried.
    """

    followed: list[tuple[int, Rule]]
    found: BackTest
    people: dict[int, Submission]
    is_all: bool


def try_out(meeting: Meeting, rules: Sequence[ApprovalRule], *, most: int = MOST_TRIED) -> Trial:
    """Try the rules, stored or not, on the meeting's submissions, in constant memory. Whose data go is left out."""
    followed = ruling.followed(rules)
    tried = [rule for _number, rule in followed]
    found = back_test(tried, _cases(meeting, tried, most=most), most_listed=MOST_LISTED)
    people = Submission.objects.in_bulk([each.key for each in found.otherwise])
    is_all = found.tried < most or meeting.submissions.filter(erase_asked_at=None).count() <= most
    return Trial(followed, found, people, is_all)


def _cases(meeting: Meeting, rules: Sequence[Rule], *, most: int) -> Iterator[Case]:
    people = meeting.submissions.filter(erase_asked_at=None).order_by("-pk")[:most]
    for chunk, values in ruling.with_values(people, rules):
        by_rule = _decided_by_rule([each for each in chunk if each.decision_reason and not each.held_decision])
        for person, answers in zip(chunk, values, strict=True):
            yield Case(
                key=person.pk,
                values=answers,
                stands=_stands(person),
                result=_RESULTS.get(person.held_decision or person.decision, ""),
                by_rule=_is_held_by_rule(person) if person.held_decision else person.pk in by_rule,
            )


def _stands(person: Submission) -> str:
    if person.held_decision:
        return f"held: {person.held_decision}"
    return HELD if person.review_note and person.decision == Decision.WAITING else person.decision


def _is_held_by_rule(person: Submission) -> bool:
    """Whether it was a rule that decided what is held: of its own accord, only a rule gives a reason."""
    return person.held_by_id is None and bool(person.held_reason)


def _decided_by_rule(people: Collection[Submission]) -> set[int]:
    """The keys of those about whom no person decided last; each was decided with a reason."""
    decisions = Move.objects.filter(subject=Move.Subject.DECISION, submission__in=[person.pk for person in people])
    last = dict(decisions.order_by("at", "pk").values_list("submission", "by"))
    return {pk for pk, by in last.items() if by is None}
