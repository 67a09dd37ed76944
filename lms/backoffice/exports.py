"""Exports of the back office: built whole before they are sent, without formulas.

Wagtail sends a CSV while it is made, so that an error in the middle gives a short
file without a sign. Both are corrected in the one class that all exports use, Wagtail's
own reports included.
"""

import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from unicodedata import east_asian_width

import xlsxwriter
from django.core.exceptions import ObjectDoesNotExist
from django.http import FileResponse
from wagtail.admin.views.mixins import SpreadsheetExportMixin

# How a spreadsheet recognises a formula, also in full-width signs.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
IN_MEMORY = 4 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What Excel allows as the name of a sheet.
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
# The most that a column is wide by itself, in columns of text.
WIDEST = 50


def without_formula(value):
    """Return a value that no spreadsheet takes for a formula when it opens a CSV."""
    if isinstance(value, str) and FORMULA.match(value):
        return f"'{value}"
    return value


def related(item, names):
    """Follow relations from a row; ``None`` where one of them leads nowhere."""
    for name in names:
        if item is None:
            return None
        try:
            item = getattr(item, name)
        except ObjectDoesNotExist:
            return None
    return item


def write_workbook(
    output, headings: Sequence, rows: Iterable[Sequence], title: str = ""
) -> None:
    """Write one sheet of texts and numbers; a formula or an address stays a text."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    name = NOT_IN_A_NAME.sub(" ", title)[:LONGEST_NAME].strip()
    with xlsxwriter.Workbook(output, options) as workbook:
        sheet = workbook.add_worksheet(name or None)
        sheet.write_row(0, 0, headings, workbook.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        widths = [columns_of(heading) for heading in headings]
        for number, row in enumerate(rows, start=1):
            cells = list(row)
            sheet.write_row(number, 0, cells)
            widths = [
                max(width, columns_of(cell))
                for width, cell in zip_longest(widths, cells, fillvalue=0)
            ]
        for number, width in enumerate(widths):
            sheet.set_column(number, number, min(width + 2, WIDEST))


def columns_of(value) -> int:
    """Return how many columns of text a cell takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in str(value))


def workbook_response(
    headings: Sequence, rows: Iterable[Sequence], *, title: str, filename: str
) -> FileResponse:
    """Return one sheet as a file to save, built whole before it is sent."""
    output = io.BytesIO()
    write_workbook(output, headings, rows, title)
    output.seek(0)
    return FileResponse(
        output, as_attachment=True, content_type=XLSX, filename=f"{filename}.xlsx"
    )


def mend_exports() -> None:
    """Make every export of the back office build first and send no formulas."""
    preprocess = SpreadsheetExportMixin.preprocess_field_value

    def preprocess_field_value(self, field, value, export_format):
        value = preprocess(self, field, value, export_format)
        return without_formula(value) if export_format == self.FORMAT_CSV else value

    def write_csv_response(self, queryset):
        # FileResponse closes it when it has been sent.
        output = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        try:
            output.write(BOM)
            output.writelines(self.stream_csv(queryset))
        except BaseException:
            output.close()
            raise
        output.seek(0)
        return FileResponse(
            output,
            as_attachment=True,
            content_type="text/csv; charset=utf-8",
            filename=f"{self.get_filename()}.csv",
        )

    SpreadsheetExportMixin.preprocess_field_value = preprocess_field_value
    SpreadsheetExportMixin.write_csv_response = write_csv_response
