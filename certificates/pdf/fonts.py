"""Noto Sans SC for paper: what it can print, and one font object per process.

The package holds one variable file whose default is Thin; reportlab needs a static
one. ``manage.py prepare_fonts`` makes it whole (about 20 s) and stores it. Until then
a subset of the characters in use is cut and instanced at once (half a second), and
grows. Drawing stores nothing.

What Noto Sans SC lacks comes from Noto Sans TC and JP: a cut that needs one of their
characters is merged from all three. Rare enough never to be prepared.
"""

import hashlib
import io
import logging
import re
import threading
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont as FontFile
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab import rl_config
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from certificates.exceptions import GlyphMissing

PACKAGE = "justmytype_intl_cjk"
PACKAGED = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
SUPPLEMENTS = (
    "fonts/ofl/notosanstc/NotoSansTC[wght].ttf",
    "fonts/ofl/notosansjp/NotoSansJP[wght].ttf",
)
ASCII = "".join(map(chr, range(32, 127)))
WEIGHTS = (400, 700)
FOLDER = "fonts"
PREPARED = re.compile(r"NotoSansSC-(?P<weight>\d+)-(?P<digest>[0-9a-f]{12})")
LAYOUT_TABLES = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx"]

# fontTools tells every glyph it keeps.
logging.getLogger("fontTools").setLevel(logging.WARNING)

# Streams as bytes, not as text a quarter longer and three milliseconds slower.
rl_config.useA85 = 0

_lock = threading.Lock()
# By weight, and by whether the characters come from the first font alone.
_loaded: dict[tuple[int, bool], tuple[str, frozenset[str] | None]] = {}
# A code point beyond the basic plane, as reportlab writes it and as PDF wants it.
BEYOND = re.compile(r"(<[0-9A-F]{2}> )<([0-9A-F]{5,6})>")


def source_path() -> Path:
    """Return the variable font file: the setting ``CERTIFICATE_FONT``, or packaged."""
    return Path(
        getattr(settings, "CERTIFICATE_FONT", "") or str(files(PACKAGE) / PACKAGED)
    )


def _sources() -> list[Path]:
    """The font files in the order in which a character is looked for."""
    packaged = [Path(str(files(PACKAGE) / name)) for name in SUPPLEMENTS]
    return [source_path(), *packaged]


@cache
def _covered(path: Path) -> frozenset[int]:
    with FontFile(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


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


def font_for(text: str, *, weight: int = 400) -> str:
    """Return the name of a registered font that can print a text.

    One object per process and weight; it grows when a new character comes.
    """
    is_common = _covered(source_path()).issuperset(map(ord, text))
    with _lock:
        name, covers = _loaded.get((weight, is_common), ("", frozenset()))
        if name and (covers is None or covers.issuperset(text)):
            return name
        data = _prepared(weight) if is_common else None
        if data:
            name, covers = f"NotoSansSC-{weight}", None
        else:
            covers = covers | frozenset(text) | frozenset(ASCII)
            name = f"NotoSansSC-{weight}-{_digest(''.join(sorted(covers)).encode())}"
            data = _instance("".join(covers), weight)
        _register(_Font(name, io.BytesIO(data)))
        _loaded[weight, is_common] = (name, covers)
        return name


def load(text: str, *, weight: int = 400) -> None:
    """Make the font that prints a text ready, for texts that are parts of it."""
    common = _covered(source_path())
    font_for("".join(sign for sign in set(text) if ord(sign) in common), weight=weight)


class _Font(TTFont):
    """A font whose text can be copied, also beyond the basic plane."""

    def addObjects(self, doc):
        super().addObjects(doc)
        for name, thing in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                thing.content = BEYOND.sub(_as_utf_16, thing.content)


def _as_utf_16(match):
    units = chr(int(match[2], 16)).encode("utf-16-be").hex().upper()
    return f"{match[1]}<{units}>"


def _register(font):
    """Register a font under its own name, though an earlier cut had the same face.

    reportlab takes fonts of one face name for one font, and would go on with the
    first: every character that came later would print as a box.
    """
    face_name, font.face.name = font.face.name, font.fontName
    registerFont(font)
    font.face.name = face_name


def prepare(weight: int) -> None:
    """Make and store the whole static font of a weight, if it is not there."""
    if _prepared(weight) is None:
        data = _instance(None, weight)
        name = f"NotoSansSC-{weight}-{_digest(data)}.ttf"
        storages["private"].save(f"{FOLDER}/{name}", ContentFile(data))


def _prepared(weight):
    """The whole static font as stored, or None; its name vouches for its content."""
    storage = storages["private"]
    try:
        _folders, names = storage.listdir(FOLDER)
    except FileNotFoundError:
        return None
    for name in names:
        found = PREPARED.match(name)
        if found and int(found["weight"]) == weight:
            with storage.open(f"{FOLDER}/{name}") as file:
                data = file.read()
            if _digest(data) == found["digest"]:
                return data
    return None


def _digest(data):
    return hashlib.sha256(data).hexdigest()[:12]


def _instance(text, weight):
    """Cut first, then instance: half a second instead of twenty.

    Without a text it is the whole of the first font.
    """
    first, *others = _sources()
    if text is None:
        return _cut(first, _covered(first), weight)
    left = set(map(ord, text))
    pieces = []
    for path in (first, *others):
        here = left & _covered(path)
        if here:
            pieces.append(_cut(path, here, weight))
            left -= here
    if len(pieces) == 1:
        return pieces[0]
    merged = io.BytesIO()
    Merger().merge([io.BytesIO(piece) for piece in pieces]).save(merged)
    return merged.getvalue()


def _cut(path, codes, weight):
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
