"""Pictures as the public may have them: no place, no camera, nobody's file name."""

import io
import uuid

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from PIL import Image, ImageOps
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

# A phone writes two pictures into one file and calls that MPO.
FORMATS = {"MPO": "JPEG"}
QUALITY = 92


class PublicImageField(WagtailImageField):
    """Wagtail's field, which does not expect a picture that breaks off."""

    def to_python(self, data):
        try:
            return super().to_python(data)
        except OSError as error:
            raise _damaged() from error


class PublicImageForm(BaseImageForm):
    """Keeps the picture of an upload and drops what else its file said."""

    file = PublicImageField(label=pgettext_lazy("picture", "File"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        try:
            file.seek(0)
            data, kind = _bare(Image.open(file))
        except (OSError, SyntaxError, ValueError) as error:
            raise _damaged() from error
        name = f"{uuid.uuid4().hex}.{kind.lower()}"
        bare = SimpleUploadedFile(name, data, content_type=f"image/{kind.lower()}")
        bare.image = file.image
        return bare


def _damaged():
    message = _("This picture is damaged. Open it, save it again and retry.")
    return forms.ValidationError(message, code="damaged")


def _bare(picture):
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
