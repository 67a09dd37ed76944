import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.classes import Enrolment
from courses.models.pages import LessonPage
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.people.models import Person


class SessionState(models.TextChoices):
    ACTIVE = "active", _("learning")
    PAUSED = "paused", _("paused")


class PauseReason(models.TextChoices):
    NONE = "", _("none")
    ELSEWHERE = "elsewhere", _("continued on another device")
    PRESENCE = "presence", _("the presence check was not answered")
    CEILING = "ceiling", _("today's limit is reached")


class StudySession(models.Model):
    """One stretch of learning one lesson on one device. Changed by services only.

    ``last_seen_at`` and ``last_position_ms`` are the last confirmed heartbeat:
    credit is counted from there and from nowhere else.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="study_sessions"
    )
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="study_sessions"
    )
    lesson = models.ForeignKey(
        LessonPage, on_delete=models.PROTECT, related_name="study_sessions"
    )
    state = models.CharField(
        _("state"), max_length=6, choices=SessionState, default=SessionState.ACTIVE
    )
    pause_reason = models.CharField(
        _("why paused"), max_length=9, choices=PauseReason, default="", blank=True
    )
    started_at = models.DateTimeField(_("started"))
    last_seen_at = models.DateTimeField(_("last heartbeat"))
    last_position_ms = models.PositiveIntegerField(default=0)
    last_seq = models.PositiveIntegerField(default=0)
    check_due_at = models.DateTimeField()
    check_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("study session")
        verbose_name_plural = _("study sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state=SessionState.ACTIVE),
                name="courses_studysession_one_active_per_person",
            ),
        ]

    def __str__(self):
        return f"{self.uuid}"


class LessonProgress(models.Model):
    """How far an enrolment is in a lesson: the running total of its study entries."""

    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="progress"
    )
    lesson = models.ForeignKey(
        LessonPage, on_delete=models.PROTECT, related_name="progress"
    )
    credited_ms = models.PositiveIntegerField(_("credited"), default=0)
    furthest_ms = models.PositiveIntegerField(_("furthest position"), default=0)
    end_reached = models.BooleanField(_("end reached"), default=False)
    completed_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson"],
                name="courses_lessonprogress_one_per_enrolment_and_lesson",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment_id} {self.lesson_id}"


class StudyEntryQuerySet(ScopedQuerySet):
    town_lookup = "enrolment__organisation__town"
    organisation_lookup = "enrolment__organisation"
    person_lookup = "person"

    def for_listing(self):
        """Everything an entry row shows, in one query."""
        return self.select_related(
            "person",
            "lesson",
            "enrolment__training_class",
            "enrolment__organisation__town",
        )


class StudyEntry(Evidence):
    """Time the server credited for one heartbeat. Append-only.

    Only ``courses.services.study.heartbeat`` writes it.
    """

    session = models.ForeignKey(
        StudySession, on_delete=models.PROTECT, related_name="entries"
    )
    seq = models.PositiveIntegerField(_("sequence number"))
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="study_entries",
        verbose_name=_("person"),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="study_entries",
        verbose_name=_("enrolment"),
    )
    lesson = models.ForeignKey(
        LessonPage,
        on_delete=models.PROTECT,
        related_name="study_entries",
        verbose_name=_("lesson"),
    )
    day = models.DateField(_("day"))
    position_ms = models.PositiveIntegerField(_("position"))
    credited_ms = models.PositiveIntegerField(_("credited"))
    received_at = models.DateTimeField(_("received"), default=clock.now)

    objects = StudyEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("study entry")
        verbose_name_plural = _("study entries")
        indexes = [
            models.Index(
                fields=["person", "day", "credited_ms"],
                name="courses_studyentry_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "seq"],
                name="courses_studyentry_once_per_session_and_seq",
            ),
        ]

    def __str__(self):
        return f"{self.session_id} {self.seq}"

    @property
    def seconds(self):
        return self.credited_ms / 1000
