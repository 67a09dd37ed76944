"""Pictures without metadata such as place, camera and owner."""

import io
import uuid

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

# Some phones write two pictures into one file, of the type MPO.
FORMATS = {"MPO": "JPEG"}
EXTENSIONS = {"JPEG": "jpg"}
QUALITY = 92


def bare_picture(file) -> SimpleUploadedFile:
    """Return an uploaded picture encoded anew, under a name of its own.

    Only the picture remains, upright; raises ``ValidationError`` for a damaged one.
    """
    try:
        file.seek(0)
        data, kind = _encoded_anew(Image.open(file))
    except (OSError, SyntaxError, ValueError) as error:
        raise damaged() from error
    name = f"{uuid.uuid4().hex}.{EXTENSIONS.get(kind, kind.lower())}"
    return SimpleUploadedFile(name, data, content_type=f"image/{kind.lower()}")


def damaged() -> ValidationError:
    message = _("This picture is damaged. Open it, save it again and retry.")
    return ValidationError(message, code="damaged")


def _encoded_anew(picture):
    """Return a picture's bytes without its metadata, upright, and its format."""
    kind = FORMATS.get(picture.format, picture.format)
    profile = picture.info.get("icc_profile")
    moving = getattr(picture, "is_animated", False) and kind != "JPEG"
    upright = picture if moving else ImageOps.exif_transpose(picture)
    for hint in ("exif", "xmp", "comment"):
        upright.info.pop(hint, None)
    stream = io.BytesIO()
    upright.save(
        stream, kind, save_all=moving, quality=QUALITY, icc_profile=profile, exif=b""
    )
    return stream.getvalue(), kind
