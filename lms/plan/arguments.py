"""What commands and pages accept as a plan, a day and a moment."""

import datetime as dt

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from lms.clock import SHANGHAI

from .models import Plan

FIRST_DAY = dt.date(2000, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)


class BadArgument(ValueError):
    """Something asked for does not exist. ``str()`` is fit for a person."""


def day_from(text: str) -> dt.date:
    """Return the day of ``2017-12-31``; raises ``BadArgument``."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise BadArgument(_("This is not a date such as 2017-12-31."))
    return day


def moment_from(text: str) -> dt.datetime:
    """Return an aware moment; a day alone means its end, in Asia/Shanghai."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        following = day_from(text) + dt.timedelta(days=1)
        moment = dt.datetime.combine(following, dt.time()) - dt.timedelta(
            microseconds=1
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def plan_from(code: str) -> Plan:
    """Return the plan of a code; raises ``BadArgument``."""
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        raise BadArgument(_("There is no such plan."))
    return plan
