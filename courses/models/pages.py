"""Courses and lessons: Wagtail pages, composed by editors."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from courses.lessons import (
    lesson_constraints,
    lesson_kind,
    lesson_kind_choices,
    lesson_panels,
)
from lms.web.file_kinds import content_matches_name
from lms.web.pictures import bare_picture


def private_storage():
    """Lesson files leave the server only through an authorising view."""
    return storages["private"]


class CalloutBlock(blocks.StructBlock):
    """A short text that must not be overlooked."""

    tone = blocks.ChoiceBlock(
        choices=[("info", _("note")), ("warn", _("warning")), ("bad", _("danger"))],
        default="warn",
        label=_("tone"),
    )
    text = blocks.TextBlock(label=_("text"))

    class Meta:
        icon = "warning"
        label = _("callout")
        template = "courses/blocks/callout.html"


LESSON_BLOCKS = [
    ("heading", blocks.CharBlock(label=_("heading"), icon="title", max_length=60)),
    (
        "paragraph",
        blocks.RichTextBlock(
            label=_("paragraph"), icon="pilcrow", features=["bold", "ol", "ul", "link"]
        ),
    ),
    ("points", blocks.ListBlock(blocks.CharBlock(), label=_("points"), icon="list-ul")),
    ("callout", CalloutBlock()),
]


def may_edit(page, user):
    return page.permissions_for_user(user).can_edit()


class CourseIndexPage(Page):
    """Parent page of all courses; lists the open ones."""

    max_count = 1
    subpage_types = ["courses.CoursePage"]
    template = "courses/course_index_page.html"

    class Meta:
        verbose_name = _("course list")

    def get_context(self, request, *args, **kwargs):
        courses = CoursePage.objects.child_of(self).live().filter(open_to_all=True)
        return {**super().get_context(request, *args, **kwargs), "courses": courses}


class CoursePage(Page):
    """A course: an introduction and its lessons, in the order of the page tree."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    summary = models.TextField(_("summary"), blank=True, max_length=300)
    open_to_all = models.BooleanField(
        _("open to everybody"),
        default=False,
        help_text=_("Anybody may read it without an account; no hours are credited."),
    )

    parent_page_types = ["courses.CourseIndexPage"]
    subpage_types = ["courses.LessonPage"]
    template = "courses/course_page.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("code"),
        FieldPanel("summary"),
        FieldPanel("open_to_all"),
    ]

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def serve(self, request, *args, **kwargs):
        """Show open courses to everybody; the others live below /learn/ only.

        A user who may edit one sees it here too, by the link of the back office.
        """
        if not self.open_to_all and not may_edit(self, request.user):
            raise Http404
        return super().serve(request, *args, **kwargs)

    def lessons(self):
        """The lessons learners see, in order."""
        return LessonPage.objects.child_of(self).live().order_by("path")


class LessonForm(WagtailAdminPageForm):
    """Takes files for what their content is, and posters without their metadata."""

    def clean(self):
        cleaned = super().clean()
        for name in ("video", "captions", "captions_en"):
            if isinstance(file := cleaned.get(name), UploadedFile):
                try:
                    content_matches_name(file)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def clean_poster(self):
        poster = self.cleaned_data["poster"]
        return bare_picture(poster) if isinstance(poster, UploadedFile) else poster


class LessonPage(Page):
    """One lesson. Its ``lesson_kind`` says what counts as done.

    ``nominal_hours`` is the most time it can ever credit; ``minimum_seconds`` the
    least an article asks for (0: its nominal time).
    """

    kind = models.CharField(
        _("kind"), max_length=20, choices=lesson_kind_choices, default="article"
    )
    nominal_hours = models.DecimalField(
        _("class hours"), max_digits=5, decimal_places=2, default=Decimal(1)
    )
    minimum_seconds = models.PositiveIntegerField(
        _("least reading time, seconds"),
        default=0,
        help_text=_("0: the full time of the lesson."),
    )
    body = StreamField(LESSON_BLOCKS, blank=True, verbose_name=_("text"))
    video = models.FileField(
        _("video"),
        storage=private_storage,
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["mp4"])],
    )
    duration_seconds = models.PositiveIntegerField(_("length, seconds"), default=0)
    poster = models.FileField(
        _("poster"),
        storage=private_storage,
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["jpg", "png", "webp"])],
    )
    captions = models.FileField(
        _("Chinese captions"),
        storage=private_storage,
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"])],
    )
    captions_en = models.FileField(
        _("English captions"),
        storage=private_storage,
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"])],
    )

    parent_page_types = ["courses.CoursePage"]
    subpage_types = []
    template = "courses/lesson_page.html"
    base_form_class = LessonForm
    content_panels = [
        *Page.content_panels,
        FieldPanel("kind"),
        FieldPanel("nominal_hours"),
        FieldPanel("body"),
        *lesson_panels(),
    ]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        constraints = [
            models.CheckConstraint(
                condition=Q(nominal_hours__gt=0),
                name="courses_lessonpage_hours_positive",
                violation_error_message=_("A lesson lasts longer than nothing."),
            ),
            *lesson_constraints(),
        ]

    def serve(self, request, *args, **kwargs):
        """Show lessons of open courses to everybody; the others below /learn/ only."""
        is_open = self.get_parent().specific.open_to_all
        if not is_open and not may_edit(self, request.user):
            raise Http404
        return super().serve(request, *args, **kwargs)

    @property
    def lesson_kind(self):
        return lesson_kind(self.kind)
