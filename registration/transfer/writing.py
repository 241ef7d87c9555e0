"""Exports as files: CSV in pieces, sent as they are made, XLSX by way of the disk; none is ever held whole."""

import csv
import io
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, gettempdir
from typing import IO, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from registration.models import Submission
from registration.transfer.columns import CHUNK, Cell, Columns, plain
from registration.transfer.defusing import as_text_cell, defused, is_hostile

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

SCRATCH = "registration-export-"
"""What the names of the folders begin with in which workbooks are written; a killed process leaves its own."""

_SCRATCH_IS_KEPT = timedelta(hours=6)
_BOM = "\ufeff"
_MOST_CELLS = 2_000_000
_MOST_SHEET_ROWS, _MOST_SHEET_COLUMNS = 1_048_576, 16_384
_MOST_CELL = 32_767
_FIRST_EXCEL_YEAR = 1900


class Chosen(NamedTuple):
    """Whom an export is about: fixed at its beginning, whatever happens to the list meanwhile. Eight bytes a person.

    ``meetings`` are theirs, by primary key, each with how many are of it.
    """

    pks: "array[int]"
    meetings: Counter[int]

    def chunks(self, *, width: int) -> Iterator["array[int]"]:
        """The keys, in order, as many at a time as are read at once: fewer where each has very many columns."""
        size = max(1, min(CHUNK, _MOST_CELLS // width))
        for start in range(0, len(self.pks), size):
            yield self.pks[start : start + size]


def choose(submissions: QuerySet[Submission]) -> Chosen:
    """Whom the queryset finds now, in the order in which they signed up. One query."""
    pks, meetings = array("q"), Counter[int]()
    rows = submissions.order_by("pk").values_list("pk", "meeting_id")
    for pk, meeting_pk in rows.iterator(chunk_size=CHUNK):
        # What joins other tables may find somebody twice.
        if not pks or pks[-1] != pk:
            pks.append(pk)
            meetings[meeting_pk] += 1
    return Chosen(pks, meetings)


def clear_scratch() -> None:
    """Delete what killed processes left on this machine's disk: by the clock that the disk goes by, too."""
    oldest = time.time() - _SCRATCH_IS_KEPT.total_seconds()
    for folder in Path(gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < oldest:
                rmtree(folder)


def count(submissions: QuerySet[Submission]) -> int:
    """How many people the queryset finds, each once."""
    return submissions.order_by().values("pk").distinct().count()


def rows_of(chosen: Chosen, columns: Columns) -> Iterator[list[list[Cell]]]:
    """The rows of an export, a few thousand at a time, of at most two million cells."""
    for chunk in chosen.chunks(width=len(columns.header)):
        yield list(columns.rows(chunk))


def as_csv(header: list[str], rows: Iterable[list[list[Cell]]]) -> Iterator[bytes]:
    """CSV as RFC 4180 has it, in UTF-8 with the mark by which Excel knows that it is."""
    yield (_BOM + _lines([header])).encode()
    for some in rows:
        yield _lines(some).encode()


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    told = io.StringIO(newline="")
    csv.writer(told).writerows([defused(plain(cell)) if cell else "" for cell in row] for row in rows)
    return told.getvalue()


def against_xlsx(header: list[str]) -> str:
    """Why it cannot be a workbook, in words; empty where it can: Excel knows no more columns."""
    if len(header) <= _MOST_SHEET_COLUMNS:
        return ""
    words = _(
        "A workbook has at most %(most)s columns, and these people’s meetings ask so much that it needs %(count)s."
    )
    advice = _("Export fewer meetings at a time, or export as CSV.")
    return words % {"most": f"{_MOST_SHEET_COLUMNS:,}", "count": f"{len(header):,}"} + " " + advice


def write_xlsx(file: IO[bytes], header: list[str], rows: Iterable[list[list[Cell]]]) -> None:
    """Write a workbook: text as text, whatever it looks like, and times as times, in UTC; row by row.

    Where there are more rows than a sheet can hold, there is another sheet.
    """
    with TemporaryDirectory(prefix=SCRATCH) as folder:
        options = {"constant_memory": True, "tmpdir": folder, "in_memory": False}
        book = Workbook(file, options)
        when, bold = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), book.add_format({"bold": True})
        # Text is never a formula; marked so, it stays text where somebody edits the cell.
        marked = book.add_format({"quote_prefix": True})
        sheet, place = _sheet(book, header, bold), 1
        for some in rows:
            for row in some:
                if place == _MOST_SHEET_ROWS:
                    sheet, place = _sheet(book, header, bold), 1
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime) and cell.year > _FIRST_EXCEL_YEAR:
                        sheet.write_datetime(place, column, cell.astimezone(UTC).replace(tzinfo=None), when)
                    elif cell:
                        text = plain(cell)
                        mark = [marked] if is_hostile(text) else []
                        sheet.write_string(place, column, as_text_cell(text)[:_MOST_CELL], *mark)
                place += 1
        book.close()


def _sheet(book: Workbook, header: list[str], bold: object) -> Worksheet:
    sheet: Worksheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 18)
    for column, words in enumerate(header):
        sheet.write_string(0, column, words[:_MOST_CELL], bold)
    return sheet


def stream_xlsx(header: list[str], rows: Iterable[list[list[Cell]]]) -> Iterator[bytes]:
    """A workbook in pieces: the first comes once all of it is written, to the disk."""
    with TemporaryDirectory(prefix=SCRATCH) as folder:
        path = Path(folder) / "export.xlsx"
        with path.open("wb") as file:
            write_xlsx(file, header, rows)
        with path.open("rb") as file:
            while piece := file.read(64 * 1024):
                yield piece
