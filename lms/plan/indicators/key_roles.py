from django.utils.translation import gettext_lazy as _

from lms.plan.indicators.base import (
    Indicator,
    Measure,
    Unit,
    Variant,
    group_names,
    keyed,
)
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.managers_trained import MANAGERS
from lms.plan.indicators.operators_trained import OPERATORS
from lms.plan.indicators.principals_trained import PRINCIPALS
from lms.plan.indicators.question import Dimension
from lms.plan.indicators.registry import register
from lms.plan.indicators.relations import Relations
from lms.plan.indicators.role_training import RoleTraining

PER_PERSON = "SELECT {groups}, who, MIN(ok) AS ok FROM units GROUP BY {groups}, who"

NAMES = ("principals", "managers", "operators")
UNION = (
    "SELECT * FROM principals UNION ALL SELECT * FROM managers "
    "UNION ALL SELECT * FROM operators"
)


class KeyRoles(Indicator):
    """IND-03: the three rates together, met only when each of them is.

    Its own number is the pooled (person, role) rate, for information: no target is
    held against it, and it has no list of its own; the three have theirs.
    """

    code = "IND-03"
    name = _("training rate of the three key roles")
    unit = Unit.POSTS
    definition = _(
        "Principals, safety managers and special operators together. The target is "
        "met only when each of the three rates is; the pooled rate (one person in one "
        "role counts once) is for information."
    )
    dimensions = RoleTraining.dimensions - {Dimension.ROLE}
    variants = {"all_roles": Variant(_("people with every role"), informs=True)}
    parts = (PRINCIPALS, MANAGERS, OPERATORS)
    listed = False
    published = False

    def nothing(self):
        return self._figures(0, 0, 0, 0)

    def measure(self, question, by=()):
        relations = Relations(group_names(by))
        for name, part in zip(NAMES, self.parts, strict=True):
            relations.absorb(name, part.units(question, by), PER_PERSON)
        relations.define("pairs", UNION).define(
            "people",
            "SELECT {groups}, who, COUNT(*) AS roles, SUM(ok) AS met, MIN(ok) AS ok "
            "FROM pairs GROUP BY {groups}, who",
        )
        rows = relations.rows(
            "SELECT {groups}, SUM(roles), SUM(met), COUNT(*), SUM(ok) FROM people "
            "GROUP BY {groups}"
        )
        return {
            key: self._figures(*numbers)
            for key, numbers in keyed(rows, len(by) or 1).items()
        }

    def verdict(self, measure, siblings):
        """Each of the three, exactly: one missed is missed, one unknown is unknown."""
        verdicts = [siblings[part.code].headline.met for part in self.parts]
        if False in verdicts:
            return False
        return None if None in verdicts else True

    @staticmethod
    def _figures(pairs, met, persons, all_met):
        return Measure(Figure(met, pairs), {"all_roles": Figure(all_met, persons)})


register(KeyRoles())
