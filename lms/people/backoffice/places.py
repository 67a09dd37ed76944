"""Unit, town and role of the people of a list: its columns, filters and exports.

They say what a person does today, in the posts the reader may see.
"""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Prefetch, Q, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn

from lms.access.levels import Access
from lms.backoffice.desks import desk_url
from lms.backoffice.filters import LONGEST_SEARCH, KeysFilter, ScopedFilterSet
from lms.backoffice.views import ScopedIndexView
from lms.evidence import clock
from lms.people.models import Person, Post, Role, Town


def posts_today(user, day=None):
    """Return the posts of today that a user sees, with all a list says of them.

    ``day`` is today, for a caller who has asked the clock already.
    """
    posts = Post.objects.active_on(day or clock.today()).visible_to(user)
    return posts.select_related("organisation__town", "item")


def with_posts_today(rows, user, person="person", day=None):
    """Add to the person of each row ``posts_today``, in one query for all rows."""
    lookup = f"{person}__posts" if person else "posts"
    held = Prefetch(lookup, queryset=posts_today(user, day), to_attr="posts_today")
    return rows.prefetch_related(held)


def hold_posts_today(people, user):
    """Add ``posts_today`` to people at hand, with their items, in one query."""
    posts = posts_today(user).select_related(None).select_related("item")
    held = Prefetch("posts", queryset=posts, to_attr="posts_today")
    prefetch_related_objects(people, held)


def file_url(person, user) -> str | None:
    """Return the address of a person's file; None where the user may not open it.

    A user of one town or enterprise opens the files of those who work there today
    (``posts_today``), though a list may show others, as of a former class.
    """
    sees_all = user.is_superuser or user.access == Access.CITY
    if not user.has_perm("people.view_person"):
        return None
    if not sees_all and not person.posts_today:
        return None
    return desk_url(person)


def person_of(row) -> Person:
    return row if isinstance(row, Person) else row.person


def _said_once(row, words):
    said = (words(post) for post in person_of(row).posts_today)
    return "、".join(dict.fromkeys(map(str, said)))


def unit_of(row) -> str:
    return _said_once(row, lambda post: post.organisation.name)


def town_of(row) -> str:
    return _said_once(row, lambda post: post.organisation.town.name)


def role_of(row) -> str:
    return _said_once(row, role_in_words)


def role_in_words(post) -> str:
    """Return the role of a post, and the operation item where there is one."""
    role = str(Role(post.role).label)
    return f"{role}（{post.item}）" if post.item else role


PLACES = {"unit": unit_of, "town": town_of, "role": role_of}
PLACE_HEADINGS = {"unit": _("unit"), "town": _("town"), "role": _("role")}
PLACE_COLUMNS = [
    Column(name, label=PLACE_HEADINGS[name], accessor=place)
    for name, place in PLACES.items()
]


class PersonColumn(TitleColumn):
    """The name of the person of a row: it opens the file of the person."""

    def get_link_url(self, instance, parent_context):
        return file_url(person_of(instance), parent_context["request"].user)


class ExportsPlaces(ScopedIndexView):
    """A listing of people whose export says unit, town and role of today."""

    def to_row_dict(self, item):
        places = {
            name: PLACES[name](item) for name in self.list_export if name in PLACES
        }
        return super().to_row_dict(item) | places

    def _shown(self, item, field):
        return "" if field in PLACES else super()._shown(item, field)


class PeopleIndexView(ExportsPlaces):
    """A listing of what people did: their names open their files."""

    def _get_title_column(self, field_name, column_class=PersonColumn, **kwargs):
        return super()._get_title_column(field_name, column_class, **kwargs)


class UnitFilterSet(ScopedFilterSet):
    """Narrows rows by the unit and the town that they name themselves."""

    unit_lookup = "organisation"
    town_lookup = "organisation__town"

    town = KeysFilter(
        label=_("town"),
        queryset=Town.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        method="filter_town",
    )
    unit = django_filters.CharFilter(
        label=_("unit (part of its name)"),
        max_length=LONGEST_SEARCH,
        method="filter_unit",
    )

    def filter_town(self, rows, name, value):
        return rows.filter(**{f"{self.town_lookup}__in": value}) if value else rows

    def filter_unit(self, rows, name, value):
        return rows.filter(**{f"{self.unit_lookup}__name__icontains": value})


ROLE_FILTER = {
    "label": _("role"),
    "choices": Role,
    "widget": forms.CheckboxSelectMultiple,
    "method": "filter_role",
}


class RoleTodayFilterSet(UnitFilterSet):
    """Unit and town are those of a row, the role is the person's today."""

    role = django_filters.MultipleChoiceFilter(**ROLE_FILTER)

    def filter_role(self, rows, name, value):
        posts = posts_today(self.request.user).filter(role__in=value)
        return rows.filter(Exists(posts.filter(person=OuterRef("person"))))


class PlaceFilterSet(UnitFilterSet):
    """Narrows people by one post they hold today that fits all that is asked."""

    person_lookup = "person"

    role = django_filters.MultipleChoiceFilter(**ROLE_FILTER)

    def by_post(self, rows, name, value):
        return rows  # all three are asked of one post, in filter_queryset

    filter_town = filter_unit = filter_role = by_post

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        wanted = Q()
        if asked.get("town"):
            wanted &= Q(organisation__town__in=asked["town"])
        if asked.get("role"):
            wanted &= Q(role__in=asked["role"])
        if asked.get("unit"):
            wanted &= Q(organisation__name__icontains=asked["unit"])
        if not wanted:
            return rows
        posts = Post.objects.active_on(clock.today()).visible_to(self.request.user)
        fits = posts.filter(wanted, person=OuterRef(self.person_lookup))
        return rows.filter(Exists(fits))
