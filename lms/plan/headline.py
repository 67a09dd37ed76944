"""The few figures a home page shows."""

import datetime as dt

from django.core.cache import cache
from django.utils.translation import get_language

from .dashboard import pace_for
from .models import Plan
from .report import build_report

KEPT_SECONDS = 300


def headline(day: dt.date) -> dict:
    """Return the plan of a day, the people trained and the rates, kept five minutes.

    Keys: ``plan``, ``day``, ``trained``, ``target``, ``percent``, ``pace``, and
    ``rates``, a list of ``{code, name, display, percent, met}``. Empty without a plan.
    """
    key = f"plan.headline.{day:%F}.{get_language()}"
    found = cache.get(key)
    if found is None:
        found = _headline(day)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _headline(day):
    plan = Plan.objects.for_day(day)
    if plan is None:
        return {}
    report = build_report(plan, day=day)
    trained = report["IND-01"]
    pace = pace_for(report)
    return {
        "plan": plan.name,
        "demo": plan.demo,
        "day": day,
        "trained": trained.figure.numerator,
        "target": pace.target if pace else None,
        "percent": pace.percent if pace else None,
        "pace": pace,
        "rates": [
            {
                "code": line.code,
                "name": line.name,
                "display": line.figure.display,
                "percent": line.figure.percent,
                "met": line.met,
            }
            for line in report.lines
            if line.figure.denominator is not None
        ],
    }
