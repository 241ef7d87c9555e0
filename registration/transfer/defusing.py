"""Cells that a spreadsheet would take for a formula are defused, and what was defused is what it was again.

As OWASP advises on CSV injection: an apostrophe before the cell. That goes for phone numbers, too, which begin with +.
"""

import re

# Also behind spaces and quotes, and in the full width that spreadsheets take for the same.
_HOSTILE = re.compile("[\\s\ufeff\u200b'\"]*[=+\\-@\t\r\n＝＋－＠﹦﹢﹣﹫−]")


def is_hostile(text: str) -> bool:
    """Whether a spreadsheet may take the cell for a formula. An apostrophe before it changes nothing about that."""
    return _HOSTILE.match(text) is not None


def defused(text: str) -> str:
    """The cell as it stands in a CSV file."""
    return f"'{text}" if is_hostile(text) else text


def as_text_cell(text: str) -> str:
    """The cell as it stands in an XLSX file, where text is never a formula.

    Only what looks defused already is defused once more: ``fused`` takes one apostrophe off, wherever a file is from.
    """
    return f"'{text}" if text.startswith("'") and is_hostile(text) else text


def fused(cell: str) -> str:
    """What was defused."""
    return cell[1:] if cell.startswith("'") and is_hostile(cell[1:]) else cell
