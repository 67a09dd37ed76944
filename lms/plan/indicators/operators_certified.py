from django.utils.translation import gettext_lazy as _

from lms.plan.indicators.base import Variant
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.holding import item_certificates, item_columns, safe_column
from lms.plan.indicators.operators import OperatorIndicator
from lms.plan.indicators.registry import register

# A post appears once per fitting certificate, or once with none: the least decides.
HELD = """
SELECT {groups}, held.who AS who, held.what AS what,
  MIN(CASE WHEN certified.who IS NULL THEN 0 ELSE 1 END) AS ok
FROM held LEFT JOIN certified ON certified.who = held.who
  AND certified.what = held.what AND certified.system = held.system
GROUP BY held.who, held.what, {groups}
"""

# What a person has of one system: whether any certificate of it outlasts the window.
LASTING = """
SELECT who, what, system, MAX(safe) AS safe FROM certified GROUP BY who, what, system
"""

# About to lapse: certified for every system asked for, and one of them runs out.
LAPSING = """
SELECT {groups}, held.who AS who, held.what AS what,
  MIN(CASE WHEN lasting.who IS NULL THEN 0 ELSE 1 END) AS ok,
  CASE WHEN COUNT(*) = COUNT(lasting.who) AND MIN(safe) = 0
    THEN 1 ELSE 0 END AS lapsing
FROM held LEFT JOIN lasting ON lasting.who = held.who
  AND lasting.what = held.what AND lasting.system = held.system
GROUP BY held.who, held.what, {groups}
"""


class OperatorsCertified(OperatorIndicator):
    """IND-06c: a valid certificate for the same item, of the right system."""

    code = "IND-06c"
    name = _("certificate-holding rate of special operators")
    definition = _(
        "Special-operation posts (one person, one item) on the date shown whose holder "
        "has a certificate for the same item, of the right authority and valid that "
        "day, out of all such posts."
    )
    by_training = False
    variants = OperatorIndicator.variants | {
        "lapsing_60_days": Variant(_("valid, lapsing within 60 days"), informs=True)
    }

    def measure(self, question, by=()):
        certificates = item_certificates(question).with_status_on(
            question.day, question.recorded_by
        )
        units = (
            self._posts(question, by)
            .add("certified", certificates, **item_columns(), **safe_column())
            .define("lasting", LASTING)
            .define("units", LAPSING)
        )
        return self._measured(units, by)

    def units(self, question, by=()):
        return (
            self._posts(question, by)
            .add("certified", item_certificates(question), **item_columns())
            .define("units", HELD)
        )

    def _figures(self, posts, met, persons, short, lapsing):
        measure = super()._figures(posts, met, persons, short, lapsing)
        measure.variants["lapsing_60_days"] = Figure(lapsing, posts)
        return measure


register(OperatorsCertified())
