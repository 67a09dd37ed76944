import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.pages import CoursePage
from courses.models.rules import Audience, TrainingKind
from lms.access.scopes import ScopedQuerySet, StaffQuerySet
from lms.evidence import clock
from lms.evidence.dates import days_in_range
from lms.people.models import OperationItem, Organisation, Person


class Funding(models.TextChoices):
    """Who pays (R1.2)."""

    SPECIAL_FUND = "SPECIAL_FUND", _("work-safety special fund")
    EMPLOYER = "EMPLOYER", pgettext_lazy("funding", "employer")
    INJURY_INSURANCE = "INJURY_INSURANCE", _("work-injury insurance")
    OTHER = "OTHER", _("other")


class ClassState(models.TextChoices):
    """The life of a class (R4.2)."""

    DRAFT = "DRAFT", _("being planned")
    FILED = "FILED", _("filed")
    ENROLLING = "ENROLLING", _("enrolling")
    CONFIRMED = "CONFIRMED", _("confirmed")
    RUNNING = "RUNNING", _("running")
    EXAMINING = "EXAMINING", _("examining")
    CLOSED = "CLOSED", _("closed")
    CANCELLED = "CANCELLED", _("cancelled")


class EnrolmentStatus(models.TextChoices):
    ADMITTED = "ADMITTED", _("admitted")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


class Programme(models.Model):
    """What a group of people must learn, for how many hours, by which courses."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=80)
    audience = models.CharField(_("for whom"), max_length=16, choices=Audience)
    high_hazard = models.BooleanField(_("high-hazard"), default=False)
    kind = models.CharField(_("kind of training"), max_length=13, choices=TrainingKind)
    item = models.ForeignKey(
        OperationItem,
        on_delete=models.PROTECT,
        related_name="programmes",
        null=True,
        blank=True,
        verbose_name=_("operation item"),
    )
    planned_hours = models.DecimalField(
        _("planned class hours"), max_digits=6, decimal_places=2
    )
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    courses = models.ManyToManyField(
        CoursePage, related_name="programmes", blank=True, verbose_name=_("courses")
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_hours__gt=0),
                name="courses_programme_hours_positive",
                violation_error_message=_("Planned hours are above zero."),
            ),
        ]

    def __str__(self):
        return self.title


STUDY_STATES = (ClassState.CONFIRMED, ClassState.RUNNING, ClassState.EXAMINING)


class TrainingClassQuerySet(StaffQuerySet):
    def open_for_study(self):
        """Classes in which time counts."""
        return self.filter(state__in=STUDY_STATES)

    def admitting(self):
        """Classes that still take people."""
        return self.filter(
            state__in=[ClassState.ENROLLING, ClassState.CONFIRMED, ClassState.RUNNING]
        )

    def open_for_people(self):
        """Classes that take people or teach them."""
        return self.filter(state__in=[ClassState.ENROLLING, *STUDY_STATES])

    def over(self, day):
        """Classes whose last day has passed and that nobody closed."""
        return self.filter(state__in=STUDY_STATES, ends_on__lt=day)

    def unconfirmed(self, day, *, within):
        """Classes that begin within some days and still enrol."""
        return self.filter(
            state=ClassState.ENROLLING, starts_on__lte=day + dt.timedelta(days=within)
        )

    def for_listing(self):
        """Everything a class row shows, with how many are in it."""
        return self.select_related("programme").annotate(
            enrolled=models.Count(
                "enrolments", filter=Q(enrolments__status=EnrolmentStatus.ADMITTED)
            )
        )


class TrainingClass(models.Model):
    """One run of a programme. ``planned_hours`` is copied: later edits move nothing."""

    number = models.CharField(_("class number"), max_length=40, unique=True)
    programme = models.ForeignKey(
        Programme,
        on_delete=models.PROTECT,
        related_name="classes",
        verbose_name=_("programme"),
    )
    title = models.CharField(_("title"), max_length=80)
    planned_hours = models.DecimalField(
        _("planned class hours"), max_digits=6, decimal_places=2
    )
    in_person_hours = models.DecimalField(
        _("of these taught in person"),
        max_digits=6,
        decimal_places=2,
        default=0,
        blank=True,
        help_text=_(
            "For a class that mixes lessons and meetings. Staff enter these hours; a "
            "programme without lessons is taught in person as a whole."
        ),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ClassState, default=ClassState.DRAFT
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    venue = models.CharField(_("venue"), max_length=80, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), default=60)
    funding = models.CharField(
        _("funding"), max_length=16, choices=Funding, default=Funding.SPECIAL_FUND
    )
    cancel_reason = models.CharField(_("why cancelled"), max_length=200, blank=True)

    objects = TrainingClassQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "number"]
        verbose_name = _("training class")
        verbose_name_plural = _("training classes")
        constraints = [
            models.CheckConstraint(
                condition=days_in_range("starts_on", "ends_on"),
                name="courses_trainingclass_dates_in_range",
                violation_error_message=_("Dates lie between 2000 and 2100."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="courses_trainingclass_ends_after_start",
                violation_error_message=_("The class ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(planned_hours__gt=0),
                name="courses_trainingclass_hours_positive",
                violation_error_message=_("Planned hours are above zero."),
            ),
            models.CheckConstraint(
                condition=Q(
                    in_person_hours__gte=0, in_person_hours__lte=F("planned_hours")
                ),
                name="courses_trainingclass_in_person_hours_within_planned",
                violation_error_message=_(
                    "Hours taught in person are part of the planned hours."
                ),
            ),
            models.CheckConstraint(
                condition=(Q(state=ClassState.CANCELLED) & ~Q(cancel_reason=""))
                | (~Q(state=ClassState.CANCELLED) & Q(cancel_reason="")),
                name="courses_trainingclass_cancelled_with_reason",
                violation_error_message=_("Cancelling a class needs a reason."),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    @property
    def counts_study(self):
        """Whether study time counts in the present state."""
        return self.state in STUDY_STATES

    @property
    def is_in_person(self):
        """Whether all class hours may come from the sign-in sheets."""
        return self.in_person_hours >= self.planned_hours

    @property
    def is_over(self):
        """Whether nothing more can be learnt in the class: closed, or cancelled."""
        return self.state in (ClassState.CLOSED, ClassState.CANCELLED)


class EnrolmentQuerySet(ScopedQuerySet):
    town_lookup = "organisation__town"
    organisation_lookup = "organisation"
    person_lookup = "person"

    def admitted(self):
        return self.filter(status=EnrolmentStatus.ADMITTED)

    def counted(self) -> dict[str, int]:
        """How many there are, have met the hours, and have passed."""
        return self.aggregate(
            admitted=models.Count("pk"),
            hours_met=models.Count("hours_met_on"),
            passed=models.Count("passed_on"),
        )

    def studying(self):
        """Admitted, in a class where time counts, with hours still to do."""
        return self.admitted().filter(
            hours_met_on=None,
            training_class__in=TrainingClass.objects.open_for_study(),
        )

    def learning(self, course):
        """Studying in a class of a programme that contains a course."""
        return self.studying().filter(training_class__programme__courses=course)

    def for_listing(self):
        """Everything an enrolment row shows, in one query."""
        return self.select_related(
            "training_class__programme__item", "person", "organisation__town"
        )

    def for_class_listing(self):
        """The same for rows asked of one class, which they share."""
        return self.select_related("person", "organisation__town")


class Enrolment(models.Model):
    """A person in a class, with two separate facts: hours met, and passed.

    Both dates are written by ``courses.services`` alone.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    training_class = models.ForeignKey(
        TrainingClass,
        on_delete=models.PROTECT,
        related_name="enrolments",
        verbose_name=_("training class"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="enrolments",
        verbose_name=_("person"),
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="enrolments",
        null=True,
        blank=True,
        verbose_name=_("employer"),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=EnrolmentStatus,
        default=EnrolmentStatus.ADMITTED,
    )
    enrolled_on = models.DateField(_("enrolled on"), default=clock.today)
    withdraw_reason = models.CharField(
        _("why withdrawn"), max_length=200, blank=True, editable=False
    )
    hours_met_on = models.DateField(_("hours met on"), null=True, blank=True)
    passed_on = models.DateField(_("passed on"), null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-enrolled_on", "pk"]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(
                fields=["training_class", "person"],
                name="courses_enrolment_one_per_class_and_person",
                violation_error_message=_("This person is in the class already."),
            ),
            models.CheckConstraint(
                condition=Q(passed_on=None) | Q(status=EnrolmentStatus.ADMITTED),
                name="courses_enrolment_whoever_passed_stays",
            ),
            models.CheckConstraint(
                condition=Q(status=EnrolmentStatus.ADMITTED, withdraw_reason="")
                | (Q(status=EnrolmentStatus.WITHDRAWN) & ~Q(withdraw_reason="")),
                name="courses_enrolment_withdrawn_with_reason",
            ),
        ]

    def __str__(self):
        return f"{self.person} · {self.training_class}"

    @property
    def is_admitted(self):
        """Whether the person is in the class, not withdrawn."""
        return self.status == EnrolmentStatus.ADMITTED

    @property
    def may_be_withdrawn(self):
        """Whether the person can leave the class: admitted, and not passed."""
        return self.is_admitted and not self.passed_on

    @property
    def counts_study(self):
        """Whether time counts: admitted, to a class that runs."""
        return self.is_admitted and self.training_class.counts_study
