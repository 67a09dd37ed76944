"""The fonts of a paper: cut for what it says, and gone with it."""

import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from certificates.pdf import glyphs

# What reportlab itself asks a font for.
ASCII = "".join(map(chr, range(32, 127)))

# Streams as bytes, not as text a quarter longer and three milliseconds slower.
rl_config.useA85 = 0

_free: deque[str] = deque()
_numbers = count()
# A code point beyond the basic plane, as reportlab writes it and as PDF wants it.
BEYOND = re.compile(r"(<[0-9A-F]{2}> )<([0-9A-F]{5,6})>")


class _Font(TTFont):
    """A font whose text can be copied, also beyond the basic plane."""

    def addObjects(self, doc):
        super().addObjects(doc)
        for name, thing in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                thing.content = BEYOND.sub(_as_utf_16, thing.content)


@contextmanager
def font_for(text: str, *, weight: int = 400) -> Iterator[str]:
    """Give the name of a font that prints a text, for the time it is used.

    Each use has a font and a name of its own: reportlab shares a font between threads
    that would disturb each other, and keeps what it knows for ever.
    """
    data = glyphs.cut(map(ord, text + ASCII), weight)
    name = _free_name()
    font = _Font(name, io.BytesIO(data))
    font.face.name = f"NotoSansSC-{weight}".encode()
    pdfmetrics._fonts[name] = font
    try:
        yield name
    finally:
        del pdfmetrics._fonts[name]
        _free.append(name)


def _free_name():
    """A name no paper is using, new only where all are taken."""
    try:
        return _free.pop()
    except IndexError:
        name = f"paper-{next(_numbers)}"
        pdfmetrics.registerFontFamily(name)
        return name


def _as_utf_16(match):
    units = chr(int(match[2], 16)).encode("utf-16-be").hex().upper()
    return f"{match[1]}<{units}>"
