"""The days this system knows: bounds of every date that is typed or imported.

What the base plans and does lies between 2000 and 2100. What a person or an employer
did before (a first day of work, the start of a post) may lie between 1900 and 2100.
Outside of that a date is a mistake, and one at the ends of the calendar cannot even be
converted to another time zone.
"""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from lms.evidence.clock import SHANGHAI

FIRST_PAST_DAY = dt.date(1900, 1, 1)
FIRST_DAY = dt.date(2000, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)

# What a stored moment is read as that no time zone can show.
EARLIEST = dt.datetime(1, 1, 2)
LATEST = dt.datetime(9999, 12, 30)


class PastDateField(models.DateField):
    """A date that may lie before 2000; to the database a date like any other."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs


class _Bounded:
    first = FIRST_DAY

    def clean(self, value):
        value = super().clean(value)
        day = value.date() if isinstance(value, dt.datetime) else value
        if day is not None and not self.first <= day <= LAST_DAY:
            years = {"first": self.first.year, "last": LAST_DAY.year}
            message = _("The year must be between %(first)s and %(last)s.")
            raise ValidationError(message, code="out_of_range", params=years)
        return value


class DayField(_Bounded, forms.DateField):
    """A day between 2000 and 2100."""


class PastDayField(_Bounded, forms.DateField):
    """A day between 1900 and 2100."""

    first = FIRST_PAST_DAY


class MomentField(_Bounded, forms.DateTimeField):
    """A day and time between 2000 and 2100."""


def days_in_range(*names: str, first: dt.date = FIRST_DAY) -> models.Q:
    """Return the condition of a constraint: these dates lie in range or are empty."""
    return models.Q(*((f"{name}__range", (first, LAST_DAY)) for name in names))


def moments_in_range(*names: str) -> models.Q:
    """Return the same condition for columns with a time."""
    start = dt.datetime.combine(FIRST_DAY, dt.time.min, SHANGHAI)
    end = dt.datetime.combine(LAST_DAY, dt.time.max, SHANGHAI)
    return models.Q(*((f"{name}__range", (start, end)) for name in names))


def use_in_back_office() -> None:
    """Make every form of the back office, Wagtail's pages too, use these fields."""
    from wagtail.admin import widgets
    from wagtail.admin.forms.models import register_form_field_override

    for column, field, widget in (
        (models.DateField, DayField, widgets.AdminDateInput),
        (PastDateField, PastDayField, widgets.AdminDateInput),
        (models.DateTimeField, MomentField, widgets.AdminDateTimeInput),
    ):
        override = {"form_class": field, "widget": widget}
        register_form_field_override(column, override=override)


@receiver(connection_created)
def read_impossible_moments(sender, connection, **kwargs):
    """Let PostgreSQL's connections read a moment before year 1 or after 9999.

    psycopg refuses it, and one such row would end every page that lists it.
    """
    if connection.vendor != "postgresql":
        return
    from django.db.backends.postgresql.psycopg_any import BaseTzLoader
    from psycopg import DataError
    from psycopg.pq import Format

    adapters = connection.connection.adapters
    oid = adapters.types["timestamptz"].oid
    if hasattr(adapters.get_loader(oid, Format.TEXT), "clamps"):
        return

    class Loader(BaseTzLoader):
        timezone = connection.timezone
        clamps = True

        def load(self, data):
            try:
                moment = super().load(data)
            except DataError:
                moment = EARLIEST if bytes(data).endswith(b"BC") else LATEST
                return moment.replace(tzinfo=self.timezone)
            if 1 < moment.year < 9999:
                return moment
            first = EARLIEST.replace(tzinfo=moment.tzinfo)
            last = LATEST.replace(tzinfo=moment.tzinfo)
            return min(max(moment, first), last)

    adapters.register_loader("timestamptz", Loader)
