"""What was answered, handed in, marked and released."""

from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from exams.models.bank import QuestionRevision
from exams.models.delivery import Attempt
from exams.models.sittings import PaperKey
from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.people.models import Person


class Disposition(models.TextChoices):
    """What became of an answer that reached us. Nothing received is thrown away."""

    COUNTED = "counted", _("counts")
    LATE = "late", _("after the end")
    STALE_SEAT = "stale_seat", _("from a device that lost the seat")
    CONFLICT = "conflict", _("another answer under the same number")


class JournalIdField(models.BigAutoField):
    """A row number without SQLite's AUTOINCREMENT, which would write another page.

    What AUTOINCREMENT adds, never giving a deleted number again, a table that
    refuses deletes has no use for.
    """

    def db_type_suffix(self, connection):
        if connection.vendor == "sqlite":
            return None
        return super().db_type_suffix(connection)


class AnswerEntryQuerySet(models.QuerySet):
    # The journal has no other indexes than its two partial ones: a filter that does
    # not repeat the condition of one of them reads the whole table.
    def numbered(self):
        """Entries that hold a number of their seat: all but conflicts."""
        return self.filter(~Q(disposition=Disposition.CONFLICT))

    def conflicts(self):
        """Entries whose number holds another answer."""
        return self.filter(disposition=Disposition.CONFLICT)


class AnswerEntry(Evidence):
    """One answer as it arrived. Append-only; only ``save_answers`` writes it.

    ``value`` is canonical JSON with option tokens. ``client_ms`` is what the phone
    claims: evidence, never authority.
    """

    id = JournalIdField(primary_key=True)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    seat_epoch = models.PositiveIntegerField(_("seat"))
    seq = models.PositiveIntegerField(_("number"))
    slot = models.CharField(_("question"), max_length=16)
    value = models.TextField(_("answer"))
    sha256 = models.CharField(max_length=64)
    client_ms = models.CharField(_("time on the phone"), max_length=40, blank=True)
    received_at = models.DateTimeField(_("received"))
    disposition = models.CharField(
        _("what became of it"), max_length=10, choices=Disposition
    )

    objects = AnswerEntryQuerySet.as_manager()

    class Meta:
        ordering = ["attempt", "seat_epoch", "seq"]
        verbose_name = _("answer")
        verbose_name_plural = _("answer journal")
        constraints = [
            # An answer that counts is in one index, not in two: that is what a save
            # costs. Together they hold every answer once.
            models.UniqueConstraint(
                fields=["attempt", "seat_epoch", "seq", "sha256"],
                condition=Q(disposition=Disposition.CONFLICT),
                name="exams_answerentry_same_conflict_once",
            ),
            models.UniqueConstraint(
                fields=["attempt", "seat_epoch", "seq"],
                condition=~Q(disposition=Disposition.CONFLICT),
                name="exams_answerentry_one_answer_per_number",
            ),
            models.CheckConstraint(
                condition=Q(seq__gte=1), name="exams_answerentry_numbers_from_one"
            ),
        ]

    def __str__(self):
        return f"{self.attempt_id} {self.seat_epoch}/{self.seq}"


class SubmissionCause(models.TextChoices):
    CANDIDATE = "candidate", _("handed in by the candidate")
    TIMEOUT = "timeout", _("time was up")
    PROCTOR = "proctor", _("closed by the proctor")


class Submission(Evidence):
    """The end of an attempt: at most one. Append-only.

    ``receipt`` is the signed text every caller gets, to the byte.
    """

    attempt = models.OneToOneField(
        Attempt, on_delete=models.PROTECT, related_name="submission"
    )
    cause = models.CharField(_("cause"), max_length=9, choices=SubmissionCause)
    seat_epoch = models.PositiveIntegerField(_("seat"))
    final_seq = models.PositiveIntegerField(_("last number"))
    answered = models.PositiveSmallIntegerField(_("questions answered"))
    answers_sha256 = models.CharField(max_length=64)
    receipt = models.TextField()
    submitted_at = models.DateTimeField(_("handed in"))

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")

    def __str__(self):
        return f"{self.attempt_id} {self.cause}"


class SlotMarkState(models.TextChoices):
    """Who decided what a slot earns."""

    AUTOMATIC = "automatic", _("marked by the key")
    HUMAN = "human", _("marked by a person")
    PENDING = "pending", _("to be marked")


class SlotMarkQuerySet(models.QuerySet):
    def current(self):
        """The newest marking of each slot of each attempt."""
        later = SlotMark.objects.filter(
            attempt=models.OuterRef("attempt"),
            slot=models.OuterRef("slot"),
            number__gt=models.OuterRef("number"),
        )
        return self.filter(~models.Exists(later))

    def pending(self):
        """Slots that wait for a person to mark them."""
        return self.current().filter(state=SlotMarkState.PENDING)


class SlotMark(Evidence):
    """What one slot of a finished attempt earned. Append-only; the newest counts.

    Written by ``exams.services.marks`` and ``mark_slot``; marking again adds a row
    only where the share or its state changed. ``chosen`` are the rows of the bank's
    options that were chosen, independent of their position in the paper.
    """

    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="slot_marks", db_index=False
    )
    slot = models.CharField(_("question"), max_length=16)
    number = models.PositiveSmallIntegerField(_("marking"), default=1)
    question_revision = models.ForeignKey(
        QuestionRevision,
        on_delete=models.PROTECT,
        related_name="slot_marks",
        null=True,
        blank=True,
        verbose_name=_("question revision"),
    )
    chosen = models.JSONField(_("options chosen"), default=list)
    state = models.CharField(_("state"), max_length=9, choices=SlotMarkState)
    share_numerator = models.PositiveIntegerField(null=True, blank=True)
    share_denominator = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("by"),
    )
    marked_at = models.DateTimeField(_("marked"), default=clock.now)

    objects = SlotMarkQuerySet.as_manager()

    class Meta:
        ordering = ["attempt", "slot", "-number"]
        verbose_name = _("mark of a question")
        verbose_name_plural = _("marks of questions")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "slot", "number"],
                name="exams_slotmark_once_per_number",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=SlotMarkState.PENDING,
                    share_numerator__isnull=True,
                    share_denominator__isnull=True,
                )
                | Q(
                    ~Q(state=SlotMarkState.PENDING),
                    share_numerator__isnull=False,
                    share_denominator__isnull=False,
                    share_denominator__gte=1,
                    share_numerator__lte=F("share_denominator"),
                ),
                name="exams_slotmark_share_from_0_to_1_unless_pending",
            ),
            models.CheckConstraint(
                condition=~Q(state=SlotMarkState.HUMAN) | Q(marked_by__isnull=False),
                name="exams_slotmark_by_a_person_says_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.attempt_id} {self.slot} #{self.number}"

    @property
    def share(self):
        """The exact share of the slot's marks; None while it is to be marked."""
        if self.share_numerator is None:
            return None
        return Fraction(self.share_numerator, self.share_denominator)


class MarkQuerySet(models.QuerySet):
    def current(self):
        """The highest revision of each attempt."""
        later = Mark.objects.filter(
            attempt=models.OuterRef("attempt"), revision__gt=models.OuterRef("revision")
        )
        return self.filter(~models.Exists(later))


class Mark(Evidence):
    """One marking of an attempt. Append-only; regrading adds a revision.

    ``score_exact`` is the fraction that decided ``passed``, such as 176/3, and
    ``score`` what is shown of it. ``per_slot`` has for each slot its exact ``share``
    and ``by``, a ``SlotMarkState``. Marks of the first release have no
    ``score_exact``, their ``score`` decided; ``papers.marking.earned`` reads both.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="marks")
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2)
    score_exact = models.CharField(_("exact score"), max_length=40, blank=True)
    total = models.DecimalField(_("all marks"), max_digits=7, decimal_places=2)
    passed = models.BooleanField(_("passed"))
    per_slot = models.JSONField(_("marks per question"))
    key = models.ForeignKey(PaperKey, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("marked"), default=clock.now)

    objects = MarkQuerySet.as_manager()

    class Meta:
        ordering = ["attempt", "-revision"]
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "revision"], name="exams_mark_once_per_revision"
            ),
            models.CheckConstraint(
                condition=Q(revision__gte=1, score__gte=0, score__lte=F("total")),
                name="exams_mark_within_all_marks",
            ),
        ]

    def __str__(self):
        return f"{self.attempt_id} #{self.revision}"


class ResultQuerySet(models.QuerySet):
    def passed(self):
        return self.filter(passed=True)


class Result(models.Model):
    """The released outcome of an attempt: always that of its current mark.

    Written by ``release_result`` and moved by ``regrade`` only.
    """

    attempt = models.OneToOneField(
        Attempt, on_delete=models.PROTECT, related_name="result"
    )
    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="results",
        verbose_name=_("person"),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="results",
        null=True,
        blank=True,
        verbose_name=_("enrolment"),
    )
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2)
    total = models.DecimalField(_("all marks"), max_digits=7, decimal_places=2)
    passed = models.BooleanField(_("passed"))
    released_at = models.DateTimeField(_("released"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("by"),
    )

    objects = ResultQuerySet.as_manager()

    class Meta:
        ordering = ["-released_at", "-pk"]
        verbose_name = _("result")
        verbose_name_plural = _("results")
        indexes = [
            models.Index(fields=["passed", "enrolment"], name="exams_result_passed"),
        ]

    def __str__(self):
        return f"{self.attempt_id} {self.score}/{self.total}"
