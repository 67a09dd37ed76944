"""Which rows of a model a user may see (S3.1).

Every queryset of rows that staff or workers open is a ``ScopedQuerySet``:
``Person.objects.visible_to(user)`` and its siblings are the only way a view gets rows.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from lms.access.levels import Access


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to a town, an organisation or a person.

    A subclass names the lookups that lead from a row to each of them. Where one is
    empty, accounts of that level see no row.
    """

    town_lookup = ""
    organisation_lookup = ""
    person_lookup = ""

    def visible_to(self, user, day=None):
        """Return the rows within the scope of a user.

        ``day`` matters where a row belongs to an organisation by a post of a person:
        the day of the post, today unless told.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser or user.access == Access.CITY:
            return self.all()
        return self.within(user, day)

    def within(self, user, day=None):
        """Return the rows of the town, the organisation or the person of a user."""
        lookup, value = {
            Access.TOWN: (self.town_lookup, user.town_id),
            Access.ORGANISATION: (self.organisation_lookup, user.organisation_id),
            Access.SELF: (self.person_lookup, user.person_id),
        }[user.access]
        if not lookup or value is None:
            return self.none()
        return self.filter(**{lookup: value})

    def owned_by(self, user):
        """Return the rows of the person whose account this is."""
        if not user.is_authenticated or not user.is_active or user.person_id is None:
            return self.none()
        return self.filter(**{self.person_lookup: user.person_id})


class StaffQuerySet(ScopedQuerySet):
    """Rows without personal data: rules, catalogues, classes, the question bank.

    Every user whom the permission policy of the model lets in sees all of them.
    """

    def within(self, user, day=None):
        return self.all()


class CityQuerySet(ScopedQuerySet):
    """Rows about any town that have no town: accounts, the audit trail."""

    def within(self, user, day=None):
        return self.none()


def rows_for(model, user):
    """Return the rows of a model that a user may see.

    Raises ``ImproperlyConfigured`` for a model whose queryset declares no scope.
    """
    rows = model._default_manager.all()
    if not isinstance(rows, ScopedQuerySet):
        raise ImproperlyConfigured(f"{model._meta.label} declares no scope.")
    return rows.visible_to(user)
