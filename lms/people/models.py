import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms import clock

from .identity import IdType, mask_name, unseal


class YesNoUndecided(models.TextChoices):
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNDECIDED = "undecided", _("undecided")


class OrganisationKind(models.TextChoices):
    ENTERPRISE = "ENTERPRISE", _("enterprise")
    AUTHORITY = "AUTHORITY", _("supervising authority")
    TRAINING = "TRAINING", _("training institution")
    PARTNER = "PARTNER", _("partner organisation")


class Role(models.TextChoices):
    """The six posts a person can hold (domain 2.1)."""

    PRINCIPAL = "PRINCIPAL", _("principal")
    SAFETY_MANAGER = "SAFETY_MANAGER", _("safety manager")
    SPECIAL_OPERATOR = "SPECIAL_OPERATOR", _("special operator")
    OTHER_STAFF = "OTHER_STAFF", _("other staff")
    SUPERVISOR = "SUPERVISOR", _("supervisor")
    OH_SUPERVISOR = "OH_SUPERVISOR", _("occupational-health supervisor")


class IssuingSystem(models.TextChoices):
    """Whose special-operation certificates a post asks for (domain 2.9)."""

    EMERGENCY = "EMERGENCY", _("emergency management")
    CONSTRUCTION = "CONSTRUCTION", _("housing and construction")
    MARKET = "MARKET", _("market regulation")
    TRANSPORT = "TRANSPORT", _("transport")
    FISHERY = "FISHERY", _("agriculture and fishery")
    POLICE = "POLICE", _("public security")


class Access(models.TextChoices):
    """How far a signed-in user sees (design 3, lms.people)."""

    SELF = "SELF", _("own record")
    ORGANISATION = "ORGANISATION", _("own organisation")
    TOWN = "TOWN", _("own town")
    CITY = "CITY", _("whole city")


class Town(models.Model):
    """One of the city's 15 towns and streets (domain 3.8)."""

    class Kind(models.TextChoices):
        STREET = "street", _("street")
        TOWN = "town", _("town")

    code = models.CharField(_("code"), max_length=9, unique=True)
    name = models.CharField(_("name"), max_length=20, unique=True)
    alias = models.CharField(_("alias"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)

    class Meta:
        ordering = ["code"]
        verbose_name = _("town or street")
        verbose_name_plural = _("towns and streets")

    def __str__(self):
        return self.name


class Zone(models.Model):
    """A development zone: has enterprises, is no administrative division."""

    code = models.CharField(_("code"), max_length=9, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("zone")
        verbose_name_plural = _("zones")

    def __str__(self):
        return self.name


class Industry(models.Model):
    """A tag on an organisation; one organisation may carry several."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    high_hazard = models.CharField(
        _("high-hazard"),
        max_length=9,
        choices=YesNoUndecided,
        default=YesNoUndecided.NO,
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("industry")
        verbose_name_plural = _("industries")

    def __str__(self):
        return self.name


class OperationItem(models.Model):
    """One of the 54 items of the special-operation catalogue (domain 2.6)."""

    code = models.CharField(_("code"), max_length=5, unique=True)
    name = models.CharField(_("name"), max_length=40)
    category_code = models.CharField(_("category code"), max_length=2)
    category_name = models.CharField(_("category"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position in the catalogue"))

    class Meta:
        ordering = ["position"]
        verbose_name = _("operation item")
        verbose_name_plural = _("operation items")

    def __str__(self):
        return f"{self.code} {self.name}"


def _in_scope(day, prefix=""):
    """The condition, said of an organisation or of what belongs to one."""
    return (
        Q(**{f"{prefix}kind": OrganisationKind.ENTERPRISE})
        & (
            Q(**{f"{prefix}in_scope_from": None})
            | Q(**{f"{prefix}in_scope_from__lte": day})
        )
        & (
            Q(**{f"{prefix}out_of_scope_on": None})
            | Q(**{f"{prefix}out_of_scope_on__gt": day})
        )
    )


class OrganisationQuerySet(models.QuerySet):
    def in_scope(self, day):
        """Enterprises the plan asks about on a day; out on the closing day itself."""
        return self.filter(_in_scope(day))

    def visible_to(self, user):
        """The organisations a user may see at all."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser or user.access == Access.CITY:
            return self
        if user.access == Access.TOWN:
            return self.filter(town_id=user.town_id)
        if user.access == Access.ORGANISATION:
            return self.filter(pk=user.organisation_id)
        return self.none()


class Organisation(models.Model):
    """An enterprise, authority, training institution or partner.

    ``uscc`` is the unified social credit code, or ``TEMP-`` + licence number of a
    sole trader without one.
    """

    uscc = models.CharField(_("unified social credit code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=OrganisationKind,
        default=OrganisationKind.ENTERPRISE,
    )
    town = models.ForeignKey(
        Town,
        on_delete=models.PROTECT,
        related_name="organisations",
        verbose_name=_("town"),
    )
    zone = models.ForeignKey(
        Zone,
        on_delete=models.PROTECT,
        related_name="organisations",
        null=True,
        blank=True,
        verbose_name=_("zone"),
    )
    industries = models.ManyToManyField(
        Industry, related_name="organisations", blank=True, verbose_name=_("industries")
    )
    high_hazard = models.CharField(
        _("high-hazard"),
        max_length=9,
        choices=YesNoUndecided,
        default=YesNoUndecided.UNDECIDED,
    )
    occupational_hazard = models.BooleanField(_("dust or high-toxicity"), default=False)
    established_posts = models.PositiveIntegerField(
        _("established posts"), null=True, blank=True
    )
    in_scope_from = models.DateField(_("in scope from"), null=True, blank=True)
    out_of_scope_on = models.DateField(_("out of scope on"), null=True, blank=True)
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                condition=Q(in_scope_from=None)
                | Q(out_of_scope_on=None)
                | Q(out_of_scope_on__gte=F("in_scope_from")),
                name="people_organisation_scope_ends_after_start",
                violation_error_message=_("The scope ends before it begins."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_high_hazard(self):
        """待定 counts as general (domain 5.1)."""
        return self.high_hazard == YesNoUndecided.YES


class Headcount(models.Model):
    """What an organisation declared on a day: all staff, and exposed workers."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="headcounts"
    )
    declared_on = models.DateField(_("declared on"))
    staff = models.PositiveIntegerField(_("declared headcount"), null=True, blank=True)
    exposed = models.PositiveIntegerField(
        _("declared exposed headcount"), null=True, blank=True
    )

    class Meta:
        ordering = ["declared_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "declared_on"],
                name="people_headcount_one_per_day",
            ),
        ]

    def __str__(self):
        return f"{self.organisation_id} {self.declared_on}"


class PersonQuerySet(models.QuerySet):
    def visible_to(self, user, day=None):
        """The persons a user may see, by posts on a day (today unless told)."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser or user.access == Access.CITY:
            return self
        if user.access == Access.SELF:
            return self.filter(pk=user.person_id)
        posts = Post.objects.active_on(day or clock.today()).visible_to(user)
        return self.filter(pk__in=posts.values("person"))


class Person(models.Model):
    """A human being, once. The number itself is sealed; screens show the mask."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
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

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [("reveal_identity", _("See a document number in full"))]

    def __str__(self):
        return self.name

    @property
    def masked_name(self):
        """The name as the public may see it (domain 3.5, L2)."""
        return mask_name(self.name)

    @property
    def id_number(self):
        """The number in full: only for the holder, and behind an audited reveal."""
        return unseal(self.id_sealed, context="person.id")


class PostQuerySet(models.QuerySet):
    def active_on(self, day):
        """Posts held on a day; the first and the last day count (domain 5.3)."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)

    def in_scope(self, day):
        """Posts in enterprises the plan asks about on a day."""
        return self.filter(_in_scope(day, "organisation__"))

    def visible_to(self, user):
        """Posts a user may see. Say which day with ``active_on``."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser or user.access == Access.CITY:
            return self
        if user.access == Access.TOWN:
            return self.filter(organisation__town_id=user.town_id)
        if user.access == Access.ORGANISATION:
            return self.filter(organisation_id=user.organisation_id)
        return self.filter(person_id=user.person_id)


class Post(models.Model):
    """A person's role in an organisation, from a day to a day, both inclusive."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="posts"
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
    first_work_on = models.DateField(_("first day of work"), null=True, blank=True)
    away = models.CharField(_("away from the post"), max_length=60, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    recorded_at = models.DateTimeField(
        _("recorded at"), default=clock.now, editable=False
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "person", "role", "starts_on"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
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
        return f"{self.person_id} {self.role} {self.starts_on}"


class User(AbstractUser):
    """Somebody who signs in: by user name, or by the phone of the person."""

    first_name = None
    last_name = None
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    person = models.OneToOneField(
        Person,
        on_delete=models.PROTECT,
        related_name="user",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    phone_key = models.CharField(
        max_length=43, unique=True, null=True, blank=True, editable=False
    )
    access = models.CharField(
        _("sees"), max_length=12, choices=Access, default=Access.SELF
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        verbose_name=_("organisation"),
    )
    town = models.ForeignKey(
        Town,
        on_delete=models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        verbose_name=_("town"),
    )

    objects = UserManager()
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(access__in=[Access.SELF, Access.CITY])
                    | Q(access=Access.ORGANISATION, organisation__isnull=False)
                    | Q(access=Access.TOWN, town__isnull=False)
                ),
                name="people_user_access_has_its_place",
                violation_error_message=_(
                    "Say which organisation or town this user sees."
                ),
            ),
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class ActivationCode(models.Model):
    """A slip with which a person makes an account, once. The code is kept hashed."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="activation_codes"
    )
    code_key = models.CharField(max_length=43, unique=True, editable=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    issued_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("good until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = _("activation slip")
        verbose_name_plural = _("activation slips")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")),
                name="people_activationcode_expires_after_issue",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.issued_at:%F}"


class AuditEvent(models.Model):
    """Who did what to whom, and why. Append-only; see ``lms.evidence``."""

    at = models.DateTimeField(_("at"), default=clock.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.CharField(_("object"), max_length=60, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")

    def __str__(self):
        return f"{self.at:%F %T} {self.action}"
