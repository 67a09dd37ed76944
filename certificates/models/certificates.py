import datetime as dt
import uuid

from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certificates.models import status as rules
from certificates.models.kinds import CertificateKind, RuleSet
from courses.models import Audience, Enrolment
from exams.models import Result
from lms.access.levels import Access
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.models import Evidence
from lms.people.identity.numbers import mask_name
from lms.people.models import IssuingSystem, OperationItem, Organisation, Person, Post
from lms.sheets.cells import half_width


class Origin(models.TextChoices):
    ISSUED = "issued", _("issued by the base")
    RECORDED = "recorded", _("recorded from an authority")


class ReasonClass(models.TextChoices):
    """Why a certificate was touched; the class is public, the typed reason is not."""

    AUTHORITY = "AUTHORITY", _("decision of an authority")
    FALSE_FACTS = "FALSE_FACTS", _("false information or fraud")
    ISSUED_IN_ERROR = "ISSUED_IN_ERROR", _("issued in error")
    RESULT_CHANGED = "RESULT_CHANGED", _("the examination result was changed")
    UNDER_INVESTIGATION = "UNDER_INVESTIGATION", _("being investigated")
    HOLDER_REQUEST = "HOLDER_REQUEST", _("at the holder's request")
    HOLDER_DIED = "HOLDER_DIED", _("the holder has died")
    CLEARED = "CLEARED", _("the cause is gone")


class CertificateQuerySet(ScopedQuerySet):
    person_lookup = "person"

    def within(self, user, day=None):
        """Limit to own certificates, or to those of persons in reach on a day."""
        if user.access == Access.SELF:
            return self.owned_by(user)
        posts = Post.objects.active_on(day or clock.today()).visible_to(user)
        return self.filter(person__in=posts.values("person"))

    def known_by(self, recorded_by):
        """Rows recorded by a past moment; all of them without one."""
        if recorded_by is None:
            return self
        return self.filter(recorded_at__lte=recorded_by)

    def with_status_on(self, day, recorded_by=None):
        """Add ``status``: what each row is on a day, the rule of ``status_on``.

        As known now or at a past moment: rows recorded later are left out, and
        replace no row.
        """
        status = rules.status_case(
            day, reviews_end_on=_reviews_end_on(), recorded_by=recorded_by
        )
        return self.known_by(recorded_by).annotate(status=status)

    def valid_on(self, day, recorded_by=None):
        """Rows in a valid state on a day, as known now or at a past moment."""
        return self.known_by(recorded_by).filter(
            rules.valid_q(
                day, reviews_end_on=_reviews_end_on(), recorded_by=recorded_by
            )
        )

    def runs_out_within(self, day, *, days):
        """Rows valid on a day whose last day is at most ``days`` days later."""
        last = day + dt.timedelta(days=days)
        return self.valid_on(day).filter(valid_to__lte=last)

    def cycles_of(self, row):
        """Every cycle of the person, kind and subject of a row, the oldest first."""
        same = {"person": row.person_id, "kind": row.kind_id, "subject": row.subject}
        return self.filter(**same).order_by("valid_from")

    def open(self):
        """Rows nothing has ended: not revoked, not cancelled, not replaced."""
        return self.filter(rules.open_q())

    def with_basis(self):
        """Rows no regrade has taken the pass from (C03); ``has_lost_basis`` in SQL."""
        return self.filter(Q(result=None) | Q(result__passed=True))

    def issued(self):
        return self.filter(origin=Origin.ISSUED)

    def with_number(self, number):
        """Issued rows that carry a number or serial, in any width, case and spacing."""
        carried = "".join(half_width(number).split()).upper()
        return self.issued().filter(Q(number=carried) | Q(serial=carried))

    def awaiting_pdf(self, edition):
        """Issued rows in force without a stored PDF of an edition."""
        return self.issued().open().exclude(paper__contains=edition)

    def recorded(self):
        return self.filter(origin=Origin.RECORDED)

    def in_conflict_on(self, day):
        """Rows on which R2010 and an unconfirmed R2026 say different things."""
        return self.filter(_in_conflict_q(day))

    def with_disputed_on(self, day):
        """Add ``disputed``: whether a row is ``in_conflict_on`` a day (R0.2)."""
        return self.annotate(
            disputed=Case(When(_in_conflict_q(day), then=True), default=False)
        )

    def for_listing(self):
        """Everything a certificate row shows, in one query."""
        return self.select_related("kind", "item", "person", "organisation")


class Certificate(models.Model):
    """One cycle of one certificate: issued here, or recorded from an authority.

    Printed facts are copied and never joined (S2.1). Only
    ``certificates.services`` writes it: issued ones by issuing and withdrawing,
    recorded ones by ``recording``. What a row is worth on a day is ``status_on``.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="certificates",
        verbose_name=_("holder"),
    )
    kind = models.ForeignKey(
        CertificateKind,
        on_delete=models.PROTECT,
        related_name="certificates",
        verbose_name=_("kind"),
    )
    subject = models.CharField(_("subject"), max_length=20)
    role = models.CharField(_("role"), max_length=16, choices=Audience, blank=True)
    item = models.ForeignKey(
        OperationItem,
        on_delete=models.PROTECT,
        related_name="certificates",
        null=True,
        blank=True,
        verbose_name=_("operation item"),
    )
    issuing_system = models.CharField(
        _("certificate system"),
        max_length=12,
        choices=IssuingSystem,
        default=IssuingSystem.EMERGENCY,
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="certificates",
        null=True,
        blank=True,
        verbose_name=_("employer then"),
    )
    origin = models.CharField(_("origin"), max_length=8, choices=Origin)
    serial = models.CharField(
        _("serial"), max_length=17, unique=True, null=True, editable=False
    )
    number = models.CharField(_("number"), max_length=40, blank=True)
    number_sealed = models.BinaryField(blank=True, default=b"", editable=False)
    token = models.TextField(blank=True, editable=False)
    holder_name = models.CharField(_("name then"), max_length=60)
    id_masked = models.CharField(_("document number"), max_length=32)
    facts = models.JSONField(_("printed facts"), default=dict, blank=True)
    issuing_authority = models.CharField(
        _("issuing authority"), max_length=80, blank=True
    )
    first_issued_on = models.DateField(_("first issued on"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    review_due_on = models.DateField(_("review due on"), null=True, blank=True)
    review_passed_on = models.DateField(_("review passed on"), null=True, blank=True)
    suspended_from = models.DateField(_("suspended from"), null=True, blank=True)
    suspended_to = models.DateField(_("suspended to"), null=True, blank=True)
    suspended_reason = models.CharField(
        _("why suspended"), max_length=20, choices=ReasonClass, blank=True
    )
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    revoked_reason = models.CharField(
        _("why revoked"), max_length=20, choices=ReasonClass, blank=True
    )
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    cancelled_reason = models.CharField(
        pgettext_lazy("certificate", "why cancelled"),
        max_length=20,
        choices=ReasonClass,
        blank=True,
    )
    replaced_on = models.DateField(_("replaced on"), null=True, blank=True)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="successors",
        null=True,
        blank=True,
        verbose_name=_("predecessor"),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.PROTECT,
        related_name="certificates",
        null=True,
        blank=True,
        verbose_name=_("enrolment"),
    )
    result = models.ForeignKey(
        Result,
        on_delete=models.PROTECT,
        related_name="certificates",
        null=True,
        blank=True,
        verbose_name=_("result"),
    )
    # The stored PDF; derived, so it is no fact and no act. Empty: to be drawn.
    paper = models.CharField(max_length=120, blank=True, editable=False)
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        indexes = [
            models.Index(
                fields=["kind", "valid_from", "valid_to", "revoked_on", "person"],
                name="certificates_by_kind_and_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "subject", "valid_from"],
                name="certificates_certificate_one_row_per_cycle",
            ),
            models.UniqueConstraint(
                fields=["person", "kind", "subject"],
                condition=rules.open_q(),
                name="certificates_certificate_one_open_per_subject",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(origin=Origin.ISSUED),
                name="certificates_certificate_number_unique_when_issued",
            ),
            models.CheckConstraint(
                condition=~Q(subject=""), name="certificates_certificate_has_subject"
            ),
            models.CheckConstraint(
                condition=rules.ordered_q(),
                name="certificates_certificate_dates_in_order",
                violation_error_message=_("The dates are not in order."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(origin=Origin.ISSUED, serial__isnull=False)
                    & ~Q(number="")
                    & ~Q(token="")
                )
                | Q(origin=Origin.RECORDED, serial__isnull=True, token=""),
                name="certificates_certificate_signed_exactly_when_issued",
            ),
            models.CheckConstraint(
                condition=(Q(revoked_on__isnull=True) & Q(revoked_reason=""))
                | (Q(revoked_on__isnull=False) & ~Q(revoked_reason="")),
                name="certificates_certificate_revoked_with_reason",
            ),
            models.CheckConstraint(
                condition=(Q(cancelled_on__isnull=True) & Q(cancelled_reason=""))
                | (Q(cancelled_on__isnull=False) & ~Q(cancelled_reason="")),
                name="certificates_certificate_cancelled_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(suspended_to__isnull=True)
                | Q(
                    suspended_from__isnull=False,
                    suspended_to__gte=F("suspended_from"),
                ),
                name="certificates_certificate_suspension_in_order",
                violation_error_message=_("The suspension ends before it begins."),
            ),
        ]

    def __str__(self):
        return self.number or str(_("no number"))

    def get_absolute_url(self):
        return reverse("certificates:detail", args=[self.uuid])

    @property
    def masked_name(self):
        """The holder's name as the public may see it."""
        return mask_name(self.holder_name)

    @property
    def is_issued(self):
        return self.origin == Origin.ISSUED

    @property
    def is_recorded(self):
        return self.origin == Origin.RECORDED

    def status_on(self, day):
        """What this row is worth on a day (R2.7)."""
        ends = _reviews_end_on() if self.review_due_on else None
        was_suspended = self.suspended_from and self.pk
        earlier = self.earlier_suspensions.all() if was_suspended else ()
        return rules.status_on(self, day, reviews_end_on=ends, earlier=earlier)

    @property
    def issued_on(self):
        """The day an issued paper bears; ``first_issued_on`` may be earlier."""
        return self.valid_from

    @property
    def is_withdrawn(self):
        """Whether it was taken back for good."""
        return bool(self.revoked_on or self.cancelled_on)

    @property
    def is_suspended(self):
        """Whether a suspension without an end is on record."""
        return self.suspended_from is not None and self.suspended_to is None

    @property
    def can_be_reissued(self):
        """Whether it may be asked for again: revoked, but not cancelled for good."""
        return bool(self.is_issued and self.revoked_on and not self.cancelled_on)

    @property
    def has_lost_basis(self):
        """Whether a regrade has made a fail of the pass it was issued on."""
        return self.result_id is not None and not self.result.passed


class EarlierSuspension(Evidence):
    """A suspension that was over when the next one began. Append-only.

    The certificate holds its latest suspension; what it was worth on the days of
    the ones before is written down here by ``suspend_certificate`` and the import.
    """

    certificate = models.ForeignKey(
        Certificate,
        on_delete=models.PROTECT,
        related_name="earlier_suspensions",
        verbose_name=_("certificate"),
    )
    first_day = models.DateField(_("suspended from"))
    last_day = models.DateField(_("suspended to"))
    reason_class = models.CharField(
        _("why suspended"), max_length=20, choices=ReasonClass
    )

    class Meta:
        ordering = ["certificate", "first_day"]
        verbose_name = _("earlier suspension")
        verbose_name_plural = _("earlier suspensions")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "first_day"],
                name="certificates_earlier_once_per_day",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="certificates_earlier_in_order",
            ),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.first_day}"


def judge_on(rows: list[Certificate], day: dt.date) -> None:
    """Set the ``status`` of each row on a day, as ``with_status_on`` does in SQL.

    For the few rows of one person, in at most two queries for any number of rows.
    """
    models.prefetch_related_objects(rows, "earlier_suspensions")
    ends = _reviews_end_on() if any(row.review_due_on for row in rows) else None
    for row in rows:
        earlier = row.earlier_suspensions.all()
        row.status = rules.status_on(row, day, reviews_end_on=ends, earlier=earlier)


def _reviews_end_on():
    return RuleSet.objects.reviews_end_on()


def _in_conflict_q(day):
    unconfirmed = RuleSet.objects.unconfirmed().reviews_end_on()
    if unconfirmed is None:
        return Q(pk__in=[])
    return (
        Q(review_due_on__gte=unconfirmed, review_due_on__lte=day + rules.WINDOW)
        & (Q(review_passed_on=None) | Q(review_passed_on__gt=day))
        & (Q(valid_to=None) | Q(valid_to__gte=day))
        & rules.open_q()
    )
