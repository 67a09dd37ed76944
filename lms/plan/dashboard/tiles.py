"""What the dashboard and the drill-down show, the same in both offices."""

import datetime as dt
from dataclasses import dataclass

from django.http import Http404
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lms.evidence import clock
from lms.people.models import Town
from lms.plan.dashboard.members import Members, Show
from lms.plan.dashboard.pace import Pace, pace_of
from lms.plan.indicators import INDICATORS, Dimension, Question, Scope
from lms.plan.models import Plan
from lms.plan.reports.arguments import BadArgument, day_from, plan_from, with_code
from lms.plan.reports.kept import kept_report
from lms.plan.reports.names import scope_name
from lms.plan.reports.report import Report


@dataclass(frozen=True)
class Choice:
    """A link that stays on the page and changes one thing."""

    label: str
    query: str
    current: bool


@dataclass(frozen=True)
class Asked:
    """What a visitor asked for: a plan, a day, and today for the presets."""

    plan: Plan | None
    day: dt.date
    today: dt.date
    problem: str = ""

    def query(self, **changes) -> str:
        """Return the query string of this page with something changed."""
        asked = {"plan": self.plan.code, "as_of": self.day.isoformat()} | changes
        return "?" + urlencode({key: value for key, value in asked.items() if value})

    @property
    def days(self) -> list[Choice]:
        """Today, and the end of every year of the plan that has come."""
        ends = [dt.date(year, 12, 31) for year in self.plan.years]
        days = [self.today, *(day for day in ends if day < self.today)]
        return [
            Choice(
                _("today")
                if day == self.today
                else _("end of %(y)s") % {"y": day.year},
                self.query(as_of=day.isoformat()),
                day == self.day,
            )
            for day in days
        ]

    @property
    def all_plans(self):
        return Plan.objects.all()

    @property
    def plans(self) -> list[Choice]:
        return [
            Choice(
                plan.name,
                self.query(plan=plan.code, as_of=min(self.today, plan.ends_on)),
                plan == self.plan,
            )
            for plan in Plan.objects.all()
        ]


def asked_by(request) -> Asked:
    """Read plan and day from the address; what is not understood is said, not 500."""
    today = clock.today()
    problem = ""
    plan = day = None
    try:
        if code := request.GET.get("plan"):
            plan = plan_from(code)
        if text := request.GET.get("as_of"):
            day = day_from(text)
    except BadArgument as refusal:
        problem = str(refusal)
    day = day or today
    if day > today:
        problem = _("This day has not come: what will change until then is not in it.")
    return Asked(plan or Plan.objects.for_day(day), day, today, problem)


def pace_for(report: Report) -> Pace | None:
    """Return the pace of the leading count, where the scope has a target for it."""
    line = next((line for line in report.lines if line.indicator.leads), None)
    question = report.question
    begun = question.day >= question.plan.starts_on
    if line is None or line.target is None or not begun:
        return None
    return pace_of(
        question.plan, done=line.figure.numerator, target=line.target, day=question.day
    )


def report_for(asked: Asked, scope: Scope) -> Report:
    """Return the figures somebody may see: by town only where all towns are seen.

    A town's officer would read 0 of every other town, which is not true of them.
    """
    by = Dimension.TOWN if scope.whole else None
    codes = dashboard_codes(scope)
    return kept_report(asked.plan, day=asked.day, by=by, scope=scope, codes=codes)


def dashboard_codes(scope: Scope) -> list[str]:
    """Return the indicators that the dashboard of a scope shows, in order."""
    return [
        code
        for code, indicator in INDICATORS.items()
        if indicator.on_dashboard
        and (indicator.of_enterprises or scope.staff_of is None)
    ]


def overview(asked: Asked, scope: Scope) -> dict:
    """Return the context of the dashboard."""
    report = report_for(asked, scope)
    return {
        "asked": asked,
        "report": report,
        "pace": pace_for(report),
        "towns": town_table(report) if report.by else [],
        "notes": [line.note for line in report.lines if line.note][:1],
        "whose": scope_name(scope),
    }


def town_table(report: Report) -> list[dict]:
    """Return one row per town, a cell per indicator, in the order of the codes.

    Places are never put in an order of merit here: some have too few people for
    one (TC-20).
    """
    lines = [line for line in report.lines if line.rows]
    rows = {}
    for line in lines:
        for row in line.rows:
            entry = rows.setdefault(row.key, {"name": row.name, "key": row.key})
            entry.setdefault("cells", {})[line.code] = row
    return [
        entry | {"cells": [entry["cells"].get(line.code) for line in lines]}
        for entry in rows.values()
    ]


def narrowed(scope: Scope, request) -> tuple[Scope, Town | None]:
    """Return the scope within the town of the address, and the town, if one is asked.

    Raises ``Http404`` for a town that is not the user's: its figures would read 0.
    For the own town of an officer nothing is narrowed.
    """
    town = with_code(Town.objects.all(), request.GET.get("town", ""))
    if town is None:
        return scope, None
    if scope.whole:
        return scope.narrow(Dimension.TOWN, town.pk), town
    if (Dimension.TOWN, town.pk) not in scope.within:
        raise Http404
    return scope, None


def members_of(asked: Asked, scope: Scope, code: str, show: Show) -> Members:
    """Return the people behind an indicator, in the same scope as its number."""
    return Members(INDICATORS[code], Question(asked.plan, asked.day, scope=scope), show)
