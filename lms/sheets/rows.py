"""Reading the lines below a header into rows, column by column.

Most columns hold few different values, and each of them is read once.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from lms.sheets.cells import KINDS, CellError

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


@dataclass(eq=False, slots=True)
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
        wrong = self.problems
        return bool(wrong) and any(column == name for column, *_rest in wrong)


class Lines(NamedTuple):
    """The places of the lines that are rows, and of those that are totals and notes."""

    rows: Sequence[int]
    notes: list[int]


def rows_among(lines: list[list], places: dict[str, int], columns) -> Lines:
    """Return which lines are rows; empty ones are none.

    ``places`` says where a column stands, by its name.
    """
    required = [places[column.name] for column in columns if column.required]
    # A line with more filled required cells than this is a data row, whatever its text.
    threshold = max(1, len(required) // 2)
    counts = _filled(lines, required)
    if min(counts, default=0) > threshold:
        return Lines(range(len(lines)), [])
    rows, notes = [], []
    for place, (cells, count) in enumerate(zip(lines, counts, strict=True)):
        if count > threshold or (any(map(_is_filled, cells)) and not _is_note(cells)):
            rows.append(place)
        elif any(map(_is_filled, cells)):
            notes.append(place)
    return Lines(rows, notes)


def read_rows(
    lines: list[list],
    rows: Sequence[int],
    places: dict[str, int],
    columns: list[Column],
    *,
    first: int,
) -> list[SheetRow]:
    """Return the lines that are rows; ``first`` is the number of the first line."""
    if len(rows) < len(lines):
        lines = [lines[row] for row in rows]
    problems = [[] for _line in lines]
    read = [
        _read_column(column, _cells(lines, places[column.name]), problems)
        if column.name in places
        else [None] * len(lines)
        for column in columns
    ]
    names = [column.name for column in columns]
    return [
        SheetRow(first + row, dict(zip(names, values, strict=True)), wrong, label)
        for row, values, wrong, label in zip(
            rows,
            zip(*read, strict=True),
            problems,
            _labels(lines, places, columns),
            strict=True,
        )
    ]


def _labels(lines, places, columns) -> list[str]:
    name = next((column.name for column in columns if column.is_label), None)
    if name not in places:
        return [""] * len(lines)
    cells = _cells(lines, places[name])
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _cells(lines, place) -> list:
    """Return the cells of a column; a line may be too short to have it."""
    try:
        return [cells[place] for cells in lines]
    except IndexError:
        return [cells[place] if place < len(cells) else "" for cells in lines]


def _filled(lines, places) -> list[int]:
    """Return of each line how many of its cells in some places are filled."""
    if not places:
        return [0] * len(lines)
    flags = []
    for place in places:
        cells = _cells(lines, place)
        empty = {cell for cell in set(cells) if not _is_filled(cell)}
        flags.append([cell not in empty for cell in cells])
    return list(map(sum, zip(*flags, strict=True)))


def _is_filled(cell) -> bool:
    return cell not in ("", None) and bool(str(cell).strip())


def _is_note(cells) -> bool:
    """Whether a line of which little is filled is a total or a note, and no row."""
    first = next((c for c in cells if isinstance(c, str) and c.strip()), "")
    text = "".join(unicodedata.normalize("NFKC", first).split())
    return bool(NOTE_LINE.match(text))


def _read_column(column, cells, problems: list[list]) -> list:
    """Return the values of a column, and add what is wrong to that of each row."""
    keys = cells
    if not set(map(type, cells)) <= {str}:
        # 1, 1.0 and True are equal, and are not the same to read.
        keys = list(zip(map(type, cells), cells, strict=True))
    values, wrong = {}, {}
    for key, cell in dict(zip(keys, cells, strict=True)).items():
        values[key], problem = _read_cell(column, cell)
        if problem:
            wrong[key] = problem
    if wrong:
        for found, key in zip(problems, keys, strict=True):
            if key in wrong:
                found.append(wrong[key])
    return [values[key] for key in keys]


def _read_cell(column, cell):
    """Return the value of a cell of a column, and what is wrong with it."""
    if cell is None or cell == "":
        if not column.required:
            return None, None
        cell = ""
    try:
        value = KINDS[column.kind](cell)
    except CellError as error:
        return None, (column.name, error.code, str(error))
    if value is None and column.required:
        return None, (column.name, "required", _("This cell is empty."))
    return value, None
