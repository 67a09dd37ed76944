"""Reads a workbook in a process of its own, bounded in memory and time.

The reader is compiled code that allocates as much as a file asks for, and aborts where
it cannot: a file of one kilobyte would end the whole job runner. In a child process
only the child ends, and the file is refused.

The reader gives an empty text for an error such as #N/A and for a formula that was
never calculated. Both are looked up in the sheet's XML and put into their cells: an
empty cell has a meaning of its own.
"""

import io
import pickle
import posixpath
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.parsers import expat

from defusedxml import ElementTree
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY = 1536 * 1024 * 1024
SECONDS = 120
# Of all sheets together; a shared text counts as often as it is shown.
MAX_CELLS, MAX_TEXT = 6_000_000, 100_000_000
MAX_FORMULAS = 100
NO_WORKBOOK, TOO_LARGE = 3, 4

# What stands in the cell of a formula that was never calculated.
NOT_CALCULATED = "#CALC!"
# A search is fast where its pattern begins with a letter that is rare. Each of these
# may find what is none: then the sheet is looked through in vain.
FORMULA = re.compile(rb"f(?<=[<:]f)[\s>/]")
ERRORS = (b'"e"', b"'e'")


class TooLargeInside(Exception):
    """The workbook needs more memory, time or text than is allowed."""


@dataclass(frozen=True)
class Page:
    """One visible sheet of a workbook: its rows, empty cells as empty texts.

    ``formulas`` names the first cells that are formulas.
    """

    name: str
    rows: list[list]
    formulas: list[str]


@contextmanager
def started_reader() -> Iterator[subprocess.Popen]:
    """Start the process that reads, which takes a while; ``read_pages`` feeds it."""
    # The child is this file; nothing of the workbook reaches the command line.
    with subprocess.Popen(  # noqa: S603
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            yield child
        except BaseException:
            child.kill()
            raise


def read_pages(data: bytes, child: subprocess.Popen) -> list[Page]:
    """Return the visible sheets of a workbook, read by ``started_reader``.

    Raises ``ValueError`` for what is no workbook, and ``TooLargeInside``.
    """
    told, _nothing = child.communicate(data)
    if child.returncode == NO_WORKBOOK:
        raise ValueError("not a workbook")
    if child.returncode:
        raise TooLargeInside
    # Written by our own child process.
    return [Page(*page) for page in pickle.loads(told)]  # noqa: S301


def main() -> int:
    """Read a workbook from standard input and write its sheets, pickled."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        pages = _visible_pages(sys.stdin.buffer.read())
        pickle.dump(pages, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    except (MemoryError, TooLargeInside):
        return TOO_LARGE
    except BaseException:  # the reader's panics are no Exception
        return NO_WORKBOOK
    return 0


def _visible_pages(data):
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = [m for m in workbook.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    shown = [m for m in sheets if m.visible == SheetVisibleEnum.Visible] or sheets
    pages, cells, text = [], 0, 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = _members_by_sheet(archive)
        for sheet in shown:
            page = workbook.get_sheet_by_name(sheet.name)
            rows = page.to_python(skip_empty_area=False)
            cells += sum(map(len, rows))
            text += sum(len(cell) for row in rows for cell in row if type(cell) is str)
            if cells > MAX_CELLS or text > MAX_TEXT:
                raise TooLargeInside
            member = members.get(sheet.name)
            formulas = _complete(rows, archive.read(member)) if member else []
            pages.append((sheet.name, rows, formulas))
    if not pages:
        raise ValueError("no worksheet")
    return pages


def _members_by_sheet(archive) -> dict[str, str]:
    """Return which member of the archive holds each sheet, by the sheet's name."""
    present = {name.lower(): name for name in archive.namelist()}
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    members = {}
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if sheet.tag.rpartition("}")[2] != "sheet":
            continue
        # The identifier's namespace differs between the two editions of the standard.
        identifier = next((v for k, v in sheet.items() if k.endswith("}id")), None)
        target = targets.get(identifier, "")
        path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        if target.startswith("xl/"):
            path = target
        if path.lower() in present:
            members[sheet.get("name", "")] = present[path.lower()]
    return members


def _complete(rows, xml) -> list[str]:
    """Put errors and formulas without a value into their cells; name the formulas."""
    if not (FORMULA.search(xml) or any(error in xml for error in ERRORS)):
        return []
    found = _Cells()
    found.read(xml)
    for place, text in found.unreadable.items():
        row, column = _position(place)
        while len(rows) < row:
            rows.append([])
        cells = rows[row - 1]
        cells.extend([""] * (column - len(cells)))
        cells[column - 1] = text
    return found.formulas


def _position(place):
    letters = place.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(place[len(letters) :]), column


class _Cells:
    """Errors and formulas of one sheet's XML."""

    def __init__(self):
        self.formulas: list[str] = []
        self.unreadable: dict[str, str] = {}
        self._place = self._type = ""
        self._formula = self._in_value = False
        self._value: str | None = None

    def read(self, xml: bytes) -> None:
        # The parent has refused every document type, so there are no entities.
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)

    def _start(self, tag, attributes):
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self._place, self._type = attributes.get("r", ""), attributes.get("t", "")
            self._formula, self._value = False, None
        elif tag == "f":
            self._formula = True
            if len(self.formulas) < MAX_FORMULAS:
                self.formulas.append(self._place)
        elif tag == "v":
            self._in_value, self._value = True, ""

    def _text(self, text):
        if self._in_value:
            self._value += text

    def _end(self, tag):
        tag = tag.rpartition(":")[2]
        if tag == "v":
            self._in_value = False
        elif tag == "c" and self._type == "e":
            self.unreadable[self._place] = (self._value or "").strip() or "#N/A"
        elif tag == "c" and self._formula and self._has_no_value():
            self.unreadable[self._place] = NOT_CALCULATED

    def _has_no_value(self):
        # A formula whose result is an empty text says so with its type.
        return not self._value and self._type != "str"


if __name__ == "__main__":
    sys.exit(main())
