"""Who gets a place from the waiting list that becomes free, said before it does: by name, with the mail to each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import ngettext

from registration.admin.choice import note_look
from registration.flow.moving_up import Next
from registration.models import Mail, Submission
from registration.states import Decision

MOST_NAMED = 20


@dataclass(frozen=True)
class Letters:
    """Mails of one kind to people who move up: how many, and the first of the people."""

    kind: Mail.Kind
    count: int
    people: list[Submission]

    @property
    def more(self) -> int:
        """To how many others."""
        return self.count - len(self.people)


def letters(request: HttpRequest, moving_up: Sequence[Next]) -> list[Letters]:
    """The mails to them, of each kind. That the first were named is noted."""
    first = moving_up[:MOST_NAMED]
    people = Submission.objects.select_related("meeting").in_bulk([each.pk for each in first])
    if people:
        note_look(request, list(people.values()))
    by_kind: dict[Mail.Kind, list[Next]] = defaultdict(list)
    for each in moving_up:
        by_kind[each.mail].append(each)
    return [
        Letters(kind, len(theirs), [people[each.pk] for each in theirs if each.pk in people])
        for kind, theirs in by_kind.items()
    ]


def words(request: HttpRequest, moving_up: Sequence[Next]) -> Iterator[str]:
    """The same in words, and how many of them the next push sends."""
    for each in letters(request, moving_up):
        names = ", ".join(person.full_name for person in each.people)
        more = ngettext(" and %d more", " and %d more", each.more) % each.more if each.more else ""
        told = ngettext(
            "Waiting list: %(count)d gets a place that is free then, and the portal writes “%(kind)s” to them: "
            "%(names)s%(more)s.",
            "Waiting list: %(count)d get a place that is free then, and the portal writes “%(kind)s” to them: "
            "%(names)s%(more)s.",
            each.count,
        )
        if each.kind is Mail.Kind.DECLINED:
            told = ngettext(
                "Waiting list: %(count)d would get a place that is free then, but is declined by the rules, and the "
                "portal writes “%(kind)s” to them: %(names)s%(more)s.",
                "Waiting list: %(count)d would get a place that is free then, but are declined by the rules, and the "
                "portal writes “%(kind)s” to them: %(names)s%(more)s.",
                each.count,
            )
        yield told % {"count": each.count, "kind": each.kind.label, "names": names, "more": more}
    if approved := sum(each.decision is Decision.APPROVED for each in moving_up):
        at_once = ngettext(
            "Waiting list: %d of them is approved at once, as the meeting says, and sent with the next push.",
            "Waiting list: %d of them are approved at once, as the meeting says, and sent with the next push.",
            approved,
        )
        yield at_once % approved
