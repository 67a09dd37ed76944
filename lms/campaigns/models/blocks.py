"""Blocks of a page: a short list, no raw HTML, no embeds."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock

from courses.models.pages import LESSON_BLOCKS

# Longer pages are refused.
MAX_BLOCKS = 80
MAX_ROWS = 40
FILE_NAME = re.compile(
    r"\S+\.(jpe?g|png|gif|webp|avif|heic)"
    r"|(img|dscn?|dscf|pxl|mmexport|screenshot|微信图片|屏幕截图)[\W_]*\d[\w\W]*",
    re.I,
)


class FiveEnters(models.TextChoices):
    """The five places of safety education that the plan names (R1.5)."""

    SCHOOL = "school", _("schools")
    COMMUNITY = "community", _("communities")
    FAMILY = "family", _("families")
    GRASSROOTS = "grassroots", _("villages and towns")
    ENTERPRISE = "enterprise", _("enterprises")


class TimetableRow(blocks.StructBlock):
    """One line of a campaign's timetable."""

    when = blocks.CharBlock(label=_("when"), max_length=40)
    what = blocks.CharBlock(label=_("what"), max_length=120)
    where = blocks.CharBlock(label=_("where"), max_length=80, required=False)
    who = blocks.CharBlock(label=_("who takes part"), max_length=80, required=False)

    class Meta:
        icon = "calendar"
        label = _("timetable line")


class FiveEntersRow(blocks.StructBlock):
    """What is done in one of the five places."""

    target = blocks.ChoiceBlock(choices=FiveEnters.choices, label=_("where to"))
    text = blocks.TextBlock(label=_("what is done there"))

    class Meta:
        icon = "group"
        label = _("one of the five enters")


class PictureBlock(ImageBlock):
    """A picture with an alternative text, which must not be a file name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.child_blocks["image"].label = _("picture")
        self.child_blocks["alt_text"].label = _("what the picture shows")

    def clean(self, value):
        value = super().clean(value)
        if value and not value.decorative and is_file_name(value):
            message = _("Say what the picture shows. This is the name of its file.")
            raise blocks.StructBlockValidationError(
                block_errors={"alt_text": ValidationError(message)}
            )
        return value

    def get_searchable_content(self, value):
        named = value and value.contextual_alt_text and is_file_name(value)
        return [] if named else super().get_searchable_content(value)


def is_file_name(image):
    """Whether the words of a picture are the name a camera or a phone gave its file."""
    words = image.contextual_alt_text.strip()
    untouched = words.isascii() and words == image.title
    return untouched or bool(FILE_NAME.fullmatch(words))


PAGE_BLOCKS = [
    *LESSON_BLOCKS,
    (
        "picture",
        PictureBlock(label=_("picture"), template="campaigns/blocks/picture.html"),
    ),
    (
        "document",
        DocumentChooserBlock(
            label=_("file to download"), template="campaigns/blocks/document.html"
        ),
    ),
]
