"""Whatever staff upload is read, or refused in words."""

import io
import zipfile
from datetime import datetime

import pytest

from registration.transfer import reading, workbook_bounds
from registration.transfer.reading import NotReadable, header_of, rows_of
from tests.transfer.files import comma_separated, xlsx

NAMES = [["Name", "Town"], ["Zoë", "Köln"]]


def read(content: bytes) -> list[list[str]]:
    return [row.cells for row in rows_of(content)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_and_delimiter_is_told_apart(delimiter: str, encoding: str) -> None:
    content = comma_separated(NAMES, delimiter=delimiter).decode().encode(encoding)
    assert read(content) == NAMES


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_one(ending: str) -> None:
    assert read(ending.join(["a;b", "1;2", "", "3;4"]).encode()) == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_rows_are_numbered_as_spreadsheets_number_them() -> None:
    content = b'a,b\n\n"two\nlines",2\n,\n3,4\n'
    assert [(row.number, row.cells) for row in rows_of(content)] == [
        (1, ["a", "b"]),
        (3, ["two\nlines", "2"]),
        (5, ["3", "4"]),
    ]
    assert [row.number for row in rows_of(xlsx([["a"], [None], ["b"], [""], ["c"]]))] == [1, 3, 5]


def test_a_quoted_delimiter_counts_for_nothing() -> None:
    assert read(b'"a,b,c";d\n1;2\n') == [["a,b,c", "d"], ["1", "2"]]


def test_rows_of_other_lengths_are_read_as_they_are() -> None:
    assert read(b"a,b\n1\n1,2,3\n1,2,,\n") == [["a", "b"], ["1"], ["1", "2", "3"], ["1", "2"]]


def test_right_to_left_emoji_and_html_are_text() -> None:
    rows = [["اسم", "<b>x</b>"], ["👩‍👩‍👧", "\u202eevil"]]
    assert read(comma_separated(rows)) == rows
    assert read(xlsx(rows)) == rows


def test_the_values_of_a_workbook_are_text() -> None:
    moment = datetime.fromisoformat("2026-01-02T03:04:05")
    row = [1, 2.5, 441234567890.0, True, moment, datetime.fromisoformat("2026-01-02"), None, "x"]
    assert read(xlsx([["a"], row])) == [
        ["a"],
        ["1", "2.5", "441234567890", "TRUE", "2026-01-02T03:04:05", "2026-01-02", "", "x"],
    ]


def test_a_formula_is_its_value() -> None:
    """Nobody has worked it out here, so that it has none."""
    assert read(xlsx([["a", "b"], ["=1+1", "x"]])) == [["a", "b"], ["", "x"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\n \n,,\n", "The file is empty."),
        (b"a,b\n", "The file has a header and no row below it."),
        (b"a,b\n\n,\n", "The file has a header and no row below it."),
        (xlsx([]), "The file is empty."),
        (xlsx([["a"]]), "The file has a header and no row below it."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "This is neither a CSV file nor an XLSX file."),
        (b"a,b\n1,\0\n", "This is neither a CSV file nor an XLSX file."),
        (b"PK\x03\x04 and no more", "The workbook cannot be read. Save it as XLSX once more, or as CSV."),
        (b"a\n\x81\n", "The file’s text cannot be read. Save it as “CSV UTF-8”, and upload it again."),
        (
            b'a,b\n1,"2\n3,4\n',
            "Line 3 cannot be read as CSV: is a quotation mark not closed, or a cell very long?",
        ),
        (
            b"a,b\n1," + b"x" * 200_000,
            "Line 2 cannot be read as CSV: is a quotation mark not closed, or a cell very long?",
        ),
        (b"a\n" + b",".join([b"x"] * 301) + b"\n", "Row 2 has more than 300 columns."),
        (xlsx([["a"], ["x"] * 301]), "Row 2 has more than 300 columns."),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(NotReadable) as refused:
        header_of(content)
    assert str(refused.value) == words


def test_fifty_thousand_rows_are_taken_and_not_one_more() -> None:
    most = b"a\n" + b"x\n" * reading.MOST_ROWS
    assert sum(1 for _row in rows_of(most)) == reading.MOST_ROWS + 1
    with pytest.raises(NotReadable, match="more than 50,000 rows"):
        list(rows_of(most + b"x\n"))


def test_a_file_that_unpacks_to_very_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (workbook_bounds.MOST_UNPACKED + 1))
    assert len(bomb.getvalue()) < 300_000
    monkeypatch.setattr(reading, "load_workbook", None)
    with pytest.raises(NotReadable, match="too large once it is unpacked"):
        list(rows_of(bomb.getvalue()))


@pytest.mark.parametrize(
    ("place", "most", "elements"),
    [
        (b"</row>", "MOST_IN_A_ROW", b"<c/>"),
        (b"</sheetData>", "MOST_ROWS", b"<row/>"),
        (b"</worksheet>", "MOST_ELEMENTS", b"<a/>"),
    ],
)
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.dat"])
def test_elements_by_the_million_are_counted_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, place: bytes, most: str, elements: bytes, name: str
) -> None:
    many = elements * getattr(workbook_bounds, most)
    bomb = broken("xl/worksheets/sheet1.xml", (place, many + elements * 200 + place), [["a"], ["b"]], name=name)
    assert len(bomb) < 100_000
    monkeypatch.setattr(reading, "load_workbook", None)
    with pytest.raises(NotReadable, match="too large once it is unpacked"):
        list(rows_of(bomb))


def broken(path: str, change: "tuple[bytes, bytes]", rows: list[list[str]], *, name: str = "") -> bytes:
    """A workbook in which one thing is not as it should be; under another ``name``, if there is one."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(rows))) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for file in old.namelist():
            content = old.read(file)
            is_it = file == path
            new.writestr(name if is_it and name else file, content.replace(*change, 1) if is_it else content)
    return changed.getvalue()


def test_a_row_that_says_to_be_very_far_down_is_not_waited_for() -> None:
    far = broken("xl/worksheets/sheet1.xml", (b'<row r="2"', b'<row r="99999999999"'), [["a"], ["b"]])
    with pytest.raises(NotReadable, match="too many empty rows"):
        list(rows_of(far))


def test_entities_are_not_expanded() -> None:
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet'
    hostile = broken("xl/worksheets/sheet1.xml", (b"<worksheet", entity), [["a"], ["b"]])
    with pytest.raises(NotReadable, match="The workbook cannot be read"):
        list(rows_of(hostile))
