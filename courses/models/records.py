from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from courses.models.classes import Enrolment
from courses.models.rules import Audience, TrainingKind
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.people.models import OperationItem, Organisation, Person, Town


class TrainingResult(models.TextChoices):
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    NOT_TAKEN = "not_taken", _("not taken")


class RecordSource(models.TextChoices):
    IMPORT = "import", _("imported list")
    CLASS = "class", _("class of the base")


class TrainingRecordQuerySet(ScopedQuerySet):
    town_lookup = "town"
    organisation_lookup = "employer"
    person_lookup = "person"

    def current(self, recorded_by=None):
        """Records nothing corrects, as known now or at a past moment."""
        corrections = TrainingRecord.objects.filter(corrects=OuterRef("pk"))
        if recorded_by is None:
            # An outer join and IS NULL would mislead PostgreSQL's planner.
            return self.filter(~Exists(corrections))
        return self.filter(
            ~Exists(corrections.filter(recorded_at__lte=recorded_by)),
            recorded_at__lte=recorded_by,
        )

    def for_listing(self):
        """Everything a record row shows, in a fixed number of queries."""
        return self.select_related(
            "person", "item", "employer", "town"
        ).prefetch_related("credits")


class TrainingRecord(Evidence):
    """One training of one person, as it was. Append-only.

    A correction is a new row that ``corrects`` the old one. Only ``courses.services``
    writes it: for an enrolment that met its hours, and from ``import_training``.
    Every training indicator reads this table (R5.1).
    """

    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="training_records",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    holder_name = models.CharField(_("name then"), max_length=60)
    kind = models.CharField(_("kind of training"), max_length=13, choices=TrainingKind)
    item = models.ForeignKey(
        OperationItem,
        on_delete=models.PROTECT,
        related_name="training_records",
        null=True,
        blank=True,
        verbose_name=_("operation item"),
    )
    employer = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="training_records",
        null=True,
        blank=True,
        verbose_name=_("employer then"),
    )
    town = models.ForeignKey(
        Town,
        on_delete=models.PROTECT,
        related_name="training_records",
        null=True,
        blank=True,
        verbose_name=_("town or street"),
    )
    high_hazard = models.BooleanField(_("high-hazard employer then"), default=False)
    hours = models.DecimalField(_("class hours"), max_digits=6, decimal_places=2)
    plant_hours = models.DecimalField(
        _("hours at plant level"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    workshop_hours = models.DecimalField(
        _("hours at workshop level"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
    )
    team_hours = models.DecimalField(
        _("hours at team level"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    done_on = models.DateField(_("done on"))
    result = models.CharField(
        _("result"),
        max_length=9,
        choices=TrainingResult,
        default=TrainingResult.NOT_TAKEN,
    )
    passed_on = models.DateField(_("passed on"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=6, choices=RecordSource)
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="training_records",
        null=True,
        blank=True,
        verbose_name=_("enrolment"),
    )
    row_key = models.CharField(max_length=64, blank=True, editable=False)
    corrects = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="correction",
        null=True,
        blank=True,
        verbose_name=_("corrects"),
    )
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    objects = TrainingRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        verbose_name = _("training record")
        verbose_name_plural = _("training records")
        indexes = [
            models.Index(
                fields=["person", "done_on"], name="courses_record_person_day"
            ),
            models.Index(
                fields=["done_on", "person", "town"], name="courses_record_day_person"
            ),
            models.Index(fields=["row_key"], name="courses_record_row_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gte=0),
                name="courses_trainingrecord_hours_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(result=TrainingResult.PASSED, passed_on__isnull=False)
                | (~Q(result=TrainingResult.PASSED) & Q(passed_on__isnull=True)),
                name="courses_trainingrecord_pass_date_exactly_with_pass",
            ),
            models.CheckConstraint(
                condition=Q(source=RecordSource.CLASS, enrolment__isnull=False)
                | Q(source=RecordSource.IMPORT, enrolment__isnull=True),
                name="courses_trainingrecord_enrolment_exactly_for_classes",
            ),
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(corrects__isnull=True, enrolment__isnull=False),
                name="courses_trainingrecord_one_per_enrolment",
            ),
            models.UniqueConstraint(
                fields=["row_key"],
                condition=Q(corrects__isnull=True) & ~Q(row_key=""),
                name="courses_trainingrecord_one_per_imported_row",
            ),
        ]

    def __str__(self):
        return f"{self.holder_name} · {self.get_kind_display()} · {self.done_on}"

    def get_audiences_display(self):
        """Return for whom the training was; of a combined one, for each."""
        return "、".join(credit.get_audience_display() for credit in self.credits.all())


class TrainingCredit(Evidence):
    """What a record is worth for one audience, judged once. Append-only.

    ``matrix_hours`` is the number the law named that day (null: none),
    ``required_hours`` what this row had to reach: after a completed general
    training only the difference, for a class without a number its planned hours.
    """

    record = models.ForeignKey(
        TrainingRecord, on_delete=models.PROTECT, related_name="credits"
    )
    audience = models.CharField(_("for whom"), max_length=16, choices=Audience)
    matrix_hours = models.DecimalField(
        _("hours by law"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    required_hours = models.DecimalField(
        _("required hours"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    completed = models.BooleanField(_("completed"))

    class Meta:
        ordering = ["record", "audience"]
        verbose_name = _("training credit")
        verbose_name_plural = _("training credits")
        indexes = [
            models.Index(
                fields=["audience", "completed", "record"],
                name="courses_credit_by_audience",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "audience"],
                name="courses_trainingcredit_one_per_audience",
            ),
        ]

    def __str__(self):
        return f"{self.record_id} {self.audience}"
