import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.active_filters import (
    BaseFilterAdapter,
    DateFromToRangeFilterAdapter,
    register_filter_adapter_class,
)
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.forms.choosers import BaseFilterForm

from lms.evidence.dates import PastDayField

LONGEST_SEARCH = 60


class YesNoFilterAdapter(BaseFilterAdapter):
    """Says 是 or 否 of an active filter, where Wagtail says True or False."""

    def get_active_filters(self):
        word = _("yes") if self.value else _("no")
        for shown in super().get_active_filters():
            yield shown._replace(value=word)


register_filter_adapter_class(django_filters.BooleanFilter, YesNoFilterAdapter)


class KeysField(django_filters.fields.ModelMultipleChoiceField):
    """A choice of keys; a number beyond those of a database is an invalid choice."""

    def _check_values(self, value):
        clean = self.queryset.model._meta.pk.clean
        for key in value:
            try:
                clean(key, None)
            except ValidationError as error:
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": key},
                ) from error
        return super()._check_values(value)


class KeysFilter(django_filters.ModelMultipleChoiceFilter):
    field_class = KeysField


class DaysField(django_filters.fields.DateRangeField):
    """From a day to a day, both inclusive, of the days this system knows."""

    def __init__(self, *args, **kwargs):
        days = (PastDayField(), PastDayField())
        super(django_filters.fields.DateRangeField, self).__init__(
            days, *args, **kwargs
        )


class DaysFilter(django_filters.DateFromToRangeFilter):
    field_class = DaysField


register_filter_adapter_class(DaysFilter, DateFromToRangeFilterAdapter)

DAY_FILTERS = (django_filters.DateFilter, django_filters.DateTimeFilter)


class ScopedFilterSet(WagtailFilterSet):
    """Narrows a list by its fields; a day or a moment by a range of days."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for one in self.filters.values():
            one.label = capfirst(one.label)

    @classmethod
    def filter_for_lookup(cls, field, lookup_type):
        filter_class, params = super().filter_for_lookup(field, lookup_type)
        if filter_class is django_filters.ModelMultipleChoiceFilter:
            filter_class = KeysFilter
        if filter_class in DAY_FILTERS:
            filter_class = DaysFilter
            params = {"widget": DateRangePickerWidget}
        return filter_class, params


class SearchForm(BaseFilterForm):
    """Finds what contains the words, Chinese included, where a chooser searches."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"placeholder": _("Search")}),
    )
    search_fields = ()

    def filter(self, objects):
        objects = super().filter(objects)
        words = self.cleaned_data.get("q")
        if words and self.search_fields:
            self.is_searching, self.search_query = True, words
            wanted = Q()
            for field in self.search_fields:
                wanted |= Q(**{f"{field}__icontains": words})
            objects = objects.filter(wanted)
        return objects
