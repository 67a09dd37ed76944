from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.access.levels import Access
from lms.access.scopes import CityQuerySet
from lms.people.models.catalogues import Town
from lms.people.models.organisations import Organisation
from lms.people.models.persons import Person


class AccountManager(UserManager.from_queryset(CityQuerySet)):
    """Accounts of any town: only users who see the whole city see them."""


class User(AbstractUser):
    """Somebody who signs in: by user name, or by the phone of the person."""

    first_name = None
    last_name = None
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=60, blank=True)
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

    objects = AccountManager()
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

    @property
    def group_names(self) -> str:
        """The groups in words; a list prefetches ``groups``."""
        return "、".join(group.name for group in self.groups.all())

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class ActivationCodeQuerySet(models.QuerySet):
    def open(self, now):
        """Slips that can still be used."""
        return self.filter(used_at=None, cancelled_at=None, expires_at__gt=now)

    def awaiting_release(self, now):
        """Open slips for accounts in use, not yet released by a second person."""
        return self.open(now).filter(
            released_at=None, person__user__last_login__isnull=False
        )


class ActivationCode(models.Model):
    """A slip with which a person makes an account, once. The code is kept hashed.

    For an account in use it counts only with a code from the holder's own phone, or
    once a second member of staff has released it.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="activation_codes"
    )
    code_key = models.CharField(max_length=43, unique=True, editable=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    issued_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("good until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="released_activation_codes",
        null=True,
        blank=True,
        verbose_name=_("released by"),
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    objects = ActivationCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = _("activation slip")
        verbose_name_plural = _("activation slips")
        permissions = [
            ("release_activationcode", _("Release a sign-in slip of a colleague"))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by=None, released_at=None)
                | Q(released_by__isnull=False, released_at__isnull=False)
                & ~Q(released_by=F("issued_by")),
                name="people_activationcode_released_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(cancelled_at=None),
                name="people_activationcode_used_or_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")),
                name="people_activationcode_expires_after_issue",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.issued_at:%F}"
