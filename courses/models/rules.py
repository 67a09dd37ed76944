"""Dated rules as rows: hours that a training needs, and how study time counts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.access.scopes import StaffQuerySet


class Audience(models.TextChoices):
    """Who a training is for: the six posts, and three more (R2.1)."""

    PRINCIPAL = "PRINCIPAL", _("principal")
    SAFETY_MANAGER = "SAFETY_MANAGER", _("safety manager")
    SPECIAL_OPERATOR = "SPECIAL_OPERATOR", _("special operator")
    OTHER_STAFF = "OTHER_STAFF", _("other staff")
    SUPERVISOR = "SUPERVISOR", _("supervisor")
    OH_SUPERVISOR = "OH_SUPERVISOR", _("occupational-health supervisor")
    OH_HEAD = "OH_HEAD", _("head responsible for occupational health")
    OH_WORKER = "OH_WORKER", _("worker exposed to hazards")
    OTHER = "OTHER", _("other people")


class TrainingKind(models.TextChoices):
    INITIAL = "INITIAL", _("initial training")
    ANNUAL = "ANNUAL", _("annual retraining")
    REVIEW = "REVIEW", _("review training")
    RENEWAL = "RENEWAL", _("renewal training")
    SPECIAL_TOPIC = "SPECIAL_TOPIC", _("special-topic training")
    THREE_LEVEL = "THREE_LEVEL", _("three-level safety education")
    RETURN = "RETURN", _("return to post")


class DatedQuerySet(StaffQuerySet):
    def on(self, day):
        """Rows in force on a day; the first and the last day count."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class HourRule(models.Model):
    """Hours that make a training complete, by law, on the days it is in force.

    No row, or a row without hours, means that the law names no number.
    """

    rule_set = models.CharField(_("rule set"), max_length=20)
    audience = models.CharField(_("for whom"), max_length=16, choices=Audience)
    high_hazard = models.BooleanField(_("high-hazard"))
    kind = models.CharField(_("kind of training"), max_length=13, choices=TrainingKind)
    hours = models.DecimalField(
        _("class hours"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force to"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ["audience", "high_hazard", "kind", "valid_from"]
        verbose_name = _("hour rule")
        verbose_name_plural = _("hour rules")
        constraints = [
            models.UniqueConstraint(
                fields=["audience", "high_hazard", "kind", "valid_from"],
                name="courses_hourrule_one_per_start",
                violation_error_message=_("There is such a rule from that day."),
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__gt=0),
                name="courses_hourrule_hours_positive_or_none",
                violation_error_message=_("Hours are above zero, or empty."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="courses_hourrule_ends_after_start",
                violation_error_message=_("The rule ends before it begins."),
            ),
        ]

    def __str__(self):
        return f"{self.get_audience_display()} · {self.get_kind_display()}"


class StudyRule(models.Model):
    """How online study time counts from a day on (R4.5, R4.6)."""

    valid_from = models.DateField(_("in force from"), unique=True)
    minutes_per_hour = models.PositiveSmallIntegerField(
        _("minutes in a class hour"), default=45
    )
    daily_ceiling_hours = models.PositiveSmallIntegerField(
        _("class hours a day at most"), default=8
    )
    check_after_minutes = models.PositiveSmallIntegerField(
        _("presence check after, minutes"), default=8
    )
    check_before_minutes = models.PositiveSmallIntegerField(
        _("presence check before, minutes"), default=15
    )
    check_answer_seconds = models.PositiveSmallIntegerField(
        _("seconds to answer a presence check"), default=60
    )
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("study time rule")
        verbose_name_plural = _("study time rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    minutes_per_hour__gt=0,
                    daily_ceiling_hours__gt=0,
                    check_after_minutes__gt=0,
                    check_before_minutes__gte=F("check_after_minutes"),
                    check_answer_seconds__gt=0,
                ),
                name="courses_studyrule_numbers_make_sense",
                violation_error_message=_("Every number must be above zero."),
            ),
        ]

    def __str__(self):
        return f"{self.valid_from}"

    @property
    def seconds_per_hour(self):
        return self.minutes_per_hour * 60
