"""Workbooks that imports give out: the annotated sheet and the empty template."""

import datetime as dt
import io
import math

import xlsxwriter
from django.utils.translation import gettext as _

from lms.sheets.workbooks import Column, Sheet

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
DAY, MOMENT, DURATION = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "[h]:mm:ss"
LONGEST_TEXT = 32_767
# Excel shows no more digits than these; a longer number is shown as it was read.
EXACT = 10**15


def report_workbook(sheet: Sheet, report) -> bytes:
    """Return the sheet as it was read, with a column of what is wrong with each row.

    Every cell keeps its type: the file sent again says the same as the first time.
    Headings that were not read are grey.
    """
    wrong: dict[int, list[str]] = {}
    for entry in report.errors:
        wrong.setdefault(entry["row"], []).append(
            f"{entry['column']}: {entry['message']}"
        )
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, OPTIONS) as workbook:
        page = workbook.add_worksheet()
        write = _CellWriter(workbook, page)
        bad = workbook.add_format({"bg_color": "#FBE3D6", "text_wrap": True})
        unread = workbook.add_format({"font_color": "#5B6577", "italic": True})
        last = sheet.report_column
        for number, cells in enumerate(sheet.raw, start=1):
            is_header = number == sheet.header_row
            for place, cell in enumerate(cells):
                is_unread = is_header and place in sheet.unknown
                if place != last:
                    write.cell(number - 1, place, cell, unread if is_unread else None)
            if is_header:
                page.write_string(number - 1, last, _("What is wrong"))
            elif number in wrong:
                text = "；".join(wrong[number])[:LONGEST_TEXT]
                page.write_string(number - 1, last, text, bad)
        page.freeze_panes(sheet.header_row, 0)
        page.autofit()
    return stream.getvalue()


class _CellWriter:
    """Writes a value as the type it was read as."""

    def __init__(self, workbook, page):
        self.page = page
        kinds = {"day": DAY, "moment": MOMENT, "time": "hh:mm:ss", "span": DURATION}
        self.formats = {
            name: workbook.add_format({"num_format": code})
            for name, code in (*kinds.items(), ("whole", "0"))
        }

    def cell(self, row, place, cell, style=None):
        page, formats = self.page, self.formats
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            page.write_boolean(row, place, cell)
        elif isinstance(cell, int | float) and math.isfinite(cell):
            # Not 4.4E+17: somebody has to see which number lost its digits.
            is_whole = cell == int(cell) and abs(cell) > EXACT
            page.write_number(row, place, cell, formats["whole"] if is_whole else None)
        elif isinstance(cell, dt.timedelta):
            page.write_datetime(row, place, cell, formats["span"])
        elif isinstance(cell, dt.time):
            page.write_datetime(row, place, cell, formats["time"])
        elif isinstance(cell, dt.date) and cell.year >= 1900:
            moment = isinstance(cell, dt.datetime) and cell.time() != dt.time()
            kind = "moment" if moment else "day"
            page.write_datetime(row, place, cell, formats[kind])
        else:
            page.write_string(row, place, str(cell)[:LONGEST_TEXT], style)


def template_workbook(columns: list[Column]) -> bytes:
    """An empty sheet with the canonical columns; required ones are bold, with a *."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet()
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"bold": True, "bg_color": "#FBE3D6"})
        # As text throughout: Excel must not turn a document number into 4.4E+17.
        page.set_column(0, len(columns) - 1, 18, text)
        for place, column in enumerate(columns):
            if column.required:
                page.write(0, place, f"{column.name}*", bold)
            else:
                page.write(0, place, column.name)
        page.freeze_panes(1, 0)
    return stream.getvalue()
