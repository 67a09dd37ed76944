from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.people.models import Role, YesNoUndecided
from lms.plan.indicators.base import Indicator, Measure, group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.holding import role_certificates, role_columns
from lms.plan.indicators.question import Dimension, post_groups
from lms.plan.indicators.relations import Relations, flag

UNITS = """
SELECT {groups}, needs.who AS who, 0 AS what, high,
  CASE WHEN grade >= 1 + high THEN 1 ELSE 0 END AS ok
FROM needs LEFT JOIN holdings ON holdings.who = needs.who
"""

DEFINITIONS = {
    Role.PRINCIPAL: _(
        "Principals of enterprises on the date shown who hold a fitting certificate "
        "valid that day, out of all principals. High-hazard enterprises need the "
        "safety knowledge and management certificate; others may also show a training "
        "proof for the role."
    ),
    Role.SAFETY_MANAGER: _(
        "Safety managers of enterprises on the date shown who hold a fitting "
        "certificate valid that day, out of all safety managers. High-hazard "
        "enterprises need the safety knowledge and management certificate; others may "
        "also show a training proof for the role or a safety officer certificate."
    ),
}


class RoleCertificates(Indicator):
    """IND-06a and IND-06b: people in the role who hold a fitting certificate at D.

    A person is measured against the strictest of the posts held on the day.
    """

    dimensions = frozenset(Dimension) - {Dimension.YEAR, Dimension.ITEM}

    def __init__(self, code: str, role: Role):
        self.code = code
        self.role = role
        self.definition = DEFINITIONS[role]

    def nothing(self):
        return self._figures(0, 0, 0, 0)

    def measure(self, question, by=()):
        rows = self.units(question, by).rows(
            "SELECT {groups}, COUNT(*), SUM(ok), SUM(high), SUM(high * ok) "
            "FROM units GROUP BY {groups}"
        )
        return {
            key: self._figures(*numbers)
            for key, numbers in keyed(rows, len(by) or 1).items()
        }

    def units(self, question, by=()):
        return (
            Relations(group_names(by))
            .add(
                "held",
                question.posts(self.role),
                **post_groups(by),
                who=F("person_id"),
                high=flag(Q(organisation__high_hazard=YesNoUndecided.YES)),
            )
            .define(
                "needs",
                "SELECT {groups}, who, MAX(high) AS high FROM held "
                "GROUP BY {groups}, who",
            )
            .add("certified", role_certificates(question, self.role), **role_columns())
            .define(
                "holdings",
                "SELECT who, MAX(grade) AS grade FROM certified GROUP BY who",
            )
            .define("units", UNITS)
        )

    @staticmethod
    def _figures(persons, met, high, high_met):
        return Measure(Figure(met, persons), {"statutory": Figure(high_met, high)})
