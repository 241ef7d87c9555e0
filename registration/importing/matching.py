"""Which question, or option, of ours is which of Webex's. Pure: plain data in, plain data out.

Webex's ``PUT registration`` takes questions without ids, so an edited form comes back with new ids, and ids may even
be used again for something else. The text is what attendees saw and answered, so it weighs more than the id.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """What a question or an option is known by; an option has no ``type``."""

    webex_id: str
    text: str
    type: str = ""


_PASSES: tuple[Callable[[Label], Hashable], ...] = (
    lambda label: label,
    lambda label: (label.text, label.type),
    # Same id and type, other text: it was reworded at Webex.
    lambda label: (label.webex_id, label.type),
)


def match(stored: Sequence[Label], incoming: Sequence[Label]) -> list[int | None]:
    """For each of ``incoming`` the index of its partner in ``stored``, or ``None`` where it is new.

    No index comes twice. Where several fit equally, the first of ``stored`` is taken, so whoever calls puts those in
    front that should be kept first.
    """
    partners: list[int | None] = [None] * len(incoming)
    free = dict(enumerate(stored))
    for key in _PASSES:
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for index, label in free.items():
            waiting[key(label)].append(index)
        for position, label in enumerate(incoming):
            if partners[position] is None and (candidates := waiting.get(key(label))):
                partners[position] = candidates.popleft()
        taken = set(partners)
        free = {index: label for index, label in free.items() if index not in taken}
    return partners
