"""The `handpdf` floor: one page written by hand, as little as could do the job.

One font stream, cut and compressed beforehand and shared by all pages; text as
glyph ids; the QR matrix as a one-bit image mask.
"""

import io
import zlib

from fontTools.ttLib import TTFont

from certificates.pdf import qr


class HandPdf:
    """Prepared once per process; ``page`` is the measured work."""

    def __init__(self, font: bytes):
        with TTFont(io.BytesIO(font)) as face:
            order = {name: i for i, name in enumerate(face.getGlyphOrder())}
            self.glyphs = {c: order[name] for c, name in face.getBestCmap().items()}
        packed = zlib.compress(font)
        self.font = (
            b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H"
            b"/DescendantFonts[5 0 R]>>",
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/DW 1000/CIDSystemInfo"
            b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            b"/FontDescriptor 6 0 R>>",
            b"<</Type/FontDescriptor/FontName/F/Flags 4/FontBBox[0 0 1000 1000]"
            b"/ItalicAngle 0/Ascent 900/Descent -200/CapHeight 700/StemV 80"
            b"/FontFile2 7 0 R>>",
            _stream(packed, b"/Filter/FlateDecode/Length1 %d" % len(font)),
        )

    def page(self, lines: list[str], url: str) -> bytes:
        """Return a PDF with these lines and the code of an address."""
        parts = ["BT /F 13 Tf"]
        for place, line in enumerate(lines):
            glyphs = "".join(f"{self.glyphs.get(ord(c), 0):04x}" for c in line)
            parts.append(f"1 0 0 1 74 {540 - 22 * place} Tm <{glyphs}> Tj")
        parts.append("ET q 118 0 0 118 74 74 cm /Q Do Q")
        content = zlib.compress("\n".join(parts).encode())
        rows = qr.matrix(url)
        size = len(rows)
        bits = b"".join(
            int(
                "".join("01"[not dark] for dark in row).ljust(-(-size // 8) * 8, "0"), 2
            ).to_bytes(-(-size // 8))
            for row in rows
        )
        mask = b"/Type/XObject/Subtype/Image/ImageMask true/BitsPerComponent 1"
        mask += b"/Width %d/Height %d" % (size, size)
        return _file(
            [
                b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents 8 0 R"
                b"/Resources<</Font<</F 4 0 R>>/XObject<</Q 9 0 R>>>>>>",
                *self.font,
                _stream(content, b"/Filter/FlateDecode"),
                _stream(bits, mask),
            ]
        )


def _stream(data, entries):
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def _file(objects):
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(
        b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, start)
    )
    return out.getvalue()
