"""Noto Sans SC for paper: what it can print, and one font object per process.

The package holds one variable file whose default is Thin; reportlab needs a static
one. ``manage.py prepare_fonts`` makes it whole (about 20 s). Until then a subset of
the characters in use is cut and instanced at once (half a second), and grows.
"""

import hashlib
import io
import logging
import threading
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from django.conf import settings
from fontTools import subset
from fontTools.ttLib import TTFont as FontFile
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab import rl_config
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from lms.files import write_whole

from .exceptions import GlyphMissing

PACKAGED = ("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")
ASCII = "".join(map(chr, range(32, 127)))
WEIGHTS = (400, 700)
LAYOUT_TABLES = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx"]

# fontTools tells every glyph it keeps.
logging.getLogger("fontTools").setLevel(logging.WARNING)

# Streams as bytes, not as text a quarter longer and three milliseconds slower.
rl_config.useA85 = 0

_lock = threading.Lock()
_loaded: dict[int, tuple[str, frozenset[str] | None]] = {}


def source_path() -> Path:
    """Return the variable font file: the setting ``CERTIFICATE_FONT``, or packaged."""
    return Path(
        getattr(settings, "CERTIFICATE_FONT", "")
        or str(files(PACKAGED[0]) / PACKAGED[1])
    )


@cache
def printable() -> frozenset[int]:
    """Return the code points the font can print and a reader can copy again."""
    with FontFile(source_path(), lazy=True) as font:
        # reportlab writes no usable text for what lies beyond the basic plane.
        return frozenset(code for code in font.getBestCmap() if code <= 0xFFFF)


def check_printable(texts: Iterable[str]) -> None:
    """Raise ``GlyphMissing`` naming every character that would print as a box."""
    missing = sorted({c for text in texts for c in text if ord(c) not in printable()})
    if missing:
        raise GlyphMissing(missing)


def font_for(text: str, *, weight: int = 400) -> str:
    """Return the name of a registered font that can print a text.

    One object per process and weight; it grows when a new character comes.
    """
    with _lock:
        name, covers = _loaded.get(weight, ("", frozenset()))
        if name and (covers is None or covers.issuperset(text)):
            return name
        whole = prepared_path(weight)
        if whole.exists():
            name, data, covers = f"NotoSansSC-{weight}", whole.read_bytes(), None
        else:
            covers = covers | frozenset(text) | frozenset(ASCII)
            key = hashlib.sha256("".join(sorted(covers)).encode()).hexdigest()[:12]
            name, data = (
                f"NotoSansSC-{weight}-{key}",
                _cached_subset(covers, weight, key),
            )
        _register(TTFont(name, io.BytesIO(data)))
        _loaded[weight] = (name, covers)
        return name


def _register(font):
    """Register a font under its own name, though an earlier cut had the same face.

    reportlab takes fonts of one face name for one font, and would go on with the
    first: every character that came later would print as a box.
    """
    face_name, font.face.name = font.face.name, font.fontName
    registerFont(font)
    font.face.name = face_name


def prepared_path(weight: int) -> Path:
    """Return where the whole static font of a weight is kept."""
    return settings.DATA_DIR / "fonts" / f"NotoSansSC-{weight}.ttf"


def prepare(weight: int) -> Path:
    """Make the whole static font of a weight, if it is not there."""
    path = prepared_path(weight)
    if not path.exists():
        write_whole(path, _instance(None, weight))
    return path


def _cached_subset(characters, weight, key):
    path = settings.DATA_DIR / "fonts" / f"subset-{weight}-{key}.ttf"
    if not path.exists():
        write_whole(path, _instance("".join(characters), weight))
    return path.read_bytes()


def _instance(text, weight):
    """Cut first, then instance: half a second instead of twenty."""
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[1, 2, 4, 6]
    )
    options.drop_tables += LAYOUT_TABLES
    cutter = subset.Subsetter(options)
    cutter.populate(text=text) if text else cutter.populate(unicodes=printable())
    small = io.BytesIO()
    with FontFile(source_path(), lazy=True, recalcTimestamp=False) as font:
        cutter.subset(font)
        font.save(small)
    small.seek(0)
    whole = io.BytesIO()
    with FontFile(small, recalcTimestamp=False) as font:
        static = instantiateVariableFont(font, {"wght": weight})
        # Every cut embeds under one name: the same facts give the same bytes.
        static["name"].setName(f"NotoSansSC-{weight}", 6, 3, 1, 0x409)
        static.save(whole)
    return whole.getvalue()
