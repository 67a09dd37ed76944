"""The fonts of the papers: stored ones of many characters, else cut for one paper.

``extend`` cuts and stores them: ``manage.py prepare`` those of everyday writing, the
sweep anew when a name needs more. A process reads the stored font of a weight when it
first draws, and a larger one when a text needs it. A paper that needs what no stored
font has gets a font of its own at once: nobody waits for it, and it stores nothing.

In memory, per weight: the stored font (2 MB of file, 5 MB in all), and the latest cut
of at most ``FEW`` characters. A font that is replaced goes with its last paper.
"""

import copy
import hashlib
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from weakref import WeakKeyDictionary

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from certificates.pdf import glyphs

WEIGHTS = (400, 700)
FOLDER = "fonts"
STORED = re.compile(
    r"NotoSansSC-\d+-[0-9a-f]{8}-(?P<size>\d+)-(?P<digest>[0-9a-f]{12})\.ttf"
)
# The characters the fonts begin with.
COMMON = glyphs.common()
FEW = 1000

# Streams as bytes, not as text a quarter longer and three milliseconds slower.
rl_config.useA85 = 0

# By weight: the stored font that was read, with its file, and the latest cut.
_stored: dict[int, tuple[str, "_Font"]] = {}
_cut: dict[int, "_Font"] = {}
_free: deque[str] = deque()
_numbers = count()
# A code point beyond the basic plane, as reportlab writes it and as PDF wants it.
BEYOND = re.compile(r"(<[0-9A-F]{2}> )<([0-9A-F]{5,6})>")


class _Font(TTFont):
    """A font whose text can be copied, also beyond the basic plane."""

    def covers(self, codes: set[int]) -> bool:
        """Whether it prints some code points."""
        return self.face.charToGlyph.keys() >= codes

    def addObjects(self, doc):
        super().addObjects(doc)
        for name, thing in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                thing.content = BEYOND.sub(_as_utf_16, thing.content)


@contextmanager
def font_for(text: str, *, weight: int = 400) -> Iterator[str]:
    """Give the name of a font that prints a text, for the time it is used.

    Each use has a copy under a name of its own: reportlab shares a font between
    threads that would disturb each other, and keeps what it knows for ever.
    """
    found = _font_of({ord(sign) for sign in text}, weight)
    font = copy.copy(found)
    font.face, font.state = copy.copy(found.face), WeakKeyDictionary()
    font.fontName = name = _free_name()
    pdfmetrics._fonts[name] = font
    try:
        yield name
    finally:
        del pdfmetrics._fonts[name]
        _free.append(name)


def load(text: str, *, weight: int = 400) -> None:
    """Make the font that prints a text ready, for texts that are parts of it."""
    _font_of({ord(sign) for sign in text}, weight)


def extend(text: str = "") -> int:
    """Store fonts of the common characters and a text; return how many came new.

    Repeating it changes nothing. New fonts take about six seconds of a core each; of
    two that store at once both stay until the next that finds a character missing.
    """
    wanted = {ord(sign) for sign in COMMON + text} & glyphs.printable()
    return max(_extend(wanted, weight) for weight in WEIGHTS)


def stored() -> list[str]:
    """Return the files of the stored fonts."""
    return [name for weight in WEIGHTS for name in _names(weight)]


def _extend(wanted, weight):
    storage, names = storages["private"], _names(weight)
    known = [_read(name, weight) for name in names]
    present = set()
    for font in filter(None, known):
        present |= font.face.charToGlyph.keys() & glyphs.printable()
    if any(font and font.covers(wanted | present) for font in known):
        return 0
    codes = wanted | present
    data = glyphs.cut(codes, weight)
    digest = hashlib.sha256(data).hexdigest()[:12]
    name = f"NotoSansSC-{weight}-{glyphs.edition()}-{len(codes)}-{digest}.ttf"
    if name in names:
        # It is not whole, or it would have been read.
        storage.delete(f"{FOLDER}/{name}")
    storage.save(f"{FOLDER}/{name}", ContentFile(data))
    for earlier in names:
        if earlier != name:
            storage.delete(f"{FOLDER}/{earlier}")
    return len(wanted - present)


def _font_of(codes, weight):
    """The stored font where it prints some code points, else a font cut for them.

    A larger font may have been stored since; a cut is remembered, and goes on to
    print what it printed as long as it stays small.
    """
    codes = codes & glyphs.printable()
    for font in (_stored.get(weight, ("", None))[1], _cut.get(weight)):
        if font and font.covers(codes):
            return font
    for name in _names(weight):
        font = _read(name, weight)
        if font and font.covers(codes):
            return font
    before = _cut.get(weight)
    more = codes | (before.face.charToGlyph.keys() if before else set())
    if len(more) <= FEW:
        codes = more
    data = glyphs.cut(codes | set(map(ord, glyphs.ASCII)), weight)
    font = _Font(f"NotoSansSC-{weight}", io.BytesIO(data))
    if len(codes) <= FEW:
        _cut[weight] = font
    return font


def _read(name, weight):
    """The stored font of a file, or None; the name of the file vouches for it."""
    read, font = _stored.get(weight, ("", None))
    if read == name:
        return font
    try:
        with storages["private"].open(f"{FOLDER}/{name}") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    if hashlib.sha256(data).hexdigest()[:12] != STORED.fullmatch(name)["digest"]:
        return None
    font = _Font(f"NotoSansSC-{weight}", io.BytesIO(data))
    _stored[weight] = (name, font)
    return font


def _names(weight):
    """The files of the stored fonts of this edition, of most characters first."""
    try:
        _folders, names = storages["private"].listdir(FOLDER)
    except FileNotFoundError:
        return []
    stem = f"NotoSansSC-{weight}-{glyphs.edition()}-"
    found = filter(None, map(STORED.fullmatch, names))
    ours = [one for one in found if one.string.startswith(stem)]
    ours.sort(key=lambda one: int(one["size"]), reverse=True)
    return [one.string for one in ours]


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
