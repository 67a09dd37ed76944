"""What the public reads: pages, composed by editors, read before they appear."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.models import DraftStateMixin, RevisionMixin

from lms.access.scopes import StaffQuerySet


class SiteFacts(DraftStateMixin, RevisionMixin, BaseSiteSetting):
    """Names and themes that change without a new release, read by a second person.

    What is saved is a draft; the site shows the row, which publishing changes.
    """

    hotline = models.CharField(_("hotline"), max_length=20, default="12350")
    agency = models.CharField(
        _("supervising authority"), max_length=80, default="吴川市应急管理局"
    )
    theme_year = models.PositiveSmallIntegerField(_("year of the theme"), null=True)
    theme = models.CharField(
        _("theme of this year's Safety Month"), max_length=80, blank=True
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("names, hotline and annual theme")
        verbose_name_plural = _("names, hotline and annual theme")
        # Wagtail adds it after the groups have been given theirs.
        permissions = [("publish_sitefacts", _("Can publish"))]

    def __str__(self):
        return str(self._meta.verbose_name)
