"""A QR code as rows of bits, with the mask the standard asks for, quickly.

The library tries its eight masks module by module (12 ms). Here one drawing is
made, and the penalty of every mask is counted with whole-matrix integers.
"""

from functools import cache

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import mask_func

MASKS = range(8)
FINDER = ("10111010000", "00001011101")


def matrix(text: str) -> list[list[bool]]:
    """Return the modules of a text at level M, True for dark, without a border."""
    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=0, border=0)
    code.add_data(text, optimize=0)
    code.best_fit(start=1)
    code.makeImpl(True, 0)
    best = best_mask(code.modules, code.version)
    for i, j in _flipped(code.modules_count, code.version, best):
        code.modules[i][j] = not code.modules[i][j]
    code.setup_type_info(False, best)
    if code.version >= 7:
        code.setup_type_number(False)
    return code.modules


def best_mask(drawn: list[list[bool]], version: int) -> int:
    """Return the mask with the lowest penalty, given the drawing under mask 0."""
    size = len(drawn)
    base = _pack(drawn, size)
    changes = _mask_changes(size, version)
    return min(MASKS, key=lambda mask: (_penalty(base ^ changes[mask], size), mask))


def _pack(rows, size):
    """One integer of all rows, each followed by a light separator bit."""
    text = "0".join("".join("1" if dark else "0" for dark in row) for row in rows)
    return int(text, 2)


@cache
def _mask_changes(size, version):
    """Per mask: the modules that differ from mask 0, as one integer."""
    changes = []
    for mask in MASKS:
        rows = [[False] * size for _ in range(size)]
        for i, j in _flipped(size, version, mask):
            rows[i][j] = True
        changes.append(_pack(rows, size))
    return changes


@cache
def _flipped(size, version, mask):
    """Where a mask differs from mask 0, among the modules that carry data."""
    fixed, first, here = _fixed_modules(version), mask_func(0), mask_func(mask)
    return [
        (i, j)
        for i in range(size)
        for j in range(size)
        if not fixed[i][j] and first(i, j) != here(i, j)
    ]


@cache
def _fixed_modules(version):
    """Which modules the standard fixes: those that no data flips."""
    code = QRCode(version=version, error_correction=ERROR_CORRECT_M, mask_pattern=0)
    drawings = []
    for fill in (b"\x00", b"\xff"):
        code.data_cache = fill * 4000
        code.makeImpl(True, 0)
        drawings.append([list(row) for row in code.modules])
    zeros, ones = drawings
    return [
        [zero == one for zero, one in zip(*rows, strict=True)]
        for rows in zip(zeros, ones, strict=True)
    ]


@cache
def _starts(size, length):
    """Return a mask with a bit where a window of so many modules begins in a row."""
    row = "1" * (size - length + 1) + "0" * (length - 1)
    return int("0".join([row] * size), 2)


def _penalty(bits, size):
    text = f"{bits:0{size * (size + 1) - 1}b}"
    rows = [text[start : start + size] for start in range(0, len(text), size + 1)]
    turned = int("0".join(map("".join, zip(*rows, strict=True))), 2)
    dark = bits.bit_count()
    balance = int(abs(100 * dark / size**2 - 50) / 5) * 10
    return _lines(bits, size) + _lines(turned, size) + _blocks(bits, size) + balance


def _lines(bits, size):
    """Runs of five or more, and patterns that look like a finder."""
    everything = (1 << size * (size + 1) - 1) - 1
    light = bits ^ everything
    total = 0
    for colour in (bits, light):
        run = colour & colour << 1 & colour << 2 & colour << 3 & colour << 4
        run &= _starts(size, 5)
        total += run.bit_count() + 2 * (run & ~(run >> 1)).bit_count()
    for pattern in FINDER:
        found = _starts(size, 11)
        for place, digit in enumerate(pattern):
            found &= (bits if digit == "1" else light) << place
        total += 40 * found.bit_count()
    return total


def _blocks(bits, size):
    """Squares of two by two in one colour."""
    everything = (1 << size * (size + 1) - 1) - 1
    inside = _starts(size, 2) >> (size + 1) << (size + 1)
    total = 0
    for colour in (bits, bits ^ everything):
        pair = colour & colour << 1
        total += (pair & pair << (size + 1) & inside).bit_count()
    return 3 * total


def svg_path(text: str) -> dict:
    """Return ``size`` and the ``path`` of a code, for an SVG of that view box."""
    rows = matrix(text)
    parts = []
    for number, row in enumerate(rows):
        parts.extend(
            f"M{start} {number}h{length}v1h-{length}z" for start, length in runs(row)
        )
    return {"size": len(rows), "path": "".join(parts)}


def runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return start and length of every run of dark modules."""
    found, start = [], None
    for column, dark in enumerate([*row, False]):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            found.append((start, column - start))
            start = None
    return found
