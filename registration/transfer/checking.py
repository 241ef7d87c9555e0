"""Rows of a file, held to the very rules of the meeting's sign-up form."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from registration.forms import RegistrationForm, countries
from registration.models import Meeting, Option, Question
from registration.transfer.mapping import IGNORED
from registration.transfer.reading import LONGEST_CELL, Row
from registration.webex.records import email_key

_LONGEST_SHOWN = 200


class Checked(NamedTuple):
    """What will be stored of a row, by the names of JobRow's fields; or else what is wrong with it."""

    email_key: str
    values: dict[str, str]
    answers: list[list[Any]]
    problems: list[list[str]]


class Checker:
    """Checks the rows of one file. ``mapping`` has the name of a field of the form, or nothing, for each column."""

    def __init__(self, meeting: Meeting, *, header: Sequence[str], mapping: Sequence[str]) -> None:
        self._meeting = meeting
        self._header = header
        self._columns = {name: place for place, name in enumerate(mapping) if name != IGNORED}
        form = RegistrationForm(meeting=meeting, is_shown=False)
        self._options = {
            name: {_folded(option.text): option for option in reversed(question.options.all())}
            for name, question in form.questions.items()
            if question.has_options
        }
        self._questions = form.questions
        self._countries = _countries()

    def check(self, row: Row) -> Checked:
        """Check one row."""
        problems = list(self._too_much(row))
        form = RegistrationForm(self._data(row), meeting=self._meeting, is_shown=False)
        too_long = {column for column, _value, _words in problems}
        for name, errors in form.errors.items():
            column = self.column(name)
            problems += [[column, self._shown(row, name), str(words)] for words in errors if column not in too_long]
        if problems:
            return Checked("", {}, [], problems)
        values = form.values()
        answers = [
            [question.pk, question.text, option.pk if option else None, text]
            for question, pairs in form.answers()
            for option, text in pairs
        ]
        return Checked(email_key(values["email"]), values, answers, [])

    def column(self, name: str) -> str:
        """The words above the column of a field."""
        place = self._columns.get(name)
        if place is None:
            return _("(no column)")
        return column_name(self._header, place)

    def _data(self, row: Row) -> dict[str, Any]:
        """What a browser would send."""
        return {name: self._sent(name, _cell(row, place)) for name, place in self._columns.items()}

    def _sent(self, name: str, cell: str) -> "str | list[str]":
        if name == "country_region":
            return self._countries.get(_folded(cell), cell.strip())
        if name not in self._options:
            return cell
        options = self._options[name]
        if self._questions[name].type == Question.Type.CHECKBOX:
            return [str(option.pk) if option else text for text, option in _ticked(cell, options)]
        option = options.get(_folded(cell))
        return str(option.pk) if option else cell.strip()

    def _too_much(self, row: Row) -> Iterator[list[str]]:
        for place, cell in enumerate(row.cells):
            if place >= len(self._header):
                words = _("The row has more cells than the header. Is there a delimiter too many?")
                if cell.strip():
                    yield [column_name(self._header, place), cell[:_LONGEST_SHOWN], words]
            elif len(cell) > LONGEST_CELL and place in self._columns.values():
                words = _("Shorten it to %(most)d characters or fewer: it has %(count)d")
                shown = cell[:_LONGEST_SHOWN]
                yield [column_name(self._header, place), shown, words % {"most": LONGEST_CELL, "count": len(cell)}]

    def _shown(self, row: Row, name: str) -> str:
        place = self._columns.get(name)
        return "" if place is None else _cell(row, place)[:_LONGEST_SHOWN]


def column_name(header: Sequence[str], place: int) -> str:
    """The words above a column, or its number where there are none."""
    words = header[place].strip() if place < len(header) else ""
    return words or _("Column %d") % (place + 1)


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _ticked(cell: str, options: "dict[str, Option]") -> Iterator[tuple[str, Option | None]]:
    """The options that a cell names, with ; or a line break between them, which may stand in an option, too."""
    if _folded(cell) in options:
        yield cell, options[_folded(cell)]
        return
    parts = cell.replace("\r", "\n").replace("\n", ";").split(";")
    while parts:
        for count in range(len(parts), 0, -1):
            text = ";".join(parts[:count])
            if option := options.get(_folded(text)):
                yield text, option
                break
        else:
            count = 1
            if parts[0].strip():
                yield parts[0].strip(), None
        parts = parts[count:]


def _countries() -> dict[str, str]:
    """The name that is kept of each country, by that name, its name in the language that is active, and its code."""
    pairs: Iterable[tuple[str, str]] = [pair for pair in countries.choices("en") if pair[0]]
    found = {_folded(label): name for name, label in pairs}
    for name, code in countries.codes_by_name().items():
        found |= {_folded(name): name, _folded(code): name}
    return found


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
