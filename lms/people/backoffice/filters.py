"""What the lists of people, posts, accounts and audit entries are narrowed to."""

import django_filters
from django import forms
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import BooleanRadioSelect

from lms.backoffice.filters import KeysFilter, ScopedFilterSet
from lms.evidence import clock
from lms.evidence.models import ACTS
from lms.people.backoffice.places import PlaceFilterSet, UnitFilterSet, posts_today

POST_STATES = [
    ("current", _("in post today")),
    ("ended", _("ended")),
    ("later", _("begins later")),
]


class PersonFilterSet(PlaceFilterSet):
    person_lookup = "pk"

    in_post = django_filters.BooleanFilter(
        label=_("in post today"), widget=BooleanRadioSelect, method="filter_in_post"
    )
    confirmed = django_filters.BooleanFilter(
        label=_("identity confirmed"),
        field_name="identity_checked_at",
        lookup_expr="isnull",
        exclude=True,
        widget=BooleanRadioSelect,
    )

    def filter_in_post(self, rows, name, value):
        held = Exists(posts_today(self.request.user).filter(person=OuterRef("pk")))
        return rows.filter(held if value else ~held)


class PostFilterSet(UnitFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("state"),
        choices=POST_STATES,
        empty_label=_("All"),
        widget=forms.RadioSelect,
        method="filter_state",
    )

    def filter_state(self, rows, name, value):
        today = clock.today()
        if value == "current":
            return rows.active_on(today)
        asked = {"ended": {"ends_on__lt": today}, "later": {"starts_on__gt": today}}
        return rows.filter(**asked[value])


class UserFilterSet(UnitFilterSet):
    town_lookup = "town"

    groups = KeysFilter(
        label=_("Groups"),
        queryset=Group.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )


class AuditFilterSet(ScopedFilterSet):
    action = django_filters.ChoiceFilter(
        label=_("action"),
        choices=lambda: sorted(ACTS.items(), key=lambda act: str(act[1])),
        empty_label=_("All"),
        widget=forms.RadioSelect,
    )
