from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _

from lms.plan.indicators.figures import Figure
from lms.plan.reports.names import scope_name
from lms.plan.reports.report import Gap, Line, Report, Row

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_xlsx(report: Report) -> bytes:
    """Return the report as a workbook: the totals, and one sheet per breakdown."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        style = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        sheet = book.add_worksheet(_("Figures"))
        _totals(sheet, report, style)
        for line in report.lines:
            if line.rows:
                _breakdown(book.add_worksheet(line.code), line, style)
    return buffer.getvalue()


def headings() -> list[str]:
    """Return the column headings every table of figures shares."""
    return [
        _("Numerator"),
        _("Denominator"),
        _("Rate"),
        _("Target"),
        _("Met or not"),
    ]


def cells(line: Line | Row) -> list:
    """Return the figures of a line or row as cells, in the order of the headings."""
    figure = line.measure.headline
    return [
        figure.numerator,
        "" if figure.denominator is None else figure.denominator,
        "" if figure.denominator is None else figure.percent,
        target_text(figure.target, counted=figure.denominator is None),
        _("data error") if figure.impossible else verdict_text(line.met),
    ]


def variant_cells(figure: Figure) -> list:
    """Return a variant as cells, in the order of the headings; none has a target."""
    return [
        figure.numerator,
        "" if figure.denominator is None else figure.denominator,
        "" if figure.denominator is None else figure.percent,
        "",
        _("data error") if figure.impossible else "",
    ]


def gap_cells(gap: Gap) -> list:
    """Return a target without a figure as cells, in the order of the headings."""
    target = target_text(gap.target, counted=gap.indicator.counted)
    return ["", "", "", target, _("not computed")]


def target_text(target, *, counted: bool) -> str:
    """Return «90%» or «28,000»; nothing where there is no target."""
    if target is None:
        return ""
    return f"{int(target):,}" if counted else f"≥ {float(target * 100):g}%"


def verdict_text(met: bool | None) -> str:
    """Return the verdict in a word."""
    return {True: _("met"), False: _("not met"), None: "—"}[met]


def _totals(sheet, report, style):
    question = report.question
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 34)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, 7, 12)
    sheet.set_column(8, 8, 70)
    sheet.write_string(0, 0, question.plan.name, style["title"])
    as_of = _("As of %(day)s") % {"day": question.day.isoformat()}
    sheet.write_string(1, 0, f"{scope_name(question.scope)} · {as_of}")
    head = [_("Code"), _("Indicator"), _("Unit"), *headings(), _("How it is counted")]
    _write(sheet, 3, head, style["head"])
    number = 4
    for line in report.lines:
        row = [line.code, line.name, str(line.indicator.unit)]
        row += [*cells(line), str(line.indicator.definition)]
        _write(sheet, number, row, style["text"])
        number += 1
        for name, figure in line.measure.variants.items():
            label = line.indicator.variant_name(name)
            _write(sheet, number, ["", label, "", *variant_cells(figure)], None)
            number += 1
        for text in line.measure.errors:
            _write(sheet, number, ["", text, "", "", "", "", "", _("data error")], None)
            number += 1
    for gap in report.gaps:
        row = [gap.indicator.code, str(gap.indicator.name), "", *gap_cells(gap)]
        _write(sheet, number, [*row, str(gap.indicator.reason)], style["text"])
        number += 1
    sheet.freeze_panes(4, 2)


def _breakdown(sheet, line, style):
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 34)
    sheet.set_column(2, 6, 12)
    _write(sheet, 0, [_("Code"), line.name, *headings()], style["head"])
    number = 1
    for row in line.rows:
        _write(sheet, number, [row.key or "", row.name, *cells(row)], None)
        number += 1
    if line.note:
        sheet.write_string(number + 1, 0, line.note)
    sheet.freeze_panes(1, 2)


def _write(sheet, row, values, style):
    for column, value in enumerate(values):
        if isinstance(value, int):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write_string(row, column, value, style)
