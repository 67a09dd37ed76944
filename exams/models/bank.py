"""What can be asked: banks, questions and their revisions.

A revision, its options, its accepted answers and its review are evidence: an
edit writes a new revision (``exams.services.bank``), it never touches an old one.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from courses.models import LessonPage
from exams.kinds import examinable_codes, kind_choices
from lms.access.scopes import StaffQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence


class QuestionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    READY = "ready", _("ready")
    RETIRED = "retired", _("retired")


class Difficulty(models.TextChoices):
    EASY = "easy", _("easy")
    MID = "mid", _("medium")
    HARD = "hard", _("hard")


class BankPurpose(models.TextChoices):
    SEALED = "sealed", _("sealed: for examinations only")
    PRACTICE = "practice", _("practice: open to learners")


class ReviewVerdict(models.TextChoices):
    APPROVED = "approved", _("approved")
    RETURNED = "returned", _("sent back")


class KnowledgePoint(ClusterableModel):
    """What a question is about; blueprints draw by it."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("knowledge point")
        verbose_name_plural = _("knowledge points")

    def __str__(self):
        return self.name


class KnowledgePointLesson(Orderable):
    """A lesson that teaches a knowledge point: where to go back to after an exam."""

    knowledge_point = ParentalKey(
        KnowledgePoint, on_delete=models.CASCADE, related_name="lessons"
    )
    lesson = models.ForeignKey(
        LessonPage,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("lesson"),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("lesson of a knowledge point")
        verbose_name_plural = _("lessons of knowledge points")
        constraints = [
            models.UniqueConstraint(
                fields=["knowledge_point", "lesson"],
                name="exams_knowledgepointlesson_lesson_once",
                violation_error_message=_("This lesson is named twice."),
            ),
        ]

    def __str__(self):
        return f"{self.knowledge_point_id} {self.lesson_id}"


class QuestionBank(models.Model):
    """A set of questions. Questions of a sealed bank are asked in examinations only."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(
        _("purpose"), max_length=8, choices=BankPurpose, default=BankPurpose.SEALED
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("question bank")
        verbose_name_plural = _("question banks")

    def __str__(self):
        return self.name


class QuestionQuerySet(StaffQuerySet):
    def ready(self):
        """Questions a second person has approved and nobody has retired."""
        return self.filter(state=QuestionState.READY)

    def examinable(self):
        """Ready questions of a kind that examinations can ask."""
        return self.ready().filter(kind__in=examinable_codes())

    def awaiting_review(self):
        """Questions whose newest revision nobody has judged yet."""
        return self.alias(newest=Max("revisions__number")).filter(
            ~Q(state=QuestionState.RETIRED),
            pk__in=QuestionRevision.objects.newest()
            .filter(review=None)
            .values("question"),
        )

    def awaiting_approval(self):
        """Questions that wait for a review and can be approved: of examinable kinds."""
        return self.awaiting_review().filter(kind__in=examinable_codes())

    def reviewable_by(self, user):
        """Questions a user can approve: examinable, and newest by somebody else."""
        others = QuestionRevision.objects.newest().exclude(author=user)
        return self.awaiting_approval().filter(pk__in=others.values("question"))

    def for_listing(self):
        """Everything a question row shows, in one query."""
        newest = QuestionRevision.objects.filter(question=models.OuterRef("pk"))
        return self.select_related("bank", "knowledge_point").annotate(
            stem=models.Subquery(newest.order_by("-number").values("stem")[:1]),
            revision_number=models.Subquery(
                newest.order_by("-number").values("number")[:1]
            ),
        )


class Question(models.Model):
    """A question and its state. Its texts are in its revisions."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    bank = models.ForeignKey(
        QuestionBank,
        on_delete=models.PROTECT,
        related_name="questions",
        verbose_name=_("bank"),
    )
    code = models.CharField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=12, choices=kind_choices)
    knowledge_point = models.ForeignKey(
        KnowledgePoint,
        on_delete=models.PROTECT,
        related_name="questions",
        verbose_name=_("knowledge point"),
    )
    difficulty = models.CharField(
        _("difficulty"), max_length=4, choices=Difficulty, default=Difficulty.MID
    )
    rule_set = models.CharField(_("valid under rule set"), max_length=10, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=QuestionState, default=QuestionState.DRAFT
    )
    ready_revision = models.ForeignKey(
        "QuestionRevision",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved revision"),
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["bank", "code"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "code"],
                name="exams_question_code_once_per_bank",
                violation_error_message=_("This bank has a question with this code."),
            ),
            models.CheckConstraint(
                condition=~Q(state=QuestionState.READY)
                | Q(ready_revision__isnull=False),
                name="exams_question_ready_has_approved_revision",
                violation_error_message=_("Only a reviewed question can be ready."),
            ),
        ]

    def __str__(self):
        return self.code

    @property
    def is_in_use(self) -> bool:
        """Whether it can be reviewed and asked: it is not retired."""
        return self.state != QuestionState.RETIRED


class QuestionRevisionQuerySet(models.QuerySet):
    def newest(self):
        """The last revision of each question."""
        later = QuestionRevision.objects.filter(
            question=models.OuterRef("question"), number__gt=models.OuterRef("number")
        )
        return self.filter(~models.Exists(later))

    def for_paper(self):
        """Everything a paper freezes, in three queries."""
        return self.select_related("question").prefetch_related(
            "options", "blank_answers"
        )


class QuestionRevision(Evidence):
    """The words of a question at one time. Only ``revise_question`` writes one."""

    question = models.ForeignKey(
        Question, on_delete=models.PROTECT, related_name="revisions"
    )
    number = models.PositiveIntegerField(_("revision"))
    stem = models.TextField(_("stem"))
    explanation = models.TextField(_("explanation"), blank=True)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("author"),
    )
    written_at = models.DateTimeField(_("written at"), default=clock.now)

    objects = QuestionRevisionQuerySet.as_manager()

    class Meta:
        ordering = ["question", "-number"]
        verbose_name = _("question revision")
        verbose_name_plural = _("question revisions")
        constraints = [
            models.UniqueConstraint(
                fields=["question", "number"],
                name="exams_questionrevision_number_once_per_question",
            ),
            models.CheckConstraint(
                condition=~Q(stem=""), name="exams_questionrevision_has_a_stem"
            ),
        ]

    def __str__(self):
        return f"{self.question_id} #{self.number}"


class QuestionOption(Evidence):
    """One choice of a revision. Written with it, never changed."""

    revision = models.ForeignKey(
        QuestionRevision, on_delete=models.PROTECT, related_name="options"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("text"), max_length=500)
    right = models.BooleanField(_("right"), default=False)

    class Meta:
        ordering = ["revision", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "position"],
                name="exams_questionoption_position_once",
            ),
            models.UniqueConstraint(
                fields=["revision", "text"], name="exams_questionoption_text_once"
            ),
            models.CheckConstraint(
                condition=~Q(text=""), name="exams_questionoption_has_text"
            ),
        ]

    def __str__(self):
        return self.text


class BlankAnswer(Evidence):
    """One accepted answer to one blank of a revision. Written with it."""

    revision = models.ForeignKey(
        QuestionRevision, on_delete=models.PROTECT, related_name="blank_answers"
    )
    blank = models.PositiveSmallIntegerField(_("blank"))
    text = models.CharField(_("accepted answer"), max_length=200)

    class Meta:
        ordering = ["revision", "blank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "blank", "text"],
                name="exams_blankanswer_text_once_per_blank",
            ),
            models.CheckConstraint(
                condition=~Q(text=""), name="exams_blankanswer_has_text"
            ),
        ]

    def __str__(self):
        return self.text


class QuestionReview(Evidence):
    """What a second person decided about a revision.

    The author is copied here so that the database can hold the four-eyes rule.
    """

    revision = models.OneToOneField(
        QuestionRevision, on_delete=models.PROTECT, related_name="review"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("reviewer"),
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=ReviewVerdict)
    remark = models.TextField(_("remark"), blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), default=clock.now)

    class Meta:
        ordering = ["-reviewed_at"]
        verbose_name = _("question review")
        verbose_name_plural = _("question reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=True) | ~Q(author=F("reviewer")),
                name="exams_questionreview_author_is_not_reviewer",
                violation_error_message=_(
                    "Nobody reviews a question of their own. Ask a colleague."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.revision_id} {self.verdict}"
