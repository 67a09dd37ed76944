from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.models.certificates import Certificate, ReasonClass
from lms.access.scopes import ScopedQuerySet, StaffQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence

GENESIS = "0" * 64


class EventAction(models.TextChoices):
    ISSUE = "issue", _("issued")
    REPLACE = "replace", _("replaced")
    SUSPEND = "suspend", _("suspended")
    REINSTATE = "reinstate", _("reinstated")
    REVOKE = "revoke", _("revoked")
    CANCEL = "cancel", _("cancelled")


class IssueReason(models.TextChoices):
    """Why a cycle began or ended where training, not a decision, is the cause."""

    EARNED = "EARNED", _("earned by the training")
    RENEWED = "RENEWED", _("a newer one was earned")


class CertificateEventQuerySet(ScopedQuerySet):
    def within(self, user, day=None):
        """Limit to entries about certificates in reach: reasons are not public."""
        return self.filter(certificate__in=Certificate.objects.visible_to(user))


class CertificateEvent(Evidence):
    """One entry of the public register. Append-only, each chained to the one before.

    ``hash`` is SHA-256 of the previous hash and ``entry``, the canonical JSON of
    what happened. ``entry`` names no person: it holds a pseudonymous key, and the
    number of the account that caused it. Only ``certificates.register.writer`` writes
    it; the checker shares no code with that.
    """

    position = models.PositiveBigIntegerField(_("position"), unique=True)
    certificate = models.ForeignKey(
        Certificate,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("certificate"),
    )
    action = models.CharField(_("action"), max_length=10, choices=EventAction)
    reason_class = models.CharField(
        _("class of the reason"),
        max_length=20,
        choices=[*ReasonClass.choices, *IssueReason.choices],
        blank=True,
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    reason_salt = models.CharField(max_length=32, blank=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), default=clock.now)
    entry = models.TextField(_("entry"))
    previous = models.CharField(_("hash before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)

    objects = CertificateEventQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name = _("register entry")
        verbose_name_plural = _("register")
        constraints = [
            models.CheckConstraint(
                condition=Q(position__gte=1),
                name="certificates_event_positions_from_one",
            ),
            models.CheckConstraint(
                condition=Q(action__in=[EventAction.ISSUE, EventAction.REPLACE])
                | ~Q(reason_class=""),
                name="certificates_event_touched_with_reason_class",
            ),
        ]

    def __str__(self):
        return f"{self.position} · {self.get_action_display()}"


class RegisterHead(models.Model):
    """The end of the chain: one row, locked last in every issue (S2.2)."""

    entries = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1), name="certificates_registerhead_only_one"
            ),
        ]

    def __str__(self):
        return f"{self.entries} {self.hash}"


class DailyHead(Evidence):
    """The head at the end of a day, as published. Append-only."""

    day = models.DateField(_("day"), unique=True)
    entries = models.PositiveBigIntegerField(_("entries"))
    hash = models.CharField(_("hash"), max_length=64)
    published_at = models.DateTimeField(_("published at"), default=clock.now)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["-day"]
        verbose_name = _("daily head")
        verbose_name_plural = _("daily heads")

    def __str__(self):
        return f"{self.day} {self.entries}"


class NumberSeries(models.Model):
    """How many numbers a year has used, per type letter (R3.4)."""

    year = models.PositiveSmallIntegerField()
    letter = models.CharField(max_length=1)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "letter"],
                name="certificates_series_one_per_year_and_letter",
            ),
        ]

    def __str__(self):
        return f"{self.year}{self.letter} {self.last}"
