"""IND-03c and IND-06c: special operators, counted by the (person, item) post.

One item held at two employers is one post; where the two ask for certificates of
different systems, both are needed.
"""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from courses.models import Audience, TrainingKind
from lms.people.models import Role
from lms.plan.indicators.base import Indicator, Measure, Unit, group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.holding import item_certificates, item_columns, safe_column
from lms.plan.indicators.question import Dimension, post_groups
from lms.plan.indicators.relations import Relations

ITEM_KINDS = (TrainingKind.INITIAL, TrainingKind.REVIEW, TrainingKind.RENEWAL)

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

# People short of one item: everybody counted, less everybody with an item missing.
COUNTS = """
SELECT {groups}, COUNT(*), SUM(ok), COUNT(DISTINCT who),
  COUNT(DISTINCT CASE WHEN ok = 0 THEN who END), SUM(lapsing)
FROM units GROUP BY {groups}
"""


class OperatorIndicator(Indicator):
    unit = Unit.POSTS
    by_item = True
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
        posts = question.posts(Role.SPECIAL_OPERATOR)
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


class OperatorTraining(OperatorIndicator):
    """IND-03c: trained for the item in W(D), or certified for it at D."""

    code = "IND-03c"
    definition = _(
        "Special-operation posts (one person, one item) on the date shown whose holder "
        "completed training for the item since the first day of the plan or holds a "
        "valid certificate for it that day, out of all such posts."
    )

    def units(self, question, by=()):
        trainings = question.records().filter(
            credits__audience=Audience.SPECIAL_OPERATOR,
            credits__completed=True,
            kind__in=ITEM_KINDS,
            person__isnull=False,
            item__isnull=False,
            done_on__range=question.window,
        )
        return (
            self._posts(question, by)
            .add("certified", item_certificates(question), **item_columns())
            .add("trained", trainings, who=F("person_id"), what=F("item_id"))
            .define("facts", "SELECT DISTINCT who, what FROM trained")
            .define(
                "units",
                "SELECT {groups}, held.who AS who, held.what AS what, 0 AS lapsing, "
                "MIN(CASE WHEN facts.who IS NOT NULL OR certified.who IS NOT NULL "
                "THEN 1 ELSE 0 END) AS ok FROM held "
                "LEFT JOIN facts ON facts.who = held.who AND facts.what = held.what "
                "LEFT JOIN certified ON certified.who = held.who "
                "AND certified.what = held.what AND certified.system = held.system "
                "GROUP BY held.who, held.what, {groups}",
            )
        )


class OperatorCertificates(OperatorIndicator):
    """IND-06c: a valid certificate for the same item, of the right system."""

    code = "IND-06c"
    definition = _(
        "Special-operation posts (one person, one item) on the date shown whose holder "
        "has a certificate for the same item, of the right authority and valid that "
        "day, out of all such posts."
    )

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
