"""What a list of certificates is narrowed to."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import BooleanRadioSelect

from certificates.models.status import Status
from lms.evidence import clock
from lms.people.backoffice.places import PlaceFilterSet

DAYS = [
    (30, _("within 30 days")),
    (60, _("within 60 days")),
    (90, _("within 90 days")),
    (180, _("within 180 days")),
]


class CertificateFilterSet(PlaceFilterSet):
    status = django_filters.ChoiceFilter(
        label=_("status"),
        choices=Status.choices,
        empty_label=_("All"),
        widget=forms.RadioSelect,
    )
    runs_out = django_filters.ChoiceFilter(
        label=_("valid and runs out"),
        choices=DAYS,
        empty_label=_("All"),
        widget=forms.RadioSelect,
        method="filter_runs_out",
    )
    disputed = django_filters.BooleanFilter(
        label=_("old and new rules differ"), widget=BooleanRadioSelect
    )

    def filter_runs_out(self, rows, name, value):
        return rows.runs_out_within(clock.today(), days=int(value))
