"""Where the parts of a chart with columns stand, for a template that draws it as SVG.

Three charts that stand still need no library: with one, they would come by a script, and not at all without it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

WIDTH, HEIGHT = 960, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 12, 28
_MOST_LABELS = 6
_HALF_LABEL = 34
_GAP = 0.2
"""The part of a column's room that stays empty, as long as it is wide enough for that."""


class Column(NamedTuple):
    """One column, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float


class Mark(NamedTuple):
    """A word at a place of an axis."""

    at: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Columns:
    """The drawing: its columns, the lines across it with their numbers, and the words below it."""

    columns: list[Column]
    lines: list[Mark]
    labels: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def draw(bars: Sequence[tuple[str, int]]) -> Columns:
    """The drawing of these bars, each a label and a count; none of them is below nought."""
    top = _round_up(max((count for _label, count in bars), default=0))
    room = (WIDTH - _LEFT - _RIGHT) / max(1, len(bars))
    high = HEIGHT - _TOP - _BOTTOM
    gap = room * _GAP if room > 2 else 0

    def y(count: float) -> float:
        return round(_TOP + high * (1 - count / top), 2)

    columns = [
        Column(round(_LEFT + room * n + gap / 2, 2), y(count), round(room - gap, 2), round(high * count / top, 2))
        for n, (_label, count) in enumerate(bars)
        if count
    ]
    labels = list(_labels(bars, room))
    return Columns(columns, [Mark(y(value), str(value)) for value in _values(top)], labels)


def _labels(bars: Sequence[tuple[str, int]], room: float) -> Iterator[Mark]:
    """A few of the words below the columns, none of which leaves the drawing."""
    each = max(1, ceil(len(bars) / _MOST_LABELS))
    for n, (label, _count) in list(enumerate(bars))[::each]:
        at = round(_LEFT + room * (n + 0.5), 2)
        is_last = n + each >= len(bars) and len(bars) > 1
        yield Mark(min(at + _HALF_LABEL, WIDTH - _RIGHT), label, "end") if is_last else Mark(at, label)


def _round_up(count: int) -> int:
    """The next number that begins with 1, 2 or 5, and has nothing but noughts behind it; at least 2."""
    power = 1
    while True:
        for first in (1, 2, 5):
            if first * power >= max(2, count):
                return first * power
        power *= 10


def _values(top: int) -> list[int]:
    """What is written beside the lines: nought, the top, and the middle where it is a whole number."""
    return [0, top // 2, top] if top % 2 == 0 else [0, top]
