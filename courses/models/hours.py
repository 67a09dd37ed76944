from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.classes import Enrolment
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.people.models import Person


class HourSource(models.TextChoices):
    """How class hours were earned (R4.5, R4.6)."""

    ONLINE = "ONLINE", _("online study")
    ATTENDANCE = "ATTENDANCE", _("attendance in class")
    PRACTICAL = "PRACTICAL", _("practical training")
    PAPER = "PAPER", _("study on paper")
    CORRECTION = "CORRECTION", _("correction of hours")


class HalfDay(models.TextChoices):
    """Attendance is taken in the morning and in the afternoon (R4.5)."""

    MORNING = "AM", _("morning")
    AFTERNOON = "PM", _("afternoon")


class HourEntryQuerySet(ScopedQuerySet):
    town_lookup = "enrolment__organisation__town"
    organisation_lookup = "enrolment__organisation"
    person_lookup = "person"

    def for_listing(self):
        """Everything an entry row shows, in one query."""
        return self.select_related(
            "person",
            "enrolment__training_class",
            "enrolment__organisation__town",
            "entered_by",
        )


class HourEntry(Evidence):
    """Class hours that staff credited to an enrolment for one day. Append-only.

    The only writer is ``courses.services.hours.enter_hours``. A mistake is put right
    by a correction, which alone may be negative. Online study has no row here: its
    time is the sum of its study entries. ``hours`` are class hours as credited on
    the day: a later study time rule does not change them.
    """

    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="hour_entries",
        verbose_name=_("enrolment"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="hour_entries",
        verbose_name=_("person"),
    )
    source = models.CharField(_("source"), max_length=10, choices=HourSource)
    day = models.DateField(_("day"))
    half_day = models.CharField(
        _("half day"), max_length=2, choices=HalfDay, blank=True
    )
    hours = models.DecimalField(_("class hours"), max_digits=5, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=200)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="hour_entries",
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered at"), default=clock.now)

    objects = HourEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-entered_at", "-pk"]
        verbose_name = _("entry of class hours")
        verbose_name_plural = _("entries of class hours")
        indexes = [
            models.Index(fields=["person", "day"], name="courses_hourentry_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "day", "half_day", "source"],
                condition=~Q(source=HourSource.CORRECTION),
                name="courses_hourentry_once_per_half_day_and_source",
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0) | Q(source=HourSource.CORRECTION, hours__lt=0),
                name="courses_hourentry_only_corrections_are_negative",
            ),
            models.CheckConstraint(
                condition=~Q(source=HourSource.ONLINE),
                name="courses_hourentry_online_hours_are_never_entered",
            ),
            models.CheckConstraint(
                condition=Q(source=HourSource.CORRECTION, half_day="")
                | (~Q(source=HourSource.CORRECTION) & Q(half_day__in=HalfDay.values)),
                name="courses_hourentry_half_day_unless_correction",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="courses_hourentry_with_reason"
            ),
        ]

    def __str__(self):
        return f"{self.day} {self.get_source_display()} {self.hours}"
