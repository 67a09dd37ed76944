import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment, EnrolmentStatus, TrainingClass
from exams.models.bank import Question, QuestionRevision
from exams.models.blueprints import Blueprint
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.dates import moments_in_range
from lms.evidence.models import Evidence
from lms.people.models import Person


class ReleaseRule(models.TextChoices):
    AUTO = "auto", _("as soon as it is marked")
    STAFF = "staff", _("by staff")


class ReviewPolicy(models.TextChoices):
    """How much a candidate is told of a released result, from the least to the most.

    What it comes to at a moment is decided in ``exams.services.disclosure`` only.
    """

    NOTHING = "nothing", _("passed or failed, nothing more")
    TOTAL = "total", _("the total")
    POINTS = "points", _("the total and the points by knowledge point")
    QUESTIONS = "questions", _("every question with its key and explanation")


class Paper(Evidence):
    """What candidates are asked, frozen. Append-only; ``freeze_paper`` writes it.

    ``content`` is one canonical JSON document without a byte of the key.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    blueprint = models.ForeignKey(
        Blueprint, on_delete=models.PROTECT, related_name="papers"
    )
    seed = models.CharField(_("seed"), max_length=80)
    content = models.TextField(_("content"))
    content_sha256 = models.CharField(max_length=64)
    duration_s = models.PositiveIntegerField(_("duration, seconds"))
    pass_mark = models.DecimalField(_("pass mark"), max_digits=7, decimal_places=2)
    total_marks = models.DecimalField(_("all marks"), max_digits=7, decimal_places=2)
    frozen_at = models.DateTimeField(_("frozen at"), default=clock.now)

    class Meta:
        ordering = ["-frozen_at", "-pk"]
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            models.UniqueConstraint(
                fields=["blueprint", "seed"], name="exams_paper_once_per_seed"
            ),
            models.CheckConstraint(
                condition=Q(
                    duration_s__gt=0,
                    pass_mark__gt=0,
                    pass_mark__lte=F("total_marks"),
                ),
                name="exams_paper_can_be_sat_and_passed",
            ),
        ]

    def __str__(self):
        return f"{self.blueprint_id} {self.seed}"


class PaperKeyQuerySet(models.QuerySet):
    def of_paper(self, paper):
        """The keys of a paper; the one that counts, the highest revision, first."""
        return self.filter(paper=paper).order_by("-revision")


class PaperKey(Evidence):
    """The right answers of a paper. Append-only; a correction is a new revision.

    Only marking reads it, and the review of a released result: no byte of it leaves
    the server before.
    """

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="keys")
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    key = models.JSONField()

    objects = PaperKeyQuerySet.as_manager()

    class Meta:
        ordering = ["paper", "revision"]
        verbose_name = _("paper key")
        verbose_name_plural = _("paper keys")
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "revision"], name="exams_paperkey_once_per_revision"
            ),
        ]

    def __str__(self):
        return f"{self.paper_id} #{self.revision}"


class PaperQuestionQuerySet(models.QuerySet):
    def outdated(self):
        """Questions that are asked in words the bank would not draw today."""
        drawn = Question.objects.examinable().values("ready_revision")
        return self.exclude(revision__in=drawn)


class PaperQuestion(Evidence):
    """A question revision that a paper asks, and where. Written with the paper.

    Apart from the key, so that the next draw can avoid a question and a result can
    be summed up by knowledge point without reading one.
    """

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="questions")
    slot = models.CharField(_("question number"), max_length=16)
    revision = models.ForeignKey(
        QuestionRevision,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("question revision"),
    )

    objects = PaperQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["paper", "pk"]
        verbose_name = _("question of a paper")
        verbose_name_plural = _("questions of papers")
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "slot"], name="exams_paperquestion_slot_once"
            ),
        ]

    def __str__(self):
        return f"{self.paper_id} {self.slot}"


class SittingQuerySet(ScopedQuerySet):
    def within(self, user, day=None):
        """Limit accounts below the whole city to the sittings they may take."""
        return self.for_person(user.person_id) if user.person_id else self.none()

    def for_person(self, person):
        """Sittings a person may take: of the own class, or named for them."""
        return self.filter(
            Q(
                training_class__in=TrainingClass.objects.filter(
                    enrolments__person=person,
                    enrolments__status=EnrolmentStatus.ADMITTED,
                )
            )
            | Q(pk__in=Candidate.objects.filter(person=person).values("sitting"))
        )

    def not_over(self, now):
        """Sittings in which an attempt can be started now or later."""
        return self.filter(closes_at__gt=now)

    def for_listing(self):
        """Everything a sitting row shows, in one query."""
        return self.select_related("blueprint", "training_class__programme")


class Sitting(models.Model):
    """A time in which an exam can be started: for a class, or for named persons.

    Every number here is read when an attempt starts; a later edit moves none.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=120)
    blueprint = models.ForeignKey(
        Blueprint,
        on_delete=models.PROTECT,
        related_name="sittings",
        verbose_name=_("paper blueprint"),
    )
    training_class = models.ForeignKey(
        TrainingClass,
        on_delete=models.PROTECT,
        related_name="sittings",
        null=True,
        blank=True,
        verbose_name=_("training class"),
    )
    room = models.CharField(_("room"), max_length=60, blank=True)
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    closing_cuts = models.BooleanField(
        _("the closing time cuts running attempts"),
        default=False,
        help_text=_("No: every candidate who starts in time has the full duration."),
    )
    grace_s = models.PositiveSmallIntegerField(
        _("seconds for late networks"),
        default=120,
        help_text=_("Answers given in time may still arrive this long afterwards."),
    )
    access_code = models.CharField(_("access code"), max_length=20, blank=True)
    max_attempts = models.PositiveSmallIntegerField(_("attempts allowed"), default=2)
    needs_hours = models.BooleanField(
        _("only after the class hours are met"), default=True
    )
    variants = models.PositiveSmallIntegerField(
        _("shared papers"),
        default=0,
        help_text=_(
            "0: every attempt has a paper of its own. Otherwise first attempts share "
            "so many papers; a second attempt always has a paper of its own."
        ),
    )
    release = models.CharField(
        _("results are released"),
        max_length=5,
        choices=ReleaseRule,
        default=ReleaseRule.AUTO,
    )
    review_policy = models.CharField(
        _("a candidate is told"),
        max_length=9,
        choices=ReviewPolicy,
        default=ReviewPolicy.POINTS,
        help_text=_(
            "Once the result is released. Questions and keys stay closed as long as "
            "a sitting or a running attempt may ask questions of the same bank."
        ),
    )

    objects = SittingQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at", "title"]
        verbose_name = _("exam sitting")
        verbose_name_plural = _("exam sittings")
        constraints = [
            models.CheckConstraint(
                condition=moments_in_range("opens_at", "closes_at"),
                name="exams_sitting_dates_in_range",
                violation_error_message=_("Dates lie between 2000 and 2100."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="exams_sitting_closes_after_opening",
                violation_error_message=_("The sitting closes before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1),
                name="exams_sitting_allows_an_attempt",
                violation_error_message=_("At least one attempt must be allowed."),
            ),
        ]

    def __str__(self):
        # Classes have exams of the same name: rows come with ``for_listing``.
        if self.training_class:
            return f"{self.title} · {self.training_class.number}"
        return self.title

    @property
    def draws_for(self) -> str:
        """The rules that decide which papers are drawn, to tell a change of them."""
        blueprint = self.blueprint
        return papers_drawn_for(blueprint.pk, blueprint.edition, self.variants)


def papers_drawn_for(blueprint: int, edition: int, variants: int) -> str:
    """Name the rules by which a sitting draws its papers."""
    return f"{blueprint}.{edition}:{variants}"


class Candidate(models.Model):
    """A person named for a sitting, or one who has extra time in it."""

    sitting = models.ForeignKey(
        Sitting,
        on_delete=models.PROTECT,
        related_name="candidates",
        verbose_name=_("exam sitting"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="candidacies",
        verbose_name=_("person"),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("enrolment"),
    )
    extra_s = models.PositiveIntegerField(_("extra time, seconds"), default=0)

    class Meta:
        ordering = ["sitting", "person"]
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "person"],
                name="exams_candidate_once_per_sitting",
                violation_error_message=_("This person is on the list already."),
            ),
            models.CheckConstraint(
                condition=Q(extra_s__lte=4 * 3600),
                name="exams_candidate_extra_time_up_to_4_hours",
                violation_error_message=_("Extra time is at most four hours."),
            ),
        ]

    def __str__(self):
        return f"{self.sitting_id} {self.person_id}"

    @property
    def extra_minutes(self):
        return self.extra_s // 60
