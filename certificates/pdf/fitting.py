"""Text that must stay in its place on paper: made smaller, then broken into lines."""

from reportlab.pdfbase.pdfmetrics import stringWidth

LEADING = 1.2
SMALLEST = 6
# A line neither begins with what closes nor ends with what opens.
CLOSING = frozenset("、。，；：？！）》」』】〉…,.;:?!)]}%’”")
OPENING = frozenset("（《「『【〈([{‘“")


def fit(
    text: str, font: str, size: float, *, width: float, height: float = 0
) -> tuple[float, list[str]]:
    """Return the largest size, by half points, and the lines that fill a box.

    Without a height it is one line. At ``SMALLEST`` the text goes as it is.
    """
    widths = [stringWidth(character, font, 1) for character in text]
    while True:
        lines = _wrapped(text, [size * one for one in widths], width)
        fits = len(lines) <= 1 or len(lines) * size * LEADING <= height
        if fits or size <= SMALLEST:
            return size, lines if fits else [text]
        size -= 0.5


def _wrapped(text, widths, width):
    lines, start = [], 0
    while start < len(text):
        end, used = start, 0
        while end < len(text) and (used := used + widths[end]) <= width:
            end += 1
        if end < len(text):
            end = _break(text, start, end)
        lines.append(text[start:end].strip())
        start = max(end, start + 1)
    return lines


def _break(text, start, end):
    """Where to end a line at the latest: between words, in a pinch inside one."""
    for place in range(end, (start + end) // 2, -1):
        before, after = text[place - 1], text[place]
        apart = before == " " or after > "\u2e7f" or before > "\u2e7f"
        if apart and after not in CLOSING and before not in OPENING:
            return place
    return end
