"""Tables on a desk: their cells, the groups they are narrowed to, their sheets."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import FileResponse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lms.backoffice.exports import workbook_response
from lms.templatetags.lms_ui import keep_dates

EXPORT = "export"


@dataclass(frozen=True)
class Cell:
    """A text, the address of its page, and a note in small letters below it."""

    label: str | Promise
    url: str = ""
    note: str | Promise = ""


@dataclass(frozen=True)
class Heading:
    """The heading of a column; ``note`` heads the notes of its cells in a sheet."""

    label: str | Promise
    note: str | Promise = ""

    def __str__(self):
        return force_str(self.label)


@dataclass(frozen=True)
class Group:
    """Some of the objects of a table: a number on the desk, and the rows behind it."""

    key: str
    label: str | Promise
    holds: Callable[[object], bool]


@dataclass(frozen=True)
class GroupNumber:
    """How many rows a group has, and the address that shows exactly those."""

    label: str | Promise
    count: int
    url: str
    is_shown: bool


@dataclass
class DeskTable:
    """Objects in rows of cells; a group that the address names narrows them.

    ``name`` is the anchor of the table and its parameter in the address.
    ``cells(object)`` returns a text, a date, a ``Cell`` or a ``Link`` for each heading.
    A column without a heading holds acts: it is neither exported nor printed.
    """

    name: str
    headings: Sequence[str | Promise | Heading]
    objects: Sequence
    cells: Callable[[object], Sequence]
    groups: Sequence[Group] = ()
    empty: str | Promise = ""
    asked: str = field(default="", init=False)

    @property
    def group(self) -> Group | None:
        """Return the group that the address names; None shows every object."""
        return next((one for one in self.groups if one.key == self.asked), None)

    @property
    def shown(self) -> list:
        group = self.group
        return [one for one in self.objects if group is None or group.holds(one)]

    @property
    def rows(self) -> list[list[tuple]]:
        """Return heading and cell of each column, for each object that is shown."""
        return [
            list(zip(self.headings, map(_dated, self.cells(one)), strict=True))
            for one in self.shown
        ]

    @property
    def body(self) -> SafeString:
        """Return the rows of the objects that are shown, as HTML.

        Written here and not in a template: a class has some hundred rows, and a node
        of a template for each part of a cell took most of the time of its desk.
        """
        names = [conditional_escape(capfirst(force_str(one))) for one in self.headings]
        rows = (
            "".join(
                _drawn(cell, name, is_first=place == 0) if name else _drawn_act(cell)
                for place, (name, (_heading, cell)) in enumerate(
                    zip(names, cells, strict=True)
                )
            )
            for cells in self.rows
        )
        body = "\n".join(f"<tr>{row}</tr>" for row in rows)
        return mark_safe(body)  # noqa: S308 - every part is escaped

    @property
    def numbers(self) -> list[GroupNumber]:
        """Return the number of each group that has objects, and of all.

        That of all is left out where a group holds them all.
        """
        if not (self.groups and self.objects):
            return []
        numbers = [
            self._number(
                one.label, sum(map(bool, map(one.holds, self.objects))), one.key
            )
            for one in self.groups
        ]
        whole = self._number(_("All"), len(self.objects), "")
        shown = [one for one in numbers if one.count or one.is_shown]
        if any(one.count == whole.count for one in shown):
            return shown
        return [whole, *shown]

    def count(self, key: str) -> int:
        """Return how many objects a group has, the chosen one or not."""
        (group,) = (one for one in self.groups if one.key == key)
        return sum(1 for one in self.objects if group.holds(one))

    def _number(self, label, count, key):
        is_shown = key == (self.group.key if self.group else "")
        return GroupNumber(label, count, group_url(self.name, key), is_shown)

    @property
    def export_url(self) -> str:
        """Return the address of the sheet with the rows on the screen."""
        group = {self.name: self.group.key} if self.group else {}
        return f"?{urlencode(group | {EXPORT: self.name})}" if self.name else ""

    def workbook(self, title: str, filename: str) -> FileResponse:
        """Return what is on the screen as a workbook; notes have their own columns."""
        columns = [place for place, one in enumerate(self.headings) if force_str(one)]
        headings = [
            text for place in columns for text in _heading_texts(self.headings[place])
        ]
        rows = (
            [
                text
                for place in columns
                for text in _cell_texts(cells[place], self.headings[place])
            ]
            for cells in map(self.cells, self.shown)
        )
        return workbook_response(headings, rows, title=title, filename=filename)


def group_url(name: str, key: str = "") -> str:
    """Return the address, on the desk, of a group of a table; without a key of all."""
    asked = urlencode({name: key}) if key else ""
    return f"?{asked}#{name}"


def _drawn(cell, name, *, is_first):
    """Return a cell under a heading, with its note in small letters."""
    if is_first:
        kind = ' class="desk-table__title"'
    else:
        kind = "" if cell else ' class="desk-table__nothing"'
    label = getattr(cell, "label", "") or cell or "—"
    text = keep_dates(label if isinstance(label, SafeString) else force_str(label))
    if url := getattr(cell, "url", ""):
        text = f'<a href="{conditional_escape(url)}">{text}</a>'
    if note := getattr(cell, "note", ""):
        text += f'<span class="desk-table__note">{keep_dates(force_str(note))}</span>'
    return f'<td{kind} data-label="{name}"><span>{text}</span></td>'


def _drawn_act(cell):
    """Return a cell of acts: a button, where there is something to do."""
    url = getattr(cell, "url", "")
    if not url:
        return '<td class="desk-table__act"></td>'
    text = conditional_escape(force_str(cell.label))
    if note := getattr(cell, "note", ""):
        note = conditional_escape(force_str(note))
        text += f'<span class="w-sr-only"> {note}</span>'
    return (
        '<td class="desk-table__act"><a class="button button-small button-secondary" '
        f'href="{conditional_escape(url)}">{text}</a></td>'
    )


def _dated(cell):
    """Return a cell with its date in words, as a sheet has it."""
    return _text(cell) if isinstance(cell, dt.date) else cell


def _heading_texts(heading) -> Iterable[str]:
    yield capfirst(force_str(heading))
    if note := getattr(heading, "note", ""):
        yield capfirst(force_str(note))


def _cell_texts(cell, heading) -> Iterable[str]:
    yield _text(getattr(cell, "label", cell))
    if getattr(heading, "note", ""):
        yield _text(getattr(cell, "note", ""))


def _text(value) -> str | int | float:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or value == "—":
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else force_str(value)
