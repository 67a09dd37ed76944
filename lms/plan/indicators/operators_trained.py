from django.db.models import F
from django.utils.translation import gettext_lazy as _

from courses.models import Audience, TrainingKind
from lms.plan.indicators.holding import item_certificates, item_columns
from lms.plan.indicators.operators import OperatorIndicator
from lms.plan.indicators.registry import register

ITEM_KINDS = (TrainingKind.INITIAL, TrainingKind.REVIEW, TrainingKind.RENEWAL)


class OperatorsTrained(OperatorIndicator):
    """IND-03c: trained for the item in W(D), or certified for it at D."""

    code = "IND-03c"
    name = _("training rate of special operators")
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


OPERATORS = register(OperatorsTrained())
