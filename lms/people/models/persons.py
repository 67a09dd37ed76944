import re
import uuid
from contextlib import suppress

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.access.levels import Access
from lms.access.scopes import ScopedQuerySet
from lms.evidence import clock
from lms.evidence.dates import PastDateField
from lms.people.identity.numbers import (
    IdentityError,
    IdType,
    blind_index,
    mask_name,
    normalise_name,
    normalise_phone,
    person_key,
    spellings,
    unseal,
)
from lms.people.models.catalogues import OperationItem
from lms.people.models.organisations import Organisation, in_scope_condition
from lms.sheets.cells import half_width


class Role(models.TextChoices):
    """The six posts a person can hold (R2.1)."""

    PRINCIPAL = "PRINCIPAL", _("principal")
    SAFETY_MANAGER = "SAFETY_MANAGER", _("safety manager")
    SPECIAL_OPERATOR = "SPECIAL_OPERATOR", _("special operator")
    OTHER_STAFF = "OTHER_STAFF", _("other staff")
    SUPERVISOR = "SUPERVISOR", _("supervisor")
    OH_SUPERVISOR = "OH_SUPERVISOR", _("occupational-health supervisor")


class IssuingSystem(models.TextChoices):
    """Whose special-operation certificates a post asks for (R2.9)."""

    EMERGENCY = "EMERGENCY", _("emergency management")
    CONSTRUCTION = "CONSTRUCTION", _("housing and construction")
    MARKET = "MARKET", _("market regulation")
    TRANSPORT = "TRANSPORT", _("transport")
    FISHERY = "FISHERY", _("agriculture and fishery")
    POLICE = "POLICE", _("public security")


# The end of a document number as screens show it behind the mask.
LONGEST_END = 4
NUMBER_END = re.compile(r"[0-9A-Z]{2,4}")


class PersonQuerySet(ScopedQuerySet):
    person_lookup = "pk"

    def within(self, user, day=None):
        """Limit to the own record, or to those who have a post in reach on a day."""
        if user.access == Access.SELF:
            return self.owned_by(user)
        posts = Post.objects.active_on(day or clock.today()).visible_to(user)
        return self.filter(pk__in=posts.values("person"))

    def matching(self, words):
        """Persons a searcher means: part of a name, a number, its end, or a phone.

        A number or phone in full is compared by its blind index, exactly.
        """
        text = half_width(words).strip()
        number = "".join(text.split()).upper()
        wanted = Q(name__icontains=normalise_name(text))
        if NUMBER_END.fullmatch(number):
            wanted |= Q(id_masked__endswith=number)
        if len(number) > LONGEST_END:
            keys = [person_key(kind, number) for kind in IdType]
            # The number of a special-operation certificate: T and the document number.
            keys.append(person_key(IdType.RESIDENT, number.removeprefix("T")))
            wanted |= Q(id_key__in=keys)
            with suppress(IdentityError):
                phone = blind_index("phone", normalise_phone(text))
                wanted |= Q(phone_key=phone)
        return self.filter(wanted)

    def named(self, names):
        """Persons of these names, in any spelling of dot, width and case."""
        spelled = {one for name in names for one in spellings(name)}
        return self.alias(lower_name=Lower("name")).filter(
            Q(name__in=spelled) | Q(lower_name__in={one.lower() for one in spelled})
        )


class Person(models.Model):
    """A person, one row each. The number is stored encrypted and shown masked."""

    # A column of a list says 姓名 for a person, and not what the person is to the row.
    exported_by_own_name = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=60)
    id_type = models.CharField(
        _("document type"), max_length=10, choices=IdType, default=IdType.RESIDENT
    )
    id_key = models.CharField(max_length=43, unique=True, editable=False)
    id_sealed = models.BinaryField(editable=False)
    id_masked = models.CharField(_("document number"), max_length=32, editable=False)
    phone_key = models.CharField(
        max_length=43, blank=True, db_index=True, editable=False
    )
    phone_sealed = models.BinaryField(blank=True, default=b"", editable=False)
    phone_masked = models.CharField(
        _("phone"), max_length=16, blank=True, editable=False
    )
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )
    # That the person who signs in was compared with the document, for exams.
    identity_checked_at = models.DateTimeField(
        _("identity confirmed"), null=True, blank=True, editable=False
    )
    identity_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("identity confirmed by"),
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("person")
        verbose_name_plural = pgettext_lazy("listing", "people")
        permissions = [
            ("reveal_identity", _("See a document number in full")),
            ("correct_identity", _("Correct a document number")),
            ("confirm_identity", _("Confirm the identity of an account's holder")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(identity_checked_by=None)
                | Q(identity_checked_at__isnull=False),
                name="people_person_identity_checked_on_a_day",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def masked_name(self):
        """The name as the public may see it (R3.5)."""
        return mask_name(self.name)

    @property
    def id_number(self):
        """The number in full: only for the holder, and behind an audited reveal."""
        return unseal(self.id_sealed, context="person.id")


class PostQuerySet(ScopedQuerySet):
    town_lookup = "organisation__town"
    organisation_lookup = "organisation"
    person_lookup = "person"

    def active_on(self, day):
        """Posts held on a day; the first and the last day count (R5.3)."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)

    def in_scope(self, day):
        """Posts in enterprises the plan asks about on a day."""
        return self.filter(in_scope_condition(day, "organisation__"))


class Post(models.Model):
    """A person's role in an organisation, from a day to a day, both inclusive."""

    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="posts",
        verbose_name=_("person"),
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="posts",
        verbose_name=_("organisation"),
    )
    role = models.CharField(_("role"), max_length=16, choices=Role)
    item = models.ForeignKey(
        OperationItem,
        on_delete=models.PROTECT,
        related_name="posts",
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
    exposed = models.BooleanField(_("exposed to hazards"), default=False)
    exposures = models.CharField(_("hazards"), max_length=200, blank=True)
    first_work_on = PastDateField(_("first day of work"), null=True, blank=True)
    away = models.CharField(_("away from the post"), max_length=60, blank=True)
    starts_on = PastDateField(_("from"))
    ends_on = PastDateField(_("to"), null=True, blank=True)
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "person", "role", "starts_on"]
        verbose_name = _("post")
        verbose_name_plural = pgettext_lazy("listing", "posts")
        indexes = [
            models.Index(
                fields=["role", "starts_on", "ends_on", "organisation", "person"],
                name="people_post_by_role_and_day",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(role=Role.SPECIAL_OPERATOR, item__isnull=False)
                | (~Q(role=Role.SPECIAL_OPERATOR) & Q(item__isnull=True)),
                name="people_post_item_exactly_for_special_operators",
                violation_error_message=_(
                    "A special operator needs an operation item, nobody else has one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="people_post_ends_after_start",
                violation_error_message=_("The post ends before it begins."),
            ),
            models.UniqueConstraint(
                fields=["person", "organisation", "role", "item", "starts_on"],
                condition=Q(item__isnull=False),
                name="people_post_once_per_item_and_start",
            ),
            models.UniqueConstraint(
                fields=["person", "organisation", "role", "starts_on"],
                condition=Q(item__isnull=True),
                name="people_post_once_per_role_and_start",
            ),
        ]

    def __str__(self):
        return f"{self.person} · {self.get_role_display()} · {self.starts_on}"
