"""The figures of a plan as of a day: one structure behind JSON, sheets and pages."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from django.utils.translation import gettext as _

from lms.plan.indicators import (
    INDICATORS,
    Dimension,
    Indicator,
    Measure,
    Question,
    Scope,
    UnknownIndicator,
)
from lms.plan.indicators.figures import Figure, decimal_text
from lms.plan.models import Plan
from lms.plan.reports.names import RowName, row_names


@dataclass
class Row:
    """One group of a breakdown."""

    key: str | None
    name: str
    measure: Measure
    met: bool | None
    value: object = None

    def as_json(self, unit: str) -> dict:
        named = {"key": self.key, "name": self.name, "unit": unit}
        return named | figures_json(self)


@dataclass
class Line:
    """One indicator of a report."""

    indicator: Indicator
    measure: Measure
    target: Fraction | None
    met: bool | None
    rows: list[Row] = field(default_factory=list)
    note: str = ""

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def name(self) -> str:
        return str(self.indicator.name)

    @property
    def figure(self) -> Figure:
        return self.measure.headline

    def as_json(self, *, with_rows: bool) -> dict:
        unit = str(self.indicator.unit)
        entry = {"code": self.code, "name": self.name, "unit": unit}
        entry |= figures_json(self)
        if with_rows:
            entry["rows"] = [row.as_json(unit) for row in self.rows]
            entry["note"] = self.note
        return entry


@dataclass
class Gap:
    """A target of the plan for which there is no figure, and why."""

    indicator: Indicator
    target: Fraction

    def as_json(self) -> dict:
        return {
            "code": self.indicator.code,
            "name": str(self.indicator.name),
            "target": decimal_text(self.target),
            "reason": str(self.indicator.reason),
        }


@dataclass
class Report:
    """The indicators of a plan as of one day, and the targets without a figure."""

    question: Question
    by: Dimension | None
    lines: list[Line]
    gaps: list[Gap] = field(default_factory=list)
    #: Parts of pages drawn from it, by what else they show: kept as long as it is.
    drawn: dict = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, code: str) -> Line:
        return {line.code: line for line in self.lines}[code]

    def as_json(self) -> dict:
        """Return the JSON of ``plan_report`` (S4.1)."""
        with_rows = self.by is not None
        result = {
            "plan": self.question.plan.code,
            "as_of": self.question.day.isoformat(),
            "indicators": [line.as_json(with_rows=with_rows) for line in self.lines],
            "not_computed": [gap.as_json() for gap in self.gaps],
        }
        if self.question.recorded_by is not None:
            result["recorded_by"] = self.question.recorded_by.isoformat()
        if with_rows:
            result["by"] = self.by.value
        return result


def figures_json(line: Line | Row) -> dict:
    """Return the numbers of a line or a row; ``met`` is the verdict of the whole."""
    figure = line.measure.headline
    entry = {
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "value": decimal_text(figure.value),
        "display": figure.display,
        "target": decimal_text(figure.target),
        "met": line.met,
        "variants": {
            name: variant.as_json() for name, variant in line.measure.variants.items()
        },
    }
    if figure.impossible:
        entry["data_error"] = True
    if line.measure.facts:
        entry["facts"] = line.measure.facts
    if line.measure.errors:
        entry["data_errors"] = line.measure.errors
    return entry


def build_report(
    plan: Plan,
    *,
    day: dt.date,
    recorded_by: dt.datetime | None = None,
    by: Dimension | None = None,
    scope: Scope | None = None,
    codes: Iterable[str] = (),
) -> Report:
    """Compute every indicator (or those named) of a plan as of a day.

    The number of queries depends on what is asked, never on how many people there
    are. Totals are counted from records; rows need not add up to them.
    """
    question = Question(plan, day, recorded_by, scope or Scope())
    wanted = tuple(codes) or tuple(INDICATORS)
    targets, gaps = _targets(question, wanted)
    wanted = tuple(code for code in wanted if not INDICATORS[code].reason)
    measures = {
        code: INDICATORS[code].aimed(
            INDICATORS[code].total(question), targets.get(code)
        )
        for code in _with_parts(wanted)
    }
    breakdown = Breakdown.of(question, by, targets, wanted) if by else None
    lines = []
    for code in wanted:
        indicator = INDICATORS[code]
        rows = breakdown.rows(indicator) if breakdown else []
        lines.append(
            Line(
                indicator,
                measures[code],
                targets.get(code),
                indicator.verdict(measures[code], measures),
                rows,
                _note(rows, measures[code]),
            )
        )
    return Report(question, by, lines, gaps)


@dataclass
class Breakdown:
    """The groups of one dimension, counted for every indicator asked for."""

    by: Dimension
    names: list[RowName]
    groups: dict[str, dict[object, Measure]]

    @classmethod
    def of(cls, question, by, targets, codes) -> "Breakdown":
        groups = {}
        for code in _with_parts(codes):
            indicator = INDICATORS[code]
            # A count's target is the city's alone; a rate's is everybody's.
            target = None if indicator.counted else targets.get(code)
            groups[code] = {
                value: indicator.aimed(measure, target)
                for value, measure in _grouped(question, indicator, by).items()
            }
        used = {value for found in groups.values() for value in found}
        return cls(by, row_names(by, used), groups)

    def rows(self, indicator: Indicator) -> list[Row]:
        """Return the rows of one indicator; none where the breakdown has no sense."""
        if self.by not in indicator.dimensions and self.by != Dimension.YEAR:
            return []
        rows = []
        for name in self.names:
            if name.value not in self.groups[indicator.code] and not name.always:
                continue
            siblings = {
                code: found.get(name.value) or INDICATORS[code].nothing()
                for code, found in self.groups.items()
            }
            measure = siblings[indicator.code]
            met = indicator.verdict(measure, siblings)
            rows.append(Row(name.key, name.name, measure, met, name.value))
        return rows


def _grouped(question, indicator, by):
    if by in indicator.dimensions:
        measures = indicator.measure(question, (by,))
        return {key[0]: measure for key, measure in measures.items()}
    return _at_year_ends(question, indicator) if by == Dimension.YEAR else {}


def _at_year_ends(question, indicator):
    """A rate has no yearly parts: by year it is shown as of the end of each."""
    return {
        year: indicator.total(
            replace(question, day=min(dt.date(year, 12, 31), question.day))
        )
        for year in question.plan.years
        if dt.date(year, 1, 1) <= question.day
    }


def _targets(question, wanted):
    """Return the targets that speak of this scope, and those without a figure.

    A count's target is the whole city's.
    """
    targets, gaps = {}, []
    for row in question.plan.targets.all():
        code = row.indicator
        indicator = INDICATORS.get(code) or UnknownIndicator(code)
        if indicator.counted and not question.scope.whole:
            continue
        target = indicator.target_from(row.value)
        if not indicator.reason:
            targets[code] = target
        elif code in wanted or code not in INDICATORS:
            gaps.append(Gap(indicator, target))
    return targets, gaps


def _with_parts(codes):
    """The codes asked for, each after the parts its verdict rests on."""
    return tuple(
        dict.fromkeys(
            part.code for code in codes for part in INDICATORS[code].with_parts()
        )
    )


def _note(rows, total):
    """Say so when the rows do not add up, as they need not."""
    if not rows:
        return ""
    numerators = sum(row.measure.headline.numerator for row in rows)
    denominators = sum(row.measure.headline.denominator or 0 for row in rows)
    headline = total.headline
    if (numerators, denominators) == (headline.numerator, headline.denominator or 0):
        return ""
    return _("People are counted once in the total, so the rows need not add up to it.")
