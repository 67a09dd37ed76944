"""Reading the sheets that offices send: .xlsx and .csv, by content, safely.

A file is refused before any parser sees it when it is no workbook, would inflate
beyond bounds, or carries macros or a DTD (B001, B006, B013). What a cell
may hold is said in ``lms.sheets.cells``.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from lms.sheets.archive import (
    LONGEST_RUN,
    inspect_archive,
    not_a_workbook,
    too_large_inside,
)
from lms.sheets.files import FileRefused, bytes_of
from lms.sheets.reader import Page, TooLargeInside, read_pages, started_reader
from lms.sheets.rows import Column, SheetRow, read_rows, rows_among
from lms.web.logs import mask_text

MAX_INFLATED = 400 * 1024 * 1024
MAX_ROWS = 300_000
MAX_ROWS_ON_PAGE = 30_000
# The least a workbook may be inside, however few rows are allowed.
SMALL_INSIDE = 64 * 1024 * 1024
MAX_COLUMNS = 500
HEADER_WITHIN = 10
# A header line stands in the first so many characters of a text.
HEAD_TEXT = 64 * 1024
DELIMITERS = (",", ";", "\t", "，", "|")
LONGEST_HEADING = 20

# The column that a report adds, in every language; it is never read.
REPORT_HEADINGS = ("What is wrong", "问题")


@dataclass(frozen=True)
class Sheet:
    """The rows below the header, and what must be known to write them back.

    ``columns`` names those the file has: a column that is not there changes nothing.
    ``unknown`` has the places of headings that no column has.
    """

    rows: list[SheetRow]
    columns: frozenset[str]
    header_row: int
    raw: list[list]
    warnings: list[dict] = field(default_factory=list)
    name: str = ""
    unknown: frozenset[int] = frozenset()

    @property
    def report_column(self) -> int:
        """The place where a report says what is wrong: its own, or one more."""
        header = self.raw[self.header_row - 1]
        ours = {_heading(word) for word in REPORT_HEADINGS}
        for place, cell in enumerate(header):
            if _heading(cell) in ours:
                return place
        return max(map(len, self.raw))


def read_sheet(
    source,
    columns: list[Column],
    *,
    max_rows: int = MAX_ROWS,
    filename: str = "",
    page: str = "",
) -> Sheet:
    """Read a path, file or bytes into rows of the given columns.

    Of a workbook the visible sheet that has the header is read; ``page`` names it
    where several have it. Raises ``FileRefused``. A cell that does not fit its column
    is no reason to refuse the file; it stands in ``row.problems``.
    """
    if isinstance(source, str | Path):
        filename = Path(source).name
    data = bytes_of(source)
    if data.startswith(b"PK\x03\x04"):
        inside = MAX_INFLATED * max_rows // MAX_ROWS
        pages = _read_workbook(data, limit=max(inside, SMALL_INSIDE))
    else:
        most = max_rows + HEADER_WITHIN + 1
        text = _text_of(data, filename)
        pages = [Page("", _read_text(text, columns, most=most), [])]
    page, header = _page_with_header(pages, columns, wanted=page)
    return _sheet(page, header, columns, max_rows=max_rows)


def _sheet(page, header, columns, *, max_rows) -> Sheet:
    if len(page.rows) > max_rows + HEADER_WITHIN:
        raise _too_many(max_rows)
    warnings = [_formula_warning(place) for place in page.formulas]
    warnings += [_unknown_warning(header, place) for place in sorted(header.unknown)]
    lines = page.rows[header.number :]
    places = rows_among(lines, header.places, columns)
    first = header.number + 1
    warnings += [_note_warning(first + place) for place in places.notes]
    rows = read_rows(lines, places.rows, header.places, columns, first=first)
    if len(rows) > max_rows:
        raise _too_many(max_rows)
    return Sheet(
        rows,
        frozenset(header.places),
        header.number,
        page.rows,
        warnings,
        page.name,
        header.unknown,
    )


def _too_many(limit):
    message = _("The file has more than %(limit)s rows. Split it.")
    return FileRefused("too_many_rows", message % {"limit": limit})


def _warning(row, column, code, message):
    return {"row": row, "column": column, "code": code, "message": message}


def _formula_warning(place):
    message = _("This cell is a formula; its last stored value is read.")
    return _warning(int(re.sub(r"\D", "", place)), place, "formula", message)


def _unknown_warning(header, place):
    message = _("This column is not known here. It is not read.")
    title = _title(header.cells[place])
    return _warning(header.number, title, "unknown_column", message)


def _note_warning(number):
    message = _("This line is a total or a note. It is not read as a row.")
    return _warning(number, "", "note_line", message)


def _title(cell) -> str:
    """A heading as it may be shown: short, and without personal numbers."""
    return mask_text(str(cell).strip())[:LONGEST_HEADING]


def _read_workbook(data: bytes, *, limit: int) -> list[Page]:
    try:
        with started_reader() as child:
            inspect_archive(data, limit=limit)
            return read_pages(data, child)
    except TooLargeInside as error:
        raise too_large_inside() from error
    except ValueError as error:
        raise not_a_workbook() from error


def _text_of(data: bytes, filename: str) -> str:
    """Decode UTF-8, UTF-16 (with its mark) or GB18030."""
    start = data[:512].lstrip().lower()
    looks_binary = data.startswith(b"\xd0\xcf\x11\xe0") or start.startswith(
        (b"<!doctype", b"<html", b"<table", b"<?xml", b"{\\rtf", b"%pdf")
    )
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if looks_binary or (b"\x00" in data and not is_wide):
        raise not_a_workbook()
    if filename.lower().endswith((".xlsx", ".xlsm", ".xls")):
        message = _(
            "The name of this file ends like a workbook's, but it holds only text. It "
            "is not an .xlsx. Save it as .xlsx in the spreadsheet program, or send it "
            "as .csv."
        )
        raise FileRefused("not_a_workbook", message)
    text = None
    for encoding in ["utf-16"] if is_wide else ["utf-8-sig", "gb18030"]:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        message = _("The text encoding is not known. Save the file as CSV UTF-8.")
        raise FileRefused("unknown_encoding", message)
    if "\x00" in text:
        raise not_a_workbook()
    return text


def _read_text(text: str, columns, *, most: int) -> list[list]:
    """Split the records by the delimiter that makes most of the header line."""
    head = text[:HEAD_TEXT]
    delimiter = max(DELIMITERS, key=lambda one: _headings_found(head, one, columns))
    try:
        lines = csv.reader(_lines(text), delimiter=delimiter)
        return [_of_bearable_width(line) for line in islice(lines, most)]
    except csv.Error as error:
        raise not_a_workbook() from error


def _headings_found(head, delimiter, columns) -> int:
    try:
        lines = list(islice(csv.reader(_lines(head), delimiter=delimiter), 10))
    except csv.Error:
        return -1
    return len(_Header.of(lines, columns).places)


def _of_bearable_width(line):
    if len(line) > MAX_COLUMNS:
        raise too_large_inside()
    return line


def _lines(text: str):
    for line in io.StringIO(text, newline=""):
        if len(line) > LONGEST_RUN:
            raise csv.Error("a line that never ends")
        yield line


def _heading(cell) -> str:
    """A heading for comparing: without case, spaces, signs and what is in brackets."""
    text = unicodedata.normalize("NFKC", str(cell)).strip().lower()
    return re.sub(r"\(.*?\)|[\s*:_\-]+", "", text)


@dataclass(frozen=True)
class _Header:
    """The line of a page that names its columns."""

    number: int
    cells: list
    places: dict[str, int]
    missing: list[str]
    doubled: list[str]

    @classmethod
    def of(cls, raw, columns):
        """Return the line, of the first ones, in which most columns are named."""
        known = {
            _heading(word): column.name
            for column in columns
            for word in (column.name, *column.synonyms)
        }
        best = cls(0, [], {}, [], [])
        for number, cells in enumerate(raw[:HEADER_WITHIN], start=1):
            found = [known.get(_heading(cell)) for cell in cells]
            places = {name: place for place, name in enumerate(found) if name}
            if len(places) > len(best.places):
                counts = Counter(filter(None, found))
                doubled = [name for name, count in counts.items() if count > 1]
                best = cls(number, cells, places, [], doubled)
        missing = [c.name for c in columns if c.required and c.name not in best.places]
        best.missing.extend(missing)
        return best

    @cached_property
    def unknown(self) -> frozenset[int]:
        ours = {_heading(word) for word in REPORT_HEADINGS}
        taken = set(self.places.values())
        return frozenset(
            place
            for place, cell in enumerate(self.cells)
            if place not in taken and _heading(cell) and _heading(cell) not in ours
        )

    def refusal(self) -> FileRefused | None:
        """Return why no row can be read below this line."""
        if self.missing:
            names = "、".join(self.missing)
            found = "、".join(filter(None, map(_title, self.cells)))
            if not self.places:  # no header at all: these may be anybody's data
                message = _("These columns are missing: %(names)s.") % {"names": names}
            else:
                message = _(
                    "These columns are missing: %(names)s. The columns of the file "
                    "are: %(found)s."
                ) % {"names": names, "found": found}
            return FileRefused("missing_column", message)
        if self.doubled:
            message = _("These columns are there twice: %(names)s.")
            names = {"names": "、".join(self.doubled)}
            return FileRefused("doubled_column", message % names)
        return None


def _page_with_header(pages, columns, *, wanted) -> tuple[Page, _Header]:
    """Return the page to be read and its header; raise ``FileRefused``."""
    found = [(page, _Header.of(page.rows, columns)) for page in pages]
    if wanted:
        found = [one for one in found if one[0].name == wanted]
        if not found:
            message = _("The workbook has no visible sheet of that name.")
            raise FileRefused("no_such_sheet", message)
    fitting = [(page, header) for page, header in found if not header.missing]
    filled = [one for one in fitting if len(one[0].rows) > one[1].number] or fitting[:1]
    if len(filled) > 1:
        names = [page.name for page, _header in filled]
        message = _("Several sheets have these columns: %(names)s. Choose one.")
        message %= {"names": "、".join(names)}
        raise FileRefused("several_sheets", message, choices=names)
    page, header = filled[0] if filled else max(found, key=lambda f: len(f[1].places))
    if refusal := header.refusal():
        raise refusal
    return page, header
