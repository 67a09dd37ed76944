"""What a list of enrolments is narrowed to."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from lms.backoffice.filters import LONGEST_SEARCH, KeysFilter, ScopedFilterSet
from lms.people.backoffice.places import posts_today
from lms.people.models import Role, Town


class EnrolmentFilterSet(ScopedFilterSet):
    """Unit and town are those of the enrolment, the role is the person's today."""

    town = KeysFilter(
        label=_("town"),
        field_name="organisation__town",
        queryset=Town.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )
    role = django_filters.MultipleChoiceFilter(
        label=_("role"),
        choices=Role,
        widget=forms.CheckboxSelectMultiple,
        method="filter_role",
    )
    unit = django_filters.CharFilter(
        label=_("unit (part of its name)"),
        field_name="organisation__name",
        lookup_expr="icontains",
        max_length=LONGEST_SEARCH,
    )

    def filter_role(self, rows, name, value):
        posts = posts_today(self.request.user).filter(role__in=value)
        return rows.filter(Exists(posts.filter(person=OuterRef("person"))))
