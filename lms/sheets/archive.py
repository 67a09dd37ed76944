"""Checks of a workbook's archive before any parser opens it (B001, B003, B006).

The reader lays out every cell between the first and the last that holds something,
so a file of a few kilobytes can ask for all memory: sizes are counted here first.
"""

import io
import re
import zipfile
from itertools import pairwise

from django.utils.translation import gettext as _

from lms.sheets.files import FileRefused

MAX_RATIO = 200
MAX_MEMBERS = 1000
MAX_CELLS = 6_000_000
LONGEST_RUN = 256 * 1024

# A cell that is not empty, and one that does not say where it stands. Every piece is
# bounded: a hostile tag must not make the search itself slow. A search is fast where
# its pattern begins with a letter.
FILLED = re.compile(
    rb"""r(?<=\br)\s{0,4}=\s{0,4}["']([A-Za-z]{1,4})(\d{1,9})["'](?![^<>]{0,200}/>)"""
)
ADRIFT = re.compile(
    rb"""<(?:c|\w{1,20}:c)(?=[\s>/])(?![^<>]{0,200}?\br\s{0,4}=\s{0,4}["'][A-Za-z]+\d)"""
)
DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
WIDE_DTD = re.compile(rb"<\x00!\x00[Dd]")


def not_a_workbook() -> FileRefused:
    """The refusal of a file that is neither a workbook nor a text."""
    return FileRefused(
        "not_a_workbook",
        _("This is not an .xlsx workbook or a .csv file. Save it as .xlsx and retry."),
    )


def too_large_inside() -> FileRefused:
    """The refusal of a file that would fill the memory."""
    return FileRefused("too_large_inside", _("The workbook is too large inside."))


def inspect_archive(data: bytes, *, limit: int) -> None:
    """Raise ``FileRefused`` unless the archive is a workbook within the limits."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise not_a_workbook() from error
    members = archive.infolist()
    names = {member.filename for member in members}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise not_a_workbook()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        message = _("The workbook holds macros. Save it as .xlsx without macros.")
        raise FileRefused("macros", message)
    declared = sum(member.file_size for member in members)
    if (
        len(members) > MAX_MEMBERS
        or declared > limit
        or declared > max(MAX_RATIO * len(data), 10_000_000)
        or _overlap(members)
    ):
        raise too_large_inside()
    left = declared
    for member in members:
        try:
            with archive.open(member) as stream:
                left -= _scan(stream, member.filename, left=left)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise not_a_workbook() from error
        except RuntimeError as error:  # an encrypted member
            raise not_a_workbook() from error


def _scan(stream, name, *, left) -> int:
    """Read one member to its end, refusing what no reader may see; its size.

    Any member may be a sheet of the workbook, under any name.
    """
    size, tail, widest, lowest = 0, b"", 0, 0
    while chunk := stream.read(1 << 20):
        size += len(chunk)
        if size > left:
            raise too_large_inside()
        text = tail + chunk
        is_xml = name.endswith((".xml", ".rels"))
        if is_xml and (DTD.search(text) or WIDE_DTD.search(text)):
            raise not_a_workbook()
        whole = text.rfind(b">") + 1
        if len(text) - whole > LONGEST_RUN:
            raise too_large_inside()
        text, tail = text[:whole], text[whole:]
        cells = FILLED.findall(text)
        if cells:
            columns = {letters for letters, _row in cells}
            rows = {row for _letters, row in cells}
            widest = max(widest, *map(_column_number, columns))
            lowest = max(lowest, *map(int, rows))
        if widest * lowest > MAX_CELLS:
            raise too_large_inside()
        if name.startswith("xl/worksheets/") and ADRIFT.search(text):
            raise not_a_workbook()
    return size


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _overlap(members) -> bool:
    ordered = sorted(members, key=lambda member: member.header_offset)
    return any(
        first.header_offset + first.compress_size > second.header_offset
        for first, second in pairwise(ordered)
    )
