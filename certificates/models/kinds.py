import datetime as dt

from dateutil.relativedelta import relativedelta
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.models import Programme
from lms.access.scopes import StaffQuerySet


class RuleSetQuerySet(StaffQuerySet):
    def in_use(self):
        """Sets nobody has switched off, by code."""
        return self.filter(enabled=True).order_by("code")

    def reviews_end_on(self) -> dt.date | None:
        """From which day a review is no longer asked for; None: always asked for."""
        return (
            self.in_use()
            .filter(review_years=None)
            .order_by("valid_from")
            .values_list("valid_from", flat=True)
            .first()
        )

    def unconfirmed(self):
        """Sets in use whose official text nobody has compared yet."""
        return self.in_use().filter(confirmed=False)


class RuleSet(models.Model):
    """A dated set of rules for special-operation certificates (R2.0).

    ``R2010`` is Order 30; ``R2026``, its revision, abolishes the review. A set can
    be switched off, and is shown with a badge until its official text is confirmed.
    """

    code = models.CharField(_("code"), max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=80)
    basis = models.CharField(_("source"), max_length=200)
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force to"), null=True, blank=True)
    validity_years = models.PositiveSmallIntegerField(_("valid for, years"))
    review_years = models.PositiveSmallIntegerField(
        _("review after, years"), null=True, blank=True
    )
    enabled = models.BooleanField(_("in use"), default=True)
    confirmed = models.BooleanField(_("official text confirmed"), default=False)

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        ordering = ["valid_from"]
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")

    def __str__(self):
        return self.code

    def review_due(self, start: dt.date) -> dt.date | None:
        """Return when the review of a cycle is due; None: this set asks for none.

        The same day years later; 29 February becomes the 28th (TC-05 j).
        """
        if self.review_years is None or (self.valid_to and start > self.valid_to):
            return None
        return start + relativedelta(years=self.review_years)


class CertificateKind(models.Model):
    """A kind of certificate: issued here, or recorded from an authority."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=80)
    issued_by_base = models.BooleanField(_("issued by the base"), default=False)
    needs_pass = models.BooleanField(_("needs a passed examination"), default=True)
    reviewed = models.BooleanField(
        _("reviewed under the dated rule sets"), default=False
    )
    authority = models.CharField(_("issuing authority"), max_length=60, blank=True)
    query_url = models.URLField(_("official query"), blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("kind of certificate")
        verbose_name_plural = _("kinds of certificate")

    def __str__(self):
        return self.label

    @property
    def label(self):
        """The name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


class ProgrammeProof(models.Model):
    """Which kind a programme earns, and how long it holds (empty: for ever)."""

    programme = models.ForeignKey(
        Programme,
        on_delete=models.CASCADE,
        related_name="proofs",
        verbose_name=_("programme"),
    )
    kind = models.ForeignKey(
        CertificateKind,
        on_delete=models.PROTECT,
        related_name="programme_proofs",
        limit_choices_to={"issued_by_base": True},
        verbose_name=_("kind of certificate"),
    )
    valid_months = models.PositiveSmallIntegerField(
        _("valid for, months"),
        null=True,
        blank=True,
        help_text=_("Empty: without end."),
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "kind"]
        verbose_name = _("proof of a programme")
        verbose_name_plural = _("proofs of programmes")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "kind"],
                name="certificates_proof_once_per_programme_and_kind",
                violation_error_message=_("The programme earns this kind already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_months__isnull=True) | Q(valid_months__gt=0),
                name="certificates_proof_months_positive",
                violation_error_message=_("At least one month, or empty."),
            ),
        ]

    def __str__(self):
        return f"{self.programme} · {self.kind}"


class IssuerQuerySet(StaffQuerySet):
    def on(self, day):
        """Who issued on a day."""
        return self.filter(valid_from__lte=day).order_by("-valid_from").first()


class Issuer(models.Model):
    """The base's name and signatory as printed, from a day on (R0.2)."""

    name = models.CharField(_("issuing base"), max_length=60)
    signatory = models.CharField(_("signatory"), max_length=40, blank=True)
    valid_from = models.DateField(_("from"), unique=True)

    objects = IssuerQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("issuing base")
        verbose_name_plural = _("issuing base, by date")

    def __str__(self):
        return self.name
