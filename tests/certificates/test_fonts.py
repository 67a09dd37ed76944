"""The fonts of the papers: each paper has its own, and nothing of it stays."""

import gc
import io
import weakref

from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics

from certificates.pdf import fonts, glyphs


def test_a_cut_has_the_characters_asked_for_in_the_weight_asked_for():
    thin, thick = (TTFont(io.BytesIO(glyphs.cut([0x5434], w))) for w in (400, 700))

    for font in (thin, thick):
        assert list(font.getBestCmap()) == [0x5434]
        assert not {"fvar", "gvar", "GSUB", "GPOS"} & set(font.keys())
    assert thin["glyf"].glyphs != thick["glyf"].glyphs
    assert glyphs.cut([0x5434], 400) == glyphs.cut([0x5434], 400)


def test_a_character_that_one_font_lacks_comes_from_another():
    data = glyphs.cut(map(ord, "李𠮷𠝹"), 400)

    assert set(TTFont(io.BytesIO(data)).getBestCmap()) == set(map(ord, "李𠮷𠝹"))


def test_the_characters_of_everyday_writing_can_be_printed():
    signs = "".join(
        bytes((high, low)).decode("gb2312", "ignore")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
    )

    assert len(signs) == 6763
    assert glyphs.missing_glyphs(signs + "《》（）—·…") == []


def test_two_at_a_time_have_a_font_each_and_nothing_is_kept():
    with fonts.font_for("吴"):
        known = len(pdfmetrics._fonts)
    gone = []

    with fonts.font_for("吴") as one, fonts.font_for("吴") as other:
        assert one != other
        gone += [weakref.ref(pdfmetrics.getFont(name).face) for name in (one, other)]
    for number in range(5):
        with fonts.font_for(chr(0x5434 + number)):
            pass

    gc.collect()
    assert [face() for face in gone] == [None, None]
    assert len(pdfmetrics._fonts) == known - 1
    assert len(fonts._free) == 2
