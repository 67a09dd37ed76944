from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.dates import PastDateField
from lms.people.models.catalogues import Industry, Town, YesNoUndecided, Zone


class OrganisationKind(models.TextChoices):
    ENTERPRISE = "ENTERPRISE", _("enterprise")
    AUTHORITY = "AUTHORITY", _("supervising authority")
    TRAINING = "TRAINING", _("training institution")
    PARTNER = "PARTNER", _("partner organisation")


def in_scope_condition(day, prefix=""):
    """Return the condition, for an organisation or (prefix) what belongs to one."""
    return (
        Q(**{f"{prefix}kind": OrganisationKind.ENTERPRISE})
        & (
            Q(**{f"{prefix}in_scope_from": None})
            | Q(**{f"{prefix}in_scope_from__lte": day})
        )
        & (
            Q(**{f"{prefix}out_of_scope_on": None})
            | Q(**{f"{prefix}out_of_scope_on__gt": day})
        )
    )


class OrganisationQuerySet(ScopedQuerySet):
    town_lookup = "town"
    organisation_lookup = "pk"

    def in_scope(self, day):
        """Enterprises the plan asks about on a day; out on the closing day itself."""
        return self.filter(in_scope_condition(day))


class Organisation(models.Model):
    """An enterprise, authority, training institution or partner.

    ``uscc`` is the unified social credit code, or ``TEMP-`` + licence number of a
    sole trader without one.
    """

    uscc = models.CharField(_("unified social credit code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=OrganisationKind,
        default=OrganisationKind.ENTERPRISE,
    )
    town = models.ForeignKey(
        Town,
        on_delete=models.PROTECT,
        related_name="organisations",
        verbose_name=_("town"),
    )
    zone = models.ForeignKey(
        Zone,
        on_delete=models.PROTECT,
        related_name="organisations",
        null=True,
        blank=True,
        verbose_name=_("zone"),
    )
    industries = models.ManyToManyField(
        Industry, related_name="organisations", blank=True, verbose_name=_("industries")
    )
    high_hazard = models.CharField(
        _("high-hazard"),
        max_length=9,
        choices=YesNoUndecided,
        default=YesNoUndecided.UNDECIDED,
    )
    occupational_hazard = models.BooleanField(_("dust or high-toxicity"), default=False)
    established_posts = models.PositiveIntegerField(
        _("established posts"), null=True, blank=True
    )
    in_scope_from = PastDateField(_("in scope from"), null=True, blank=True)
    out_of_scope_on = PastDateField(_("out of scope on"), null=True, blank=True)
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                condition=Q(in_scope_from=None)
                | Q(out_of_scope_on=None)
                | Q(out_of_scope_on__gte=F("in_scope_from")),
                name="people_organisation_scope_ends_after_start",
                violation_error_message=_("The scope ends before it begins."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_high_hazard(self):
        """待定 counts as general (R5.1)."""
        return self.high_hazard == YesNoUndecided.YES


class Headcount(models.Model):
    """What an organisation declared on a day: all staff, and exposed workers."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="headcounts"
    )
    declared_on = PastDateField(_("declared on"))
    staff = models.PositiveIntegerField(_("declared headcount"), null=True, blank=True)
    exposed = models.PositiveIntegerField(
        _("declared exposed headcount"), null=True, blank=True
    )

    class Meta:
        ordering = ["declared_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "declared_on"],
                name="people_headcount_one_per_day",
            ),
        ]

    def __str__(self):
        return f"{self.organisation_id} {self.declared_on}"
