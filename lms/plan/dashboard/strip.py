"""The plan in one line of figures, for the home page of the back office."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from lms.people.models import User
from lms.plan.dashboard.members import Show
from lms.plan.dashboard.tiles import Asked, dashboard_codes, pace_for
from lms.plan.indicators import INDICATORS, Scope
from lms.plan.models import Plan
from lms.plan.reports.kept import kept_report
from lms.plan.reports.names import scope_name
from lms.plan.reports.report import Line, Report


@dataclass(frozen=True)
class Strip:
    """The figures of a plan on a day that have a target, in the scope of a user."""

    asked: Asked
    whose: str
    report: Report

    @property
    def figures(self) -> list[dict]:
        """Each line with the address of its list, the leading one with its pace."""
        pace = pace_for(self.report)
        return [
            {
                "line": line,
                "pace": pace if line.indicator.leads else None,
                "query": self._query(line),
            }
            for line in self.report.lines
        ]

    def _query(self, line: Line) -> str:
        """Lead to those still missing; where nobody is or can be, to those counted."""
        figure = line.figure
        is_whole = figure.numerator == figure.denominator
        show = Show.COUNTED if line.indicator.counted or is_whole else Show.MISSING
        return self.asked.query(show=show.value)


def strip_for(user: User, *, today: dt.date) -> Strip | None:
    """Return the strip of a user; None for one who sees no plan, or without a plan.

    Counted anew after every write, so that a figure and the list it leads to agree.
    """
    scope = Scope.of(user)
    plan = None if scope.closed else Plan.objects.for_day(today)
    if plan is None:
        return None
    prefetch_related_objects([plan], "targets")
    aimed_at = {target.indicator for target in plan.targets.all()}
    codes = [
        code
        for code in dashboard_codes(scope)
        if INDICATORS[code].leads or code in aimed_at
    ]
    asked = Asked(plan, today, today)
    report = kept_report(plan, day=today, scope=scope, codes=codes)
    return Strip(asked, scope_name(scope), report)
