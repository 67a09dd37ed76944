"""Noto Sans SC for paper: what it can print, and fonts cut from it.

The package holds one variable file; reportlab needs a static one, with as few
characters as will do. HarfBuzz cuts a hundred in a millisecond of one core, and reads
of the file only what it needs.

What Noto Sans SC lacks comes from Noto Sans TC and JP: a cut that needs one of their
characters is merged from all three, in some twenty milliseconds.
"""

import hashlib
import io
import logging
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

import uharfbuzz as hb
from django.conf import settings

from certificates.exceptions import GlyphMissing

PACKAGE = "justmytype_intl_cjk"
PACKAGED = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
SUPPLEMENTS = (
    "fonts/ofl/notosanstc/NotoSansTC[wght].ttf",
    "fonts/ofl/notosansjp/NotoSansJP[wght].ttf",
)
# Of the layout of characters reportlab reads nothing.
LEFT_OUT = b"GSUB", b"GPOS", b"GDEF", b"BASE", b"STAT", b"VORG", b"vhea", b"vmtx"

# fontTools tells of every table it merges.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text that would print as a box."""
    signs = set(text)
    for _face, covered in _sources():
        signs = {sign for sign in signs if ord(sign) not in covered}
    return sorted(signs)


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
    chosen = getattr(settings, "CERTIFICATE_FONT", "")
    return Path(chosen) if chosen else _packaged(PACKAGED)


def cut(codes: Iterable[int], weight: int) -> bytes:
    """Return a static font of some code points; those no font has are left out."""
    left, pieces = set(codes), []
    for face, covered in _sources():
        if here := {code for code in left if code in covered}:
            pieces.append(_piece(face, here, weight))
            left -= here
    if len(pieces) == 1:
        return pieces[0]
    from fontTools.merge import Merger  # 6 MB of modules that few processes need

    merged = io.BytesIO()
    Merger().merge([io.BytesIO(piece) for piece in pieces]).save(merged)
    return merged.getvalue()


def _sources() -> list[tuple[hb.Face, hb.Set]]:
    """The fonts, with what they have, in the order in which they are asked."""
    return [_source(path) for path in (source_path(), *map(_packaged, SUPPLEMENTS))]


@cache
def _packaged(name) -> Path:
    return Path(str(files(PACKAGE) / name))


@cache
def _source(path):
    face = hb.Face(hb.Blob.from_file_path(str(path)))
    return face, face.unicodes


def _piece(face, codes, weight):
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(codes)
    wanted.drop_table_tag_set.update(int.from_bytes(tag) for tag in LEFT_OUT)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    if any(axis.tag == "wght" for axis in face.axis_infos):
        wanted.pin_axis_location(face, "wght", weight)
    return wanted.subset(face).blob.data
