"""The shape every indicator has; a new one is a new file and a line in the registry."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import Dimension, Question
from lms.plan.indicators.relations import Relations

TOTAL = (0,)

# Variants that inform and are never held against a target.
INFORMATION = frozenset(
    {
        "person_times",
        "passed_persons",
        "no_id_times",
        "all_roles",
        "filled_posts",
        "lapsing_60_days",
    }
)


class Unit:
    """Unit words (domain 5.0): people, or posts; never mixed in one figure."""

    PEOPLE = _("people")
    POSTS = _("posts")


@dataclass
class Measure:
    """What one indicator says of one group: the headline, its variants, plain facts.

    ``errors`` names, in words, the records that bring a figure over 100%.
    """

    headline: Figure
    variants: dict[str, Figure] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def impossible(self) -> bool:
        """Whether the headline or a variant is over 100%."""
        return any(one.impossible for one in (self.headline, *self.variants.values()))

    def aimed_at(self, target: Fraction | None) -> "Measure":
        """Hold the headline, and the variants that answer to it, against a target."""
        variants = {
            name: figure if name in INFORMATION else figure.aimed_at(target)
            for name, figure in self.variants.items()
        }
        return replace(self, headline=self.headline.aimed_at(target), variants=variants)


class Indicator:
    """One figure of the plan: ``measure`` counts, ``units`` says who was counted.

    Both read the same relation, so a number and the list behind it cannot disagree.
    """

    code: str
    unit = Unit.PEOPLE
    definition = ""
    dimensions = frozenset(Dimension)
    by_item = False
    listed = True

    def measure(
        self, question: Question, by: tuple[Dimension, ...] = ()
    ) -> dict[tuple, Measure]:
        """Return the figures of every group; without ``by`` of ``TOTAL`` alone."""
        raise NotImplementedError

    def rates(
        self, question: Question, by: tuple[Dimension, ...]
    ) -> dict[tuple, tuple[int, int]]:
        """Return (denominator, numerator) of every group of a cross table.

        The headline alone, of an indicator that is a rate: what a table of many
        small cells shows, without counting variants nobody sees.
        """
        rows = self.units(question, by).rows(
            "SELECT {groups}, COUNT(*), SUM(ok) FROM units GROUP BY {groups}"
        )
        return {tuple(row[:-2]): row[-2:] for row in rows}

    def total(self, question: Question) -> Measure:
        """Return the figure of the whole scope, counted from records, not from rows."""
        return self.measure(question).get(TOTAL) or self.nothing()

    def nothing(self) -> Measure:
        """Return the figure of a group nobody is in."""
        raise NotImplementedError

    def units(self, question: Question, by: tuple[Dimension, ...] = ()) -> Relations:
        """Return the relations up to ``units``: one row per counted unit.

        Columns: the groups, ``who``, ``what`` (item or 0) and ``ok`` (1 or 0).
        """
        raise NotImplementedError

    def with_parts(self) -> tuple["Indicator", ...]:
        """Return the indicators this one's verdict rests on, then this one."""
        return (self,)

    def verdict(self, measure: Measure, siblings: dict[str, Measure]) -> bool | None:
        """Say whether the target is met; ``None`` where there is nothing to say."""
        return measure.headline.met


def group_names(by: tuple[Dimension, ...]) -> tuple[str, ...]:
    """Return the names of the group columns of a breakdown."""
    return tuple(f"g{number}" for number in range(len(by) or 1))


def keyed(rows: list[tuple], width: int) -> dict[tuple, tuple]:
    """Return rows as a mapping from their group to their numbers, nulls as 0."""
    return {
        tuple(_plain(value) for value in row[:width]): tuple(
            int(number or 0) for number in row[width:]
        )
        for row in rows
    }


def _plain(value):
    """PostgreSQL gives a year as numeric."""
    return int(value) if isinstance(value, Decimal) else value
