"""Nothing that is exported is a formula in a spreadsheet, and what is imported again is what it was."""

import csv
import io
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from registration.transfer.defusing import as_text_cell, defused, fused, is_hostile
from registration.transfer.reading import rows_of
from registration.transfer.writing import as_csv, write_xlsx
from tests.transfer.files import csv_rows, xlsx_rows

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'\"\t\n;,＝ "), max_size=20)
# As the form leaves them, which is all that is ever stored.
stored = texts.map(lambda text: text.replace("\t", " ").strip())
SIGNS = set("=+-@＝")
rows = st.lists(st.lists(stored, min_size=3, max_size=3).filter(any), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+44 20 7946 0000", "'+44 20 7946 0000"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "'  =1"),
        ("\"'=1", "'\"'=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("'tis", "'tis"),
        ("", ""),
        ("x;=cmd|'/C calc'!A0;y", "x;'=cmd|'/C calc'!A0;y"),
        ("One; +1;\u200b -1", "One;' +1;'\u200b -1"),
    ],
)
def test_what_looks_like_a_formula_has_an_apostrophe_before_it_and_loses_it_again(text: str, cell: str) -> None:
    assert (defused(text), fused(cell)) == (cell, text)


@given(texts | st.text("=+'\" \t\r\n;x", max_size=12))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert fused(defused(text)) == text
    assert fused(as_text_cell(text)) == text
    assert not set("=+-@\t\r") & set(defused(text)[:1])
    assert is_hostile(f"'{text}") == is_hostile(text)
    assert not SIGNS & {begin(part) for part in re.split("[;\t\r\n]", defused(text))}


@given(rows)
def test_a_csv_file_round_trips(found: list[list[str]]) -> None:
    header = ["One", "Two", "Three"]
    content = b"".join(as_csv(header, [[list(row) for row in found]]))
    assert csv_rows(content) == [header, *([defused(cell) for cell in row] for row in found)]
    assert [row.cells for row in rows_of(content)] == [header, *map(trimmed, found)]
    # As a spreadsheet opens it whose language separates by semicolons.
    for delimiter in ";\t":
        opened = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        assert not SIGNS & {begin(cell) for row in opened for cell in row}


@given(rows)
def test_an_xlsx_file_round_trips_and_holds_no_formula(found: list[list[str]]) -> None:
    header, file = ["One", "Two", "Three"], io.BytesIO()
    write_xlsx(file, header, [[list(row) for row in found]])
    content = file.getvalue()
    assert [row.cells for row in rows_of(content)] == [header, *map(trimmed, found)]
    assert all(isinstance(cell, str | None) for row in xlsx_rows(content) for cell in row)


@pytest.mark.parametrize(("text", "is_marked"), [("=1+1", True), ("+49 30 1", True), ("@x", True), ("Ann", False)])
def test_what_looks_like_a_formula_is_marked_as_text_in_a_workbook(text: str, is_marked: bool) -> None:
    """Or it would become one where somebody edits the cell."""
    file = io.BytesIO()
    write_xlsx(file, ["One"], [[[text]]])
    sheet = load_workbook(file).active
    assert sheet is not None
    cell = sheet["A2"]
    assert (cell.value, bool(cell.quotePrefix)) == (text, is_marked)


def begin(cell: str) -> str:
    """What a cell begins with, behind spaces and quotation marks."""
    return cell.lstrip(f'{string.whitespace}"')[:1]


def trimmed(row: list[str]) -> list[str]:
    """Without the empty cells at its end."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def test_a_csv_file_is_what_rfc_4180_and_excel_want() -> None:
    content = b"".join(as_csv(["A", "B"], [[['say "hi"', "two\nlines"], ["a,b", string.ascii_letters]]]))
    assert content == (
        b'\xef\xbb\xbfA,B\r\n"say ""hi""","two\nlines"\r\n"a,b",' + string.ascii_letters.encode() + b"\r\n"
    )
