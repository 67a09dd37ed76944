"""Noto Sans SC for paper: what it can print, and fonts cut from it.

The package holds one variable file whose default is Thin; reportlab needs a static
one, with as few characters as will do: a cut of a hundred takes a third of a second
of one core, one of 7,500 six seconds. Both read the whole file: 30 to 100 MB for as
long.

What Noto Sans SC lacks comes from Noto Sans TC and JP: a cut that needs one of their
characters is merged from all three.
"""

import hashlib
import io
import logging
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import product
from pathlib import Path

from django.conf import settings
from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont as FontFile
from fontTools.varLib.instancer import instantiateVariableFont

from certificates.exceptions import GlyphMissing

PACKAGE = "justmytype_intl_cjk"
PACKAGED = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
SUPPLEMENTS = (
    "fonts/ofl/notosanstc/NotoSansTC[wght].ttf",
    "fonts/ofl/notosansjp/NotoSansJP[wght].ttf",
)
ASCII = "".join(map(chr, range(32, 127)))
LAYOUT_TABLES = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx"]

# fontTools tells every glyph it keeps.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def common() -> str:
    """Return the characters of everyday writing: GB 2312, 6,763 of them Chinese."""
    # Read as GBK, which makes the dash and the dot of names of what GB 2312 calls so.
    high, low = range(0xA1, 0xF8), range(0xA1, 0xFF)
    signs = (bytes(pair).decode("gbk", "ignore") for pair in product(high, low))
    return ASCII + "".join(signs)


@cache
def printable() -> frozenset[int]:
    """Return the code points that some font can print."""
    return frozenset().union(*map(_covered, _sources()))


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text that would print as a box."""
    if printable().issuperset(map(ord, text)):
        return []
    return sorted({sign for sign in text if ord(sign) not in printable()})


def check_printable(texts: Iterable[str]) -> None:
    """Raise ``GlyphMissing`` naming every character that would print as a box."""
    if missing := missing_glyphs("".join(texts)):
        raise GlyphMissing(missing)


def edition() -> str:
    """Return a name of the first font file, which changes with it."""
    path = source_path()
    told = f"{path.name} {path.stat().st_size}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def source_path() -> Path:
    """Return the variable font file: the setting ``CERTIFICATE_FONT``, or packaged."""
    return Path(
        getattr(settings, "CERTIFICATE_FONT", "") or str(files(PACKAGE) / PACKAGED)
    )


def cut(codes: Iterable[int], weight: int) -> bytes:
    """Return a static font of some code points; those no font has are left out.

    Cut first, then instanced: half a second instead of twenty.
    """
    left, pieces = set(codes), []
    for path in _sources():
        if here := left & _covered(path):
            pieces.append(_piece(path, here, weight))
            left -= here
    if len(pieces) == 1:
        return pieces[0]
    merged = io.BytesIO()
    Merger().merge([io.BytesIO(piece) for piece in pieces]).save(merged)
    return merged.getvalue()


def _sources() -> list[Path]:
    """The font files in the order in which a character is looked for."""
    packaged = [Path(str(files(PACKAGE) / name)) for name in SUPPLEMENTS]
    return [source_path(), *packaged]


@cache
def _covered(path: Path) -> frozenset[int]:
    with FontFile(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _piece(path, codes, weight):
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[1, 2, 4, 6]
    )
    options.drop_tables += LAYOUT_TABLES
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    small = io.BytesIO()
    with FontFile(path, lazy=True, recalcTimestamp=False) as font:
        cutter.subset(font)
        font.save(small)
    small.seek(0)
    whole = io.BytesIO()
    with FontFile(small, recalcTimestamp=False) as font:
        static = instantiateVariableFont(font, {"wght": weight})
        # Every cut embeds under one name.
        static["name"].setName(f"NotoSansSC-{weight}", 6, 3, 1, 0x409)
        static.save(whole)
    return whole.getvalue()
