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
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from lms.sheets.archive import (
    LONGEST_RUN,
    inspect_archive,
    not_a_workbook,
    too_large_inside,
)
from lms.sheets.cells import KINDS, CellError
from lms.sheets.files import FileRefused, bytes_of
from lms.sheets.reader import Page, TooLargeInside, read_pages
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
# Lines that a form has below its table: totals, who filled it in, notes.
NOTE_LINE = re.compile(
    r"(?:合计|小计|总计|共计|累计|填表|制表|填报|审核|审批|复核|经办|负责人|单位负责人"
    r"|联系人|盖章|签字|(?:备注|说明|注|日期)[::])"
)


@dataclass(frozen=True)
class Column:
    """A column a file may have.

    ``kind``: text, number_text (document numbers, codes, phones: half-width upper
    case), date, yes_no, yes_no_list, decimal or integer. ``required`` means the
    header must be there and the cell filled. ``is_label`` marks the column that tells
    a reader which row is meant.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    kind: str = "text"
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number in the sheet, values by column name, and bad cells."""

    number: int
    values: dict
    problems: list[tuple[str, str, str]]
    label: str = ""

    def __getitem__(self, name):
        return self.values.get(name)

    def is_bad(self, name) -> bool:
        """Whether the cell does not fit its column; its value is None then."""
        return any(column == name for column, *_rest in self.problems)


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
        inspect_archive(data, limit=max(inside, SMALL_INSIDE))
        pages = _read_workbook(data)
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
    required = [header.places[column.name] for column in columns if column.required]
    read_row = _row_reader(columns, header.places)
    rows = []
    for number, cells in enumerate(page.rows[header.number :], start=header.number + 1):
        if not any(cell not in ("", None) and str(cell).strip() for cell in cells):
            continue
        if _is_note(cells, required):
            message = _("This line is a total or a note. It is not read as a row.")
            warnings.append(_warning(number, "", "note_line", message))
        else:
            rows.append(read_row(number, cells))
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


def _title(cell) -> str:
    """A heading as it may be shown: short, and without personal numbers."""
    return mask_text(str(cell).strip())[:LONGEST_HEADING]


def _read_workbook(data: bytes) -> list[Page]:
    try:
        return read_pages(data)
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


def _is_note(cells, required) -> bool:
    """Whether a line is a total or a note below the table, and no row of it."""
    filled = [place for place in required if str(_cell(cells, place)).strip()]
    if len(filled) > max(1, len(required) // 2):
        return False
    first = next((c for c in cells if isinstance(c, str) and c.strip()), "")
    text = "".join(unicodedata.normalize("NFKC", first).split())
    return bool(NOTE_LINE.match(text))


def _cell(cells, place):
    cell = cells[place] if place < len(cells) else ""
    return "" if cell is None else cell


def _row_reader(columns, places) -> Callable[[int, list], SheetRow]:
    """Return what makes a row of the cells of a line."""
    absent = dict.fromkeys(column.name for column in columns)
    readers = [
        (column.name, places[column.name], _cell_reader(column))
        for column in columns
        if column.name in places
    ]
    label_place = next((places.get(c.name) for c in columns if c.is_label), None)

    def read_row(number, cells):
        values, problems, width = absent.copy(), [], len(cells)
        for name, place, read_cell in readers:
            cell = cells[place] if place < width else ""
            values[name], problem = read_cell(cell)
            if problem:
                problems.append(problem)
        label = "" if label_place is None else str(_cell(cells, label_place)).strip()
        return SheetRow(number, values, problems, label)

    return read_row


def _cell_reader(column):
    """Return what reads a cell of a column: its value, and what is wrong with it.

    Most columns hold few different values; one that came lately is not read again.
    """
    read = KINDS[column.kind]

    @lru_cache(maxsize=1000, typed=True)
    def read_cell(cell):
        if cell is None or cell == "":
            if not column.required:
                return None, None
            cell = ""
        try:
            value = read(cell)
        except CellError as error:
            return None, (column.name, error.code, str(error))
        if value is None and column.required:
            return None, (column.name, "required", _("This cell is empty."))
        return value, None

    return read_cell
