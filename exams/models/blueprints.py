from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from courses.models import Programme
from exams.kinds import examinable_choices
from exams.models.bank import BankPurpose, Difficulty, KnowledgePoint, QuestionBank
from lms.access.scopes import StaffQuerySet


class Scoring(models.TextChoices):
    ALL_OR_NOTHING = "all_or_nothing", _("all right or nothing")
    PARTIAL = "partial", _("a share for each right part (a wrong choice: nothing)")


class Blueprint(ClusterableModel):
    """The rules a paper is put together by. A frozen paper never follows an edit."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=120)
    bank = models.ForeignKey(
        QuestionBank,
        on_delete=models.PROTECT,
        related_name="blueprints",
        limit_choices_to={"purpose": BankPurpose.SEALED},
        verbose_name=_("bank"),
    )
    duration_min = models.PositiveSmallIntegerField(
        _("minutes"),
        validators=[MinValueValidator(1), MaxValueValidator(600)],
    )
    pass_mark = models.DecimalField(_("pass mark"), max_digits=6, decimal_places=2)
    shuffle_questions = models.BooleanField(
        _("another order of questions in every paper"), default=True
    )

    # How often the rules were changed. Papers that nobody was given are drawn anew.
    edition = models.PositiveIntegerField(default=0, editable=False)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name = _("paper blueprint")
        verbose_name_plural = _("paper blueprints")
        constraints = [
            models.CheckConstraint(
                condition=Q(duration_min__gte=1, duration_min__lte=600),
                name="exams_blueprint_lasts_1_to_600_minutes",
                violation_error_message=_("A paper lasts between 1 and 600 minutes."),
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__gt=0),
                name="exams_blueprint_pass_mark_above_zero",
                violation_error_message=_("The pass mark must be above zero."),
            ),
        ]

    def __str__(self):
        return self.title


class BlueprintSection(Orderable):
    """So many questions of one kind, each worth the same marks."""

    blueprint = ParentalKey(
        Blueprint, on_delete=models.CASCADE, related_name="sections"
    )
    title = models.CharField(_("title"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=examinable_choices)
    knowledge_point = models.ForeignKey(
        KnowledgePoint,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("knowledge point"),
        help_text=_("Empty: any."),
    )
    difficulty = models.CharField(
        _("difficulty"),
        max_length=4,
        choices=Difficulty,
        blank=True,
        help_text=_("Empty: any."),
    )
    count = models.PositiveSmallIntegerField(
        _("number of questions"), validators=[MinValueValidator(1)]
    )
    marks = models.DecimalField(
        _("marks each"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    scoring = models.CharField(
        _("scoring"), max_length=16, choices=Scoring, default=Scoring.ALL_OR_NOTHING
    )

    class Meta(Orderable.Meta):
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.CheckConstraint(
                condition=Q(count__gte=1),
                name="exams_blueprintsection_asks_something",
                violation_error_message=_("A section asks at least one question."),
            ),
            models.CheckConstraint(
                condition=Q(marks__gt=0),
                name="exams_blueprintsection_marks_above_zero",
                violation_error_message=_("A question is worth more than 0 marks."),
            ),
        ]

    def __str__(self):
        return self.title


class ProgrammeExam(models.Model):
    """Which paper a programme ends with, and how often it may be tried.

    One make-up within 30 days of the failed result is the rule of the statutory
    exam (R2.5) and our default; in-house tests may say otherwise.
    """

    programme = models.OneToOneField(
        Programme,
        on_delete=models.PROTECT,
        related_name="exam",
        verbose_name=_("programme"),
    )
    blueprint = models.ForeignKey(
        Blueprint,
        on_delete=models.PROTECT,
        related_name="programme_exams",
        verbose_name=_("paper blueprint"),
    )
    max_attempts = models.PositiveSmallIntegerField(_("attempts allowed"), default=2)
    makeup_days = models.PositiveSmallIntegerField(
        _("days for a make-up"),
        default=30,
        help_text=_("Counted from the day the failed result is released."),
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["programme"]
        verbose_name = _("final exam of a programme")
        verbose_name_plural = _("final exams of programmes")
        constraints = [
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1),
                name="exams_programmeexam_allows_an_attempt",
                violation_error_message=_("At least one attempt must be allowed."),
            ),
        ]

    def __str__(self):
        return f"{self.programme} · {self.blueprint}"
