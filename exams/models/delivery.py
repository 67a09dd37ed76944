import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from exams.models.sittings import Paper, Sitting
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.people.models import Person

SET_ASIDE_FOR = dt.timedelta(minutes=30)


class AttemptState(models.TextChoices):
    """What the row says. What holds now is ``EffectiveState``."""

    OPEN = "open", _("in progress")
    FINISHED = "finished", _("finished")


class EffectiveState(models.TextChoices):
    """What holds at a moment (S1.3); the same in Python and in SQL."""

    OPEN = "open", _("in progress")
    CLOSING = "closing", _("time is up, last answers may still arrive")
    CLOSED = "closed", _("exam over")


def effective_state_at(now):
    """Return the SQL expression of ``Attempt.effective_state`` at a moment."""
    return Case(
        When(
            Q(state=AttemptState.FINISHED) | Q(grace_until__lte=now),
            then=Value("closed"),
        ),
        When(deadline__lte=now, then=Value("closing")),
        default=Value("open"),
        output_field=models.CharField(),
    )


class AttemptQuerySet(ScopedQuerySet):
    town_lookup = "enrolment__organisation__town"
    organisation_lookup = "enrolment__organisation"
    person_lookup = "person"

    def with_effective_state(self, now):
        """Annotate ``state_now``, the effective state at a moment."""
        return self.annotate(state_now=effective_state_at(now))

    def overdue(self, now):
        """Attempts nobody has finished although no answer can count any more.

        One that was set aside is tried again after a while.
        """
        rested = Q(set_aside_at=None) | Q(set_aside_at__lte=now - SET_ASIDE_FOR)
        return self.filter(rested, state=AttemptState.OPEN, grace_until__lte=now)

    def running(self, now):
        """Attempts whose answers can still count."""
        return self.filter(state=AttemptState.OPEN, grace_until__gt=now)

    def unfinished(self):
        """Attempts that are not finished, overdue ones included."""
        return self.filter(state=AttemptState.OPEN)

    def set_aside(self):
        """Attempts that could not be finalised and wait for a person."""
        return self.filter(state=AttemptState.OPEN, set_aside_at__isnull=False)

    def awaiting_release(self):
        """Marked attempts whose result nobody has released."""
        return self.filter(state=AttemptState.FINISHED, result=None, marks__revision=1)

    def awaiting_marking(self):
        """Finished attempts without a mark: a slot waits for a person."""
        return self.filter(state=AttemptState.FINISHED, marks=None)

    def for_listing(self):
        """Everything an attempt row shows, in one query."""
        return self.select_related(
            "person",
            "sitting__training_class",
            "paper",
            "enrolment__training_class",
            "result",
        )


class Attempt(models.Model):
    """An attempt of a person at a sitting. Changed by ``exams.services`` only.

    ``deadline`` is absolute from the start on; ``deadline_at_start`` plus the
    seconds of the ``TimeAdjustment`` rows is always equal to it (E11).
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sitting = models.ForeignKey(
        Sitting,
        on_delete=models.PROTECT,
        related_name="attempts",
        verbose_name=_("exam sitting"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="attempts",
        verbose_name=_("person"),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="attempts",
        null=True,
        blank=True,
        verbose_name=_("enrolment"),
    )
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("attempt number"))
    state = models.CharField(
        _("state"), max_length=8, choices=AttemptState, default=AttemptState.OPEN
    )
    secret = models.CharField(max_length=64, editable=False)
    order_seed = models.CharField(max_length=32, editable=False)
    started_at = models.DateTimeField(_("started"))
    deadline_at_start = models.DateTimeField(_("deadline at the start"))
    deadline = models.DateTimeField(_("deadline"))
    grace_until = models.DateTimeField(_("answers may arrive until"))
    seat_epoch = models.PositiveIntegerField(_("seat"), default=1)
    seat_session = models.CharField(max_length=64, blank=True, editable=False)
    set_aside_at = models.DateTimeField(_("set aside"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            models.Index(
                fields=["grace_until"],
                condition=Q(state=AttemptState.OPEN),
                name="exams_attempt_open_by_grace",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "sitting"],
                condition=Q(state=AttemptState.OPEN),
                name="exams_attempt_one_open_per_person",
                violation_error_message=_("This exam is already in progress."),
            ),
            models.UniqueConstraint(
                fields=["sitting", "person", "number"],
                name="exams_attempt_number_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    deadline_at_start__gt=F("started_at"),
                    deadline__gte=F("deadline_at_start"),
                    grace_until__gte=F("deadline"),
                ),
                name="exams_attempt_times_in_order",
            ),
        ]

    def __str__(self):
        return f"{self.uuid}"

    def get_state_now_display(self):
        """The words for ``state_now``, where ``with_effective_state`` gave it."""
        return EffectiveState(self.state_now).label

    def effective_state(self, now):
        """Open, closing or closed at a moment. ``effective_state_at`` is its SQL."""
        if self.state == AttemptState.FINISHED or now >= self.grace_until:
            return EffectiveState.CLOSED
        if now >= self.deadline:
            return EffectiveState.CLOSING
        return EffectiveState.OPEN


class PreparedPaperQuerySet(models.QuerySet):
    def of_over(self, now):
        """Papers of sittings in which nobody can start any more."""
        return self.filter(sitting__closes_at__lte=now)

    def fit_for(self, sitting):
        """Papers of a sitting that may be asked today.

        Not those that were drawn by other rules, or before an attempt of the person:
        the next paper must differ from what was asked there (E28).
        """
        since = Attempt.objects.filter(person=models.OuterRef("person")).order_by()
        since = since.values("person").annotate(made=models.Count("pk")).values("made")
        now = Coalesce(models.Subquery(since), 0)
        rows = self.filter(sitting=sitting, drawn_for=sitting.draws_for)
        return rows.alias(attempts_now=now).filter(attempts_before=F("attempts_now"))

    def asking(self, question):
        """Papers that ask a question of the bank, in any revision."""
        return self.filter(paper__questions__revision__question=question)


class PreparedPaper(models.Model):
    """What the first attempt of one person at a sitting will be asked, made ahead.

    Derived, and no promise: a start that finds it unfit draws its paper anew.
    ``delivered`` is the paper as this candidate sees it, in the bytes that are sent;
    the secret and the order behind its tokens become those of the attempt.
    ``drawn_for`` names the rules it was drawn by (``Sitting.draws_for``),
    ``attempts_before`` counts the attempts the person had made by then.
    """

    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, related_name="prepared_papers"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    drawn_for = models.CharField(max_length=48)
    attempts_before = models.PositiveIntegerField()
    secret = models.CharField(max_length=64)
    order_seed = models.CharField(max_length=32)
    delivered = models.TextField()

    objects = PreparedPaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared paper")
        verbose_name_plural = _("prepared papers")
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "person"], name="exams_preparedpaper_once_per_person"
            ),
        ]

    def __str__(self):
        return f"{self.sitting_id} {self.person_id}"


class TimeAdjustment(Evidence):
    """Seconds given to a running attempt. Append-only; ``adjust_time`` writes it.

    One ``batch`` is one decision: for one person, or for everybody at a sitting.
    """

    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="adjustments"
    )
    batch = models.UUIDField(default=uuid.uuid4)
    seconds = models.PositiveIntegerField(_("seconds"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("at"), default=clock.now)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("time adjustment")
        verbose_name_plural = _("time adjustments")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "batch"], name="exams_timeadjustment_once_per_batch"
            ),
            models.CheckConstraint(
                condition=Q(seconds__gte=1, seconds__lte=4 * 3600),
                name="exams_timeadjustment_up_to_4_hours",
                violation_error_message=_("Give between 1 second and 4 hours."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="exams_timeadjustment_has_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.attempt_id} +{dt.timedelta(seconds=self.seconds)}"
