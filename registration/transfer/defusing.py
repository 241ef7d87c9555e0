"""Cells that a spreadsheet would take for a formula are defused, and what was defused is what it was again.

As OWASP advises on CSV injection: an apostrophe before the cell. That goes for phone numbers, too, which begin with +.
So does what comes after a semicolon, a tab or a line break inside a cell: a spreadsheet whose language separates by
semicolons splits the cells of a comma-separated file there, and there a cell of its own begins.
"""

import re

# In the full width, too, that spreadsheets take for the same.
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
# Also behind spaces and quotes.
_HOSTILE = re.compile(f"[\\s\ufeff\u200b'\"]*[{_SIGNS}\t\r\n]")
_AHEAD = f"(?=(?:[^\\S\t\r\n]|[\ufeff\u200b'\"])*+[{_SIGNS}])"
_HOSTILE_PART = re.compile(f"(?<=[;\t\r\n]){_AHEAD}")
_DEFUSED_PART = re.compile(f"(?<=[;\t\r\n])'{_AHEAD}")


def is_hostile(text: str) -> bool:
    """Whether a spreadsheet may take the cell for a formula. An apostrophe before it changes nothing about that."""
    return _HOSTILE.match(text) is not None


def defused(text: str) -> str:
    """The cell as it stands in a CSV file."""
    if _may_be_split(text):
        text = _HOSTILE_PART.sub("'", text)
    return f"'{text}" if is_hostile(text) else text


def as_text_cell(text: str) -> str:
    """The cell as it stands in an XLSX file, where text is never a formula and no cell is split.

    Only what looks defused already is defused once more: ``fused`` takes one apostrophe off, wherever a file is from.
    """
    if _may_be_split(text):
        text = _DEFUSED_PART.sub("''", text)
    return f"'{text}" if text.startswith("'") and is_hostile(text) else text


def fused(cell: str) -> str:
    """What was defused."""
    if _may_be_split(cell):
        cell = _DEFUSED_PART.sub("", cell)
    return cell[1:] if cell.startswith("'") and is_hostile(cell[1:]) else cell


def _may_be_split(text: str) -> bool:
    """Whether it has anything to be split at. Most cells have not: this is much faster than to search them."""
    return ";" in text or not text.isprintable()
