"""Kinds of files by content: an upload with another extension is refused."""

import os
import struct
import zipfile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# The part that makes a package the document it claims to be.
PACKAGES = {
    "docx": "word/document.xml",
    "pptx": "ppt/presentation.xml",
    "xlsx": "xl/workbook.xml",
}
MACROS = "vbaProject.bin"
MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"<body", b"<head")
SNIFFED = 1024
MOST_BOXES = 1000


def content_matches_name(file) -> None:
    """Raise ``ValidationError`` for a file that is not what its extension says."""
    extension = os.path.splitext(file.name)[1][1:].lower()
    check = CHECKS.get(extension)
    if check is None:
        return
    file.seek(0)
    try:
        right = check(file, extension)
    finally:
        file.seek(0)
    if not right:
        raise ValidationError(
            _("The content of this file is not .%(extension)s."),
            code="content_is_not_its_name",
            params={"extension": extension},
        )


def _is_pdf(file, extension):
    return file.read(5) == b"%PDF-"


def _is_package(file, extension):
    try:
        with zipfile.ZipFile(file) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    if any(name.endswith(MACROS) for name in names):
        return False
    return extension == "zip" or PACKAGES[extension] in names


def _is_text(file, extension):
    """Words in UTF-8 or GB 18030, and no page that a browser would show."""
    data = file.read()
    if b"\0" in data or data.lstrip()[:SNIFFED].lower().startswith(MARKUP):
        return False
    return _decodes(data, "utf-8") or _decodes(data, "gb18030")


def _is_captions(file, extension):
    data = file.read().removeprefix(b"\xef\xbb\xbf")
    return data.startswith(b"WEBVTT") and _decodes(data, "utf-8")


def _is_mp4(file, extension):
    """A file of whole boxes, among them what the film is and the film."""
    file.seek(0, os.SEEK_END)
    end, at, kinds = file.tell(), 0, []
    while at < end and len(kinds) < MOST_BOXES:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return False
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
        elif size == 0:
            size = end - at
        if size < 8 or at + size > end:
            return False
        kinds.append(kind)
        at += size
    return kinds[:1] == [b"ftyp"] and {b"moov", b"mdat"} <= set(kinds)


def _decodes(data, encoding):
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


CHECKS = {
    "csv": _is_text,
    "docx": _is_package,
    "mp4": _is_mp4,
    "pdf": _is_pdf,
    "pptx": _is_package,
    "txt": _is_text,
    "vtt": _is_captions,
    "xlsx": _is_package,
    "zip": _is_package,
}
