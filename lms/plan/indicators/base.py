"""What an indicator declares of itself, and the numbers it answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.people.models import Role
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import Dimension, Question
from lms.plan.indicators.relations import Relations

TOTAL = (0,)


class Unit:
    """Unit words (R5.0): people, or posts; never mixed in one figure."""

    PEOPLE = _("people")
    POSTS = _("posts")


@dataclass(frozen=True)
class Variant:
    """Another way to count an indicator.

    One that ``informs`` is never held against the target.
    """

    label: str | Promise
    informs: bool = False


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


class Indicator:
    """One figure of the plan: ``measure`` counts, ``units`` says who was counted.

    Both read the same relation, so a number and the list behind it cannot disagree.
    Everything reports and pages have to know of an indicator is declared here: a new
    one is a module of this package that defines and registers it.
    """

    #: Stored with targets; at most 8 characters, never changed.
    code: str = ""
    name: str | Promise = ""
    #: How it is counted, in a few sentences.
    definition: str | Promise = ""
    unit = Unit.PEOPLE
    #: Whether it is a number of people and no rate; its target is the whole city's.
    counted = False
    dimensions = frozenset(Dimension)
    variants: Mapping[str, Variant] = {}
    #: Labels of plain numbers shown beside the figures.
    facts: Mapping[str, str | Promise] = {}
    #: Indicators that the verdict of this one rests on.
    parts: tuple["Indicator", ...] = ()
    #: Why it is not computed; empty where it is.
    reason: str | Promise = ""

    # --- who is counted, and what speaks for them ------------------------------

    #: Whose posts are counted; of none, everybody with a training.
    role: Role | None = None
    #: Whether only posts in enterprises that the plan asks about are counted.
    in_scope = True
    #: Whether a post is counted by its operation item.
    by_item = False
    #: Whether training records speak for a person.
    by_training = True
    #: Which certificates speak for a person; none where there is nothing.
    certificates: Q | None = None

    # --- where it is shown -----------------------------------------------------

    #: Whether the names behind it are listed.
    listed = True
    #: Whether it stands on dashboards; and on those of enterprises.
    on_dashboard = True
    of_enterprises = True
    #: Whether the public page shows it; and town by town.
    published = True
    published_by_town = False
    #: Whether it stands large at the top, with its pace. One indicator does.
    leads = False
    tile = "plan/_office_tile.html"
    public_tile = "plan/_tile.html"

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
        return (*self.parts, self)

    def is_enough(self, certificate, posts) -> bool:
        """Say whether a kind of certificate is enough for all of a person's posts."""
        return True

    def target_from(self, value: Decimal) -> Fraction:
        """Return a target of a plan in the unit of the figure: a count, or a ratio."""
        return Fraction(value) / (1 if self.counted else 100)

    def aimed(self, measure: Measure, target: Fraction | None) -> Measure:
        """Hold the headline, and the variants that answer to it, against a target."""
        variants = {
            name: figure if self.variants[name].informs else figure.aimed_at(target)
            for name, figure in measure.variants.items()
        }
        headline = measure.headline.aimed_at(target)
        return replace(measure, headline=headline, variants=variants)

    def variant_name(self, name: str) -> str:
        """Return a variant in words."""
        return str(self.variants[name].label)

    def verdict(self, measure: Measure, siblings: dict[str, Measure]) -> bool | None:
        """Say whether the target is met; ``None`` where there is nothing to say."""
        return measure.headline.met


class NotComputed(Indicator):
    """A target of a plan that the system does not compute, shown with its reason."""

    listed = False


class UnknownIndicator(NotComputed):
    """The code of a target that no indicator has."""

    reason = _("The system does not know this indicator.")

    def __init__(self, code: str):
        self.code = self.name = code


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
