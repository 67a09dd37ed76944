import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.evidence import clock

LEASE = dt.timedelta(minutes=5)
MAX_ATTEMPTS = 5


class JobState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", pgettext_lazy("job", "running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet):
    def due(self, now):
        """Waiting jobs whose time has come, and running ones whose lease ran out."""
        return self.filter(
            Q(state=JobState.QUEUED, not_before__lte=now)
            | Q(state=JobState.RUNNING, lease_until__lt=now)
        ).order_by("created_at", "pk")

    def unfinished(self):
        """Jobs that wait or run."""
        return self.filter(state__in=UNFINISHED)

    def visible_to(self, user):
        """A job belongs to the user who asked for it; superusers see all."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(created_by=user)


class Job(models.Model):
    """Long work that a user waits for. Handlers are idempotent; leases are retried."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    payload = models.JSONField(default=dict)
    # Of jobs with one key, only one is waiting or running; empty means no such rule.
    key = models.CharField(max_length=160, blank=True, default="", editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=JobState, default=JobState.QUEUED
    )
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    errors = models.JSONField(_("errors"), default=list)
    result = models.JSONField(_("result"), default=dict)
    result_file = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Language of the user who asked, who reads the messages.
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    created_at = models.DateTimeField(_("asked for"), default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["state", "not_before"], name="jobs_job_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING, lease_until__isnull=False)
                | (~Q(state=JobState.RUNNING) & Q(lease_until__isnull=True)),
                name="jobs_job_leased_exactly_while_running",
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=UNFINISHED) & ~Q(key=""),
                name="jobs_job_one_unfinished_per_key",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.state}"

    @property
    def finished(self):
        return self.state in (JobState.DONE, JobState.FAILED)
