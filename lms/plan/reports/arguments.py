"""What commands and pages accept as a plan, a day and a moment."""

import datetime as dt

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from lms.evidence.clock import SHANGHAI
from lms.evidence.dates import FIRST_DAY, LAST_DAY
from lms.plan.models import Plan


class BadArgument(ValueError):
    """Something asked for does not exist. ``str()`` is fit for a person."""


def day_from(text: str) -> dt.date:
    """Return the day of ``2017-12-31``; raises ``BadArgument``."""
    day = _read(parse_date, text)
    _must_be_near(day)
    return day


def moment_from(text: str) -> dt.datetime:
    """Return an aware moment; a day alone means its end, in Asia/Shanghai."""
    # The day first: as a moment it would be read as its own beginning.
    if (day := _read(parse_date, text)) is not None:
        _must_be_near(day)
        return dt.datetime.combine(day, dt.time.max, SHANGHAI)
    moment = _read(parse_datetime, text)
    _must_be_near(moment and moment.date())
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def plan_from(code: str) -> Plan:
    """Return the plan of a code; raises ``BadArgument``."""
    plan = with_code(Plan.objects.all(), code)
    if plan is None:
        raise BadArgument(_("There is no such plan."))
    return plan


def with_code(rows: QuerySet, code: str) -> Model | None:
    """Return the row of a code from outside, or ``None``.

    No code holds a NUL, which PostgreSQL refuses in a query.
    """
    return None if "\0" in code else rows.filter(code=code).first()


def _read(parse, text):
    """What a parser makes of a text; ``None`` for what cannot be."""
    try:
        return parse(text)
    except ValueError:
        return None


def _must_be_near(day):
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise BadArgument(_("This is not a date such as 2017-12-31."))
