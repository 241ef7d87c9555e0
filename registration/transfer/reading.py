"""Files that staff upload, as rows of text: CSV in whatever encoding and with whatever delimiter, and XLSX.

What comes in is not trusted: everything is bounded, and what cannot be read is refused in words.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from defusedxml import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from registration.errors import PortalError
from registration.transfer import workbook_bounds
from registration.transfer.defusing import fused
from registration.uploads import LargeUpload

MOST_BYTES = LargeUpload.most_bytes
MOST_ROWS = 50_000
MOST_COLUMNS = 300
LONGEST_CELL = 4_000

_MOST_EMPTY_ROWS = 200_000
_DELIMITERS = ",;\t"
_SAMPLE = 64 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What openpyxl raises for a file that is no workbook, or a broken one.
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, DefusedXmlException, ParseError, KeyError, ValueError, TypeError,
    IndexError, AttributeError, EOFError, ExpatError, NotImplementedError, OverflowError, RuntimeError,
)  # fmt: skip


class NotReadable(PortalError):
    """A file that cannot be read; ``words`` say why and what to do."""


class Row(NamedTuple):
    """A row that is not empty, and its number as spreadsheets count."""

    number: int
    cells: list[str]


def rows_of(content: bytes) -> Iterator[Row]:
    """The rows of the file: the first is its header. Empty ones are left out; each ends with its last cell in use.

    Raises ``NotReadable``, also on the way, and for more than ``MOST_ROWS`` rows below the header.
    """
    count = 0
    rows = _xlsx_rows(content) if content[:4] == b"PK\x03\x04" else _csv_rows(content)
    for number, cells in enumerate(rows, start=1):
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            if number - count > _MOST_EMPTY_ROWS:
                raise NotReadable(_("The file has too many empty rows. Delete them, and upload it again."))
            continue
        if len(cells) > MOST_COLUMNS:
            words = _("Row %(row)d has more than %(most)d columns.") % {"row": number, "most": MOST_COLUMNS}
            raise NotReadable(words)
        count += 1
        if count > MOST_ROWS + 1:
            words = _("The file has more than %(most)s rows. Split it, and import one part after the other.")
            raise NotReadable(words % {"most": f"{MOST_ROWS:,}"})
        yield Row(number, [fused(cell) for cell in cells])


def header_of(content: bytes, *, sample: int = 3) -> tuple[Row, list[Row]]:
    """The header, and the first rows below it. Raises ``NotReadable`` where there is no row below the header."""
    rows = rows_of(content)
    with closing(rows):  # type: ignore[type-var]
        header = next(rows, None)
        first = [row for row, _number in zip(rows, range(sample), strict=False)]
    if header is None:
        raise NotReadable(_("The file is empty."))
    if not first:
        raise NotReadable(_("The file has a header and no row below it."))
    return header, first


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    encoding = encoding_of(content)
    try:
        text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
        sample = text.read(_SAMPLE)
        if "\0" in sample:
            raise NotReadable(_("This is neither a CSV file nor an XLSX file."))
        text.seek(0)
        reader = csv.reader(_without_nul(text), delimiter=delimiter_of(sample), strict=True)
        yield from reader
    except UnicodeError as error:
        raise NotReadable(_("The file’s text cannot be read. Save it as “CSV UTF-8”, and upload it again.")) from error
    except csv.Error as error:
        words = _("Line %(line)d cannot be read as CSV: is a quotation mark not closed, or a cell very long?")
        raise NotReadable(words % {"line": reader.line_num}) from error


def _without_nul(lines: "Iterator[str] | io.TextIOWrapper") -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise NotReadable(_("This is neither a CSV file nor an XLSX file."))
        yield line


def encoding_of(content: bytes) -> str:
    """UTF-8 or UTF-16 where the file says so or is so; else what Windows writes in Western Europe and America."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    sample = content[:_SAMPLE]
    if (even := sample[::2].count(0)) + (odd := sample[1::2].count(0)) > len(sample) // 4 and not (even and odd):
        return "utf-16-be" if even else "utf-16-le"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def delimiter_of(sample: str) -> str:
    """The one of comma, semicolon and tab that stands most often in the first row, outside of quotes."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    is_quoted = has_any = False
    for character in sample:
        if character == '"':
            is_quoted = not is_quoted
        elif not is_quoted and character in "\r\n":
            if has_any:
                break
        elif not is_quoted and character in counts:
            counts[character] += 1
        has_any = has_any or not character.isspace()
    return max(counts, key=lambda character: counts[character])


# --- XLSX -------------------------------------------------------------------------------------------------------------


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    """The rows of the sheet that is in front. Of a formula the value counts that was last worked out."""
    _hold_unpacked(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.active
        if sheet is None or not hasattr(sheet, "iter_rows"):
            raise NotReadable(_("The workbook has no sheet with cells."))
        # What the file says of its own size may be anything.
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            yield [_text(value) for value in _in_use(row)]
    except _BROKEN as error:
        raise NotReadable(_("The workbook cannot be read. Save it as XLSX once more, or as CSV.")) from error


def _hold_unpacked(content: bytes) -> None:
    """Refuse what unpacks to very much, and what is no workbook."""
    try:
        workbook_bounds.hold(content)
    except workbook_bounds.TooLarge as error:
        raise NotReadable(_("The workbook is too large once it is unpacked. Save the sheet as CSV.")) from error
    except _BROKEN as error:
        raise NotReadable(_("The workbook cannot be read. Save it as XLSX once more, or as CSV.")) from error


def _in_use(row: Sequence[Any]) -> Sequence[Any]:
    """The cells up to the last one in use, and one more than is taken where they are more."""
    last = max((place for place, value in enumerate(row) if value is not None), default=-1)
    return row[: min(last, MOST_COLUMNS) + 1]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == time.min else f"{value:%Y-%m-%dT%H:%M:%S}"
        case date() | time():
            return value.isoformat()
    return str(value)
