from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.access.scopes import StaffQuerySet


class YesNoUndecided(models.TextChoices):
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNDECIDED = "undecided", _("undecided")


class Town(models.Model):
    """One of the city's 15 towns and streets (R3.8)."""

    class Kind(models.TextChoices):
        STREET = "street", _("street")
        TOWN = "town", _("town")

    code = models.CharField(_("code"), max_length=9, unique=True)
    name = models.CharField(_("name"), max_length=20, unique=True)
    alias = models.CharField(_("alias"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("town or street")
        verbose_name_plural = _("towns and streets")

    def __str__(self):
        return self.name


class Zone(models.Model):
    """A development zone with enterprises; not an administrative division."""

    code = models.CharField(_("code"), max_length=9, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("zone")
        verbose_name_plural = _("zones")

    def __str__(self):
        return self.name


class Industry(models.Model):
    """A tag on an organisation; one organisation may carry several."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    high_hazard = models.CharField(
        _("high-hazard"),
        max_length=9,
        choices=YesNoUndecided,
        default=YesNoUndecided.NO,
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("industry")
        verbose_name_plural = _("industries")

    def __str__(self):
        return self.name


class OperationItem(models.Model):
    """One of the 54 items of the special-operation catalogue (R2.6)."""

    code = models.CharField(_("code"), max_length=5, unique=True)
    name = models.CharField(_("name"), max_length=40)
    category_code = models.CharField(_("category code"), max_length=2)
    category_name = models.CharField(_("category"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position in the catalogue"))

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name = _("operation item")
        verbose_name_plural = _("operation items")

    def __str__(self):
        return f"{self.code} {self.name}"
