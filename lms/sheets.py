"""Reading the sheets that offices send: .xlsx and .csv, by content, safely.

A file is refused before any parser sees it when it is no workbook, would inflate
beyond bounds, or carries macros or a DTD (hostile inputs, B001-B013). What a cell
may hold is said in ``lms.cells``.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

from django.utils.translation import gettext as _

from lms.cells import KINDS, CellError
from lms.sheet_reader import TooLargeInside, read_cells

MAX_FILE = 50 * 1024 * 1024
MAX_INFLATED = 400 * 1024 * 1024
MAX_RATIO = 200
MAX_MEMBERS = 1000
MAX_ROWS = 300_000
MAX_ROWS_ON_PAGE = 30_000
# The least a workbook may be inside, however few rows are allowed.
SMALL_INSIDE = 64 * 1024 * 1024
# The reader lays out every cell between the first and the last that holds something.
MAX_CELLS = 6_000_000
MAX_COLUMNS = 500
HEADER_WITHIN = 10

FORMULA = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"[^<>]{0,200}>\s{0,9}<f[ >/]')
# A cell that is not empty, and one that does not say where it stands. Every piece is
# bounded: a hostile tag must not make the search itself slow.
FILLED = re.compile(
    rb"""\br\s{0,4}=\s{0,4}["']([A-Za-z]{1,4})(\d{1,9})["'](?![^<>]{0,200}/>)"""
)
ADRIFT = re.compile(
    rb"""<(?:\w{1,20}:)?c(?=[\s>/])(?![^<>]{0,200}?\br\s{0,4}=\s{0,4}["'][A-Za-z]+\d)"""
)
LONGEST_RUN = 256 * 1024
DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)|<\x00!\x00D|\x00<\x00!\x00D", re.I)


class SheetRefused(Exception):
    """The file as a whole cannot be read. ``code`` is stable, ``str()`` a sentence."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Column:
    """A column a file may have.

    ``kind``: text, number_text (document numbers, codes, phones: half-width upper
    case), date, yes_no, yes_no_list, decimal or integer. ``required`` means the
    header must be there and the cell filled.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Row:
    """One row: its number in the sheet, values by column name, and bad cells."""

    number: int
    values: dict
    problems: list[tuple[str, str, str]]

    def __getitem__(self, name):
        return self.values.get(name)


@dataclass(frozen=True)
class Sheet:
    """The rows below the header, and what must be known to write them back.

    ``columns`` names those the file has: a column that is not there changes nothing.
    """

    rows: list[Row]
    columns: frozenset[str]
    header_row: int
    raw: list[list]
    warnings: list[dict] = field(default_factory=list)


def read_sheet(source, columns: list[Column], *, max_rows: int = MAX_ROWS) -> Sheet:
    """Read a path, file or bytes into rows of the given columns.

    Raises ``SheetRefused``. A cell that does not fit its column is no reason to
    refuse the file; it stands in ``row.problems``.
    """
    data = _bytes_of(source)
    warnings = []
    if data.startswith(b"PK\x03\x04"):
        inside = MAX_INFLATED * max_rows // MAX_ROWS
        warnings = _inspect_archive(data, limit=max(inside, SMALL_INSIDE))
        raw = _read_workbook(data)
    else:
        raw = _read_text(data, most=max_rows + HEADER_WITHIN + 1)
    if len(raw) > max_rows + HEADER_WITHIN:
        message = _("The file has more than %(limit)s rows. Split it.")
        raise SheetRefused("too_many_rows", message % {"limit": max_rows})
    position, places = _find_header(raw, columns)
    rows = [
        _row(number, cells, columns, places)
        for number, cells in enumerate(raw[position + 1 :], start=position + 2)
        if any(cell not in ("", None) and str(cell).strip() for cell in cells)
    ]
    if len(rows) > max_rows:
        message = _("The file has more than %(limit)s rows. Split it.")
        raise SheetRefused("too_many_rows", message % {"limit": max_rows})
    return Sheet(rows, frozenset(places), position + 1, raw, warnings)


def _bytes_of(source) -> bytes:
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise SheetRefused("no_file", _("There is no such file."))
        if path.stat().st_size > MAX_FILE:
            raise SheetRefused("too_large", _("The file is too large."))
        data = path.read_bytes()
    else:
        data = source.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise SheetRefused("too_large", _("The file is too large."))
    if not data.strip():
        raise SheetRefused("empty_file", _("The file is empty."))
    return data


def _not_a_workbook():
    return SheetRefused(
        "not_a_workbook",
        _("This is not an .xlsx workbook or a .csv file. Save it as .xlsx and retry."),
    )


def _inspect_archive(data: bytes, *, limit: int) -> list[dict]:
    """Bound what the archive holds before a parser opens it; name formula cells."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _not_a_workbook() from error
    members = archive.infolist()
    names = {member.filename for member in members}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise _not_a_workbook()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        message = _("The workbook holds macros. Save it as .xlsx without macros.")
        raise SheetRefused("macros", message)
    declared = sum(member.file_size for member in members)
    if (
        len(members) > MAX_MEMBERS
        or declared > limit
        or declared > max(MAX_RATIO * len(data), 10_000_000)
        or _overlap(members)
    ):
        raise _bomb()
    warnings, left = [], declared
    for member in members:
        try:
            with archive.open(member) as stream:
                left -= _scan(stream, member.filename, warnings, left=left)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise _not_a_workbook() from error
        except RuntimeError as error:  # an encrypted member
            raise _not_a_workbook() from error
    return warnings


def _bomb():
    return SheetRefused("too_large_inside", _("The workbook is too large inside."))


def _scan(stream, name, warnings, *, left) -> int:
    """Read one member to its end, refusing what no reader may see; its size.

    Any member may be what the workbook calls a sheet, whatever its name.
    """
    size, tail, widest, lowest = 0, b"", 0, 0
    while chunk := stream.read(1 << 20):
        size += len(chunk)
        if size > left:
            raise _bomb()
        text = tail + chunk
        if DTD.search(text) and name.endswith((".xml", ".rels")):
            raise _not_a_workbook()
        whole = text.rfind(b">") + 1
        if len(text) - whole > LONGEST_RUN:
            raise _bomb()
        text, tail = text[:whole], text[whole:]
        cells = FILLED.findall(text)
        if cells:
            columns, rows = map(set, zip(*cells, strict=True))
            widest = max(widest, *map(_column_number, columns))
            lowest = max(lowest, *map(int, rows))
        if widest * lowest > MAX_CELLS:
            raise _bomb()
        if name.startswith("xl/worksheets/"):
            if ADRIFT.search(text):
                raise _not_a_workbook()
            warnings += _formulas(text, warnings)
    return size


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _overlap(members) -> bool:
    ordered = sorted(members, key=lambda member: member.header_offset)
    return any(
        first.header_offset + first.compress_size > second.header_offset
        for first, second in pairwise(ordered)
    )


def _formulas(text, known) -> list[dict]:
    seen = {warning["column"] for warning in known}
    found = []
    for match in FORMULA.finditer(text):
        cell = match[1].decode()
        if cell not in seen and len(known) + len(found) < 100:
            row = int(re.sub(r"\D", "", cell))
            message = _("This cell is a formula; its last stored value is read.")
            found.append(
                {"row": row, "column": cell, "code": "formula", "message": message}
            )
    return found


def _read_workbook(data: bytes) -> list[list]:
    try:
        return read_cells(data)
    except TooLargeInside as error:
        raise _bomb() from error
    except ValueError as error:
        raise _not_a_workbook() from error


def _read_text(data: bytes, *, most: int) -> list[list]:
    """Decode UTF-8, UTF-16 (with its mark) or GB18030, and split the records."""
    start = data[:512].lstrip().lower()
    looks_binary = data.startswith(b"\xd0\xcf\x11\xe0") or start.startswith(
        (b"<!doctype", b"<html", b"<table", b"<?xml", b"{\\rtf", b"%pdf")
    )
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if looks_binary or (b"\x00" in data and not is_wide):
        raise _not_a_workbook()
    text = None
    encodings = ["utf-16"] if is_wide else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        message = _("The text encoding is not known. Save the file as CSV UTF-8.")
        raise SheetRefused("unknown_encoding", message)
    if "\x00" in text:
        raise _not_a_workbook()
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = csv.reader(_lines(text), delimiter=delimiter)
        return [_of_bearable_width(line) for line in islice(lines, most)]
    except csv.Error as error:
        raise _not_a_workbook() from error


def _of_bearable_width(line):
    if len(line) > MAX_COLUMNS:
        raise _bomb()
    return line


def _lines(text: str):
    for line in io.StringIO(text, newline=""):
        if len(line) > LONGEST_RUN:
            raise csv.Error("a line that never ends")
        yield line


def _heading(cell) -> str:
    text = unicodedata.normalize("NFKC", str(cell)).strip().lower()
    return re.sub(r"[\s*:_\-]+", "", text)


def _find_header(raw, columns) -> tuple[int, dict[str, int]]:
    """Return the header's position and the place of each column found."""
    known = {}
    for column in columns:
        for word in (column.name, *column.synonyms):
            known[_heading(word)] = column.name
    required = [column.name for column in columns if column.required]
    best, best_position, best_cells = [], 0, []
    for position, cells in enumerate(raw[:HEADER_WITHIN]):
        found = [known[_heading(cell)] for cell in cells if _heading(cell) in known]
        if len(set(found)) > len(set(best)):
            best, best_position, best_cells = found, position, cells
    missing = [name for name in required if name not in best]
    if missing:
        message = _("These columns are missing: %(names)s.")
        raise SheetRefused("missing_column", message % {"names": "、".join(missing)})
    doubled = [name for name, count in Counter(best).items() if count > 1]
    if doubled:
        message = _("These columns are there twice: %(names)s.")
        raise SheetRefused("doubled_column", message % {"names": "、".join(doubled)})
    places = {
        known[_heading(cell)]: place
        for place, cell in enumerate(best_cells)
        if _heading(cell) in known
    }
    return best_position, places


def _row(number, cells, columns, places) -> Row:
    values, problems = {}, []
    for column in columns:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else ""
        if cell == "" and not column.required:
            values[column.name] = None
            continue
        try:
            value = KINDS[column.kind](cell)
        except CellError as error:
            problems.append((column.name, error.code, str(error)))
            value = None
        else:
            if value is None and column.required:
                problems.append((column.name, "required", _("This cell is empty.")))
        values[column.name] = value
    return Row(number, values, problems)
