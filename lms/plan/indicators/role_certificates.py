from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.people.models import Role, YesNoUndecided
from lms.plan.indicators.base import Indicator, Measure, Variant, group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.holding import reaches, role_columns
from lms.plan.indicators.question import Dimension, post_groups
from lms.plan.indicators.relations import Relations, flag

UNITS = """
SELECT {groups}, needs.who AS who, 0 AS what, high,
  CASE WHEN grade >= 1 + high THEN 1 ELSE 0 END AS ok
FROM needs LEFT JOIN holdings ON holdings.who = needs.who
"""


class RoleCertificates(Indicator):
    """People in the role who hold a fitting certificate at D (IND-06a, IND-06b).

    A person is measured against the strictest of the posts held on the day.
    """

    role: Role
    by_training = False
    variants = {"statutory": Variant(_("high-hazard enterprises only"))}
    dimensions = frozenset(Dimension) - {Dimension.YEAR, Dimension.ITEM}

    def is_enough(self, certificate, posts):
        high = any(post.organisation.is_high_hazard for post in posts)
        return reaches(certificate.kind.code, high=high)

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
            .add(
                "certified",
                question.valid_certificates.filter(self.certificates),
                **role_columns(),
            )
            .define(
                "holdings",
                "SELECT who, MAX(grade) AS grade FROM certified GROUP BY who",
            )
            .define("units", UNITS)
        )

    @staticmethod
    def _figures(persons, met, high, high_met):
        return Measure(Figure(met, persons), {"statutory": Figure(high_met, high)})
