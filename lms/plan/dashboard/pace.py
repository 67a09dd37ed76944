"""Where a plan should be on a day, and what is still to do each year (TC-12)."""

import calendar
import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from lms.plan.indicators.figures import percent
from lms.plan.models import Plan


@dataclass(frozen=True)
class Pace:
    """A count against the straight line from the first to the last day."""

    done: int
    target: int
    elapsed: Fraction
    years_left: Fraction

    @property
    def share(self) -> Fraction:
        """How much of the target is done."""
        return Fraction(self.done, self.target)

    @property
    def percent(self) -> str:
        return percent(self.share)

    @property
    def expected(self) -> int:
        """What the straight line asks for by the day, rounded up."""
        return ceil(self.target * self.elapsed)

    @property
    def gap(self) -> int:
        """How many are missing to the straight line; 0 when on it or ahead."""
        return max(0, self.expected - self.done)

    @property
    def left(self) -> int:
        return max(0, self.target - self.done)

    @property
    def per_year(self) -> int | None:
        """How many a year the rest of the plan needs; ``None`` once it is over."""
        return ceil(self.left / self.years_left) if self.years_left > 0 else None


def pace_of(plan: Plan, *, done: int, target: Fraction, day: dt.date) -> Pace:
    """Return the pace of a count on a day; years are calendar years.

    A target of part of a person asks for that person.
    """
    start = _position(plan.starts_on - dt.timedelta(days=1))
    whole = _position(plan.ends_on) - start
    passed = min(max(Fraction(0), _position(day) - start), whole)
    return Pace(done, ceil(target), passed / whole, whole - passed)


def _position(day):
    """A day on the line of years: the end of 2017 is 2018."""
    days = 366 if calendar.isleap(day.year) else 365
    return day.year + Fraction(day.timetuple().tm_yday, days)
