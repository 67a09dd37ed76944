"""The printed proof: one A4 page, drawn from the frozen facts alone.

The same facts print the same page, so a file can be thrown away and made again.
It must not look like the state's certificate: no emblem, no seal, no state title
(R3.1).
"""

import io
import math
from collections.abc import Sequence
from functools import cache

from django.conf import settings
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from certificates.exceptions import TooLong
from certificates.models import Certificate
from certificates.pdf import fonts, qr
from certificates.pdf.fitting import LEADING, fit
from certificates.pdf.lines import FOREVER, LABELS, MEANINGS, printed_values

WIDTH, HEIGHT = landscape(A4)
INK = HexColor("#14274E")
GREY = HexColor("#5B6577")
RULE = HexColor("#C9D0DC")
ORANGE = HexColor("#D9661F")
WAVE = HexColor("#E4EAF3")

MARGIN = 74
QR_SIZE = 118
ROW = 31
LABEL = 62
SIGNATURE = 420
LEAST_BESIDE = 16  # a name smaller than this gets a line of its own
# Row by row; what may be long has the whole width.
ROWS = (
    ("organisation",),
    ("town", "audience"),
    ("training_class", "hours"),
    ("programme", "period"),
    ("validity", "result"),
    ("basis",),
)
# What is printed in bold, and nowhere else: a rare name asks for one font only.
BOLD = ("title", "name", "issuer")
SIGNED = ("signatory", "issued_on", "first_issued_on")
# The longest text of each fact that fits on the page, in Chinese characters.
LONGEST = {
    "title": 60,
    "name": 60,
    "organisation": 120,
    "town": 40,
    "training_class": 40,
    "programme": 80,
    "basis": 200,
    "issuer": 60,
    "signatory": 40,
}
BEFORE_NAME = "兹证明"
AFTER_NAME = "（证件号码 {id}）已完成下列培训："
SCAN = "扫码核验"
QUERY = ("或登录 {address}/verify/", "凭编号和姓名查询")
SCOPE = (
    "本证明仅证明持有人完成所列培训，"
    "不替代特种作业操作证或安全生产知识和管理能力考核合格证"
)
# On the papers of a demonstration, whose people exist nowhere.
DEMO = "演示样张：人员、单位和证书均为虚构"
# Everything the page says around the facts, so that a font can be cut for it.
FIXED = "".join(
    (
        *(LABELS[name] for names in (*ROWS, SIGNED) for name in names),
        LABELS["number"],
        BEFORE_NAME,
        AFTER_NAME,
        SCAN,
        *QUERY,
        FOREVER,
        SCOPE,
        DEMO,
        "年月日至—学时分（）",
    )
)


def certificate_pdf(row: Certificate) -> bytes:
    """Return the PDF of an issued certificate; the same bytes for the same fonts."""
    return certificates_pdf([row])


def certificates_pdf(rows: Sequence[Certificate]) -> bytes:
    """Return one PDF of issued certificates, a page each, titled after the first."""
    regular_text = "".join(map(_regular_text, rows))
    bold_text = "".join(map(_bold_text, rows))
    with (
        fonts.font_for(regular_text) as regular,
        fonts.font_for(bold_text, weight=700) as bold,
    ):
        return _drawn(rows, regular, bold)


def _drawn(rows, regular, bold):
    first, stream = rows[0].facts, io.BytesIO()
    page = Canvas(stream, pagesize=(WIDTH, HEIGHT), invariant=1)
    page.setTitle(f"{first['title']} {rows[0].number}")
    page.setAuthor(first["issuer"])
    page.setSubject(first["programme"])
    for row in rows:
        _frame(page)
        _heading(page, row.facts, regular, bold)
        _facts(page, row.facts, regular)
        _code(page, row.token, regular)
        _signature(page, row.facts, regular, bold)
        page.showPage()
    page.save()
    return stream.getvalue()


def _regular_text(row):
    facts = (text for name, text in row.facts.items() if name not in BOLD)
    return FIXED + "".join(facts) + settings.BASE_URL + row.number


def _bold_text(row):
    return "".join(row.facts[name] for name in BOLD)


def check_fits(facts: dict[str, str]) -> None:
    """Raise ``TooLong`` where a fact does not fit on the page."""
    for name, most in LONGEST.items():
        if len(facts[name]) > most:
            raise TooLong(MEANINGS.get(name, facts[name]))


def token_url(token: str) -> str:
    """Return what the QR code says: upper case, for its alphanumeric mode."""
    return f"{settings.BASE_URL.upper()}/V/{token}"


def _frame(page):
    """A quiet border, and the waves of a city by the sea."""
    page._code.append(_waves())
    page.setStrokeColor(INK)
    page.setLineWidth(1.1)
    page.rect(30, 30, WIDTH - 60, HEIGHT - 60)
    page.setStrokeColor(RULE)
    page.setLineWidth(0.5)
    page.rect(36, 36, WIDTH - 72, HEIGHT - 72)
    page.setFillColor(ORANGE)
    page.rect(WIDTH / 2 - 24, HEIGHT - 32.5, 48, 5, stroke=0, fill=1)


@cache
def _waves():
    """Nine sine lines as one path, drawn once per process."""
    red, green, blue = WAVE.rgb()
    lines = [f"q {red:.3f} {green:.3f} {blue:.3f} RG 0.7 w"]
    for number in range(9):
        base, height = 46 + number * 9, 15 - number
        for step in range(0, 760, 8):
            x = 41 + step
            y = base + height * math.sin(step / 62 + number * 0.55)
            lines.append(f"{x} {y:.1f} {'l' if step else 'm'}")
        lines.append("S")
    return "\n".join([*lines, "Q"])


def _heading(page, facts, regular, bold):
    number = f"{LABELS['number']} {facts['number']}"
    _line(page, WIDTH - MARGIN, HEIGHT - 66, number, regular, 10, "r")
    if settings.DEMO:
        _line(page, MARGIN, HEIGHT - 66, DEMO, regular, 10, colour=ORANGE)
    title = facts["title"]
    page.setFillColor(INK)
    # A sixth of a letter between two letters.
    size, _ = fit(title, bold, 36, width=(WIDTH - 2 * MARGIN) * 6 / 7)
    spacing = size / 6
    extent = stringWidth(title, bold, size) + spacing * len(title)
    writing = page.beginText((WIDTH - extent + spacing) / 2, HEIGHT - 122)
    writing.setFont(bold, size)
    writing.setCharSpace(spacing)
    writing.textOut(title)
    writing.setCharSpace(0)
    page.drawText(writing)
    _certified(page, facts, regular, bold)


def _certified(page, facts, regular, bold):
    """The sentence around the name; a long name has a line to itself."""
    after = AFTER_NAME.format(id=facts["id"])
    before = stringWidth(BEFORE_NAME, regular, 15) + 12
    width = WIDTH - 2 * MARGIN - before
    beside = width - 12 - stringWidth(after, regular, 15)
    size, _ = fit(facts["name"], bold, 22, width=beside)
    alone = size < LEAST_BESIDE
    if alone:
        size, _ = fit(facts["name"], bold, 22, width=width)
    x, y = MARGIN + before, HEIGHT - (169 if alone else 176)
    _line(page, MARGIN, y, BEFORE_NAME, regular, 15)
    extent = _line(page, x, y, facts["name"], bold, size, colour=INK)
    page.setStrokeColor(ORANGE)
    page.setLineWidth(1.2)
    page.line(x - 4, y - 6, x + extent + 4, y - 6)
    if alone:
        _line(page, x, y - 25, after, regular, 13)
    else:
        _line(page, x + extent + 12, y, after, regular, 15)


def _facts(page, facts, regular):
    values = printed_values(facts)
    middle, right = WIDTH / 2 + 42, WIDTH - MARGIN
    page.setStrokeColor(RULE)
    page.setLineWidth(0.5)
    for place, names in enumerate(ROWS):
        y = HEIGHT - 224 - place * ROW
        ends = (middle - 26, right) if len(names) == 2 else (right,)
        for name, left, end in zip(names, (MARGIN, middle), ends, strict=False):
            _line(page, left, y, LABELS[name], regular, 10.5, colour=GREY)
            _value(page, left + LABEL, y, values[name], regular, end - left - LABEL)
            page.line(left, y - 10, end, y - 10)


def _value(page, x, y, text, font, width):
    """A value on its line; several smaller lines around the same middle."""
    size, lines = fit(text, font, 13, width=width, height=ROW - 4)
    if len(lines) > 1:
        y += 4.5 - 0.35 * size + (len(lines) - 1) * size * LEADING / 2
    for line in lines:
        _line(page, x, y, line, font, size, colour=INK)
        y -= size * LEADING


def _code(page, token, regular):
    """The QR code as one filled path: whole numbers in its own grid."""
    rows = qr.matrix(token_url(token))
    size = len(rows)
    x, y = MARGIN, 74
    scale = QR_SIZE / size
    path = [f"q 0 0 0 rg {scale:.5f} 0 0 {scale:.5f} {x} {y} cm"]
    for number, row in enumerate(rows):
        path.extend(
            f"{start} {size - 1 - number} {length} 1 re"
            for start, length in qr.runs(row)
        )
    path.append("f Q")
    page.setFillColorRGB(1, 1, 1)
    quiet = 4 * scale
    page.rect(x - quiet, y - quiet, QR_SIZE + 2 * quiet, QR_SIZE + 2 * quiet, 0, 1)
    # reportlab formats every number by itself: seven milliseconds for a code.
    page._code.append("\n".join(path))
    left = x + QR_SIZE + 22
    _line(page, left, y + QR_SIZE - 14, SCAN, regular, 13, colour=INK)
    address = settings.BASE_URL.split("//")[-1]
    for place, words in enumerate(QUERY):
        text = words.format(address=address)
        _line(page, left, y + QR_SIZE - 34 - 14 * place, text, regular, 9.5)


def _signature(page, facts, regular, bold):
    right = WIDTH - MARGIN
    size, _ = fit(facts["issuer"], bold, 16, width=SIGNATURE)
    _line(page, right, 162, facts["issuer"], bold, size, "r", INK)
    y = 138
    values = printed_values(facts)
    for name in SIGNED:
        if value := values[name]:
            size, _ = fit(value, regular, 12, width=SIGNATURE - LABEL)
            width = _line(page, right, y, value, regular, size, "r", INK)
            _line(page, right - width - 10, y, LABELS[name], regular, 10.5, "r")
            y -= 21
    _line(page, WIDTH / 2, 48, SCOPE, regular, 8.5, "c")


def _line(page, x, y, text, font, size, align="l", colour=GREY):
    """Write one line; return its width."""
    page.setFillColor(colour)
    page.setFont(font, size)
    width = stringWidth(text, font, size)
    page.drawString(x - {"l": 0, "c": width / 2, "r": width}[align], y, text)
    return width
