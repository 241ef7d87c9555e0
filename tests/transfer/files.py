"""Files as staff have them: written and read by what they use, as far as Python has it."""

import csv
import io
from typing import Any

from openpyxl import Workbook, load_workbook


def csv_rows(content: bytes) -> list[list[str]]:
    """The rows of a CSV file of ours."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def xlsx(rows: list[list[Any]]) -> bytes:
    """A workbook with these rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx_rows(content: bytes) -> list[list[Any]]:
    """The values of a workbook's first sheet."""
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def comma_separated(rows: list[list[str]], *, delimiter: str = ",") -> bytes:
    """A CSV file as a program writes it that defuses nothing."""
    told = io.StringIO(newline="")
    csv.writer(told, delimiter=delimiter).writerows(rows)
    return told.getvalue().encode()
