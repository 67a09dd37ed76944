"""An upload is what its content is, not what its name says."""

import io
import zipfile

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.ExifTags import IFD

from courses.models import LessonPage
from lms.web.file_kinds import content_matches_name
from lms.web.pictures import bare_picture

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
MEDIA = settings.BASE_DIR / "lms" / "demo" / "media"


def package(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
FILM = (MEDIA / "confined-space.mp4").read_bytes()

RIGHT = [
    ("a.pdf", b"%PDF-1.7\n"),
    ("a.PDF", b"%PDF-1.7\n"),
    ("a.docx", DOCX),
    ("a.xlsx", package("xl/workbook.xml")),
    ("a.pptx", package("ppt/presentation.xml")),
    ("a.zip", package("a.txt")),
    ("a.txt", "安全".encode()),
    ("a.csv", "姓名,岗位\n".encode("gb18030")),
    ("a.vtt", b"\xef\xbb\xbfWEBVTT\n"),
    ("a.mp4", FILM),
]
WRONG = [
    *[(f"a.{kind}", HTML) for kind in ("pdf", "docx", "mp4", "zip", "vtt", "txt")],
    ("a.csv", b"  \r\n<HTML>"),
    ("a.txt", b"MZ\x00\x01"),
    ("a.docx", b"junk"),
    ("a.docx", package("xl/workbook.xml")),
    ("a.docx", package("word/document.xml", "word/vbaProject.bin")),
    ("a.xlsx", DOCX),
    ("a.docx", DOCX[:40]),
    ("a.mp4", b"\0\0\0\x18ftypisom" + b"junk" * 100),
    ("a.mp4", FILM[: len(FILM) // 2]),
    ("a.vtt", b"WEBVTT \xff"),
]


@pytest.mark.parametrize(("name", "data"), RIGHT, ids=lambda value: str(value)[:8])
def test_a_file_that_is_what_it_says_is_taken(name, data):
    file = SimpleUploadedFile(name, data)

    content_matches_name(file)

    assert file.read() == data


@pytest.mark.parametrize(("name", "data"), WRONG, ids=lambda value: str(value)[:8])
def test_a_file_that_is_something_else_is_refused(name, data):
    with pytest.raises(ValidationError) as refused:
        content_matches_name(SimpleUploadedFile(name, data))

    assert refused.value.code == "content_is_not_its_name"


def test_a_poster_says_nothing_of_where_it_was_taken():
    exif = Image.Exif()
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: (21.0, 26.0, 0.0)})
    stream = io.BytesIO()
    Image.new("RGB", (6, 4), "orange").save(stream, "JPEG", exif=exif)

    bare = bare_picture(SimpleUploadedFile("440899.jpg", stream.getvalue()))

    assert dict(Image.open(bare).getexif()) == {}
    assert "440899" not in bare.name
    LessonPage._meta.get_field("poster").run_validators(bare)


def test_a_page_named_as_a_picture_is_refused():
    with pytest.raises(ValidationError):
        bare_picture(SimpleUploadedFile("a.jpg", HTML))
