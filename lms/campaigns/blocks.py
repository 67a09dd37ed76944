"""What a page may be made of: a short list, no raw HTML, no embeds."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock

from courses.models.pages import LESSON_BLOCKS

# A page longer than this is a book, or an attack.
MAX_BLOCKS = 80
MAX_ROWS = 40


class FiveEnters(models.TextChoices):
    """Where safety education goes (domain 1.5, C-01): the plan's own five."""

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


PAGE_BLOCKS = [
    *LESSON_BLOCKS,
    (
        "picture",
        ImageBlock(label=_("picture"), template="campaigns/blocks/picture.html"),
    ),
    (
        "document",
        DocumentChooserBlock(
            label=_("file to download"), template="campaigns/blocks/document.html"
        ),
    ),
]
