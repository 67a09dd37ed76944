"""What the lists of classes, enrolments, records and entries are narrowed to."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import BooleanRadioSelect

from courses.models import Audience, ClassState, TrainingCredit
from lms.backoffice.filters import ScopedFilterSet
from lms.people.backoffice.places import RoleTodayFilterSet, UnitFilterSet


class ClassFilterSet(ScopedFilterSet):
    # Several states at once: the home page leads to classes that run or examine.
    state = django_filters.MultipleChoiceFilter(
        label=_("state"),
        choices=ClassState,
        widget=forms.CheckboxSelectMultiple,
    )


class EnrolmentFilterSet(RoleTodayFilterSet):
    hours_met = django_filters.BooleanFilter(
        label=_("hours met"),
        field_name="hours_met_on",
        lookup_expr="isnull",
        exclude=True,
        widget=BooleanRadioSelect,
    )
    passed = django_filters.BooleanFilter(
        label=_("passed"),
        field_name="passed_on",
        lookup_expr="isnull",
        exclude=True,
        widget=BooleanRadioSelect,
    )


class EntryFilterSet(RoleTodayFilterSet):
    """Unit and town are those of the enrolment that an entry belongs to."""

    unit_lookup = "enrolment__organisation"
    town_lookup = "enrolment__organisation__town"


class RecordFilterSet(UnitFilterSet):
    """Unit and town are those of the day; the role is whom the training was for."""

    unit_lookup = "employer"
    town_lookup = "town"

    audience = django_filters.MultipleChoiceFilter(
        label=_("for whom"),
        choices=Audience,
        widget=forms.CheckboxSelectMultiple,
        method="filter_audience",
    )

    def filter_audience(self, rows, name, value):
        credited = TrainingCredit.objects.filter(audience__in=value)
        return rows.filter(Exists(credited.filter(record=OuterRef("pk"))))
