"""What the rows of a breakdown are called, and in which order they stand."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from courses.models import Audience
from lms.people.models import Industry, OperationItem, Organisation, Town, Zone
from lms.plan.indicators import Dimension, Scope

# Breakdowns that always show every row, so that an empty one is seen to be empty.
COMPLETE = frozenset({Dimension.TOWN, Dimension.ZONE})


@dataclass(frozen=True)
class RowName:
    """One row: the group's value, its stable key in reports, and its name."""

    value: object
    key: str | None
    name: str
    always: bool = False


def row_names(dimension: Dimension, values: set) -> list[RowName]:
    """Return the rows of a breakdown in order, the one without a value last.

    Places are all listed; of the others only those somebody is in.
    """
    rows = _known(dimension, values)
    if dimension not in COMPLETE:
        rows = [row for row in rows if row.value in values]
    if None in values and dimension != Dimension.ITEM:
        rows.append(RowName(None, None, _nameless(dimension)))
    return rows


def scope_name(scope: Scope) -> str:
    """Return whom figures are about, in words: the city, a town or an enterprise."""
    if scope.staff_of is not None:
        return Organisation.objects.get(pk=scope.staff_of).name
    places = [
        row.name
        for dimension, key in scope.within
        for row in _known(dimension, {key})
        if row.value == key
    ]
    return " · ".join(places) or _("the whole city")


def _known(dimension, values):
    if dimension == Dimension.YEAR:
        return [RowName(year, str(year), str(year)) for year in sorted(values)]
    if dimension == Dimension.ROLE:
        return [RowName(role.value, role.value, str(role.label)) for role in Audience]
    if dimension == Dimension.ORGANISATION:
        organisations = Organisation.objects.filter(
            pk__in=[value for value in values if value is not None]
        )
        return [RowName(row.pk, row.uscc, row.name) for row in organisations]
    model = {
        Dimension.TOWN: Town,
        Dimension.ZONE: Zone,
        Dimension.INDUSTRY: Industry,
        Dimension.ITEM: OperationItem,
    }[dimension]
    always = dimension in COMPLETE
    return [RowName(row.pk, row.code, row.name, always) for row in model.objects.all()]


def _nameless(dimension):
    return {
        Dimension.TOWN: _("town not known"),
        Dimension.ZONE: _("outside the zones"),
        Dimension.INDUSTRY: _("no industry given"),
        Dimension.ORGANISATION: _("no employer given"),
        Dimension.ROLE: _("no role"),
    }.get(dimension, "—")
