from io import BytesIO
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from certificates.pdf.fonts import font_for
from lms.plan.reports.report import Line, Report
from lms.plan.reports.workbook import (
    cells,
    gap_cells,
    headings,
    variant_cells,
)

INK = colors.HexColor("#1b2a41")
RULE = colors.HexColor("#c9c4bb")
GROUND = colors.HexColor("#f4f1ec")
WIDTHS = [52 * mm, 30 * mm, 30 * mm, 20 * mm, 22 * mm, 22 * mm]


def write_pdf(report: Report) -> bytes:
    """Return the report on A4: the totals with their definitions, then the rows."""
    question = report.question
    tables = [_Table(_total_rows(report))]
    tables += [_line_table(line) for line in report.lines if line.rows]
    title = question.plan.name
    as_of = _("As of %(day)s") % {"day": question.day.isoformat()}
    notes = [
        f"{line.code} {line.name}: {line.indicator.definition}" for line in report.lines
    ]
    notes += [
        f"{gap.indicator.code} {gap.indicator.name}: {gap.indicator.reason}"
        for gap in report.gaps
    ]
    texts = [title, as_of, *notes, *[text for t in tables for text in t.texts]]
    texts += [_("How it is counted"), "0123456789/ "]
    with font_for("".join(map(str, texts))) as font:
        return _drawn(_Sheet(font), title, as_of, tables, notes)


def _drawn(sheet, title, as_of, tables, notes):
    story = [sheet.text(title, "title"), sheet.text(as_of), Spacer(1, 4 * mm)]
    for table in tables:
        story += [sheet.table(table), Spacer(1, 3 * mm)]
        if table.note:
            story += [sheet.text(table.note, "small"), Spacer(1, 3 * mm)]
    story += [sheet.text(_("How it is counted"), "head")]
    story += [sheet.text(note, "small") for note in notes]
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=17 * mm,
        rightMargin=17 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=title,
        subject=as_of,
    )
    document.build(story, onFirstPage=sheet.footer, onLaterPages=sheet.footer)
    return buffer.getvalue()


class _Table:
    """Rows of texts, the first of them the heading."""

    def __init__(self, rows, note=""):
        self.rows = [[str(cell) for cell in row] for row in rows]
        self.note = note

    @property
    def texts(self):
        return [self.note, *[cell for row in self.rows for cell in row]]


def _total_rows(report):
    rows = [[_("Indicator"), *headings()]]
    for line in report.lines:
        rows.append([f"{line.code} {line.name}", *cells(line)])
        for name, figure in line.measure.variants.items():
            label = line.indicator.variant_name(name)
            rows.append([f"— {label}", *variant_cells(figure)])
        for text in line.measure.errors:
            rows.append([text, "", "", "", "", _("data error")])
    for gap in report.gaps:
        rows.append([f"{gap.indicator.code} {gap.indicator.name}", *gap_cells(gap)])
    return rows


def _line_table(line: Line) -> _Table:
    rows = [[f"{line.code} {line.name}", *headings()]]
    rows += [[row.name, *cells(row)] for row in line.rows]
    return _Table(rows, line.note)


class _Sheet:
    """Styles in one embedded font that can print every text of the report."""

    def __init__(self, font):
        self.font = font
        self.styles = {
            "title": self._style(15, 20),
            "head": self._style(11, 16),
            "text": self._style(9, 13),
            "small": self._style(7.5, 11),
        }

    def text(self, text, style="text"):
        return Paragraph(escape(str(text)), self.styles[style])

    def table(self, table):
        body = [
            [
                self.text(cell, "small" if column == 0 else "text")
                for column, cell in row
            ]
            for row in (enumerate(row) for row in table.rows)
        ]
        drawn = Table(body, colWidths=WIDTHS, repeatRows=1)
        drawn.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (-1, 0), GROUND),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                    ("TOPPADDING", (0, 0), (-1, -1), 2),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ]
            )
        )
        return drawn

    def footer(self, canvas, document):
        canvas.setFont(self.font, 8)
        canvas.setFillColor(INK)
        canvas.drawRightString(A4[0] - 17 * mm, 10 * mm, str(document.page))

    def _style(self, size, leading):
        return ParagraphStyle(
            f"plan{size}",
            fontName=self.font,
            fontSize=size,
            leading=leading,
            textColor=INK,
            wordWrap="CJK",
        )
