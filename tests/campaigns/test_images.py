import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Picture
from PIL.ExifTags import IFD, Base
from wagtail.blocks import StructBlockValidationError
from wagtail.images.models import Image

from lms.access.groups import EDITOR
from lms.campaigns.models.blocks import PictureBlock
from tests.factories.people import StaffFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WIDE, TALL = (60, 40), (40, 60)


@pytest.fixture
def editor(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=EDITOR))
    client.force_login(user)


def photograph(kind="JPEG", size=WIDE):
    """A picture that says where it was taken, and that it lies on its side."""
    exif = Picture.Exif()
    exif[Base.Orientation] = 6
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: (21.0, 26.0, 0.0)})
    stream = io.BytesIO()
    Picture.new("RGB", size, "orange").save(stream, kind, exif=exif)
    return stream.getvalue()


def upload(client, data, name="440899197803120014.jpg"):
    return client.post(
        reverse("wagtailimages:add"),
        {"title": "灭火器", "collection": 1, "file": SimpleUploadedFile(name, data)},
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_does_not_say_where_it_was_taken(client, editor, kind):
    data = photograph(kind)
    assert Picture.open(io.BytesIO(data)).getexif().get_ifd(IFD.GPSInfo)

    response = upload(client, data, f"440899197803120014.{kind.lower()}")

    image = Image.objects.get()
    kept = [image.file, image.get_rendition("max-30x30").file]
    assert response.status_code == 302
    assert (image.width, image.height) == TALL
    for file in kept:
        with file.open() as stream:
            assert not dict(Picture.open(stream).getexif())
        assert "440899" not in file.name


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ("培训教室里，学员在练习使用灭火器", True),
        ("灭火器", True),
        ("IMG_20260504_101112", False),
        ("微信图片_20260504", False),
        ("灭火演练.jpg", False),
        ("p1040883", False),
    ],
)
def test_a_picture_is_described_not_named_by_its_file(client, editor, words, taken):
    upload(client, photograph())
    image = Image.objects.get()
    image.title = words if words.isascii() else "灭火器"
    image.contextual_alt_text, image.decorative = words, False
    block = PictureBlock()

    try:
        block.clean(image)
    except StructBlockValidationError as refusal:
        assert list(refusal.block_errors) == ["alt_text"]
        assert not taken
    else:
        assert taken
    assert block.get_searchable_content(image) == ([words] if taken else [])


def test_a_damaged_picture_is_refused_with_a_sentence(client, editor):
    whole = photograph(size=(600, 400))

    response = upload(client, whole[: len(whole) // 2])

    assert response.status_code == 200
    assert "图片已损坏" in response.content.decode()
    assert not Image.objects.exists()


def test_a_picture_of_too_many_points_is_refused(client, editor):
    stream = io.BytesIO()
    Picture.new("1", (7100, 7100)).save(stream, "PNG")

    response = upload(client, stream.getvalue(), "large.png")

    assert response.status_code == 200
    assert not Image.objects.exists()
