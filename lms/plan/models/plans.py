from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

# The indicators that are counts, for the constraint below: a database cannot ask
# ``lms.plan.indicators``. A new count is added here with a migration.
COUNTS = ("IND-01",)


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
    """What a plan asks of one indicator: people for a count, percent for a rate.

    ``indicator`` is the code of one of ``lms.plan.indicators``.
    """

    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="targets", verbose_name=_("plan")
    )
    indicator = models.CharField(_("indicator"), max_length=8)
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
                condition=~Q(indicator__in=COUNTS)
                | Q(value=Cast("value", models.IntegerField())),
                name="plan_target_of_a_count_is_whole",
                violation_error_message=_("The target of a count is a whole number."),
            ),
        ]

    def __str__(self):
        return f"{self.indicator} ≥ {self.value.normalize():f}"
