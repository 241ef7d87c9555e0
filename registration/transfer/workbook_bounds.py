"""Workbooks that would fill the memory of whoever reads them are refused before anybody does.

What is read of a workbook keeps each element of its XML until the row ends in which it is, or else until all is read. A
file of a few hundred kilobytes may have fifty million of them, so they are counted first, and none is kept.
"""

import zipfile
from collections.abc import Callable
from contextlib import nullcontext, suppress
from io import BytesIO
from xml.parsers import expat

MOST_UNPACKED = 200_000_000
MOST_STRINGS = 60_000_000
MOST_FILES = 2_000
MOST_ELEMENTS = 2_000_000
"""Outside of rows, such as the texts that several cells share, in all files of a workbook."""
MOST_IN_A_ROW = 100_000
MOST_ROWS = 250_001

_SHEETS = "xl/worksheets/"


class TooLarge(Exception):
    """The workbook holds more than may be read."""


def hold(content: bytes) -> None:
    """Raise ``TooLarge`` for a workbook that unpacks to very much; what ``zipfile`` and ``expat`` raise for none.

    A file in it that is longer than it says is cut off there by ``zipfile``.
    """
    with zipfile.ZipFile(BytesIO(content)) as packed:
        files = packed.infolist()
        strings = sum(file.file_size for file in files if not file.filename.startswith(_SHEETS))
        in_all = sum(file.file_size for file in files)
        if len(files) > MOST_FILES or strings > MOST_STRINGS or in_all > MOST_UNPACKED:
            raise TooLarge
        count = _Count()
        for file in files:
            # A picture is no XML, and read by nobody; a sheet may have any name.
            is_xml = file.filename.endswith((".xml", ".rels"))
            with packed.open(file) as unpacked, nullcontext() if is_xml else suppress(expat.ExpatError):
                count.parser().ParseFile(unpacked)


class _Count:
    """How many elements there are: in rows, and outside of them."""

    def __init__(self) -> None:
        self.rows = self.elements = 0

    def parser(self) -> expat.XMLParserType:
        """What counts those of one file."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler, parser.EndElementHandler = self._handlers()
        parser.EntityDeclHandler = _refuse
        return parser

    def _handlers(self) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
        depth = in_row = 0

        def start(name: str, _attributes: dict[str, str]) -> None:
            nonlocal depth, in_row
            if depth:
                depth += 1
                in_row += 1
                if in_row > MOST_IN_A_ROW:
                    raise TooLarge
            elif name.endswith("}row"):
                depth, in_row = 1, 0
                self.rows += 1
                if self.rows > MOST_ROWS:
                    raise TooLarge
            else:
                self.elements += 1
                if self.elements > MOST_ELEMENTS:
                    raise TooLarge

        def end(_name: str) -> None:
            nonlocal depth
            depth = max(0, depth - 1)

        return start, end


def _refuse(*_declared: object) -> None:
    raise ValueError("no workbook declares entities")
