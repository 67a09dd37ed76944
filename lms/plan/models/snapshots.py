from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.plan.models.plans import Plan


class Snapshot(Evidence):
    """A report as it stood at a moment. Written by ``plan.services.snapshots``.

    ``hash`` is the SHA-256 of the canonical JSON of ``result``. A later report of the
    same day may differ because of late records; both are kept (R5.0).
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="snapshots")
    as_of = models.DateField(_("as of"))
    recorded_by = models.DateTimeField(_("records known by"))
    rule_set = models.JSONField(_("rule sets"), default=list)
    result = models.JSONField(_("figures"))
    hash = models.CharField(_("fingerprint"), max_length=64)
    taken_at = models.DateTimeField(_("taken at"), default=clock.now)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        ordering = ["-taken_at", "-pk"]
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self):
        return f"{self.plan_id} {self.as_of} {self.hash[:8]}"
