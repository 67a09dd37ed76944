from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _


class Indicator(models.TextChoices):
    """The figures a plan can set a target for (domain 5.2)."""

    IND_01 = "IND-01", _("people trained")
    IND_02 = "IND-02", _("training rate of supervisors")
    IND_03 = "IND-03", _("training rate of the three key roles")
    IND_03A = "IND-03a", _("training rate of principals")
    IND_03B = "IND-03b", _("training rate of safety managers")
    IND_03C = "IND-03c", _("training rate of special operators")
    IND_04 = "IND-04", _("enterprise staff trained to standard")
    IND_05A = "IND-05a", _("occupational-health training of heads")
    IND_05B = "IND-05b", _("occupational-health training of exposed workers")
    IND_06A = "IND-06a", _("certificate-holding rate of principals")
    IND_06B = "IND-06b", _("certificate-holding rate of safety managers")
    IND_06C = "IND-06c", _("certificate-holding rate of special operators")


COUNTS = frozenset({Indicator.IND_01})


class PlanQuerySet(models.QuerySet):
    def containing(self, day):
        """Plans whose years a day falls into; the first and the last day count."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def for_day(self, day):
        """Return the plan a page opens on: the one that contains the day.

        Between plans the last one that has begun, before all plans the first;
        ``None`` in a database without plans.
        """
        return (
            self.containing(day).order_by("demo", "-starts_on").first()
            or self.filter(starts_on__lte=day).order_by("-starts_on").first()
            or self.order_by("starts_on").first()
        )


class Plan(models.Model):
    """A work-safety plan of some years. The next plan is the next row."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    demo = models.BooleanField(_("for demonstration"), default=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="plan_plan_ends_after_start",
                violation_error_message=_("The plan ends before it begins."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def years(self):
        """The calendar years of the plan, in order."""
        return range(self.starts_on.year, self.ends_on.year + 1)


class Target(models.Model):
    """What a plan asks of one indicator: people for a count, percent for a rate."""

    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="targets", verbose_name=_("plan")
    )
    indicator = models.CharField(_("indicator"), max_length=8, choices=Indicator)
    value = models.DecimalField(
        _("target"),
        max_digits=10,
        decimal_places=2,
        help_text=_("People for a count, percent for a rate."),
    )

    class Meta:
        ordering = ["indicator"]
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "indicator"],
                name="plan_target_once_per_indicator",
                violation_error_message=_("This indicator already has a target."),
            ),
            models.CheckConstraint(
                condition=Q(value__gt=Decimal(0)), name="plan_target_is_positive"
            ),
            models.CheckConstraint(
                condition=~Q(indicator__in=sorted(COUNTS))
                | Q(value=Cast("value", models.IntegerField())),
                name="plan_target_of_a_count_is_whole",
                violation_error_message=_("The target of a count is a whole number."),
            ),
        ]

    def __str__(self):
        return f"{self.indicator} ≥ {self.value.normalize():f}"

    @property
    def exact(self) -> Fraction:
        """The target in the unit of the figure: a count, or a ratio."""
        value = Fraction(self.value)
        return value if self.indicator in COUNTS else value / 100
