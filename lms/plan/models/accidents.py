from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.evidence import clock
from lms.plan.models.plans import Plan


class AccidentFigure(models.Model):
    """Accidents of a year, typed in by the safety committee office with a source.

    Shown beside the training figures; nothing here claims a cause (R5.6).
    """

    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="accident_figures"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    base = models.DecimalField(
        _("base value"), max_digits=10, decimal_places=2, default=Decimal(149)
    )
    value = models.DecimalField(_("accidents"), max_digits=10, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=40)
    source = models.CharField(_("source document"), max_length=200)
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    class Meta:
        ordering = ["year", "unit", "recorded_at"]
        verbose_name = _("accident figure")
        verbose_name_plural = _("accident figures")
        constraints = [
            models.CheckConstraint(
                condition=Q(base__gt=0, value__gte=0),
                name="plan_accidentfigure_has_a_base",
            ),
        ]

    def __str__(self):
        return f"{self.year}: {self.value} {self.unit}"
