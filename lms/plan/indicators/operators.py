"""How IND-03c and IND-06c are counted: by the (person, item) post.

One item held at two employers is one post; where the two ask for certificates of
different systems, both are needed.
"""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from lms.people.models import Role
from lms.plan.indicators.base import (
    Indicator,
    Measure,
    Unit,
    Variant,
    group_names,
    keyed,
)
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.holding import FITS_ITEM
from lms.plan.indicators.question import Dimension, post_groups
from lms.plan.indicators.relations import Relations

# People short of one item: everybody counted, less everybody with an item missing.
COUNTS = """
SELECT {groups}, COUNT(*), SUM(ok), COUNT(DISTINCT who),
  COUNT(DISTINCT CASE WHEN ok = 0 THEN who END), SUM(lapsing)
FROM units GROUP BY {groups}
"""


class OperatorIndicator(Indicator):
    """Posts of special operators in enterprises in scope on the day."""

    unit = Unit.POSTS
    role = Role.SPECIAL_OPERATOR
    by_item = True
    certificates = FITS_ITEM
    published_by_town = True
    variants = {"person_based": Variant(_("people with every item"))}
    dimensions = frozenset(Dimension) - {Dimension.YEAR}

    def nothing(self):
        return self._figures(0, 0, 0, 0, 0)

    def measure(self, question, by=()):
        return self._measured(self.units(question, by), by)

    def _measured(self, units, by):
        rows = units.rows(COUNTS)
        return {
            key: self._figures(*numbers)
            for key, numbers in keyed(rows, len(by) or 1).items()
        }

    def _posts(self, question, by):
        posts = question.posts(self.role)
        return Relations(group_names(by)).add(
            "held",
            posts,
            **post_groups(by),
            who=F("person_id"),
            what=F("item_id"),
            system=F("issuing_system"),
        )

    def _figures(self, posts, met, persons, short, lapsing):
        return Measure(
            Figure(met, posts), {"person_based": Figure(persons - short, persons)}
        )
