"""When a training counts as completed (R5.1). Pure: no database, no clock.

Three rules need more than the row itself. Annual retraining of one person, role
and calendar year adds up, and the row that reaches the number is the completion.
Initial training of principals and safety managers at a high-hazard employer after a
completed general one needs the difference only. And since rows arrive in any order,
a line is judged among all lines of its person and audience, sorted by what they say
and never by arrival.
"""

import datetime as dt
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

INITIAL = "INITIAL"
ANNUAL = "ANNUAL"
THREE_LEVEL = "THREE_LEVEL"
OTHER_STAFF = "OTHER_STAFF"
# Their training moves with them between hazard classes; that of staff does not.
DIFFERENCE_ONLY = frozenset({"PRINCIPAL", "SAFETY_MANAGER"})


@dataclass(frozen=True, slots=True)
class HourRow:
    """One row of the hours matrix; ``hours`` None: the law names no number."""

    audience: str
    high_hazard: bool
    kind: str
    hours: Decimal | None
    valid_from: dt.date
    valid_to: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Say whether the row is in force; its first and last day count."""
        return self.valid_from <= day and (
            self.valid_to is None or day <= self.valid_to
        )


class HourTable:
    """The hours matrix of R2.2, asked by day."""

    def __init__(self, rows: Iterable[HourRow]):
        self._rows: dict[tuple, list[HourRow]] = {}
        for row in sorted(rows, key=lambda row: row.valid_from, reverse=True):
            key = (row.audience, row.high_hazard, row.kind)
            self._rows.setdefault(key, []).append(row)

    def hours(
        self, audience: str, *, high_hazard: bool, kind: str, day: dt.date
    ) -> Decimal | None:
        """Return the class hours the law names on a day, or None.

        Three-level education uses the number of new staff (Order 3, article 13).
        Of two rows in force the later one holds.
        """
        if kind == THREE_LEVEL:
            audience, kind = OTHER_STAFF, INITIAL
        for row in self._rows.get((audience, high_hazard, kind), ()):
            if row.covers(day):
                return row.hours
        return None


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """One training of one person for one ``audience``.

    ``matrix_hours`` is the number of the law on its day; ``planned_hours`` that of
    the class, which counts where the law has none. ``order`` breaks ties of lines
    that are alike in every other respect, by content.
    """

    key: Hashable
    done_on: dt.date
    kind: str
    high_hazard: bool
    hours: Decimal
    matrix_hours: Decimal | None
    planned_hours: Decimal | None = None
    order: tuple = ()
    audience: str = field(kw_only=True)

    def sort_key(self) -> tuple:
        """Return the order of judging: by day, general before high-hazard."""
        return (
            self.done_on,
            self.high_hazard,
            self.kind,
            self.hours,
            self.matrix_hours or Decimal(0),
            self.order,
        )


@dataclass(frozen=True, slots=True)
class TrainingVerdict:
    """What a line had to reach (None: anything above zero), and whether it did."""

    required_hours: Decimal | None
    completed: bool


def judge(lines: Iterable[TrainingLine]) -> dict[Hashable, TrainingVerdict]:
    """Judge every line of one person and one audience (R5.1).

    The answer does not depend on the order in which the lines are given.
    """
    verdicts: dict[Hashable, TrainingVerdict] = {}
    year_hours: dict[int, Decimal] = {}
    year_reached: dict[int, Decimal] = {}
    general_initial: Decimal | None = None
    for line in sorted(lines, key=TrainingLine.sort_key):
        if line.kind == ANNUAL:
            year = line.done_on.year
            year_hours[year] = year_hours.get(year, Decimal(0)) + line.hours
        if line.matrix_hours is None:
            verdicts[line.key] = _without_number(line)
            continue
        required = line.matrix_hours
        reached = line.hours
        open_ = True
        if line.kind == ANNUAL:
            reached = year_hours[year]
            open_ = year_reached.get(year, Decimal(0)) < required
        elif (
            line.kind == INITIAL
            and line.high_hazard
            and line.audience in DIFFERENCE_ONLY
            and general_initial is not None
            and general_initial < required
        ):
            required -= general_initial
        completed = open_ and line.hours > 0 and reached >= required
        verdicts[line.key] = TrainingVerdict(required, completed)
        if completed and line.kind == ANNUAL:
            year_reached[year] = required
        if completed and line.kind == INITIAL and not line.high_hazard:
            general_initial = line.matrix_hours
    return verdicts


def _without_number(line: TrainingLine) -> TrainingVerdict:
    enough = line.planned_hours is None or line.hours >= line.planned_hours
    return TrainingVerdict(line.planned_hours, line.hours > 0 and enough)
